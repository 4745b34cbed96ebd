/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a run's record, and the outcome of a run as JSON. */
#include "model/run_record.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "stagebox/json.h"

static const char *const count_names[] = {"create",  "update",  "same",   "delete",
					  "release", "skipped", "failed", "unknown"};

void sb_run_record_each(const json_t *record, sb_run_record_fn *fn, void *arg)
{
	const json_t *part, *entry;
	const char *name;
	size_t i;

	json_object_foreach ((json_t *)(uintptr_t)record, name, part) {
		const json_t *stages = json_object_get(json_object_get(part, "response"), "stages");
		const char *suffix = strrchr(name, '_');
		char module[64];

		snprintf(module, sizeof(module), "%.*s",
			 suffix ? (int)(suffix - name) : (int)strlen(name), name);
		json_array_foreach (stages, i, entry)
			fn(arg, module, entry);
	}
}

static const json_t *stage_counts(const json_t *entry)
{
	return json_object_get(json_object_get(entry, "response"), "counts");
}

json_t *sb_run_record_stages(json_t *record, const char *module, const json_t *select,
			     const char *schema, double seconds)
{
	char name[SB_RUN_RECORD_NAME_CHARS];
	json_t *part;

	snprintf(name, sizeof(name), "%s_sync", module);
	part = json_object_get(record, name);
	if (!part) {
		part = json_pack(
			"{s:{s:o, s:s?}, s:f, s:{s:[]}}", "params", "resources",
			json_array_size(select) ? json_deep_copy(select) : json_pack("[s]", "full"),
			"netbox_branch_schema_id", *schema ? schema : NULL, "runtime_seconds",
			seconds, "response", "stages");
		json_object_set_new(record, name, part);
	}
	return json_object_get(json_object_get(part, "response"), "stages");
}

void sb_run_record_name(char *ret_name, size_t size, const char *module, const json_t *entry)
{
	const char *resource = sb_json_str(entry, "resource");

	if (!resource)
		resource = "?";
	if (strchr(resource, '.') || sb_streq(resource, "shared"))
		snprintf(ret_name, size, "%s", resource);
	else
		snprintf(ret_name, size, "%s.%s", module, resource);
}

static void add_row(void *arg, const char *module, const json_t *entry)
{
	const char *status = sb_json_str(entry, "status");
	json_t *row = json_object();
	char name[SB_RUN_RECORD_NAME_CHARS];
	size_t i;

	sb_run_record_name(name, sizeof(name), module, entry);
	json_object_set_new(row, "stage", json_string(name));
	json_object_set_new(row, "status", json_string(status ? status : "?"));
	for (i = 0; i < SB_ARRAY_LEN(count_names); i++)
		json_object_set_new(row, count_names[i],
				    json_integer(json_integer_value(
					    json_object_get(stage_counts(entry), count_names[i]))));
	json_object_set_new(
		row, "gone",
		json_integer(json_integer_value(json_object_get(stage_counts(entry), "gone"))));
	json_object_set_new(
		row, "seconds",
		json_real(json_number_value(json_object_get(
			entry, json_object_get(entry, "own_seconds") ? "own_seconds"
								     : "runtime_seconds"))));
	json_array_append_new(arg, row);
}

json_t *sb_run_record_rows(const json_t *record)
{
	json_t *rows = json_array();

	sb_run_record_each(record, add_row, rows);
	return rows;
}

static void forget_stage_error(void *arg, const char *module, const json_t *entry)
{
	const char **wanted = arg, *error = sb_json_str(entry, "error");

	(void)module;
	if (error && *wanted && sb_streq(error, *wanted))
		*wanted = NULL;
}

const char *sb_run_record_error(const json_t *record)
{
	const char *error = sb_json_str(record, "error");

	/* When a job dies, the interrupted stage already reports the error of the run. */
	sb_run_record_each(record, forget_stage_error, &error);
	return error;
}

static void add_counts(void *arg, const char *module, const json_t *entry)
{
	const char *name;
	json_t *value, *sum = arg;

	(void)module;
	json_object_foreach ((json_t *)(uintptr_t)stage_counts(entry), name, value)
		json_object_set_new(sum, name,
				    json_integer(json_integer_value(value) +
						 json_integer_value(json_object_get(sum, name))));
}

void sb_run_record_add_counts(const json_t *record, json_t *sum)
{
	const char *kind, *name;
	json_t *terms, *value;

	sb_run_record_each(record, add_counts, sum);
	json_object_foreach (json_object_get(record, "overlap"), kind, terms) {
		json_object_foreach (terms, name, value)
			json_object_set_new(
				sum, name,
				json_integer(json_integer_value(json_object_get(sum, name)) -
					     json_integer_value(value)));
	}
}

static json_int_t count_of(const json_t *counts, const char *name)
{
	return json_integer_value(json_object_get(counts, name));
}

static double runtime_of(const json_t *record)
{
	const json_t *part;
	const char *name;
	double most = 0;

	json_object_foreach ((json_t *)(uintptr_t)record, name, part) {
		double seconds = json_number_value(json_object_get(part, "runtime_seconds"));

		if (seconds > most)
			most = seconds;
	}
	return most;
}

json_t *sb_run_record_totals(const json_t *record)
{
	sb_autojson *sum = json_object();
	const json_t *written = json_object_get(record, "written");
	json_int_t create, update, removed, released;

	sb_run_record_add_counts(record, sum);
	create = count_of(written ? written : sum, "create");
	update = count_of(written ? written : sum, "update");
	removed = count_of(written ? written : sum, "delete");
	released = written ? 0 : count_of(sum, "release"); /* the journal has them as updates */
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:f}", "ok",
			 count_of(sum, "same"), "changed", create + update + removed + released,
			 "create", create, "update", update, "delete", removed, "release", released,
			 "failed", count_of(sum, "failed"), "skipped", count_of(sum, "skipped"),
			 "unknown", count_of(sum, "unknown"), "kept", count_of(sum, "gone"),
			 "seconds", runtime_of(record));
}

/* The verb that an object counts with: a create stays one when its object is updated later. */
static void note_written(json_t *objects, const char *key, const char *verb)
{
	const char *known = sb_json_str(objects, key);

	if (!known || (sb_streq(verb, "delete") && !sb_streq(known, "delete")))
		json_object_set_new(objects, key, json_string(verb));
}

json_t *sb_run_record_written(const json_t *requests)
{
	static const struct {
		const char *method, *verb;
	} verbs[] = {
		{"POST", "create"}, {"PATCH", "update"}, {"PUT", "update"}, {"DELETE", "delete"}};
	sb_autojson *objects = json_object();
	json_t *sum = json_pack("{s:i, s:i, s:i, s:i}", "create", 0, "update", 0, "delete", 0,
				"unsettled", 0),
	       *value, *n;
	const json_t *request, *key;
	const char *name;
	size_t i, j, k;

	json_array_foreach (requests, i, request) {
		const char *outcome = sb_json_str(request, "outcome");
		const char *method = sb_json_str(request, "method");
		bool is_open =
			outcome && (sb_streq(outcome, "begun") || sb_streq(outcome, "unsettled"));

		if (!outcome || !method)
			continue;
		json_array_foreach (json_object_get(request, "keys"), j, key) {
			const char *text = json_is_string(key) ? json_string_value(key)
							       : sb_json_str(key, "key");

			for (k = 0; text && k < SB_ARRAY_LEN(verbs); k++) {
				if (!sb_streq(verbs[k].method, method))
					continue;
				if (is_open)
					note_written(objects, text, "unsettled");
				else if (sb_streq(outcome, "done") ||
					 sb_streq(outcome, "settled-committed"))
					note_written(objects, text, verbs[k].verb);
			}
		}
	}
	json_object_foreach (objects, name, value) {
		n = json_object_get(sum, json_string_value(value));
		json_integer_set(n, json_integer_value(n) + 1);
	}
	return sum;
}

static void add_member(json_t *to, const json_t *from, const char *name)
{
	json_int_t n = count_of(from, name);

	if (n)
		json_object_set_new(to, name, json_integer(count_of(to, name) + n));
}

static void add_causes(void *arg, const char *module, const json_t *entry)
{
	static const char *const names[] = {"objects", "failed", "skipped", "unknown", "partial"};
	json_t *all = arg, *mine;
	const json_t *cause;
	size_t i, j;

	(void)module;
	json_array_foreach (json_object_get(json_object_get(entry, "response"), "causes"), i,
			    cause) {
		const char *text = sb_json_str(cause, "text");

		mine = text ? json_object_get(all, text) : NULL;
		if (text && !mine)
			json_object_set_new(all, text, json_deep_copy(cause));
		if (!mine)
			continue;
		for (j = 0; j < SB_ARRAY_LEN(names); j++)
			add_member(mine, cause, names[j]);
		json_array_extend(json_object_get(mine, "keys"), json_object_get(cause, "keys"));
	}
}

json_t *sb_run_record_causes(const json_t *record)
{
	sb_autojson *all = json_object();
	json_t *list = json_array(), *cause;
	const char *text;
	size_t i;

	sb_run_record_each(record, add_causes, all);
	json_object_foreach (all, text, cause) {
		for (i = 0; i < json_array_size(list); i++) {
			if (count_of(json_array_get(list, i), "objects") <
			    count_of(cause, "objects"))
				break;
		}
		json_array_insert(list, i, cause);
	}
	return list;
}

/* response.kinds = {"vm": {"create": n, ...}} */
struct kind_sum {
	const char *verb;
	json_t *sum;
};

static void add_to_kind(json_t *sum, const char *kind, json_int_t n)
{
	json_int_t total = n + json_integer_value(json_object_get(sum, kind));

	if (total > 0)
		json_object_set_new(sum, kind, json_integer(total));
	else
		json_object_del(sum, kind);
}

static void add_kinds(void *arg, const char *module, const json_t *entry)
{
	json_t *kinds = json_object_get(json_object_get(entry, "response"), "kinds"), *counts;
	const struct kind_sum *to = arg;
	const char *kind;

	(void)module;
	json_object_foreach (kinds, kind, counts)
		add_to_kind(to->sum, kind, count_of(counts, to->verb));
}

void sb_run_record_add_kinds(const json_t *record, const char *verb, json_t *sum)
{
	struct kind_sum to = {.verb = verb, .sum = sum};
	const char *kind;
	json_t *counts;

	sb_run_record_each(record, add_kinds, &to);
	json_object_foreach (json_object_get(record, "overlap"), kind, counts)
		add_to_kind(sum, kind, -count_of(counts, verb));
}

json_t *sb_run_record_duplicate(const char *text, json_t *keys)
{
	const char *bar = strchr(text, '|');
	/* Kinds have small letters, other values than names of objects a capital one. */
	bool is_name = bar && !sb_starts_with(text, "address|") && !isupper((unsigned char)*text);
	json_t *duplicate;

	if (!bar)
		return NULL;
	duplicate = json_pack("{s:s, s:s, s:O}", "what", "name", "value", bar + 1, "keys", keys);
	json_object_set_new(duplicate, is_name ? "kind" : "what",
			    json_stringn(text, (size_t)(bar - text)));
	return duplicate;
}

json_t *sb_run_outcome_json(const struct sb_run_outcome *outcome)
{
	json_t *run = json_pack("{s:I, s:s, s:s, s:i, s:o, s:O?}", "id", (json_int_t)outcome->id,
				"endpoint", outcome->endpoint, "status", outcome->status, "exit",
				outcome->exit_code, "totals", sb_run_record_totals(outcome->record),
				"record", outcome->record);

	if (outcome->err->code)
		json_object_set_new(run, "error",
				    json_pack("{s:s, s:s}", "code", sb_rc_name(outcome->err->code),
					      "text", outcome->err->text));
	return run;
}
