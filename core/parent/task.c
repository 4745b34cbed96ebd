/* SPDX-License-Identifier: Apache-2.0 */
/* Sending a job its input: task, last-applied values, recorded answers, go. */
#include "parent/task.h"

#include <string.h>

#include "base/branch_step.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "model/apart.h"
#include "model/module_fault.h"
#include "model/plan_document.h"
#include "parent/pipes.h"
#include "stagebox/json.h"

#define STREAM_BYTES ((size_t)256 << 10)

static const char *const mode_names[] = {
	[SB_JOB_PLAN] = "plan",
	[SB_JOB_SYNC] = "sync",
	[SB_JOB_APPLY] = "apply",
	[SB_JOB_BOOTSTRAP] = "bootstrap",
	[SB_JOB_BOOTSTRAP_PLAN] = "bootstrap-plan",
	[SB_JOB_MOVE_HOME] = "move-home",
	[SB_JOB_MOVE_HOME_PLAN] = "move-home-plan",
	[SB_JOB_TRIAL] = "trial",
	[SB_JOB_TARGETS] = "targets",
	[SB_JOB_REVERT] = "revert",
	[SB_JOB_AUDIT] = "audit",
	[SB_JOB_FIND] = "find",
	[SB_JOB_IMPORT] = "import",
	[SB_JOB_VIEW] = "view",
};

static int out_of_memory(struct sb_error *err)
{
	return sb_fail(err, SB_E_NOMEM, "out of memory");
}

static json_t *ref_or_null(const json_t *value)
{
	return value ? json_incref((json_t *)(uintptr_t)value) : json_null();
}

/* Only a job that applies a plan with actions gets the write token. */
static json_t *copy_own_endpoint(const struct sb_job_spec *spec, const json_t *endpoint)
{
	json_t *copy = json_copy((json_t *)(uintptr_t)endpoint);

	if (spec->mode != SB_JOB_APPLY || !sb_plan_document_acts(spec->plan))
		json_object_del(copy, "write_token");
	return copy;
}

/* A job gets the credentials of its own endpoint only: a module may read its memory. The jobs of
 * NetBox alone get the addresses of all endpoints. */
static json_t *copy_own_conf(const struct sb_job_spec *spec)
{
	json_t *conf = json_copy((json_t *)(uintptr_t)spec->conf), *only = json_array(), *endpoint;
	size_t i;

	if (!conf) {
		json_decref(only);
		return json_null();
	}
	json_array_foreach (json_object_get(spec->conf, "endpoints"), i, endpoint) {
		const char *slug = sb_json_str(endpoint, "slug");

		if (slug && sb_streq(slug, spec->endpoint))
			json_array_append_new(only, copy_own_endpoint(spec, endpoint));
		else if (slug && !*spec->endpoint)
			json_array_append_new(
				only, json_pack("{s:s, s:O*, s:O*}", "slug", slug, "urls",
						json_object_get(endpoint, "urls"), "options",
						json_object_get(endpoint, "options")));
	}
	json_object_set_new(conf, "endpoints", only);
	return conf;
}

/* Add the stored state of an endpoint: misses, refusals, agents, identity, open requests,
 * branches. */
static int add_stored_state(struct sb_parent *parent, json_t *task, struct sb_error *err)
{
	const char *endpoint = parent->spec->endpoint;
	sb_autofree char *identity = NULL, *store = NULL, *apart = NULL;
	json_t *misses = NULL, *requests = NULL, *refusals = NULL, *agents = NULL;
	json_t *branches = NULL;
	char name[96];
	int rc = 0;

	if (parent->store && endpoint[0]) {
		snprintf(name, sizeof(name), "identity:%s", endpoint);
		rc = sb_store_fact_get(parent->store, name, &identity, err);
		if (!rc)
			rc = sb_store_misses_get(parent->store, endpoint, &misses, err);
		if (!rc)
			rc = sb_store_refusals_get(parent->store, endpoint, &refusals, err);
		if (!rc)
			rc = sb_store_agents_get(parent->store, endpoint, &agents, err);
	}
	if (parent->store && !rc) /* a bootstrap has open requests, too */
		rc = sb_store_request_open(parent->store, endpoint, sb_clock_wall_s(), &requests,
					   err);
	if (parent->store && !rc) /* and a trial its branch */
		rc = sb_store_branch_list(parent->store, endpoint, &branches, err);
	json_object_set_new(task, "branches", branches ? branches : json_array());
	if (parent->store && !rc)
		rc = sb_store_fact_get(parent->store, SB_APART_FACT, &apart, err);
	json_object_set_new(task, "apart", apart ? json_loads(apart, 0, NULL) : json_null());
	if (parent->store && !rc)
		rc = sb_store_fact_get(parent->store, SB_STORE_ID, &store, err);
	json_object_set_new(task, "store", json_string(store ? store : "-"));
	json_object_set_new(task, "identity", json_string(identity ? identity : ""));
	json_object_set_new(task, "misses", misses ? misses : json_object());
	json_object_set_new(task, "refusals", refusals ? refusals : json_array());
	json_object_set_new(task, "agents", agents ? agents : json_object());
	json_object_set_new(task, "open_requests", requests ? requests : json_array());
	return rc < 0 ? rc : 0;
}

/* The writes to Proxmox VE that other plans sent since the one of the job was made. */
static int list_others(struct sb_parent *parent, json_t **ret_others, struct sb_error *err)
{
	const json_t *envelope = json_object_get(parent->spec->plan, "envelope");
	int64_t run = json_integer_value(json_object_get(envelope, "run"));

	return sb_store_call_others(parent->store, parent->spec->endpoint, parent->document,
				    json_integer_value(json_object_get(envelope, "created")), run,
				    ret_others, err);
}

/* Add the journal of actions on Proxmox VE: those of the document that the job applies, and
 * the open calls of all. */
static int add_actions(struct sb_parent *parent, json_t *task, struct sb_error *err)
{
	const struct sb_job_spec *spec = parent->spec;
	json_t *actions = NULL, *open = NULL, *tasks = NULL, *others = NULL;
	int rc = 0;

	parent->document = spec->mode == SB_JOB_APPLY
				   ? sb_json_str(json_object_get(spec->plan, "hashes"), "document")
				   : NULL;
	if (parent->store && parent->document) {
		rc = sb_store_action_list(parent->store, spec->endpoint, parent->document, &actions,
					  err);
		if (!rc)
			rc = sb_store_call_open(parent->store, spec->endpoint, &open, err);
		if (!rc)
			rc = sb_store_call_tasks(parent->store, spec->endpoint, sb_clock_wall_s(),
						 &tasks, err);
		if (!rc)
			rc = list_others(parent, &others, err);
	}
	json_object_set_new(task, "other_calls", others ? others : json_array());
	json_object_set_new(task, "actions", actions ? actions : json_array());
	json_object_set_new(task, "open_calls", open ? open : json_array());
	json_object_set_new(task, "known_tasks", tasks ? tasks : json_array());
	json_decref(parent->open_calls);
	parent->open_calls = json_incref(json_object_get(task, "open_calls"));
	return rc;
}

#define DAY_S 86400

/* The day on which an endpoint is written first creates what its site has; later days only what is
 * new there. */
static int read_first_day(struct sb_parent *parent, int64_t now_s, bool *ret_first,
			  struct sb_error *err)
{
	sb_autofree char *text = NULL;
	char name[96], value[24];
	int rc;

	snprintf(name, sizeof(name), "first-run:%s", parent->spec->endpoint);
	rc = sb_store_fact_get(parent->store, name, &text, err);
	if (rc < 0)
		return rc;
	*ret_first = !text || now_s - strtoll(text, NULL, 10) < DAY_S;
	if (text || !parent->writes_store)
		return 0;
	snprintf(value, sizeof(value), "%lld", (long long)now_s);
	return sb_store_fact_put(parent->store, name, value, err);
}

/* Counts what the endpoint created today, for limits.shared_per_day. */
static int add_shared_made(struct sb_parent *parent, json_t *task, struct sb_error *err)
{
	const char *endpoint = parent->spec->endpoint;
	int64_t now_s = sb_clock_wall_s();
	bool is_first = true;
	json_t *made = NULL;
	int rc = 0;

	if (parent->store && endpoint[0]) {
		rc = read_first_day(parent, now_s, &is_first, err);
		if (!rc)
			rc = sb_store_shared_made(parent->store, endpoint, now_s - DAY_S, &made,
						  err);
	}
	json_object_set_new(task, "shared_made", made ? made : json_object());
	json_object_set_new(task, "first_day", json_boolean(is_first));
	return rc;
}

/* The clusters that answered for the endpoints before this one: one Proxmox VE has one slug. */
static int add_clusters(struct sb_parent *parent, json_t *task, struct sb_error *err)
{
	const json_t *endpoints = json_object_get(parent->spec->conf, "endpoints"), *endpoint;
	json_t *clusters = json_object();
	size_t i;
	int rc = 0;

	json_object_set_new(task, "clusters", clusters);
	json_array_foreach (endpoints, i, endpoint) {
		const char *slug = sb_json_str(endpoint, "slug"), *end;
		sb_autofree char *identity = NULL;
		char name[128];

		if (rc < 0 || !slug || !parent->store || sb_streq(slug, parent->spec->endpoint))
			break;
		snprintf(name, sizeof(name), "identity:%s", slug);
		rc = sb_store_fact_get(parent->store, name, &identity, err);
		end = identity ? strstr(identity, " netbox:") : NULL;
		if (end)
			json_object_set_new(clusters, slug,
					    json_stringn(identity, (size_t)(end - identity)));
	}
	return rc;
}

/* The objects that the other endpoints lacked in their last complete runs: they give up an address
 * that this endpoint has now. */
static int add_vanished(struct sb_parent *parent, json_t *task, struct sb_error *err)
{
	const json_t *endpoints = json_object_get(parent->spec->conf, "endpoints"), *endpoint;
	json_t *vanished = json_object(), *miss;
	const char *key;
	size_t i;
	int rc = 0;

	json_object_set_new(task, "vanished", vanished);
	json_array_foreach (endpoints, i, endpoint) {
		const char *slug = sb_json_str(endpoint, "slug");
		sb_autojson *misses = NULL;

		if (rc < 0 || !slug || !parent->store || sb_streq(slug, parent->spec->endpoint))
			continue;
		rc = sb_store_misses_get(parent->store, slug, &misses, err);
		json_object_foreach (misses, key, miss)
			json_object_set_new(vanished, key, json_true());
	}
	return rc;
}

/* Read from the store how often modules of the configuration ended runs. */
static int read_faults(struct sb_parent *parent, struct sb_error *err)
{
	const json_t *modules = json_object_get(parent->spec->conf, "modules"), *word;
	size_t i;
	int rc = 0;

	json_decref(parent->faults);
	parent->faults = json_object();
	json_array_foreach (modules, i, word) {
		const char *module = json_string_value(word);
		sb_autofree char *text = NULL;
		char name[SB_MODULE_FAULT_NAME];
		json_t *fault;

		if (rc < 0 || !parent->store || !module)
			break;
		rc = sb_store_fact_get(parent->store, sb_module_fault_name(module, name), &text,
				       err);
		fault = sb_module_fault_parse(text);
		if (fault)
			json_object_set_new(parent->faults, module, fault);
	}
	return rc;
}

static int make_task(struct sb_parent *parent, json_t **ret_task, struct sb_error *err)
{
	const struct sb_job_spec *spec = parent->spec;
	sb_autojson *task = json_object();
	int rc;

	if (!task)
		return out_of_memory(err);
	rc = add_stored_state(parent, task, err);
	if (!rc)
		rc = add_vanished(parent, task, err);
	if (!rc)
		rc = add_shared_made(parent, task, err);
	if (!rc)
		rc = add_actions(parent, task, err);
	if (!rc)
		rc = add_clusters(parent, task, err);
	if (!rc)
		rc = read_faults(parent, err);
	if (rc < 0)
		return rc;
	json_object_set_new(task, "conf", copy_own_conf(spec));
	json_object_set_new(task, "select", ref_or_null(spec->select));
	json_object_set_new(task, "modules", ref_or_null(spec->modules));
	json_object_set_new(task, "reverted", json_integer((json_int_t)spec->reverted));
	json_object_set_new(task, "branch", ref_or_null(spec->branch));
	json_object_set_new(task, "target", spec->target ? json_string(spec->target) : json_null());
	json_object_set_new(task, "max_objects", json_integer((json_int_t)spec->max_objects));
	json_object_set_new(task, "now_s", json_integer((json_int_t)sb_clock_wall_s()));
	if (spec->replay_inputs) /* the recorded state, including the clock; nothing else */
		json_object_update_existing(task, (json_t *)(uintptr_t)spec->replay_inputs);
	if (spec->retry)
		json_object_set_new(task, "refusals", json_array());
	json_object_set_new(
		task, "replay_wall_s",
		spec->replay ? json_incref(json_object_get(task, "now_s")) : json_null());
	json_object_set_new(task, "mode", json_string(mode_names[spec->mode]));
	json_object_set_new(task, "endpoint", json_string(spec->endpoint));
	json_object_set_new(task, "asks", json_boolean(spec->on_ask != NULL));
	json_object_set_new(task, "record", json_boolean(spec->on_recorded != NULL));
	json_object_set_new(task, "plan", ref_or_null(spec->plan));
	json_object_set_new(task, "view", ref_or_null(spec->view));
	json_object_set_new(task, "document",
			    parent->document ? json_string(parent->document) : json_null());
	json_object_set(task, "dead", parent->dead);
	json_object_set(task, "faults", parent->faults);
	json_object_set_new(task, "run", json_integer((json_int_t)parent->result->run));
	json_object_set_new(
		task, "has_siblings",
		json_boolean(json_array_size(json_object_get(spec->conf, "endpoints")) > 1));
	json_decref(parent->open_requests);
	parent->open_requests = json_incref(json_object_get(task, "open_requests"));
	json_decref(parent->branches);
	parent->branches = json_incref(json_object_get(task, "branches"));
	parent->result->now_s = json_integer_value(json_object_get(task, "now_s"));
	if (json_object_size(task) != 36)
		return out_of_memory(err);
	*ret_task = sb_steal(task);
	return 0;
}

/* A recording may leave this machine: remove secrets and paths. */
static json_t *scrub_value(const json_t *value)
{
	json_t *clean, *member;
	const char *name;
	size_t i;

	if (json_is_array(value)) {
		clean = json_array();
		json_array_foreach (value, i, member)
			json_array_append_new(clean, scrub_value(member));
		return clean;
	}
	if (!json_is_object(value))
		return json_copy((json_t *)(uintptr_t)value);
	clean = json_object();
	json_object_foreach ((json_t *)(uintptr_t)value, name, member) {
		if (sb_streq(name, "ca_file") || sb_streq(name, "module_dir"))
			json_object_set_new(clean, name, json_string(""));
		else if (sb_streq(name, "module_path"))
			json_object_set_new(clean, name, json_array());
		else if (json_is_string(member) && sb_text_is_secret(name, strlen(name)))
			json_object_set_new(clean, name, json_string("replay"));
		else
			json_object_set_new(clean, name, scrub_value(member));
	}
	return clean;
}

static json_t *scrub_conf(const json_t *conf, const char *slug)
{
	json_t *clean = scrub_value(conf), *endpoint, *only = json_array();
	size_t i;

	json_array_foreach (json_object_get(clean, "endpoints"), i, endpoint) {
		const char *other = sb_json_str(endpoint, "slug");

		if (other && sb_streq(other, slug))
			json_array_append(only, endpoint);
	}
	json_object_set_new(clean, "endpoints", only);
	json_object_del(clean, "store");
	return clean;
}

static int record_inputs(struct sb_parent *parent, const json_t *task, json_t *applied,
			 struct sb_error *err)
{
	const struct sb_job_spec *spec = parent->spec;
	static const char *const kept[] = {
		"select",    "target",   "misses",        "refusals",    "identity", "clusters",
		"now_s",     "vanished", "open_requests", "max_objects", "agents",   "shared_made",
		"first_day", "modules",  "branch",        "branches",    "apart"};
	sb_autojson *line = NULL;
	json_t *inputs = json_object();
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(kept); i++)
		json_object_set(inputs, kept[i], json_object_get(task, kept[i]));
	json_object_set_new(inputs, "conf", scrub_conf(spec->conf, spec->endpoint));
	json_object_set(inputs, "applied", applied);
	line = json_pack("{s:o}", "inputs", inputs);
	if (!line)
		return out_of_memory(err);
	spec->on_recorded(spec->arg, line);
	return 0;
}

struct stream {
	struct sb_parent *parent;
	json_t *kept;       /* the values for the recording, or NULL */
	const char *schema; /* of the branch, for its values */
	struct sb_error err;
};

/* Serve the job until at most room bytes are unsent, so that a large store is not held in memory.
 */
static void drain_output(struct sb_parent *parent, size_t room)
{
	while (parent->in_fd >= 0 && parent->out.len - parent->sent > room && !parent->has_exited &&
	       !parent->cause.code)
		sb_parent_turn(parent, 1000);
}

/* Fields are sent as text because the job parses only those it needs. */
static int send_applied(struct sb_parent *parent, const char *key, const char *json_text,
			struct sb_error *err)
{
	sb_autojson *line = json_pack("{s:s, s:s}", "applied", key, "fields", json_text);
	int rc;

	if (!line)
		return out_of_memory(err);
	rc = sb_parent_send(parent, line, err);
	if (rc >= 0)
		drain_output(parent, STREAM_BYTES);
	return rc < 0 ? rc : 0;
}

static int stream_applied(void *arg, const char *key, const char *json_text)
{
	struct stream *stream = arg;
	struct sb_parent *parent = stream->parent;

	if (stream->kept)
		json_object_set_new(stream->kept, key, json_loads(json_text, 0, NULL));
	if (parent->in_fd < 0 || parent->has_exited)
		return SB_E_CANCELLED;
	return send_applied(parent, key, json_text, &stream->err);
}

static int send_last_applied(struct sb_parent *parent, json_t *kept, struct sb_error *err)
{
	struct stream stream = {.parent = parent, .kept = kept};
	const struct sb_job_spec *spec = parent->spec;
	const char *key;
	json_t *fields;
	int rc = 0;

	if (spec->replay_inputs) {
		json_object_foreach (json_object_get(spec->replay_inputs, "applied"), key, fields) {
			sb_autofree char *text = json_dumps(fields, JSON_COMPACT);

			rc = text ? send_applied(parent, key, text, err) : out_of_memory(err);
			if (rc < 0)
				return rc;
		}
		return 0;
	}
	if (!parent->store || !spec->endpoint[0])
		return 0;
	rc = sb_store_applied_each(parent->store, spec->endpoint, stream_applied, &stream, err);
	if (stream.err.code && err)
		*err = stream.err;
	return rc == SB_E_CANCELLED ? 0 : rc;
}

/* The values of each branch that is not merged. The job decides which of them it uses when it has
 * seen what became of the branches in NetBox. */
static int stream_branch(void *arg, const char *key, const char *json_text, bool replaces)
{
	struct stream *stream = arg;
	struct sb_parent *parent = stream->parent;
	sb_autojson *line = json_pack("{s:s, s:s, s:s, s:b}", "branch_applied", key, "fields",
				      json_text, "schema", stream->schema, "replaces", replaces);
	int rc = line ? sb_parent_send(parent, line, &stream->err) : out_of_memory(&stream->err);

	if (parent->in_fd < 0 || parent->has_exited)
		return SB_E_CANCELLED;
	if (rc >= 0)
		drain_output(parent, STREAM_BYTES);
	return rc < 0 ? rc : 0;
}

static int send_branch_values(struct sb_parent *parent, struct sb_error *err)
{
	struct stream stream = {.parent = parent};
	const json_t *branch;
	size_t i;
	int rc = 0;

	if (!parent->store || parent->spec->replay_inputs)
		return 0;
	json_array_foreach (parent->branches, i, branch) {
		stream.schema = sb_json_str(branch, "schema");
		if (!rc && stream.schema && *stream.schema &&
		    !sb_streq(sb_json_str(branch, "step"), SB_BRANCH_MERGED))
			rc = sb_store_branch_applied_each(parent->store, parent->spec->endpoint,
							  stream.schema, stream_branch, &stream,
							  err);
	}
	if (stream.err.code && err)
		*err = stream.err;
	return rc == SB_E_CANCELLED ? 0 : rc;
}

static int send_replay(struct sb_parent *parent, struct sb_error *err)
{
	json_t *recorded;
	size_t i;
	int rc;

	json_array_foreach (parent->spec->replay, i, recorded) {
		sb_autojson *line = json_pack("{s:O}", "replay", recorded);

		rc = sb_parent_send(parent, line, err);
		if (rc < 0)
			return rc;
		drain_output(parent, STREAM_BYTES);
	}
	return 0;
}

int sb_parent_feed(struct sb_parent *parent, struct sb_error *err)
{
	sb_autojson *task = NULL, *line = NULL, *applied = NULL, *go = NULL;
	unsigned failures = sb_memory_failures();
	int rc;

	rc = make_task(parent, &task, err);
	if (rc < 0)
		return rc;
	line = json_pack("{s:O}", "task", task);
	go = json_pack("{s:b}", "go", 1);
	if (parent->spec->on_recorded)
		applied = json_object();
	if (!line || !go)
		return out_of_memory(err);
	rc = sb_parent_send(parent, line, err);
	if (!rc)
		rc = send_last_applied(parent, applied, err);
	if (!rc)
		rc = send_branch_values(parent, err);
	if (!rc && parent->spec->on_recorded)
		rc = record_inputs(parent, task, applied, err);
	if (!rc)
		rc = send_replay(parent, err);
	if (!rc) /* a job without "go" does nothing */
		rc = sb_memory_check(failures, err);
	if (!rc)
		rc = sb_parent_send(parent, go, err);
	if (!rc)
		drain_output(parent, 0);
	parent->is_fed = true;
	return rc;
}
