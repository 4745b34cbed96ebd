/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs of one request: run one per endpoint, collect their outcomes. */
#include "parent/jobs.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/list.h"
#include "model/plan_document.h"
#include "model/recording.h"
#include "model/run_record.h"
#include "parent/job_target.h"
#include "parent/jobs_priv.h"
#include "stagebox/json.h"
#include "stagebox/log.h"

/* Of a request without a configuration, as of a replay; limits.plan_expires has the same default.
 */
enum { PLAN_LASTS_S = 30 * 86400 };

void sb_jobs_init(struct sb_jobs *jobs, const struct sb_jobs_request *request)
{
	memset(jobs, 0, sizeof(*jobs));
	jobs->request = *request;
	jobs->runs = json_array();
}

void sb_jobs_finish(struct sb_jobs *jobs)
{
	size_t i;

	for (i = 0; i < jobs->n; i++) {
		sb_job_result_finish(&jobs->outcomes[i].result);
		json_decref(jobs->outcomes[i].branch);
	}
	free(jobs->outcomes);
	json_decref(jobs->runs);
	if (jobs->recording)
		fclose(jobs->recording);
	memset(jobs, 0, sizeof(*jobs));
}

static void pass_event(void *arg, const json_t *event)
{
	const struct sb_jobs_request *request = &((struct sb_jobs *)arg)->request;

	if (request->on_event)
		request->on_event(request->arg, event);
}

static json_t *pass_ask(void *arg, const json_t *event)
{
	const struct sb_jobs_request *request = &((struct sb_jobs *)arg)->request;

	return request->on_ask(request->arg, event);
}

static void record_line(void *arg, const json_t *line)
{
	struct sb_jobs *jobs = arg;

	sb_recording_write(jobs->recording, jobs->slug, line);
}

static struct sb_jobs_outcome *add_outcome(struct sb_jobs *jobs, const char *slug)
{
	struct sb_jobs_outcome *grown, *outcome;

	grown = realloc(jobs->outcomes, (jobs->n + 1) * sizeof(*grown));
	if (!grown)
		return NULL;
	jobs->outcomes = grown;
	outcome = &grown[jobs->n++];
	memset(outcome, 0, sizeof(*outcome));
	snprintf(outcome->slug, sizeof(outcome->slug), "%s", slug);
	return outcome;
}

/* A plan does not have what later runs do after its reading. A store without runs has none. */
static void note_last_run(struct sb_jobs *jobs)
{
	sb_autojson *runs = NULL;

	if (jobs->request.mode == SB_JOB_PLAN && jobs->request.store && !jobs->n &&
	    !sb_store_run_list(jobs->request.store, NULL, 1, &runs, NULL))
		jobs->last_run = json_integer_value(json_object_get(json_array_get(runs, 0), "id"));
}

static bool execute_job(struct sb_jobs *jobs, const char *slug, struct sb_job_spec *spec)
{
	const struct sb_jobs_request *request = &jobs->request;
	sb_autojson *nothing = request->on_ask ? json_array() : NULL;
	struct sb_error err = SB_ERROR_INIT;
	struct sb_jobs_outcome *outcome;
	struct sb_job_result *result;

	note_last_run(jobs);
	outcome = add_outcome(jobs, slug);
	if (!outcome || (request->on_ask && !nothing)) {
		jobs->exit_code = sb_exit_worse(jobs->exit_code, SB_EXIT_FAILED);
		return false;
	}
	result = &outcome->result;
	if (request->mode != SB_JOB_BOOTSTRAP_PLAN && request->mode != SB_JOB_MOVE_HOME_PLAN)
		outcome->branch = json_incref((json_t *)(uintptr_t)spec->branch);
	jobs->slug = slug;
	spec->on_event = pass_event;
	if (request->on_ask && nothing) {
		spec->on_ask = pass_ask;
		spec->replay = nothing;
	}
	spec->on_recorded = jobs->recording ? record_line : NULL;
	spec->arg = jobs;
	spec->stop = request->stop;
	spec->command_runs = jobs->runs;
	if (request->on_begin)
		request->on_begin(request->arg, slug);
	if (sb_job_execute(request->store, spec, result, &err) < 0) {
		result->err = err;
		result->exit_code = sb_exit_of(&err);
		snprintf(result->status, sizeof(result->status), "failed");
	}
	if (request->on_end)
		request->on_end(request->arg);
	jobs->exit_code = sb_exit_worse(jobs->exit_code, result->exit_code);
	return !request->stop || !*request->stop;
}

/* @target: one of request.targets; NULL = all modules, to main */
static bool run_target(struct sb_jobs *jobs, const char *slug, const json_t *plan,
		       const json_t *target)
{
	const struct sb_jobs_request *request = &jobs->request;
	struct sb_job_spec spec = {
		.mode = request->mode,
		.endpoint = slug,
		.conf = request->conf,
		.select = json_array_size(request->resources) ? request->resources : NULL,
		.target = request->target,
		.modules = json_object_get(target, "modules"),
		.branch = json_object_get(target, "branch"),
		.plan = plan,
		.reverted = request->reverted,
		.view = request->view,
		.max_objects = request->max_objects,
		.retry = request->retry,
	};

	return execute_job(jobs, slug, &spec);
}

bool sb_jobs_run(struct sb_jobs *jobs, const char *slug, const json_t *plan)
{
	return run_target(jobs, slug, plan, NULL);
}

/* Main comes first, so that the copy that a branch is has what it wrote. */
static bool run_targets(struct sb_jobs *jobs, const char *slug)
{
	sb_autojson *targets = sb_jobs_targets_now(jobs, slug);
	const json_t *target;
	size_t i;

	if (!targets)
		return false;
	json_array_foreach (targets, i, target)
		if (!run_target(jobs, slug, NULL, target))
			return false;
	return true;
}

int sb_jobs_run_all(struct sb_jobs *jobs, const json_t *slugs, const char *record,
		    struct sb_error *err)
{
	const json_t *slug;
	size_t i;
	int rc;

	rc = record ? sb_recording_create(record, slugs, &jobs->recording, err) : 0;
	if (rc < 0)
		return rc;
	json_array_foreach (slugs, i, slug)
		if (!run_targets(jobs, json_string_value(slug)))
			break;
	if (!record)
		return 0;
	rc = sb_recording_close(jobs->recording, err);
	jobs->recording = NULL;
	return rc;
}

/* Keep only one endpoint of the array. */
static int keep_slug(json_t *slugs, const char *slug)
{
	sb_autojson *kept = json_string(slug); /* slug may be of the array */

	json_array_clear(slugs);
	return json_array_append(slugs, kept) < 0 ? SB_E_NOMEM : 0;
}

bool sb_jobs_keep_endpoint(json_t *slugs, const char *key)
{
	size_t len = strcspn(key, "/"), i;
	json_t *slug;

	json_array_foreach (slugs, i, slug) {
		if (!key[len] || json_string_length(slug) != len ||
		    strncmp(json_string_value(slug), key, len) != 0)
			continue;
		return keep_slug(slugs, json_string_value(slug)) == 0;
	}
	return false;
}

static int keep_endpoint(const struct sb_jobs *jobs, json_t *slugs, struct sb_error *err)
{
	sb_autobuf known = SB_BUF_INIT(300);
	const json_t *slug;
	size_t i;

	if (sb_jobs_keep_endpoint(slugs, jobs->request.target))
		return 0;
	json_array_foreach (slugs, i, slug)
		sb_buf_addf(&known, " %s/...", json_string_value(slug));
	return sb_fail(
		err, SB_E_ARG,
		"--target: \"%.120s\" is not a key of a selected endpoint; keys begin with:%s",
		jobs->request.target, sb_buf_str(&known));
}

/* The one key among the answers of all endpoints. */
static int choose_key(const struct sb_jobs *found, json_t *slugs, char **ret_key,
		      struct sb_error *err)
{
	sb_autobuf keys = SB_BUF_INIT(300);
	const char *target = found->request.target, *hint = "", *slug = NULL, *key = NULL;
	size_t i, j, n = 0;
	const json_t *member;

	for (i = 0; i < found->n; i++) {
		const struct sb_jobs_outcome *outcome = &found->outcomes[i];
		const char *own = sb_json_str(outcome->result.plan, "hint");

		if (outcome->result.err.code) {
			*err = outcome->result.err;
			return sb_context(
				err, err->code,
				"--target: whether %s has \"%.60s\" is unknown (a key names "
				"its endpoint)",
				outcome->slug, target);
		}
		if (own && *own && !*hint)
			hint = own;
		json_array_foreach (json_object_get(outcome->result.plan, "keys"), j, member) {
			key = json_string_value(member);
			slug = outcome->slug;
			sb_buf_addf(&keys, "%s%s", n++ ? ", " : "", key);
		}
	}
	if (!n)
		return sb_fail(err, SB_E_ARG, "--target: no endpoint has an object \"%.120s\"%s",
			       target, hint);
	if (n > 1)
		return sb_fail(err, SB_E_ARG,
			       "--target: several objects have the name \"%.120s\": use the key of "
			       "one: %s",
			       target, sb_buf_str(&keys));
	*ret_key = strdup(key);
	return *ret_key ? keep_slug(slugs, slug) : SB_E_NOMEM;
}

int sb_jobs_target(const struct sb_jobs *jobs, json_t *slugs, char **ret_key, struct sb_error *err)
{
	struct sb_jobs_request request = jobs->request;
	struct sb_jobs found;
	int rc;

	*ret_key = NULL;
	if (strchr(request.target, '/'))
		return keep_endpoint(jobs, slugs, err);
	if (json_array_size(slugs) < 2)
		return 0;
	request.mode = SB_JOB_FIND;
	sb_jobs_init(&found, &request);
	rc = sb_jobs_run_all(&found, slugs, NULL, err);
	if (!rc)
		rc = choose_key(&found, slugs, ret_key, err);
	sb_jobs_finish(&found);
	return rc;
}

static bool replay_part(struct sb_jobs *jobs, const char *slug, const json_t *part,
			const json_t *conf)
{
	const struct sb_jobs_request *request = &jobs->request;
	sb_autojson *inputs = json_copy(json_object_get(part, "inputs"));
	struct sb_job_spec spec = {
		.mode = SB_JOB_PLAN,
		.endpoint = slug,
		.conf = conf,
		.replay = json_object_get(part, "lines"),
		.replay_inputs = inputs,
	};

	json_object_set(inputs, "conf", (json_t *)(uintptr_t)conf);
	if (json_array_size(request->resources))
		json_object_set(inputs, "select", (json_t *)(uintptr_t)request->resources);
	if (request->target)
		json_object_set_new(inputs, "target", json_string(request->target));
	return execute_job(jobs, slug, &spec);
}

int sb_jobs_replay(struct sb_jobs *jobs, const char *path, struct sb_error *err)
{
	sb_autojson *slugs = NULL, *parts = NULL;
	const json_t *slug;
	size_t i;
	int rc;

	rc = sb_recording_read(path, &slugs, &parts, err);
	json_array_foreach (slugs, i, slug) {
		const json_t *part = json_object_get(parts, json_string_value(slug));
		sb_autojson *conf = NULL;

		rc = jobs->request.check_conf(
			jobs->request.arg, json_object_get(json_object_get(part, "inputs"), "conf"),
			&conf, err);
		if (rc < 0)
			return sb_context(err, rc, "recording %s", path);
		if (!replay_part(jobs, json_string_value(slug), part, conf))
			break;
	}
	return rc;
}

static bool has_endpoint(const json_t *endpoints, const json_t *slug)
{
	const json_t *endpoint;
	size_t i;

	json_array_foreach (endpoints, i, endpoint)
		if (json_equal(json_object_get(endpoint, "slug"), (json_t *)(uintptr_t)slug))
			return true;
	return false;
}

/* Log what differs from when the plan was made: the plan itself is not made anew. New reference to
 * the list of it. */
static json_t *note_changes(const struct sb_jobs *jobs, const json_t *doc)
{
	const struct sb_plan_origin now = {.program = jobs->request.program,
					   .conf_hash = jobs->request.conf_hash};
	json_t *changes = sb_plan_envelope_changes(doc, &now);
	const json_t *change;
	size_t i;

	json_array_foreach (changes, i, change)
		sb_log(SB_LOG_WARN,
		       "the %s is not that which made the plan; the plan is applied as it was made",
		       json_string_value(change));
	return changes;
}

/* Any endpoint of the document: also when the others are applied alone, so that the answer to one
 * file is one. */
static bool has_actions(const json_t *doc)
{
	const json_t *endpoint;
	size_t i;

	json_array_foreach (json_object_get(doc, "endpoints"), i, endpoint)
		if (sb_plan_document_acts(endpoint))
			return true;
	return false;
}

static int check_store(const struct sb_jobs *jobs, const json_t *doc, struct sb_error *err)
{
	sb_autofree char *id = NULL;
	int rc;

	if (!has_actions(doc))
		return 0;
	rc = sb_store_fact_get(jobs->request.store, SB_STORE_ID, &id, err);
	return rc < 0 ? rc
		      : sb_plan_envelope_check_store(json_object_get(doc, "envelope"), id, err);
}

int sb_jobs_apply(struct sb_jobs *jobs, const json_t *doc, const json_t *slugs,
		  struct sb_error *err)
{
	const json_t *configured = json_object_get(jobs->request.conf, "endpoints");
	const json_t *endpoints = json_object_get(doc, "endpoints"), *endpoint;
	sb_autojson *changes = NULL;
	size_t i;
	int rc = sb_plan_envelope_check_time(doc, sb_clock_wall_s(), err);

	if (!rc)
		rc = check_store(jobs, doc, err);
	if (rc < 0)
		return rc;
	json_array_foreach (endpoints, i, endpoint)
		if (!has_endpoint(configured, json_object_get(endpoint, "slug")))
			return sb_fail(
				err, SB_E_CONFIG,
				"the plan is for endpoint \"%.64s\", which is not "
				"configured: apply a plan of another site with the configuration "
				"of that site, or make a new plan",
				sb_json_str(endpoint, "slug"));
	changes = note_changes(jobs, doc);
	if (!changes)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	json_array_foreach (endpoints, i, endpoint) {
		const char *slug = sb_json_str(endpoint, "slug");
		sb_autojson *part = NULL, *target = NULL;

		if (json_array_size(slugs) &&
		    !sb_list_holds(slugs, json_object_get(endpoint, "slug")))
			continue;
		if (json_array_size(json_object_get(endpoint, "ops")) == 0 &&
		    json_array_size(json_object_get(doc, "shared")) == 0)
			continue;
		part = sb_plan_document_part(doc, slug);
		target = sb_job_target_of_plan(doc, endpoint,
					       json_object_get(jobs->request.targets, slug));
		if (json_array_size(changes))
			json_object_set(part, "changed", changes);
		if (!run_target(jobs, slug, part, target))
			break;
	}
	return 0;
}

static bool is_contact_code(int code)
{
	return code == SB_EXIT_UNREACHABLE || code == SB_EXIT_BUSY || code == SB_EXIT_RIGHTS;
}

int sb_jobs_exit(const struct sb_jobs *jobs)
{
	bool any_done = false;
	int code = jobs->exit_code;
	size_t i;

	for (i = 0; i < jobs->n; i++) {
		const char *status = jobs->outcomes[i].result.status;

		any_done |= sb_streq(status, "ok") || sb_streq(status, "partial");
	}
	if (!any_done || !is_contact_code(code))
		return code;
	for (code = SB_EXIT_PARTIAL, i = 0; i < jobs->n; i++) {
		int own = jobs->outcomes[i].result.exit_code;

		code = sb_exit_worse(code, is_contact_code(own) ? SB_EXIT_PARTIAL : own);
	}
	return code;
}

json_t *sb_jobs_duplicates(const struct sb_jobs *jobs)
{
	sb_autojson *all = json_object();
	json_t *list = json_array(), *owners, *keys;
	const char *name;
	size_t i;

	/* "address|10.0.0.10" -> {slug: key}; a job sends one key per value. */
	for (i = 0; i < jobs->n; i++) {
		json_object_foreach (jobs->outcomes[i].result.seen, name, keys) {
			owners = json_object_get(all, name);
			if (!owners) {
				owners = json_array();
				json_object_set_new(all, name, owners);
			}
			json_array_append(owners, keys);
		}
	}
	json_object_foreach (all, name, owners) {
		if (json_array_size(owners) > 1)
			json_array_append_new(list, sb_run_record_duplicate(name, owners));
	}
	return list;
}

json_t *sb_jobs_branches(const struct sb_jobs *jobs)
{
	json_t *branches = json_array();
	size_t i;

	for (i = 0; i < jobs->n; i++) {
		json_t *branch = jobs->outcomes[i].branch;
		sb_autojson *value = branch ? json_incref(branch) : json_null();

		if (!sb_list_holds(branches, value))
			json_array_append(branches, value);
	}
	return branches;
}

json_t *sb_jobs_parts(const struct sb_jobs *jobs, const json_t *branch)
{
	json_t *parts = json_object();
	size_t i;

	for (i = 0; i < jobs->n; i++)
		if (jobs->outcomes[i].result.plan &&
		    sb_job_target_equal(jobs->outcomes[i].branch, branch))
			json_object_set(parts, jobs->outcomes[i].slug,
					jobs->outcomes[i].result.plan);
	return parts;
}

/* Add the modules of one job to those of the others. */
static int merge_modules(json_t *modules, const struct sb_job_result *result, struct sb_error *err)
{
	const char *module;
	json_t *hash;

	json_object_foreach (result->files, module, hash) {
		const json_t *known = json_object_get(modules, module);

		if (known && !json_equal(known, hash))
			return sb_fail(err, SB_E_STATE,
				       "the file of module \"%.60s\" was replaced while the plan "
				       "was made: plan again",
				       module);
		json_object_set(modules, module, hash);
	}
	return 0;
}

/* A plan is as old as the first reading of its jobs: of a replay, as its recording. */
static int seal_plan(const struct sb_jobs *jobs, const json_t *branch, json_t *doc,
		     struct sb_error *err)
{
	sb_autojson *modules = json_object();
	sb_autofree char *store = NULL;
	struct sb_plan_origin origin = {.lasts_s = PLAN_LASTS_S,
					.program = jobs->request.program,
					.conf_hash = jobs->request.conf_hash,
					.branch = branch,
					.modules = modules};
	size_t i;
	int rc = 0;

	for (i = 0; !rc && i < jobs->n; i++) {
		const struct sb_job_result *result = &jobs->outcomes[i].result;

		if (result->now_s && (!origin.created_s || result->now_s < origin.created_s))
			origin.created_s = result->now_s;
		rc = merge_modules(modules, result, err);
	}
	sb_json_int(json_object_get(jobs->request.conf, "limits"), "plan_expires_s",
		    &origin.lasts_s);
	if (!rc && jobs->request.store)
		rc = sb_store_fact_get(jobs->request.store, SB_STORE_ID, &store, err);
	origin.store = store;
	origin.last_run = jobs->last_run;
	return rc < 0 ? rc : sb_plan_document_seal(doc, &origin, err);
}

int sb_jobs_plan(const struct sb_jobs *jobs, const json_t *branch, json_t **ret_doc,
		 bool *ret_is_complete, struct sb_error *err)
{
	sb_autojson *parts = sb_jobs_parts(jobs, branch), *doc = NULL;
	int rc = sb_plan_document_create(parts, &doc, err);
	size_t i, n = 0;

	for (i = 0; i < jobs->n; i++)
		n += sb_job_target_equal(jobs->outcomes[i].branch, branch);
	*ret_is_complete = json_object_size(parts) == n;
	if (!rc)
		rc = seal_plan(jobs, branch, doc, err);
	if (!rc)
		*ret_doc = sb_steal(doc);
	return rc;
}

json_t *sb_jobs_outcomes(const struct sb_jobs *jobs)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < jobs->n; i++) {
		const struct sb_job_result *result = &jobs->outcomes[i].result;
		const struct sb_run_outcome run = {
			.id = result->run,
			.endpoint = jobs->outcomes[i].slug,
			.status = result->status,
			.exit_code = result->exit_code,
			.record = result->record,
			.err = &result->err,
		};

		json_array_append_new(list, sb_run_outcome_json(&run));
	}
	return list;
}
