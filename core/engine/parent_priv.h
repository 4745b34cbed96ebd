/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the parent: one job from its start to its record. */
#pragma once

#include <sys/types.h>

#include "base/buf.h"
#include "engine/parent.h"

/* What a job may use; 0 = no limit. */
struct sb_job_limits {
	uint64_t memory_bytes, cpu_s;
};

struct sb_parent {
	struct sb_store *store;
	const struct sb_job_spec *spec;
	struct sb_job_result *result;
	bool remembers; /* this mode has a run row and writes the store */
	bool has_lease;
	char lease[96];

	pid_t pid;
	int in_fd, out_fd; /* to and from the job; -1 = closed */
	bool has_exited;
	int wait_status;

	struct sb_buf out; /* not yet taken by the job from sent on */
	size_t sent;
	struct sb_buf in; /* not yet whole lines; no line end before seen */
	size_t seen;
	bool is_fed; /* "go" is said: events may be handled */

	int64_t started_ms, deadline_ms, kill_at_ms; /* 0 = none */
	int64_t deadline_s;
	bool was_stopped, was_late;
	struct sb_error cause; /* why we killed it; code 0 = we did not */

	json_t *end;    /* the last event, or NULL */
	json_t *stages; /* array of {"module", "stage", "entry"} in order of their end */
	char stage[96], module[64]; /* of the last stage_begin; without a stage: loading */
	int64_t stage_ms;
};

/** As sb_job_execute() with another program: tests bring their own. */
int sb_job_execute_program(const char *program, struct sb_store *store,
			   const struct sb_job_spec *spec, struct sb_job_result *ret_result,
			   struct sb_error *err);

int64_t sb_parent_now_ms(void);

/* parent_env.c */

/** The environment without the variables that hold a secret of the resolved configuration. The
 * array is the caller's, the texts are not. NULL = out of memory. */
char **sb_parent_environment(const json_t *conf);

/* parent_spawn.c */
int sb_parent_spawn(const char *program, char *const environment[],
		    const struct sb_job_limits *limits, pid_t *ret_pid, int *ret_in_fd,
		    int *ret_out_fd, struct sb_error *err);

/* parent_task.c */

/** Say the task, the remembered values and "go"; blocks until the job took them or is gone. */
int sb_parent_feed(struct sb_parent *parent, struct sb_error *err);

/** One more line for the job. */
int sb_parent_say(struct sb_parent *parent, const json_t *line, struct sb_error *err);

/* parent_loop.c */

/** Watch the clock and the stop flag, move bytes both ways, wait at most timeout_ms. */
void sb_parent_turn(struct sb_parent *parent, int timeout_ms);

/** Until the job is gone and all that it said is handled. */
void sb_parent_loop(struct sb_parent *parent);

/** Kill the job for a reason; the first reason stays. */
void sb_parent_doom(struct sb_parent *parent, const struct sb_error *why);

/* parent_events.c */

/** Handle all whole lines that have come: store, commit, acknowledge, tell the caller. */
int sb_parent_events(struct sb_parent *parent, struct sb_error *err);

/* parent_record.c */

/** Status, exit code, record and error of a job that is gone. */
void sb_parent_conclude(struct sb_parent *parent);
