/* SPDX-License-Identifier: Apache-2.0 */
/* Merging a branch into main, and the end of a revert, from any of their steps. */
#pragma once

#include "job/branch_state.h"

/**
 * Look for conflicts, ask NetBox to merge the branch, and wait until it is merged. Begins where the
 * step of the branch says that an earlier run ended ("written", "merge" or "merging").
 *
 * Returns 0 when it is merged (step "merged"). SB_E_CONFLICT: people have to decide; the branch is
 * left open (step "open") because main and the branch changed the same (branch->conflicts), because
 * NetBox could not merge it, or because the token may not; or it is gone. Otherwise the step says
 * what the next run has to find out: SB_E_BUSY when NetBox needs longer than the option "wait", or
 * the error of a request.
 */
int sb_job_branch_merge(struct sb_job_branch *branch, struct sb_error *err);

/** Go on with a revert that was asked for, or perhaps was (steps "reverting", "revert"), and wait
 * until main is as before. Returns 0 when it is (step "open"), or when the revert was never begun
 * (step "merged"); SB_E_STATE with NetBox's words when it failed (step "merged"); else as
 * sb_job_branch_merge(). */
int sb_job_branch_finish_revert(struct sb_job_branch *branch, struct sb_error *err);
