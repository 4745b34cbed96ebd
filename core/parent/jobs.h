/* SPDX-License-Identifier: Apache-2.0 */
/* The jobs of one request: run one per endpoint in turn, with a recording and their outcomes. */
#pragma once

#include <stdio.h>

#include "parent/parent.h"

/* One request. All pointers are borrowed and must outlive the jobs. */
struct sb_jobs_request {
	enum sb_job_mode mode;
	const json_t *conf;     /* resolved configuration; NULL for a replay */
	struct sb_store *store; /* NULL for what stores nothing: a replay, SB_JOB_IMPORT and VIEW */
	const json_t *resources; /* array of words; empty or NULL = all. IMPORT: further plugins */
	const char *target;      /* key of one object, or NULL */
	/* Where the modules write, {"<slug>": [{"modules": [...], "branch"?: {options}}]}: PLAN and
	 * SYNC have one job each, in this order; APPLY follows its plan as far as these permit it.
	 * NULL, or no such slug = all to main. */
	const json_t *targets;
	const json_t *view;    /* VIEW: {"name", "word"}; else NULL */
	int64_t reverted;      /* REVERT: the run that made the branch */
	uint64_t max_objects;  /* 0 = no limit */
	const char *program;   /* version of this program, for the envelope of a plan */
	const char *conf_hash; /* sb_conf_fingerprint(); NULL = unknown */
	bool retry;            /* forget what NetBox refused in earlier runs */

	/* Replay: checks the configuration of the recording, which anybody may have written.
	 * *ret_conf: new reference. Required by sb_jobs_replay(). */
	int (*check_conf)(void *arg, const json_t *recorded, json_t **ret_conf,
			  struct sb_error *err);
	/* Called around each job and for each of its events. Each may be NULL. */
	void (*on_begin)(void *arg, const char *slug);
	void (*on_event)(void *arg, const json_t *event);
	void (*on_end)(void *arg);
	void *arg;
	const volatile int *stop; /* nonzero: end the running job, begin no other; may be NULL */
	/* Answers each request of the jobs, which then have no network: as in struct sb_job_spec.
	 * NULL = the servers of the configuration answer. */
	json_t *(*on_ask)(void *arg, const json_t *event);
};

struct sb_jobs_outcome {
	char slug[64];  /* "" for a job without an endpoint */
	json_t *branch; /* where the job writes, as in request.targets; owned; NULL = to main */
	struct sb_job_result result; /* err and exit_code are set even if no job was started */
};

struct sb_jobs {
	struct sb_jobs_request request;
	struct sb_jobs_outcome *outcomes; /* in the order of the jobs */
	size_t n;
	int64_t last_run; /* PLAN: the newest run before the first job; 0 = none */
	FILE *recording;
	const char *slug; /* of the running job */
	json_t *runs;     /* ids of the runs of this command */
	int exit_code;    /* the worst so far, see sb_exit_worse() */
};

/** Initialise without outcomes; copies request. */
SB_API void sb_jobs_init(struct sb_jobs *jobs, const struct sb_jobs_request *request);
/** Release the outcomes and close an open recording. */
SB_API void sb_jobs_finish(struct sb_jobs *jobs);

/** Run the job of one endpoint ("" = NetBox alone) and append its outcome. @plan: for SB_JOB_APPLY
 * the endpoint's part of a plan document, else NULL. Returns false when no other job may begin
 * (stopped, or out of memory). */
SB_API bool sb_jobs_run(struct sb_jobs *jobs, const char *slug, const json_t *plan);

/* In all of the following a failed job is not a failure of the call: it is in the outcomes and in
 * exit_code, and the next job runs. Negative codes are about the request itself. */

/** Run the jobs of these endpoints. @record: path of a recording to write, or NULL. Returns 0, or
 * SB_E_STATE when the recording could not be written; outcomes are kept either way. */
SB_API int sb_jobs_run_all(struct sb_jobs *jobs, const json_t *slugs, const char *record,
			   struct sb_error *err);

/** A key names its endpoint: keep only that one of an array of slugs. False = it names none of
 * them, and nothing was changed. */
SB_API bool sb_jobs_keep_endpoint(json_t *slugs, const char *key);

/**
 * Find the endpoint of a target, so that only that one is asked: by the first part of a key, else
 * by asking all endpoints which of them has an object of this name (nothing is written).
 *
 * @slugs    endpoints that may be asked; replaced by the one that has the target
 * @ret_key  the key; caller frees. NULL = the job of the endpoint finds it
 *
 * Returns 0; SB_E_ARG when no endpoint or several have it; else the error of an endpoint that could
 * not be asked.
 */
SB_API int sb_jobs_target(const struct sb_jobs *jobs, json_t *slugs, char **ret_key,
			  struct sb_error *err);

/** Plan from a recording instead of servers. Returns 0, SB_E_ARG when the file is not a recording,
 * or the error of check_conf. */
SB_API int sb_jobs_replay(struct sb_jobs *jobs, const char *path, struct sb_error *err);

/** Carry out a plan document for these endpoints (empty or NULL = all of its endpoints). Logs a
 * warning when program or configuration are not those that made it. Returns 0; before the first
 * write SB_E_REFUSED when the document has expired, SB_E_CONFIG when an endpoint of it is not
 * configured, or SB_E_NOMEM. */
SB_API int sb_jobs_apply(struct sb_jobs *jobs, const json_t *doc, const json_t *slugs,
			 struct sb_error *err);

/** The plans that the jobs for one target returned, {"<slug>": plan}, in the order of the jobs;
 * jobs that failed before they sent their plan are left out. @branch: as in the outcomes; NULL =
 * main. New reference. */
SB_API json_t *sb_jobs_parts(const struct sb_jobs *jobs, const json_t *branch);

/** The targets of the jobs, each once, in their order: array of the options of a branch, null =
 * main. New reference. */
SB_API json_t *sb_jobs_branches(const struct sb_jobs *jobs);

/** The plan document of the parts that the jobs for one target returned, with envelope and hashes.
 * *ret_doc: new reference, set on success only; *ret_is_complete: every job returned its part.
 * Returns as sb_plan_document_create(), or SB_E_STATE when the file of a module was replaced while
 * the jobs ran. */
SB_API int sb_jobs_plan(const struct sb_jobs *jobs, const json_t *branch, json_t **ret_doc,
			bool *ret_is_complete, struct sb_error *err);

/** The exit code of all jobs together: the worst, but an endpoint that could not be reached, was
 * busy or was refused (69, 75, 77) beside one that was done is SB_EXIT_PARTIAL. */
SB_API int sb_jobs_exit(const struct sb_jobs *jobs);

/** Addresses, MAC addresses and names that objects of several endpoints have, by what the jobs have
 * read: [{"what", "value", "keys"}]. Those within one endpoint are in its record. New reference. */
SB_API json_t *sb_jobs_duplicates(const struct sb_jobs *jobs);

/** [{"id", "endpoint", "status", "exit", "totals", "record", "error"?}, ...], see
 * sb_run_outcome_json(). New reference. */
SB_API json_t *sb_jobs_outcomes(const struct sb_jobs *jobs);
