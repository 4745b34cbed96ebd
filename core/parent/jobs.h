/* SPDX-License-Identifier: Apache-2.0 */
/* The jobs of one request: one per endpoint, one after another, with recording and outcomes. */
#pragma once

#include "parent/parent.h"

/* What a request selects. All of it is borrowed and must outlive the jobs. */
struct sb_jobs_request {
	enum sb_job_mode mode;
	const json_t *conf;     /* resolved configuration; NULL for a replay */
	struct sb_store *store; /* NULL for a replay and for SB_JOB_IMPORT: nothing is remembered */
	const json_t *resources; /* array of words; empty or NULL = all */
	const char *target;      /* key of one object, or NULL */
	const char *module_dir;  /* replays: in place of the recorded one; NULL = none */
	uint64_t max_objects;    /* 0 = no limit */

	/* Called around each job and for each of its events. Each may be NULL. */
	void (*on_begin)(void *arg, const char *slug);
	void (*on_event)(void *arg, const json_t *event);
	void (*on_end)(void *arg);
	void *arg;
	const volatile int *stop; /* becomes nonzero to end the running job and begin no other */
};

struct sb_jobs_outcome {
	char slug[64];               /* "" for a job of NetBox alone */
	struct sb_job_result result; /* err and exit_code are also set when no job was started */
};

struct sb_jobs {
	struct sb_jobs_request request;
	struct sb_jobs_outcome *outcomes; /* in the order of the jobs */
	size_t n;
	FILE *recording;
	const char *slug; /* of the running job */
	int exit_code;    /* the worst so far, see sb_exit_worse() */
};

/** Begin with no outcome. */
SB_API void sb_jobs_init(struct sb_jobs *jobs, const struct sb_jobs_request *request);
SB_API void sb_jobs_finish(struct sb_jobs *jobs);

/** Run the job of one endpoint ("" = NetBox alone) and append its outcome. @plan: SB_JOB_APPLY: its
 * part of a plan document, else NULL. False when no other job shall begin. */
SB_API bool sb_jobs_run(struct sb_jobs *jobs, const char *slug, const json_t *plan);

/** Run the jobs of these endpoints. @record: path of a recording to write, or NULL. Returns 0, or
 * SB_E_STATE when the recording could not be written; outcomes are kept either way. */
SB_API int sb_jobs_run_all(struct sb_jobs *jobs, const json_t *slugs, const char *record,
			   struct sb_error *err);

/** Plan from a recording instead of servers. Returns 0, or SB_E_ARG when the file is not one. */
SB_API int sb_jobs_replay(struct sb_jobs *jobs, const char *path, struct sb_error *err);

/** Carry out a plan document for these endpoints (empty or NULL = all of its endpoints). Returns 0,
 * or SB_E_CONFIG before the first write when one of its endpoints is not configured. */
SB_API int sb_jobs_apply(struct sb_jobs *jobs, const json_t *doc, const json_t *slugs,
			 struct sb_error *err);

/** What the jobs planned, {"<slug>": plan}, in their order; a job that failed has no part. New
 * reference. */
SB_API json_t *sb_jobs_parts(const struct sb_jobs *jobs);

/** The plan document of the parts that the jobs returned. *ret_doc: new reference, set on success
 * only; *ret_is_complete: every job returned its part. See sb_plan_document_create(). */
SB_API int sb_jobs_plan(const struct sb_jobs *jobs, json_t **ret_doc, bool *ret_is_complete,
			struct sb_error *err);

/** [{"id", "endpoint", "status", "exit", "record", "error"?}, ...], see sb_run_outcome_json(). New
 * reference. */
SB_API json_t *sb_jobs_outcomes(const struct sb_jobs *jobs);
