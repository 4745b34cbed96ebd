/* SPDX-License-Identifier: Apache-2.0 */
/* The values that a job applied: those of main, or of the branch of NetBox that it writes. */
#pragma once

#include "parent/state.h"

/* Handlers of core/parent/events.c. */
int sb_parent_on_applied(struct sb_parent *parent, const json_t *event, struct sb_error *err);
int sb_parent_on_applied_drop(struct sb_parent *parent, const json_t *event, struct sb_error *err);

/** Forget what was applied to an object there. */
int sb_parent_drop_applied(struct sb_parent *parent, const char *key, struct sb_error *err);
