/* SPDX-License-Identifier: Apache-2.0 */
/* What came of a run: the table of stages, errors, changes. */
#include "summary.h"

#include <string.h>

#include "stagebox/json.h"

#define MAX_REASONS 10

static const struct out_column columns[] = {
	{"STAGE", "stage", false, false},
	{"STATUS", "status", false, false},
	{"CREATED", "create", true, false},
	{"UPDATED", "update", true, false},
	{"SAME", "same", true, false},
	{"DELETED", "delete", true, false},
	{"SKIPPED", "skipped", true, false},
	{"FAILED", "failed", true, false},
	{"UNKNOWN", "unknown", true, false},
	{"SECONDS", "seconds", true, false},
	{0},
};
static const char *const count_names[] = {"create",  "update", "same",   "delete",
					  "skipped", "failed", "unknown"};

typedef void stage_fn(void *arg, const char *module, const json_t *entry);

/* Each stage entry of each "<module>_sync" part. */
static void each_stage(const json_t *record, stage_fn *fn, void *arg)
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

static const json_t *counts_of(const json_t *entry)
{
	return json_object_get(json_object_get(entry, "response"), "counts");
}

static void stage_name(char *ret_name, size_t size, const char *module, const json_t *entry)
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
	char name[128];
	size_t i;

	stage_name(name, sizeof(name), module, entry);
	json_object_set_new(row, "stage", json_string(name));
	json_object_set_new(row, "status", json_string(status ? status : "?"));
	for (i = 0; i < SB_ARRAY_LEN(count_names); i++)
		json_object_set_new(row, count_names[i],
				    json_integer(json_integer_value(
					    json_object_get(counts_of(entry), count_names[i]))));
	json_object_set_new(
		row, "seconds",
		json_real(json_number_value(json_object_get(entry, "runtime_seconds"))));
	json_array_append_new(arg, row);
}

/* Objects that were refused or left out, each with its cause. */
static void quarantine(struct out *out, const json_t *list)
{
	const json_t *op;
	size_t i;

	json_array_foreach (list, i, op) {
		if (i == MAX_REASONS) {
			out_text(out, "  ... and %zu more\n", json_array_size(list) - i);
			break;
		}
		out_text(out, "  %s ", sb_json_str(op, "state") ? sb_json_str(op, "state") : "?");
		out_value(out, json_object_get(op, "key"));
		out_text(out, ": ");
		out_value(out, json_object_get(op, "cause"));
		out_text(out, "\n");
	}
}

static void find_error(void *arg, const char *module, const json_t *entry)
{
	const char **wanted = arg, *error = sb_json_str(entry, "error");

	(void)module;
	if (error && *wanted && sb_streq(error, *wanted))
		*wanted = NULL;
}

void summary_limits(struct out *out, const char *slug, const char *stage, const json_t *limits)
{
	const json_t *limit;
	size_t i;

	json_array_foreach (limits, i, limit) {
		const char *text = sb_json_str(limit, "text");
		json_int_t parts = json_integer_value(json_object_get(limit, "parts"));

		out_colored(out, OUT_YELLOW, "limit");
		out_text(out, "%s %s%s%s: %" JSON_INTEGER_FORMAT " %s not read: ", slug ? ":" : "",
			 slug ? slug : "", slug ? " " : "", stage, parts,
			 parts == 1 ? "part is" : "parts are");
		out_safe(out, text ? text : "");
		out_text(out, "\n");
	}
}

static void add_error(void *arg, const char *module, const json_t *entry)
{
	const char *error = sb_json_str(entry, "error"), *status = sb_json_str(entry, "status");
	struct out *out = arg;
	char name[128];

	stage_name(name, sizeof(name), module, entry);
	if (error) {
		out_colored(out, out_status_color(status), "%s", status ? status : "?");
		out_text(out, " %s: ", name);
		out_safe(out, error);
		out_text(out, "\n");
	}
	quarantine(out, json_object_get(json_object_get(entry, "response"), "quarantine"));
	summary_limits(out, NULL, name, json_object_get(entry, "limits"));
}

/* Fields on which both sides differ and that are not written, with the reason. */
static void disagreements(struct out *out, const char *head, const char *word, enum out_color color,
			  const char *sign, const json_t *list)
{
	const json_t *conflict;
	size_t i;

	out_text(out, "\n");
	if (head)
		out_colored(out, OUT_BOLD, "%s  %s\n", head, word);
	json_array_foreach (list, i, conflict) {
		const char *field = sb_json_str(conflict, "field");
		const char *text = sb_json_str(conflict, "why");

		out_colored(out, color, "%s", sign);
		out_value(out, json_object_get(conflict, "key"));
		out_text(out, "  ");
		out_safe(out, text ? text : "");
		out_text(out, "\n");
		if (!field)
			continue;
		out_text(out, "      ");
		out_safe(out, field);
		out_text(out, ": NetBox has ");
		out_value(out, json_object_get(conflict, "theirs"));
		out_text(out, ", the source has ");
		out_value(out, json_object_get(conflict, "ours"));
		out_text(out, "\n");
	}
}

void summary_kept(struct out *out, const char *head, const json_t *kept)
{
	if (json_array_size(kept))
		disagreements(out, head, "kept as NetBox has it", OUT_YELLOW, "  = ", kept);
}

void summary_conflicts(struct out *out, const char *head, const json_t *conflicts)
{
	if (json_array_size(conflicts) == 0)
		return;
	disagreements(out, head, "conflicts", OUT_RED, "  ! ", conflicts);
	out_text(out,
		 "  A conflict ends when both sides agree, or when the policy of the field says "
		 "whose it is.\n");
}

void summary_record(struct out *out, const json_t *record)
{
	sb_autojson *rows = json_array();
	const char *error = sb_json_str(record, "error");

	each_stage(record, add_row, rows);
	if (json_array_size(rows))
		out_table(out, columns, rows);
	each_stage(record, add_error, out);
	summary_kept(out, NULL, json_object_get(record, "kept"));
	summary_conflicts(out, NULL, json_object_get(record, "conflicts"));
	each_stage(record, find_error, &error); /* that of the stage that was under way */
	if (error) {
		out_colored(out, OUT_RED, "failed");
		out_text(out, ": ");
		out_safe(out, error);
		out_text(out, "\n");
	}
}

static void add_counts(void *arg, const char *module, const json_t *entry)
{
	const char *name;
	json_t *value, *sum = arg;

	(void)module;
	json_object_foreach ((json_t *)(uintptr_t)counts_of(entry), name, value)
		json_object_set_new(sum, name,
				    json_integer(json_integer_value(value) +
						 json_integer_value(json_object_get(sum, name))));
}

void summary_add(const json_t *record, json_t *sum)
{
	each_stage(record, add_counts, sum);
}

/* response.kinds = {"vm": {"create": n, ...}} */
static void add_kinds(void *arg, const char *module, const json_t *entry)
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

void summary_changes(struct out *out, const json_t *record)
{
	sb_autojson *kinds = json_object();
	const char *kind, *comma = " ";
	json_t *n;

	each_stage(record, add_kinds, kinds);
	if (json_object_size(kinds) == 0)
		return;
	out_text(out, "created:");
	json_object_foreach (kinds, kind, n) {
		out_text(out, "%s%lld %s", comma, (long long)json_integer_value(n), kind);
		comma = ", ";
	}
	out_text(out, "\n");
}
