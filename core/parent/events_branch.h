/* SPDX-License-Identifier: Apache-2.0 */
/* The event of a branch of NetBox: its next step is in the store before the job takes it. */
#pragma once

#include "parent/state.h"

/** Handler of core/parent/events.c. Returns 0; SB_E_SHAPE for a branch that this job has not made
 * and its task does not name; or an error of the store. */
int sb_parent_on_branch(struct sb_parent *parent, const json_t *event, struct sb_error *err);

/** Put what the steps say about the branch of the run into its record; of what the job sent about
 * it only its page and the conflicts are kept. */
void sb_parent_record_branch(const struct sb_parent *parent, json_t *record);
