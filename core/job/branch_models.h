/* SPDX-License-Identifier: Apache-2.0 */
/* Which modules cannot write into a branch, because NetBox does not keep their objects apart. */
#pragma once

#include "model/apart.h"
#include "run/run.h"

/* Why a module has to write to main. */
struct sb_branch_leak {
	const char *module; /* borrowed from the registry; NULL = there is none */
	char why[256];
	const char *fix;
};

/** This NetBox, and the versions of its plugins. Borrowed from the run. */
struct sb_apart_plugins sb_job_plugins(const struct sb_run *run);

/** The answer of a trial to custom objects in branches of this NetBox. */
enum sb_apart sb_job_apart(const struct sb_run *run, const json_t *task);

/** The models that NetBox keeps apart in branches, as it lists them; waits. *ret_models: new
 * reference, set on success only. Returns 0, or the error of the request. */
int sb_job_branch_models(struct sb_run *run, json_t **ret_models, struct sb_error *err);
/** Is this object type, "dcim.device", among them? */
bool sb_job_branch_has_model(const json_t *models, const char *type);

/**
 * Ask NetBox whether it keeps the objects that the selected stages may write apart in branches;
 * waits. Those of other models (its setting exempt_models, plugins) would be written to main,
 * whatever header a request has.
 *
 * @task      has what a bootstrap found out of custom objects
 * @ret_left  {"<module>": "why"} of the modules with such objects: new reference, set on success
 *            only
 * @ret_first the first of them
 *
 * Returns 0, or the error of the request.
 */
int sb_job_branch_left(struct sb_run *run, const json_t *task, json_t **ret_left,
		       struct sb_branch_leak *ret_first, struct sb_error *err);

/** The same as the answer of SB_JOB_TARGETS: {"left", "kept": [modules with a selected stage that
 * can write into a branch]}. */
int sb_job_branch_modules(struct sb_run *run, const json_t *task, json_t **ret_answer,
			  struct sb_error *err);
