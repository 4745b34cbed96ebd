/* SPDX-License-Identifier: Apache-2.0 */
/* The branches of earlier runs, before another one begins: each is settled at the step where its
 * run ended, or stands in the way. */
#pragma once

#include "job/branch_state.h"

struct sb_branch_settling {
	struct sb_job_branch *own; /* of this run, after sb_job_branch_choose(). Becomes the branch
				    * of a killed run with no other modules, with which this run
				    * goes on; or one about which people have to decide */
	const json_t *branches;    /* of the task */
	const char *mark;          /* in the description of each branch that this store made */
	bool is_plan;              /* only look: nothing is noted, merged or deleted */
	bool continues; /* this run may go on with the branch of another one: a saved plan was made
			 * for another state */
	bool (*writes)(void *arg, const char *module); /* does this run write its objects? */
	/* The values that were applied in a branch are those of main now (is_merged), or main has
	 * its former ones again. Returns 0 or SB_E_NOMEM. */
	int (*on_values)(void *arg, const char *schema, bool is_merged);
	void *arg;
};

/**
 * Settle the branches of the task: note what people merged, archived, reverted or deleted, merge
 * what was written whole, delete what was kept long enough.
 *
 * Returns 0; SB_E_REFUSED when a branch with objects of a module of this run is open, with the way
 * out; SB_E_CONFLICT when people have to decide about one; else why a branch with such objects
 * could not be settled. Branches of other modules are logged only.
 */
int sb_job_branches_settle(const struct sb_branch_settling *settling, struct sb_error *err);
