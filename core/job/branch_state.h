/* SPDX-License-Identifier: Apache-2.0 */
/* One branch of NetBox in a job: its next step is durable before it is taken. */
#pragma once

#include "netbox/branch.h"
#include "run/run.h"

/* A branch that this run, or an earlier one, made. */
struct sb_job_branch {
	struct sb_run *run;     /* at hand */
	int64_t maker;          /* the run that made the branch */
	const json_t *settings; /* the options "branching" of that run; borrowed */
	const char *mark;       /* of the store, in the descriptions of its branches; borrowed */
	const json_t *modules;  /* whose objects it holds; borrowed */
	struct sb_netbox_branch at; /* as NetBox described it last; id 0 = not known */
	const char *step;           /* a word of base/branch_step.h; NULL = there is no branch */
	int64_t since_s;            /* of the step, when an earlier run took it */
	int64_t job;                /* of NetBox, which it waits for; 0 = none */
	int64_t n_changes;          /* in it after the writes of this run; 0 = none, or not known */
	int64_t wait_s;    /* option "wait" of this run; 0 = that of the run that made it */
	json_t *conflicts; /* [{"object", "type", "id", "action", "fields"}]; owned; NULL =
			    * none */
};

/** Did NetBox, by its answer, do nothing? Without one, or with a broken one, it may have done it.
 */
bool sb_job_branch_is_refused(const struct sb_error *err);

/** Release what the branch owns. */
void sb_job_branch_finish(struct sb_job_branch *branch);

/** Fill branch with a row of the task's "branches". Returns 0, or SB_E_SHAPE. */
int sb_job_branch_read(struct sb_run *run, const json_t *row, struct sb_job_branch *branch,
		       struct sb_error *err);

/** Note the next step in the store, and wait until it is durable. @step: a literal; after
 * "reverted" the branch is at "open". Returns 0, or an error of waiting; a parent that refuses the
 * step ends the job. */
int sb_job_branch_note(struct sb_job_branch *branch, const char *step, struct sb_error *err);

/** Ask NetBox for the branch anew. SB_E_NOTFOUND when it does not have it. */
int sb_job_branch_look(struct sb_job_branch *branch, struct sb_error *err);

/** As sb_job_branch_look(). When NetBox does not have it any more, notes that, and returns
 * SB_E_CONFLICT. */
int sb_job_branch_find(struct sb_job_branch *branch, struct sb_error *err);

/** Wait until what a run asked for at this step, without an answer, cannot be committed any more.
 * Returns 0, or an error of waiting. */
int sb_job_branch_await_commit(const struct sb_job_branch *branch, struct sb_error *err);

/** Is it in this status of NetBox? */
bool sb_job_branch_is(const struct sb_job_branch *branch, const char *status);

/** Are its objects in main, as NetBox described it last? */
bool sb_job_branch_is_merged(const struct sb_job_branch *branch);

/** Did the store with this mark make it? Another store may have made one of the same name. */
bool sb_job_branch_is_marked(const struct sb_job_branch *branch, const char *mark);

/** Is it at this step? */
bool sb_job_branch_is_at(const struct sb_job_branch *branch, const char *step);

/** Add a row of NetBox's changes to the conflicts: the names of its fields, not their values.
 * fields: array, borrowed */
void sb_job_branch_add_conflict(struct sb_job_branch *branch, const json_t *row,
				const json_t *fields);

/** How many seconds a run waits for NetBox to provision or to merge: the option "wait". */
int64_t sb_job_branch_wait_s(const struct sb_job_branch *branch);

/** When polling ends, and how long to pause before the next look. */
struct sb_job_branch_poll {
	int64_t until_ms, pause_ms;
	const char *what; /* "provision", "merge", "revert" */
};
/** @what: "provision", "merge", "revert"; people see what the run waits for */
void sb_job_branch_poll_begin(const struct sb_job_branch *branch, const char *what,
			      struct sb_job_branch_poll *ret_poll);
/** Pause, longer each time. SB_E_BUSY when the time is over; the error says what was waited for. */
int sb_job_branch_pause(const struct sb_job_branch *branch, struct sb_job_branch_poll *poll,
			struct sb_error *err);

/** Wait for the job of NetBox that branch->job names; it is 0 afterwards.
 *
 * @what     "merge", "revert"
 * @ret_job  how it ended; a job that NetBox has dropped counts as completed
 *
 * Returns 0; SB_E_BUSY after the time of the option "wait"; or the error of a request. */
int sb_job_branch_wait(struct sb_job_branch *branch, const char *what,
		       struct sb_netbox_job *ret_job, struct sb_error *err);

/** An action was perhaps asked for, and its answer did not arrive: set branch->job to the job that
 * is under way for the branch; 0 = there is none. Returns 0, SB_E_BUSY when NetBox works on the
 * branch without a job, or the error of a request. */
int sb_job_branch_find_job(struct sb_job_branch *branch, struct sb_error *err);

/** The page of the branch in NetBox. Caller frees. */
char *sb_job_branch_url(const struct sb_job_branch *branch);

/** Read and write objects in the branch from now on. */
int sb_job_branch_use(struct sb_job_branch *branch, struct sb_error *err);

/** Delete it with the row in the store. */
int sb_job_branch_delete(struct sb_job_branch *branch, struct sb_error *err);
