/* SPDX-License-Identifier: Apache-2.0 */
/* The state of a job process, and how it ends; shared by job.c and job_end.c. */
#pragma once

#include "job/branch.h"
#include "load/views.h"
#include "model/table.h"
#include "run/grant.h"
#include "run/run.h"
#include "run/session.h"

/* The state of a job process. */
struct job {
	struct sb_events *events;
	json_t *task;
	json_t *replay;           /* array, or NULL */
	struct sb_table *applied; /* key -> fields, until the snapshot takes it */
	struct sb_registry *registry;
	const struct sb_view_entry *view; /* of the task; NULL = none */
	struct sb_session session;
	struct sb_run *run;
	struct sb_job_branch branch; /* that the run writes into; its step NULL = main */
	bool is_trial_due;   /* bootstrap: whether branches keep custom objects apart is unknown */
	bool needs_decision; /* people have to decide about a branch before a run can go on */
	struct sb_error branch_why; /* why an open branch refuses the run; code 0 = none does */
	json_t *branch_applied; /* {"<schema>": {"<key>": {"fields": TEXT, "replaces": bool}}}; NULL
				 * = none */
	json_t *requests;       /* "open_requests" of the task, with those into branches */
	struct sb_write_grant grant; /* to write to Proxmox VE, when run->grant points here */
	int64_t began_ms;
};

/** Is this the mode of the task? */
bool sb_job_is_mode(const struct job *job, const char *mode);

/** By the clock of the io; 0 before there is one. */
int64_t sb_job_now_ms(const struct job *job);

/** Send the last event, with the record so far. Without memory the process ends, so that one record
 * names cause and stage wherever it happened. */
void sb_job_send_end(struct job *job, const char *status, int code, const struct sb_error *err);

/** Compute counters and statuses, and send the last events. */
void sb_job_finish(struct job *job, bool is_plan);

/* job_branch.c */

/** Take a line of the task with a value that was applied in a branch. */
int sb_job_take_branch_value(struct job *job, const json_t *line, struct sb_error *err);

/** Leave only the open requests into main (schema "") or into one branch in the task: those of
 * another one are settled by the run that reads it. */
void sb_job_keep_requests(struct job *job, const char *schema);

/**
 * Settle the branches of earlier runs, and decide where this run writes. Call it when the stages
 * are selected and NetBox is open, before its lists are read: they are those of the branch when
 * this run goes on with one.
 *
 * @is_plan  only look; what refuses the run is kept in job->branch_why
 */
int sb_job_begin_branch(struct job *job, bool is_plan, struct sb_error *err);

/** Report what became of the open requests of earlier runs, and open the branch of this one. What
 * was written into a branch is reported when it is open again, as its values; what was written to
 * main, before. */
int sb_job_open_branch(struct job *job, struct sb_error *err);

/* job_trial.c: trying in a throw-away branch whether NetBox keeps custom objects apart in branches.
 * Two plugins have to agree on it, which their versions do not say. */

/** Does this NetBox have both plugins, objects of ours as custom objects, and no answer yet? Logs
 * what is in the way. False when the task does not write into branches at all. */
bool sb_job_trial_is_due(struct job *job);

/**
 * Create a branch, write one custom object into it, look for it in main, delete the branch, and
 * report the answer to the parent. What an interrupted trial left is deleted first. Fills
 * job->run->diff, and waits.
 *
 * Returns 0 with an answer; else why there is none, and what is left of the branch is deleted by
 * the next trial.
 */
int sb_job_trial_run(struct job *job, struct sb_error *err);

/** The exit code of an error: that of branches is about a decision of people. */
int sb_job_exit_of(const struct job *job, const struct sb_error *err);
