/* SPDX-License-Identifier: Apache-2.0 */
/* The events that a job sends: check each line, write the store in one transaction per batch, then
 * acknowledge requests and pass the events on. */
#include "parent/events.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/exit.h"
#include "base/memory.h"
#include "model/apart.h"
#include "parent/event_members.h"
#include "parent/applied.h"
#include "parent/events_action.h"
#include "parent/events_branch.h"
#include "parent/events_view.h"
#include "parent/former.h"
#include "parent/pipes.h"
#include "parent/shared_lease.h"
#include "stagebox/json.h"

enum { MAX_STAGES = 1000, MAX_EVENTS = 10000000, MAX_SHORT_LINE = 16 << 20 };

static const char *const stage_words[] = {"ok", "partial", "failed", "skipped", "cancelled", NULL};
static const char *const methods[] = {"POST", "PATCH", "DELETE", NULL};
static const char *const answer_words[] = {"done",     "rejected",  "retry", "denied",
					   "conflict", "unsettled", NULL};
static const char *const settle_words[] = {"settled-committed", "settled-dropped", NULL};
static const char *const end_words[] = {"ok", "partial", "failed", "unbalanced", "cancelled", NULL};

static int fail_missing_member(const char *name, struct sb_error *err)
{
	return sb_fail(err, SB_E_SHAPE, "no member \"%s\"", name);
}

static int on_loading(struct sb_parent *parent, const json_t *event, struct sb_error *err)
{
	const char *module = sb_json_str(event, "module");
	int rc = 0;

	if (!module || *module) /* "" after the last one */
		rc = sb_event_text(event, "module", &module, err);
	if (!rc)
		snprintf(parent->module, sizeof(parent->module), "%s", module);
	return rc;
}

static int on_files(struct sb_parent *parent, const json_t *event, struct sb_error *err)
{
	json_t *files = json_object_get(event, "files"), *hash;
	const char *module;

	if (!json_is_object(files))
		return fail_missing_member("files", err);
	json_object_foreach (files, module, hash)
		if (json_string_length(hash) > 64)
			return sb_fail(err, SB_E_SHAPE, "a member of \"files\" is not a SHA-256");
	json_decref(parent->files);
	parent->files = json_incref(files);
	json_decref(parent->result->files);
	parent->result->files = json_incref(files);
	return 0;
}

static int on_stage_begin(struct sb_parent *parent, const json_t *event, struct sb_error *err)
{
	const char *stage = NULL, *module = NULL;
	int rc = sb_event_text(event, "stage", &stage, err);

	if (!rc)
		rc = sb_event_text(event, "module", &module, err);
	if (rc < 0)
		return rc;
	snprintf(parent->stage, sizeof(parent->stage), "%s", stage);
	snprintf(parent->module, sizeof(parent->module), "%s", module);
	parent->stage_ms = sb_clock_ms();
	return 0;
}

static int on_stage(struct sb_parent *parent, const json_t *event, struct sb_error *err)
{
	const json_t *entry = json_object_get(event, "entry");
	const char *stage = NULL, *module = NULL;
	const char *status;
	json_t *seen;
	int rc = sb_event_text(event, "stage", &stage, err);

	if (!rc)
		rc = sb_event_text(event, "module", &module, err);
	if (!rc && !json_is_object(entry))
		rc = fail_missing_member("entry", err);
	if (!rc)
		rc = sb_event_word(entry, "status", stage_words, &status, err);
	if (!rc && json_array_size(parent->stages) >= MAX_STAGES)
		rc = sb_fail(err, SB_E_SHAPE, "more than %d stages", MAX_STAGES);
	if (rc < 0)
		return rc;
	seen = json_pack("{s:s, s:s, s:O}", "module", module, "stage", stage, "entry", entry);
	if (json_array_append_new(parent->stages, seen) != 0)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	if (!parent->writes_store)
		return 0;
	return sb_store_stage_put(parent->store, parent->result->run, stage, entry, err);
}

/* Without an ack the job does not send: a request never precedes its durable journal row. */
static int on_request(struct sb_parent *parent, const json_t *event, struct sb_error *err)
{
	const char *method = NULL, *path = NULL, *kind = NULL;
	int64_t id;
	int rc;

	if (!parent->writes_store)
		return sb_fail(err, SB_E_STATE, "a job in plan mode asked to write to NetBox");
	rc = sb_event_number(event, "id", &id, err);
	if (!rc)
		rc = sb_event_word(event, "method", methods, &method, err);
	if (!rc)
		rc = sb_event_text(event, "path", &path, err);
	if (!rc)
		rc = sb_event_text(event, "kind", &kind, err);
	if (!rc)
		rc = sb_event_keys(parent, json_object_get(event, "keys"),
				   sb_streq(sb_json_str(event, "method"), "PATCH"), err);
	if (rc < 0 || parent->was_stopped)
		return rc;
	parent->n_requests++;
	rc = sb_store_lease_renew(parent->store, parent->lease.name, parent->lease.token, err);
	if (!rc)
		rc = sb_parent_forget_former(parent, method, json_object_get(event, "keys"), err);
	if (rc < 0)
		return rc;
	return sb_store_request_begin(parent->store, parent->result->run, id, method, path, kind,
				      json_object_get(event, "keys"), sb_clock_wall_s(), err);
}

static int on_answered(struct sb_parent *parent, const json_t *event, struct sb_error *err)
{
	const char *outcome;
	int64_t id, status = 0;
	int rc = sb_event_number(event, "id", &id, err);

	if (!rc)
		rc = sb_event_word(event, "outcome", answer_words, &outcome, err);
	if (!rc && json_object_get(event, "status"))
		rc = sb_event_number(event, "status", &status, err);
	if (!rc && status > 999)
		rc = sb_fail(err, SB_E_SHAPE, "member \"status\" is not an HTTP status");
	if (rc < 0 || !parent->writes_store)
		return rc;
	return sb_store_request_end(parent->store, parent->result->run, id, (int)status, outcome,
				    sb_clock_wall_s(), err);
}

/* The task named the requests of earlier runs that this job may settle. */
static bool is_in_task(const struct sb_parent *parent, int64_t run, int64_t id)
{
	const json_t *request;
	size_t i;

	json_array_foreach (parent->open_requests, i, request)
		if (json_integer_value(json_object_get(request, "run")) == run &&
		    json_integer_value(json_object_get(request, "id")) == id)
			return true;
	return false;
}

static int on_settled(struct sb_parent *parent, const json_t *event, struct sb_error *err)
{
	const char *outcome;
	int64_t run, id;
	int rc = sb_event_number(event, "run", &run, err);

	if (!rc)
		rc = sb_event_number(event, "id", &id, err);
	if (!rc)
		rc = sb_event_word(event, "outcome", settle_words, &outcome, err);
	if (!rc && !is_in_task(parent, run, id))
		rc = sb_fail(err, SB_E_SHAPE,
			     "request %lld of run %lld is not among those that the job may settle",
			     (long long)id, (long long)run);
	if (rc < 0 || !parent->writes_store)
		return rc;
	return sb_store_request_end(parent->store, run, id, 0, outcome, sb_clock_wall_s(), err);
}

/* Values of a custom field that did not exist: NetBox deletes them with its definition. */
static int on_field_made(struct sb_parent *parent, const json_t *event, struct sb_error *err)
{
	const char *field = sb_json_str(event, "field");

	if (!field || !sb_starts_with(field, "stagebox_") ||
	    field[strspn(field, "abcdefghijklmnopqrstuvwxyz0123456789_")] ||
	    *parent->spec->endpoint)
		return sb_fail(err, SB_E_SHAPE,
			       "an event field_made is not of a bootstrap, or names no custom "
			       "field of ours");
	return parent->writes_store ? sb_store_applied_forget(parent->store, field, err) : 0;
}

/* A trial of branches has its answer. */
static int on_apart(struct sb_parent *parent, const json_t *event, struct sb_error *err)
{
	const json_t *note = json_object_get(event, "note");
	sb_autofree char *text = NULL;

	if (parent->spec->mode != SB_JOB_TRIAL || !sb_apart_is_note(note))
		return sb_fail(err, SB_E_SHAPE,
			       "an event apart is not of a trial, or has no versions");
	text = json_dumps(note, JSON_COMPACT | JSON_SORT_KEYS);
	return text ? sb_store_fact_put(parent->store, SB_APART_FACT, text, err)
		    : sb_fail(err, SB_E_NOMEM, "out of memory");
}

static int on_identity(struct sb_parent *parent, const json_t *event, struct sb_error *err)
{
	const char *value;
	char name[96];
	int rc = sb_event_text(event, "value", &value, err);

	if (rc < 0 || !parent->writes_store)
		return rc;
	snprintf(name, sizeof(name), "identity:%s", parent->spec->endpoint);
	return sb_store_fact_put(parent->store, name, value, err);
}

/* Keep what is known of the vanished objects, which the run may not have looked at this time. */
static int put_gone(struct sb_parent *parent, const json_t *misses, struct sb_error *err)
{
	sb_autojson *all = json_object(), *before = NULL;
	sb_autofree char *old = NULL, *text = NULL;
	const char *key;
	char name[96];
	json_t *miss, *known;
	int rc;

	snprintf(name, sizeof(name), "gone:%s", parent->spec->endpoint);
	rc = sb_store_fact_get(parent->store, name, &old, err);
	if (rc < 0)
		return rc;
	before = old ? json_loads(old, 0, NULL) : NULL;
	json_object_foreach ((json_t *)(uintptr_t)misses, key, miss) {
		known = json_object_get(miss, "kind") ? NULL : json_object_get(before, key);
		known = known ? json_copy(known) : json_object();
		json_object_update(known, miss);
		if (json_object_get(known, "kind"))
			json_object_set(all, key, known);
		json_decref(known);
	}
	text = json_dumps(all, JSON_COMPACT | JSON_SORT_KEYS);
	if (!text)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	if (old ? sb_streq(old, text) : !json_object_size(all))
		return 0;
	return sb_store_fact_put(parent->store, name, json_object_size(all) ? text : NULL, err);
}

static int on_misses(struct sb_parent *parent, const json_t *event, struct sb_error *err)
{
	const json_t *misses = json_object_get(event, "misses");
	int rc = sb_event_misses(parent, misses, err);

	if (rc < 0 || !parent->writes_store)
		return rc;
	rc = sb_store_misses_put(parent->store, parent->spec->endpoint, misses, err);
	return rc < 0 ? rc : put_gone(parent, misses, err);
}

static int on_refusals(struct sb_parent *parent, const json_t *event, struct sb_error *err)
{
	const json_t *rows = json_object_get(event, "refusals");

	int rc = sb_event_refusals(parent, rows, err);

	if (rc < 0)
		return rc;
	if (!parent->writes_store || !parent->spec->endpoint[0])
		return 0;
	return sb_store_refusals_put(parent->store, parent->spec->endpoint, rows, err);
}

static int on_agents(struct sb_parent *parent, const json_t *event, struct sb_error *err)
{
	const json_t *agents = json_object_get(event, "agents");
	int rc = sb_event_agents(parent, agents, err);

	if (rc < 0 || !parent->writes_store || !parent->spec->endpoint[0])
		return rc;
	return sb_store_agents_put(parent->store, parent->spec->endpoint, agents, err);
}

static int on_plan(struct sb_parent *parent, const json_t *event, struct sb_error *err)
{
	json_t *plan = json_object_get(event, "plan");

	if (!json_is_object(plan))
		return fail_missing_member("plan", err);
	if (parent->result->plan)
		return sb_fail(err, SB_E_SHAPE, "a second plan");
	parent->result->plan = json_incref(plan);
	return 0;
}

static int on_seen(struct sb_parent *parent, const json_t *event, struct sb_error *err)
{
	json_t *values = json_object_get(event, "values"), *value;
	const char *name;

	if (!json_is_object(values))
		return fail_missing_member("values", err);
	json_object_foreach (values, name, value)
		if (!json_is_string(value))
			return sb_fail(err, SB_E_SHAPE, "a key in \"values\" is not a text");
	json_decref(parent->result->seen);
	parent->result->seen = json_incref(values);
	return 0;
}

static int on_recorded(struct sb_parent *parent, const json_t *event, struct sb_error *err)
{
	json_t *line = json_object_get(event, "line");
	sb_autojson *parsed = NULL;

	if (json_is_string(line))
		line = parsed = json_loads(json_string_value(line), 0, NULL);
	if (!json_is_object(line))
		return fail_missing_member("line", err);
	if (parent->spec->on_recorded)
		parent->spec->on_recorded(parent->spec->arg, line);
	return 0;
}

static int on_ask(struct sb_parent *parent, const json_t *event, struct sb_error *err)
{
	sb_autojson *line = NULL, *answer = NULL;
	int64_t id;
	int rc = sb_event_number(event, "id", &id, err);

	if (rc < 0)
		return rc;
	if (!parent->spec->on_ask)
		return sb_fail(err, SB_E_STATE, "a job with a network asked for an answer");
	line = parent->spec->on_ask(parent->spec->arg, event);
	answer = line ? json_pack("{s:I, s:O}", "answer", (json_int_t)id, "line", line) : NULL;
	return answer ? sb_parent_send(parent, answer, err)
		      : sb_fail(err, SB_E_NOMEM, "out of memory");
}

static int on_lease_end(struct sb_parent *parent, const json_t *event, struct sb_error *err)
{
	(void)event;
	(void)err;
	sb_parent_give_shared(parent);
	return 0;
}

static int on_end(struct sb_parent *parent, const json_t *event, struct sb_error *err)
{
	const char *status;
	int64_t code = 0;
	int rc = sb_event_word(event, "status", end_words, &status, err);

	if (!rc)
		rc = sb_event_number(event, "exit", &code, err);
	if (!rc && (!sb_exit_is_known(code) || (!code && !sb_streq(status, "ok"))))
		rc = sb_fail(err, SB_E_SHAPE, "exit code %lld does not belong to status \"%s\"",
			     (long long)code, status);
	if (!rc)
		parent->end = json_incref((json_t *)(uintptr_t)event);
	return rc;
}

static const struct event_type {
	const char *name;
	int (*handle)(struct sb_parent *parent, const json_t *event, struct sb_error *err);
	bool writes;   /* its handler writes the store */
	bool is_acked; /* the job waits until that is durable */
} event_types[] = {
	{"loading", on_loading, false, false},
	{"files", on_files, false, false},
	{"stage_begin", on_stage_begin, false, false},
	{"stage", on_stage, true, false},
	{"progress", NULL, false, false},
	{"request", on_request, true, true},
	{"answered", on_answered, true, false},
	{"action", sb_parent_on_action, true, true},
	{"action_end", sb_parent_on_action_end, true, false},
	{"call", sb_parent_on_call, true, true},
	{"called", sb_parent_on_called, true, true},
	{"branch", sb_parent_on_branch, true, true},
	{"settled", on_settled, true, false},
	{"applied", sb_parent_on_applied, true, false},
	{"applied_drop", sb_parent_on_applied_drop, true, false},
	{"field_made", on_field_made, true, false},
	{"apart", on_apart, true, false},
	{"identity", on_identity, true, false},
	{"misses", on_misses, true, false},
	{"lease", sb_parent_ask_shared, false, false},
	{"lease_end", on_lease_end, false, false},
	{"refusals", on_refusals, true, false},
	{"agents", on_agents, true, false},
	{"recorded", on_recorded, false, false},
	{"ask", on_ask, false, false},
	{"log", NULL, false, false},
	{"waiting", NULL, false, false},
	{"seen", on_seen, false, false},
	{"plan", on_plan, false, false},
	{"view", sb_parent_on_view, false, false},
	{"end", on_end, false, false},
};

static const struct event_type *find_event_type(const json_t *event)
{
	const char *name = sb_json_str(event, "ev");
	size_t i;

	for (i = 0; name && i < SB_ARRAY_LEN(event_types); i++)
		if (sb_streq(event_types[i].name, name))
			return &event_types[i];
	return NULL;
}

/* Most events are short; these contain what a run found. A job writes "ev" first. */
static size_t max_line(const struct sb_parent *parent, const char *text)
{
	static const char *const large[] = {"plan", "end", "stage", "recorded"};
	static const char head[] = "{\"ev\":\"";
	size_t i, len;

	for (i = 0; sb_starts_with(text, head) && i < SB_ARRAY_LEN(large); i++) {
		len = strlen(large[i]);
		if (strncmp(text + strlen(head), large[i], len) == 0 &&
		    text[strlen(head) + len] == '"')
			return parent->in.max_bytes;
	}
	return MAX_SHORT_LINE;
}

/* A module that floods the parent must not exhaust it. len: of the line at text so far. */
static int check_line(struct sb_parent *parent, const char *text, size_t len, struct sb_error *err)
{
	if (len > max_line(parent, text))
		return sb_fail(err, SB_E_SHAPE,
			       "the job sent an event of more than %zu MiB: it is too large",
			       max_line(parent, text) >> 20);
	if (parent->n_events > MAX_EVENTS || parent->n_bytes > parent->max_bytes)
		return sb_fail(err, SB_E_SHAPE,
			       "the job sent more than %d events or %llu MiB: it is out of control",
			       MAX_EVENTS, (unsigned long long)(parent->max_bytes >> 20));
	return 0;
}

/* Move whole lines from the buffer to an array of events. */
static int parse_lines(struct sb_parent *parent, json_t *batch, struct sb_error *err)
{
	struct sb_buf *in = &parent->in;
	unsigned failures = sb_memory_failures();
	size_t used = 0;
	char *end;

	if (in->len && in->text[0] != '{') /* its end may never come */
		return sb_fail(err, SB_E_SHAPE, "the job sent bytes that are not an event");

	while (in->len > parent->seen &&
	       (end = memchr(in->text + parent->seen, '\n', in->len - parent->seen))) {
		size_t len = (size_t)(end - in->text) - used;
		int rc = check_line(parent, in->text + used, len, err);
		json_t *event;

		if (rc < 0)
			return rc;
		parent->n_events++;
		event = json_loadb(in->text + used, len, JSON_REJECT_DUPLICATES, NULL);
		rc = sb_memory_check(failures, err); /* a tree that could not be built */
		if (rc < 0) {
			json_decref(event);
			return rc;
		}
		if (!find_event_type(event)) {
			json_decref(event);
			return sb_fail(err, SB_E_SHAPE,
				       "the job sent a line of %zu bytes that is not an event",
				       len);
		}
		if (json_array_append_new(batch, event) != 0)
			return sb_fail(err, SB_E_NOMEM, "out of memory");
		used += len + 1;
		parent->seen = used;
	}
	if (used) {
		in->len -= used;
		memmove(in->text, in->text + used, in->len + 1);
	}
	parent->seen = in->len;
	return in->len ? check_line(parent, in->text, in->len, err) : 0;
}

static int handle_batch(struct sb_parent *parent, const json_t *batch, struct sb_error *err)
{
	const json_t *event;
	size_t i;
	int rc;

	json_array_foreach (batch, i, event) {
		const struct event_type *type = find_event_type(event);

		if (parent->end)
			return sb_fail(err, SB_E_SHAPE, "the job sent \"%s\" after its last event",
				       type->name);
		rc = type->handle ? type->handle(parent, event, err) : 0;
		if (rc < 0)
			return sb_context(err, rc, "event \"%s\" of the job", type->name);
	}
	return 0;
}

static bool any_event_writes(const struct sb_parent *parent, const json_t *batch)
{
	const json_t *event;
	size_t i;

	if (!parent->writes_store)
		return false;
	json_array_foreach (batch, i, event)
		if (find_event_type(event)->writes)
			return true;
	return false;
}

/* Called after the commit: an ack promises that the journal row is durable. */
static int acknowledge_batch(struct sb_parent *parent, const json_t *batch, struct sb_error *err)
{
	const json_t *event;
	size_t i;
	int rc = 0;

	json_array_foreach (batch, i, event) {
		if (find_event_type(event)->is_acked && !parent->was_stopped) {
			sb_autojson *ack = json_pack("{s:O}", "ack", json_object_get(event, "id"));

			rc = sb_parent_send(parent, ack, err);
		}
		if (rc < 0)
			return rc;
		if (parent->spec->on_event)
			parent->spec->on_event(parent->spec->arg, event);
	}
	return 0;
}

/* End the transaction of a batch whose handling gave rc. The events before a bad one count. */
static int commit_batch(struct sb_parent *parent, unsigned failures, int rc, struct sb_error *err)
{
	int committed = sb_memory_check(failures, rc < 0 ? NULL : err);

	if (!committed) /* else a value that was to be stored may lack something */
		committed = sb_store_commit(parent->store, rc < 0 ? NULL : err);
	if (committed < 0)
		sb_store_rollback(parent->store);
	return rc < 0 ? rc : committed;
}

int sb_parent_events(struct sb_parent *parent, struct sb_error *err)
{
	unsigned failures = sb_memory_failures();
	sb_autojson *batch = json_array();
	bool writes;
	int rc, taken;

	if (!parent->is_fed)
		return 0;
	if (!batch)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	taken = parse_lines(parent, batch, err); /* events before a bad line count */
	if (json_array_size(batch) == 0)
		return taken;
	writes = any_event_writes(parent, batch);
	rc = writes ? sb_store_begin(parent->store, err) : 0;
	if (!rc)
		rc = handle_batch(parent, batch, taken < 0 ? NULL : err);
	if (writes)
		rc = commit_batch(parent, failures, rc, err);
	if (rc < 0)
		return rc;
	rc = acknowledge_batch(parent, batch, err);
	return taken < 0 ? taken : rc;
}
