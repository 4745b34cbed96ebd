/* SPDX-License-Identifier: Apache-2.0 */
/* The event with what a view shows. */
#pragma once

#include "parent/state.h"

/** A handler of core/parent/events.c: keeps the answer of the job of a view for its command.
 * Returns 0; SB_E_SHAPE for what no such job sends; or SB_E_NOMEM. */
int sb_parent_on_view(struct sb_parent *parent, const json_t *event, struct sb_error *err);
