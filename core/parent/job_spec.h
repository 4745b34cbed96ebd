/* SPDX-License-Identifier: Apache-2.0 */
/* The order for a job, and its result. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "model/protocol.h"
#include "stagebox/error.h"

struct sb_job_spec {
	enum sb_job_mode mode;
	const char *endpoint;  /* slug; "" = NetBox alone */
	const json_t *conf;    /* resolved configuration */
	const json_t *select;  /* array of resources, or NULL */
	const char *target;    /* one object's key, or NULL */
	const json_t *plan;    /* APPLY: the endpoint's part of a plan; else NULL. Its "hashes" and
				* "changed" are noted in the record */
	const json_t *modules; /* array of the modules whose stages the job selects; NULL = all */
	const json_t *branch;  /* the options "branching" of these modules, whose objects are to be
				* written into a branch; NULL = into main */
	int64_t reverted;      /* REVERT: the run that made the branch */
	const json_t *replay;  /* array of recorded lines, used instead of the network; or NULL */
	const json_t *replay_inputs; /* the recorded members of the task, or NULL */
	const json_t *view;          /* VIEW: {"name", "word"}; else NULL */
	uint64_t max_objects;        /* 0 = no limit */
	bool retry;                  /* the job gets no memory of refusals */
	/* Called for each event of the job after it was stored. May be NULL. */
	void (*on_event)(void *arg, const json_t *event);
	/* Called with each line to record, {"inputs": {...}} first. NULL = no recording. */
	void (*on_recorded)(void *arg, const json_t *line);
	void *arg;
	json_t *command_runs; /* array to which the id of the run is added; NULL = none */
	int64_t deadline_s;   /* 0 = limits.wall */
	const volatile int
		*stop; /* nonzero (set by a signal handler): end the job and its run; may be NULL */
	/* Called for each request that replay does not have, in a job without a network: returns
	 * the answer as a recorded line without server, method and path, a new reference. NULL =
	 * such requests fail. A replay with it may also write: to what answers. */
	json_t *(*on_ask)(void *arg, const json_t *event);
};

struct sb_job_result {
	char status[16]; /* ok partial failed unbalanced cancelled; "" when the spec was refused */
	int exit_code;
	int64_t run;    /* 0 = no run was begun: modes that write nothing, replays, SB_E_BUSY */
	json_t *record; /* new reference or NULL */
	/* PLAN, AUDIT, BOOTSTRAP, BOOTSTRAP_PLAN: the plan, also of a job that failed later;
	 * IMPORT: the settings. New reference; NULL when the job sent none, always for SYNC and
	 * APPLY. */
	json_t *plan;
	/* VIEW: {"document"}, or {"hint"} when the endpoint does not have what the word names.
	 * New reference; NULL when the job failed before. */
	json_t *view;
	/* Names and addresses that the run has read, {"address|10.0.0.10": key}, when several
	 * endpoints are configured. New reference or NULL. */
	json_t *seen;
	json_t *files; /* {"<module>": SHA-256 of its file}, of the loaded modules. New reference;
			* NULL when the job sent none */
	int64_t now_s; /* the clock that the job was given, of a replay the recorded one; 0 = it got
			* no task */
	/* From the end event of the job, also of a partial run; or why it died, was killed, or
	 * could not be recorded in the store. Code 0 = no error. */
	struct sb_error err;
};
