/* SPDX-License-Identifier: Apache-2.0 */
/* The input of a job: its task and stored values. */
#pragma once

#include "parent/state.h"

/** Send the task, the stored values and "go"; blocks until the job has read them or has exited.
 * Returns 0, or an error of the store or SB_E_NOMEM. */
int sb_parent_feed(struct sb_parent *parent, struct sb_error *err);
