/* SPDX-License-Identifier: Apache-2.0 */
/* The parent's side of a job: start it, feed it, write the store, survive its death. */
#pragma once

#include "store/store.h"

/* The exit codes of the program; see sb_exit_worse() for their order. */
enum sb_exit {
	SB_EXIT_OK = 0,
	SB_EXIT_FAILED = 1,
	SB_EXIT_CHANGES = 2,
	SB_EXIT_CONFLICTS = 3,
	SB_EXIT_PARTIAL = 4,
	SB_EXIT_REFUSED = 5,
	SB_EXIT_USAGE = 64,
	SB_EXIT_UNREACHABLE = 69,
	SB_EXIT_BUSY = 75,
	SB_EXIT_RIGHTS = 77,
	SB_EXIT_CONFIG = 78,
	SB_EXIT_TIMEOUT = 124,
};

/** Of two codes the one that comes first in 128+n, 78, 64, 77, 75, 124, 69, 5, 1, 4, 3, 2, 0. */
SB_API int sb_exit_worse(int a, int b);

/** The code of an error that ended a command. */
SB_API int sb_exit_of(const struct sb_error *err);

/*
 * The protocol of a job: lines of JSON. The parent writes to the job's descriptor 3:
 *   {"task": {"mode", "endpoint", "conf", "select", "target", "misses", "identity",
 *             "open_requests", "record", "replay_wall_s", "plan", "max_objects", "now_s"}}
 *   {"applied": KEY, "fields": {...}}      any number
 *   {"replay": {...}}                      any number, recorded answers
 *   {"go": true}
 *   {"ack": N}                             the journal row of request N is durable
 * The job writes to descriptor 4:
 *   {"ev":"loading","module"}                             "" after the last one
 *   {"ev":"stage_begin","stage","module"}
 *   {"ev":"stage","stage","module","entry":{resource,status,runtime_seconds,response,...}}
 *   {"ev":"progress","stage","done","total"}
 *   {"ev":"request","id","method","path","kind","keys"}   wants an ack before it is sent
 *   {"ev":"answered","id","status","outcome"}
 *   {"ev":"settled","run","id","outcome"}                 a request of an earlier run
 *   {"ev":"applied","key","fields"}   {"ev":"applied_drop","key"}
 *   {"ev":"identity","value"}   {"ev":"misses","misses"}
 *   {"ev":"recorded","line"}    {"ev":"log","level","text"}
 *   {"ev":"plan","plan"}
 *   {"ev":"end","status","exit","record","error"?}        the last line
 * The job ends at once when descriptor 3 ends: no parent, no write. One that has not the memory to
 * say its next event ends with SB_JOB_NO_MEMORY.
 */
enum { SB_JOB_NO_MEMORY = 71 };

enum sb_job_mode {
	SB_JOB_PLAN,      /* fetch, diff, plan: no write, no run, no miss counters */
	SB_JOB_SYNC,      /* plan and apply */
	SB_JOB_APPLY,     /* apply a given plan part */
	SB_JOB_BOOTSTRAP, /* what NetBox needs before the first sync */
	SB_JOB_BOOTSTRAP_PLAN,
	SB_JOB_AUDIT,  /* as PLAN; the plan also has "left": what stays without an owner */
	SB_JOB_IMPORT, /* endpoint "": the plan is the settings of netbox-proxbox */
};

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

/** The job's own side; cmd/ calls it for the internal command "job". Returns an exit code. */
SB_API int sb_job_main(int in_fd, int out_fd);
