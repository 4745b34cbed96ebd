/* SPDX-License-Identifier: Apache-2.0 */
/* The lease of NetBox's shared objects: a job asks for it before it creates the first of them. */
#pragma once

#include "parent/state.h"

/** The event "lease": note that the job waits for the lease. Returns 0, or SB_E_SHAPE, SB_E_STATE
 * for an event that this job may not send. */
int sb_parent_ask_shared(struct sb_parent *parent, const json_t *event, struct sb_error *err);

/** Take the lease when the job waits for it and no other process has it, and answer the job. The
 * log names the holder. Returns 0 also while it waits, or an error of the store. */
int sb_parent_try_shared(struct sb_parent *parent, struct sb_error *err);

/** The event "lease_end", and the end of the job: give the lease back when it is held. */
void sb_parent_give_shared(struct sb_parent *parent);
