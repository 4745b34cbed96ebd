/* SPDX-License-Identifier: Apache-2.0 */
/* The text of a run record: the table of stages, errors, changes. */
#include "summary.h"

#include "model/run_record.h"
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

/* Print the objects that were refused or left out, each with its cause. */
static void print_quarantine(struct out *out, const json_t *list)
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

void summary_duplicates(struct out *out, const json_t *duplicates)
{
	const json_t *duplicate;
	size_t i;

	json_array_foreach (duplicates, i, duplicate) {
		out_colored(out, OUT_YELLOW, "duplicate");
		out_text(out, " ");
		out_value(out, json_object_get(duplicate, "key"));
		out_text(out, ": NetBox has it more than once; the one with the lowest id is used, "
			      "nothing is removed: merge or delete id ");
		out_value(out, json_object_get(duplicate, "ids"));
		out_text(out, "\n");
	}
}

/* Two entries are about the same value and reason: several stages have objects of one kind. */
static bool is_same_left_out(const json_t *a, const json_t *b)
{
	static const char *const members[] = {"kind", "field", "value", "words"};
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(members); i++) {
		const json_t *x = json_object_get(a, members[i]),
			     *y = json_object_get(b, members[i]);

		if (!x != !y || (x && !json_equal(x, y)))
			return false;
	}
	return true;
}

void summary_add_left_out(json_t *all, const json_t *entry)
{
	const json_t *response = json_object_get(entry, "response");
	json_t *known = NULL, *mine;
	size_t i, j;

	json_array_foreach (json_object_get(response, "left_out"), i, mine) {
		json_array_foreach (all, j, known)
			if (is_same_left_out(known, mine))
				break;
		if (j == json_array_size(all))
			json_array_append_new(all, json_deep_copy(mine));
		else
			json_array_extend(json_object_get(known, "objects"),
					  json_object_get(mine, "objects"));
	}
}

void summary_left_out(struct out *out, const char *slug, const json_t *all)
{
	const json_t *entry;
	size_t i;

	json_array_foreach (all, i, entry) {
		const json_t *objects = json_object_get(entry, "objects");
		const char *field = sb_json_str(entry, "field"), *kind = sb_json_str(entry, "kind");
		const char *words = sb_json_str(entry, "words");

		out_colored(out, OUT_YELLOW, "left out");
		out_text(out, ": %s%s", slug ? slug : "", slug ? " " : "");
		out_safe(out, field ? field : "?");
		if (json_object_get(entry, "value")) {
			out_text(out, " ");
			out_value(out, json_object_get(entry, "value"));
		}
		out_text(out, " of %zu %s: ", json_array_size(objects), kind ? kind : "?");
		out_safe(out, words ? words : "");
		out_text(out, " (");
		out_value(out, json_array_get(objects, 0));
		out_text(out, json_array_size(objects) > 1 ? ", ...)\n" : ")\n");
	}
}

static void add_left_out(void *arg, const char *module, const json_t *entry)
{
	(void)module;
	summary_add_left_out(arg, entry);
}

static void print_stage_error(void *arg, const char *module, const json_t *entry)
{
	const char *error = sb_json_str(entry, "error"), *status = sb_json_str(entry, "status");
	const json_t *left_out = json_object_get(json_object_get(entry, "response"), "left_out");
	struct out *out = arg;
	char name[SB_RUN_RECORD_NAME_CHARS];

	sb_run_record_name(name, sizeof(name), module, entry);
	if (error && !(left_out && sb_starts_with(error, SUMMARY_LEFT_OUT))) {
		out_colored(out, out_status_color(status), "%s", status ? status : "?");
		out_text(out, " %s: ", name);
		out_safe(out, error);
		out_text(out, "\n");
	}
	print_quarantine(out, json_object_get(json_object_get(entry, "response"), "quarantine"));
	summary_limits(out, NULL, name, json_object_get(entry, "limits"));
	summary_duplicates(out, json_object_get(entry, "duplicates"));
}

/* Print the fields that differ and are not written, with the reason. */
static void print_disagreements(struct out *out, const char *head, const char *word,
				enum out_color color, const char *sign, const json_t *list)
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
		print_disagreements(out, head, "kept as in NetBox", OUT_YELLOW, "  = ", kept);
}

void summary_similar(struct out *out, const char *head, const json_t *similar)
{
	if (json_array_size(similar))
		print_disagreements(out, head, "may exist already", OUT_YELLOW, "  ? ", similar);
}

void summary_conflicts(struct out *out, const char *head, const json_t *conflicts)
{
	if (json_array_size(conflicts) == 0)
		return;
	print_disagreements(out, head, "conflicts", OUT_RED, "  ! ", conflicts);
	out_text(out,
		 "  To end a conflict, make both sides agree, or set a policy that says who owns "
		 "the field.\n");
}

void summary_record(struct out *out, const json_t *record)
{
	sb_autojson *rows = sb_run_record_rows(record), *left_out = json_array();
	const char *error = sb_run_record_error(record);

	if (json_array_size(rows))
		out_table(out, columns, rows);
	sb_run_record_each(record, print_stage_error, out);
	sb_run_record_each(record, add_left_out, left_out);
	summary_left_out(out, NULL, left_out);
	summary_kept(out, NULL, json_object_get(record, "kept"));
	summary_similar(out, NULL, json_object_get(record, "similar"));
	summary_conflicts(out, NULL, json_object_get(record, "conflicts"));
	if (error) {
		out_colored(out, OUT_RED, "failed");
		out_text(out, ": ");
		out_safe(out, error);
		out_text(out, "\n");
	}
}

void summary_changes(struct out *out, const json_t *record)
{
	sb_autojson *kinds = json_object();
	const char *kind, *comma = " ";
	json_t *n;

	sb_run_record_add_created(record, kinds);
	if (json_object_size(kinds) == 0)
		return;
	out_text(out, "created:");
	json_object_foreach (kinds, kind, n) {
		out_text(out, "%s%lld %s", comma, (long long)json_integer_value(n), kind);
		comma = ", ";
	}
	out_text(out, "\n");
}
