/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a run's record, and the outcome of a run as JSON. */
#include "model/run_record.h"

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
		row, "seconds",
		json_real(json_number_value(json_object_get(entry, "runtime_seconds"))));
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
	sb_run_record_each(record, add_counts, sum);
}

/* response.kinds = {"vm": {"create": n, ...}} */
static void add_created(void *arg, const char *module, const json_t *entry)
{
	json_t *kinds = json_object_get(json_object_get(entry, "response"), "kinds");
	json_t *counts, *sum = arg;
	const char *kind;

	(void)module;
	json_object_foreach (kinds, kind, counts) {
		json_int_t n = json_integer_value(json_object_get(counts, "create"));

		if (n)
			json_object_set_new(
				sum, kind,
				json_integer(n + json_integer_value(json_object_get(sum, kind))));
	}
}

void sb_run_record_add_created(const json_t *record, json_t *sum)
{
	sb_run_record_each(record, add_created, sum);
}

json_t *sb_run_outcome_json(const struct sb_run_outcome *outcome)
{
	json_t *run = json_pack("{s:I, s:s, s:s, s:i, s:O?}", "id", (json_int_t)outcome->id,
				"endpoint", outcome->endpoint, "status", outcome->status, "exit",
				outcome->exit_code, "record", outcome->record);

	if (outcome->err->code)
		json_object_set_new(run, "error",
				    json_pack("{s:s, s:s}", "code", sb_rc_name(outcome->err->code),
					      "text", outcome->err->text));
	return run;
}
