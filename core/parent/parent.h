/* SPDX-License-Identifier: Apache-2.0 */
/* The parent's side of a job: start it, send its task, write the store, record its end. */
#pragma once

#include "base/exit.h"
#include "model/protocol.h"
#include "store/store.h"

struct sb_job_spec {
	enum sb_job_mode mode;
	const char *endpoint; /* slug; "" = NetBox alone */
	const json_t *conf;   /* resolved configuration */
	const json_t *select; /* array of resources, or NULL */
	const char *target;   /* one object's key, or NULL */
	const json_t *plan;   /* APPLY: the endpoint's part of a plan; else NULL */
	const json_t *replay; /* array of recorded lines, used instead of the network; or NULL */
	const json_t *replay_inputs; /* the recorded members of the task, or NULL */
	uint64_t max_objects;        /* 0 = no limit */
	/* Called for each event of the job after it was stored. May be NULL. */
	void (*on_event)(void *arg, const json_t *event);
	/* Called with each line to record, {"inputs": {...}} first. NULL = no recording. */
	void (*on_recorded)(void *arg, const json_t *line);
	void *arg;
	int64_t deadline_s; /* 0 = limits.wall */
	const volatile int
		*stop; /* nonzero (set by a signal handler): end the job and its run; may be NULL */
};

struct sb_job_result {
	char status[16]; /* ok partial failed unbalanced interrupted cancelled */
	int exit_code;
	int64_t run;    /* 0 for modes that write nothing */
	json_t *record; /* new reference or NULL */
	json_t *plan; /* PLAN, SYNC, AUDIT: the plan; IMPORT: the settings; new reference or NULL */
	struct sb_error err; /* why it failed or was ended; code 0 = no error */
};

/**
 * Execute one job in a process of its own: fork + exec of this program with the argument "job".
 *
 * Takes the endpoint's lease (SB_E_BUSY), closes the runs of dead predecessors, sends the task,
 * acknowledges request rows once they are durable, and writes every event to the store. A job that
 * dies, or is killed at its deadline, is recorded as a failed run with signal, stage and module.
 *
 * @store       NULL for replays, which store nothing
 * @ret_result  written in any case; release it with sb_job_result_finish()
 *
 * Returns 0 when the job was started, whatever became of it; negative when it could not be started.
 */
SB_API int sb_job_execute(struct sb_store *store, const struct sb_job_spec *spec,
			  struct sb_job_result *ret_result, struct sb_error *err);
/** Release record and plan, and clear the result. */
SB_API void sb_job_result_finish(struct sb_job_result *result);

/** Like sb_job_execute() with another program, for tests. */
int sb_job_execute_program(const char *program, struct sb_store *store,
			   const struct sb_job_spec *spec, struct sb_job_result *ret_result,
			   struct sb_error *err);
