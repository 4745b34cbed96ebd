/* SPDX-License-Identifier: Apache-2.0 */
/* The parent's side of a job: start it, feed it, write the store, survive its death. */
#pragma once

#include "base/exit.h"
#include "model/protocol.h"
#include "store/store.h"

struct sb_job_spec {
	enum sb_job_mode mode;
	const char *endpoint;        /* slug; "" for bootstrap */
	const json_t *conf;          /* resolved configuration */
	const json_t *select;        /* array of resources, or NULL */
	const char *target;          /* one object's key, or NULL */
	const json_t *plan;          /* APPLY: the endpoint's part of a plan; else NULL */
	const json_t *replay;        /* array of recorded lines, or NULL; then no network is used */
	const json_t *replay_inputs; /* the "task" members that were recorded */
	uint64_t max_objects;        /* 0 = no limit */
	/* Called for each event line of the job, after the store has it. May be NULL. */
	void (*on_event)(void *arg, const json_t *event);
	/* Recording: called with each line (inputs first: {"inputs": {...}}). NULL = no recording.
	 */
	void (*on_recorded)(void *arg, const json_t *line);
	void *arg;
	int64_t deadline_s; /* 0 = limits.wall */
	const volatile int
		*stop; /* set by a signal handler: end the job, close the run; may be NULL */
};

struct sb_job_result {
	char status[16]; /* ok partial failed unbalanced interrupted cancelled */
	int exit_code;
	int64_t run;    /* 0 for plan and bootstrap-plan */
	json_t *record; /* new reference or NULL */
	json_t *plan;   /* PLAN, SYNC, AUDIT: the plan; IMPORT: what was read; new reference or NULL
			 */
	struct sb_error err; /* what ended it, when it did not end by itself */
};

/**
 * Execute one job in a process of its own: fork + exec of program with the argument "job".
 *
 * Takes the endpoint's lease (SB_E_BUSY), closes what a dead predecessor left, feeds the task,
 * acknowledges request rows once they are durable, and writes every event to the store. A job that
 * dies, or that passes its deadline and is killed, is a recorded run: failed, with signal, stage
 * and module. Negative only when no job could be started; the rest is in ret_result.
 *
 * @store  NULL for replays: nothing is remembered
 */
SB_API int sb_job_execute(struct sb_store *store, const struct sb_job_spec *spec,
			  struct sb_job_result *ret_result, struct sb_error *err);
SB_API void sb_job_result_finish(struct sb_job_result *result);

/** As sb_job_execute() with another program: tests bring their own. */
int sb_job_execute_program(const char *program, struct sb_store *store,
			   const struct sb_job_spec *spec, struct sb_job_result *ret_result,
			   struct sb_error *err);
