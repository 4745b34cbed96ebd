/* SPDX-License-Identifier: Apache-2.0 */
/* The mode "revert": main is as it was before the branch of a run was merged. */
#pragma once

#include "job/branch_state.h"

/**
 * Revert the merge of the branch that a run made (the task's "reverted"). NetBox asks nobody: it
 * writes the values of before the merge over whatever was done since. So nothing is reverted when
 * main changed one of these fields, or an object that the branch created, since the merge.
 *
 * @branch  filled; the caller finishes it. Its conflicts name what was changed since
 *
 * Returns 0 when it is reverted, and open again; SB_E_ARG when the run made no branch; SB_E_REFUSED
 * when the branch is not merged; SB_E_CONFLICT when main was changed since; else why NetBox could
 * not be asked.
 */
int sb_job_revert(struct sb_run *run, const json_t *task, struct sb_job_branch *branch,
		  struct sb_error *err);
