/* SPDX-License-Identifier: Apache-2.0 */
/* The branch of NetBox that a run writes into: chosen before its plan, created when there is
 * something to write, and merged, left open or deleted at its end. */
#pragma once

#include "job/branch_state.h"

/**
 * Decide whether this run writes into a branch, by its options and by what NetBox can do; waits.
 * Sets branch->settings; NULL = into main.
 *
 * @task    of the job; borrowed for as long as branch is used
 *
 * Returns 0, also when NetBox has no branches and the options do not require one (logged);
 * SB_E_CONFIG when the required plugin is missing, SB_E_BUSY when NetBox has no worker.
 */
int sb_job_branch_choose(struct sb_run *run, const json_t *task, struct sb_job_branch *branch,
			 struct sb_error *err);

/**
 * Write to main instead, if the options permit it, when NetBox does not keep the objects of the
 * stages that are selected now apart in branches; waits.
 *
 * Returns 0, SB_E_CONFIG when the options require a branch, or the error of a request.
 */
int sb_job_branch_check(struct sb_job_branch *branch, const json_t *task, struct sb_error *err);

/** Create and provision the branch (or go on with that of a killed run), and use it from now on.
 * Does nothing when the run writes to main, or its plan has nothing to write to NetBox. */
int sb_job_branch_open(struct sb_job_branch *branch, struct sb_error *err);

/**
 * End the branch of a run whose writes have ended: deleted when nothing was written, left open, or
 * merged. Does nothing when the run wrote to main.
 *
 * @is_failed  a stage failed, or the run is unbalanced: the branch is left open
 *
 * Returns 0; SB_E_CONFLICT when people have to decide; else why the next run has to go on with it.
 * The error says what became of the branch.
 */
int sb_job_branch_close(struct sb_job_branch *branch, bool is_failed, struct sb_error *err);

/** "branch" of the record (model/branch_record.h), with its "url" and its "conflicts"; NULL when
 * the run has no branch. New reference. */
json_t *sb_job_branch_json(const struct sb_job_branch *branch);
