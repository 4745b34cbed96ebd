/* SPDX-License-Identifier: Apache-2.0 */
/* The diff of a run: one pass over all needed stages, repeated while there are questions. */
#pragma once

#include "run/run.h"

/**
 * Compare the snapshot with NetBox after sb_fetch(): leaves the result of the last pass in
 * run->diff, with a plan that is not linked. Waits for the answers to questions between two passes.
 *
 * Returns 0 also when stages failed: their status has the reason, and the plan is made without
 * them. Else SB_E_NOMEM, an error of sb_questions_ask() or sb_hidden_check(), or SB_E_STATE when
 * questions are still open after the last allowed pass.
 */
int sb_diff_all(struct sb_run *run, struct sb_error *err);
