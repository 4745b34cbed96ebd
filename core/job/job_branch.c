/* SPDX-License-Identifier: Apache-2.0 */
/* Where a job writes: to main, into a branch of its own, or into that of a killed run. */
#include <string.h>

#include "apply/settle.h"
#include "base/exit.h"
#include "base/list.h"
#include "job/branch_settle.h"
#include "job/job_priv.h"
#include "model/plan_document.h"
#include "stagebox/json.h"

int sb_job_take_branch_value(struct job *job, const json_t *line, struct sb_error *err)
{
	const char *key = sb_json_str(line, "branch_applied");
	const char *schema = sb_json_str(line, "schema");
	json_t *fields = json_object_get(line, "fields"), *values;

	if (!key || !schema || !json_is_string(fields))
		return sb_fail(err, SB_E_SHAPE, "task: a line of a branch is not complete");
	if (!job->branch_applied)
		job->branch_applied = json_object();
	values = json_object_get(job->branch_applied, schema);
	if (!values) {
		values = json_object();
		json_object_set_new(job->branch_applied, schema, values);
	}
	return json_object_set_new(values, key,
				   json_pack("{s:O, s:O}", "fields", fields, "replaces",
					     json_object_get(line, "replaces"))) < 0
		       ? sb_fail(err, SB_E_NOMEM, "out of memory")
		       : 0;
}

void sb_job_keep_requests(struct job *job, const char *schema)
{
	json_t *kept = json_array(), *request;
	size_t i;

	if (!job->requests)
		job->requests = json_incref(json_object_get(job->task, "open_requests"));
	json_array_foreach (job->requests, i, request) {
		const char *own = sb_json_str(request, "schema");

		if (sb_streq(own ? own : "", schema))
			json_array_append(kept, request);
	}
	json_object_set_new(job->task, "open_requests", kept);
}

/* Put what was applied to an object in the branch over what was applied to it in main. */
static int overlay_values(struct sb_table *applied, const char *key, const json_t *value)
{
	sb_autojson *fields =
		json_loads(json_string_value(json_object_get(value, "fields")), 0, NULL);
	sb_autojson *all = json_is_true(json_object_get(value, "replaces"))
				   ? json_object()
				   : sb_table_get_json(applied, key);

	if (!all)
		all = json_object();
	if (!json_is_object(fields) || json_object_update(all, fields) < 0)
		return SB_E_NOMEM;
	return sb_table_put_json(applied, key, all);
}

/* The values applied in a branch are those of main now, or main has its former values again,
 * of which the store knows nothing. */
static int follow_branch(void *arg, const char *schema, bool is_merged)
{
	struct job *job = arg;
	struct sb_table *applied = job->run->snap->applied;
	const char *key;
	json_t *value;
	int rc = 0;

	json_object_foreach (json_object_get(job->branch_applied, schema), key, value)
		if (!rc)
			rc = is_merged ? overlay_values(applied, key, value)
				       : sb_table_put(applied, key, "{}");
	return rc;
}

/* Lists, requests and values are those of the branch from now on. One that is still being
 * provisioned is empty: main is read in its place. */
static int continue_branch(struct job *job, struct sb_error *err)
{
	const char *schema = job->branch.at.schema;

	if (follow_branch(job, schema, true) < 0)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	sb_job_keep_requests(job, schema);
	sb_run_note_sent(job->run, json_object_get(job->task, "open_requests"));
	return sb_job_branch_is(&job->branch, "ready") ? sb_job_branch_use(&job->branch, err) : 0;
}

static bool has_module(const json_t *plan, const char *module)
{
	sb_autojson *modules = sb_plan_document_modules(plan), *word = json_string(module);

	return sb_list_holds(modules, word);
}

/* Does the run write objects of this module? */
static bool writes_module(void *arg, const char *module)
{
	const struct job *job = arg;
	size_t i, n = sb_registry_n_stages(job->registry);

	if (sb_job_is_mode(job, "apply"))
		return has_module(json_object_get(job->task, "plan"), module);
	for (i = 0; i < n; i++)
		if (job->run->stages[i].selected &&
		    sb_streq(sb_registry_stage(job->registry, i)->ctx->module->name, module))
			return true;
	return false;
}

/* Such a run leaves a part of its modules as it is, so that what a killed run wrote is not whole
 * after it. */
static bool is_narrowed(const struct job *job)
{
	return json_is_string(json_object_get(job->task, "target")) ||
	       json_array_size(json_object_get(job->task, "select"));
}

int sb_job_begin_branch(struct job *job, bool is_plan, struct sb_error *err)
{
	bool is_apply = sb_job_is_mode(job, "apply");
	const struct sb_branch_settling settling = {
		.own = &job->branch,
		.branches = json_object_get(job->task, "branches"),
		.mark = sb_json_str(job->task, "store"),
		.is_plan = is_plan,
		.continues = !is_apply && !is_narrowed(job),
		.writes = writes_module,
		.on_values = follow_branch,
		.arg = job,
	};
	int rc = sb_job_branch_choose(job->run, job->task, &job->branch, err);

	if (!rc && !is_apply)
		rc = sb_job_branch_check(&job->branch, job->task, err);
	if (!rc)
		rc = sb_job_branches_settle(&settling, err);
	if (rc == SB_E_REFUSED && is_plan) { /* shown with what it refuses */
		job->branch_why = *err;
		memset(err, 0, sizeof(*err));
		return 0;
	}
	job->needs_decision = rc == SB_E_CONFLICT;
	return rc < 0 || !job->branch.step ? rc : continue_branch(job, err);
}

int sb_job_open_branch(struct job *job, struct sb_error *err)
{
	bool continues = job->branch.step != NULL;
	int rc = 0;

	if (!continues)
		sb_settle_report(job->run, job->task);
	if (sb_job_is_mode(job, "apply")) /* its plan has selected the stages */
		rc = sb_job_branch_check(&job->branch, job->task, err);
	if (!rc)
		rc = sb_job_branch_open(&job->branch, err);
	if (!rc && continues)
		sb_settle_report(job->run, job->task);
	return rc;
}

int sb_job_exit_of(const struct job *job, const struct sb_error *err)
{
	return job->needs_decision ? SB_EXIT_CONFLICTS : sb_exit_of(err);
}
