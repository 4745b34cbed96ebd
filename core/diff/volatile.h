/* SPDX-License-Identifier: Apache-2.0 */
/* Fields that change by themselves (SB_TRAIT_VOLATILE): when are they written? */
#pragma once

#include "diff/pass.h"

/** Is the object in NetBox older than netbox.refresh, by its last_updated? Then its volatile fields
 * are written without another change. False when NetBox did not send the time. @row: flat. */
bool sb_volatile_is_due(const struct sb_pass *pass, const json_t *row);
