/* SPDX-License-Identifier: Apache-2.0 */
/* Which ops of a plan were selected. */
#pragma once

#include "run/run.h"

/** Drop the ops that were not selected; what needs a dropped create is skipped with the cause.
 * @target: one object's key, or NULL */
int sb_select_ops(struct sb_run *run, const char *target);
