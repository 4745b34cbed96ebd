/* SPDX-License-Identifier: Apache-2.0 */
/* The text of a run record: the table of stages, errors, changes. */
#include "summary.h"

#include <stdint.h>

#include "kind_words.h"
#include "model/run_record.h"
#include "stagebox/json.h"
#include "value_text.h"

enum { MAX_REASONS = 10, MAX_GONE = 5 };

static const struct out_column columns[] = {
	{.title = "STAGE", .member = "stage"},
	{.title = "STATUS", .member = "status"},
	{.title = "CREATED", .member = "create", .is_number = true, .brief = "NEW"},
	{.title = "UPDATED", .member = "update", .is_number = true, .brief = "CHG"},
	{.title = "SAME", .member = "same", .is_number = true},
	{.title = "DELETED", .member = "delete", .is_number = true, .brief = "DEL"},
	{.title = "RELEASED",
	 .member = "release",
	 .is_number = true,
	 .is_optional = true,
	 .brief = "REL"},
	{.title = "KEPT", .member = "gone", .is_number = true, .is_optional = true},
	{.title = "SKIPPED",
	 .member = "skipped",
	 .is_number = true,
	 .is_optional = true,
	 .brief = "SKIP"},
	{.title = "FAILED",
	 .member = "failed",
	 .is_number = true,
	 .is_optional = true,
	 .brief = "FAIL"},
	{.title = "UNKNOWN",
	 .member = "unknown",
	 .is_number = true,
	 .is_optional = true,
	 .brief = "UNKN"},
	{.title = "SECONDS", .member = "seconds", .is_number = true, .brief = "SECS"},
	{0},
};

static void print_keys(struct out *out, const json_t *keys, size_t max)
{
	const json_t *key;
	size_t i;

	json_array_foreach (keys, i, key) {
		if (i == max)
			break;
		out_text(out, "    ");
		out_value(out, key);
		out_text(out, "\n");
	}
}

/* One cause is one line, with the number of objects that it affects. */
static void print_cause(struct out *out, const char *head, const json_t *cause)
{
	static const char *const effects[] = {"failed", "skipped", "unknown", "partial"};
	json_int_t n = json_integer_value(json_object_get(cause, "objects"));
	const json_t *keys = json_object_get(cause, "keys");
	const char *comma = "";
	size_t i;

	out_colored(out, OUT_PLAIN, "%s%s", head ? head : "", head ? ": " : "");
	for (i = 0; i < SB_ARRAY_LEN(effects); i++) {
		json_int_t part = json_integer_value(json_object_get(cause, effects[i]));

		if (!part)
			continue;
		out_text(out, "%s", comma);
		out_colored(out, i ? OUT_YELLOW : OUT_RED, "%" JSON_INTEGER_FORMAT " %s", part,
			    effects[i]);
		comma = ", ";
	}
	if (!*comma)
		out_colored(out, OUT_YELLOW, "partial");
	out_text(out, ": ");
	if (n == 1 && json_array_size(keys) == 1) {
		out_value(out, json_array_get(keys, 0));
		out_text(out, ": ");
	}
	out_safe(out, sb_json_str(cause, "text"));
	out_text(out, "\n");
	if (out->is_verbose && n > 1)
		print_keys(out, keys, SIZE_MAX);
}

void summary_causes(struct out *out, const char *head, const json_t *record)
{
	sb_autojson *causes = sb_run_record_causes(record);
	size_t i, n = json_array_size(causes);

	for (i = 0; i < n; i++) {
		if (i == MAX_REASONS && !out->is_verbose && n > MAX_REASONS + 1) {
			out_colored(out, OUT_PLAIN, "%s%s... and %zu more causes (see --verbose)\n",
				    head ? head : "", head ? ": " : "", n - i);
			break;
		}
		print_cause(out, head, json_array_get(causes, i));
	}
}

static bool same_member(const json_t *a, const json_t *b, const char *name)
{
	return json_equal(json_object_get(a, name), json_object_get(b, name));
}

/* "1 guest is gone at the source and kept (prune is off): lab/qemu/104 db01" */
static void print_gone_group(struct out *out, const json_t *gone, size_t from, bool lists_all)
{
	const json_t *first = json_array_get(gone, from), *entry;
	const char *why = sb_json_str(first, "why");
	size_t i, n = 0, shown = 0;

	json_array_foreach (gone, i, entry)
		n += same_member(first, entry, "kind") && same_member(first, entry, "why");
	out_colored(out, OUT_YELLOW, "%zu %s", n,
		    kind_word(sb_json_str(first, "kind"), (long long)n));
	out_colored(out, OUT_PLAIN, " %s gone at the source and kept (%s):", n == 1 ? "is" : "are",
		    why ? why : "?");
	json_array_foreach (gone, i, entry) {
		json_int_t parts = json_integer_value(json_object_get(entry, "parts"));
		const char *name = sb_json_str(entry, "name");

		if (!same_member(first, entry, "kind") || !same_member(first, entry, "why"))
			continue;
		if (!lists_all && shown++ == MAX_GONE) {
			out_text(out, " and %zu more; `stagebox stale` lists them", n - MAX_GONE);
			break;
		}
		out_text(out, lists_all ? "\n  = " : shown > 1 ? ", " : " ");
		out_value(out, json_object_get(entry, "key"));
		out_text(out, name && *name ? " " : "");
		out_safe(out, name ? name : "");
		if (lists_all && parts)
			out_text(out, " (%" JSON_INTEGER_FORMAT " part%s)", parts,
				 parts == 1 ? "" : "s");
	}
	out_text(out, "\n");
}

void summary_gone(struct out *out, const json_t *gone, bool lists_all)
{
	const json_t *entry;
	size_t i, j;

	json_array_foreach (gone, i, entry) {
		for (j = 0; j < i; j++) {
			const json_t *before = json_array_get(gone, j);

			if (same_member(before, entry, "kind") && same_member(before, entry, "why"))
				break;
		}
		if (j == i)
			print_gone_group(out, gone, i, lists_all);
	}
}

void summary_duplicates(struct out *out, const json_t *list)
{
	const json_t *entry, *key;
	size_t i, j;

	json_array_foreach (list, i, entry) {
		if (i == MAX_REASONS && !out->is_verbose) {
			out_text(out, "... and %zu more duplicate%s (see --verbose)\n",
				 json_array_size(list) - i,
				 json_array_size(list) - i == 1 ? "" : "s");
			break;
		}
		out_colored(out, OUT_YELLOW, "duplicate");
		out_text(out, ": ");
		if (sb_json_str(entry, "kind"))
			out_colored(out, OUT_PLAIN, "%s ",
				    kind_word(sb_json_str(entry, "kind"), 1));
		out_value(out, json_object_get(entry, "what"));
		out_text(out, " ");
		out_value(out, json_object_get(entry, "value"));
		out_text(out, ": ");
		json_array_foreach (json_object_get(entry, "keys"), j, key) {
			out_text(out, j ? ", " : "");
			out_value(out, key);
		}
		out_text(out, "\n");
	}
}

/* The parts that a limit affects: the first one, with --verbose the others too. */
static void print_limited(struct out *out, const json_t *keys, json_int_t parts)
{
	size_t n = json_array_size(keys), i;

	if (!n)
		return;
	out_text(out, " (");
	for (i = 0; i < (out->is_verbose ? n : 1); i++) {
		out_text(out, i ? ", " : "");
		out_value(out, json_array_get(keys, i));
	}
	out_text(out, (json_int_t)i < parts ? ", ...)" : ")");
}

void summary_limits(struct out *out, const char *slug, const char *stage, const json_t *limits)
{
	const json_t *limit;
	size_t i;

	json_array_foreach (limits, i, limit) {
		const char *text = sb_json_str(limit, "text");
		json_int_t parts = json_integer_value(json_object_get(limit, "parts"));

		out_colored(out, OUT_YELLOW, "limit");
		out_colored(out, OUT_PLAIN,
			    "%s %s%s%s: %" JSON_INTEGER_FORMAT " %s not read: ", slug ? ":" : "",
			    slug ? slug : "", slug ? " " : "", stage, parts,
			    parts == 1 ? "part is" : "parts are");
		out_safe(out, text ? text : "");
		print_limited(out, json_object_get(limit, "keys"), parts);
		out_text(out, "\n");
	}
}

static void begin_note(struct out *out, const char *word, const char *slug, const char *stage)
{
	out_colored(out, OUT_BOLD, "%s", word);
	out_colored(out, OUT_PLAIN, "%s %s%s%s: ", slug ? ":" : "", slug ? slug : "",
		    slug ? " " : "", stage);
}

void summary_notes(struct out *out, const char *slug, const char *stage, const json_t *entry)
{
	const json_t *more = json_object_get(entry, "notes_more"), *line;
	json_t *numbers = json_object_get(entry, "numbers"), *number;
	const char *name;
	size_t i;

	json_array_foreach (json_object_get(entry, "notes"), i, line) {
		begin_note(out, "note", slug, stage);
		out_safe(out, json_string_value(line));
		out_text(out, "\n");
	}
	if (more)
		out_text(out, "... and %" JSON_INTEGER_FORMAT " more notes of %s\n",
			 json_integer_value(more), stage);
	if (!out->is_verbose)
		return;
	json_object_foreach (numbers, name, number) {
		begin_note(out, "number", slug, stage);
		out_text(out, "%s = %" JSON_INTEGER_FORMAT "\n", name, json_integer_value(number));
	}
}

void summary_shared_duplicates(struct out *out, const json_t *duplicates)
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

/* The subject of an entry. Several stages have objects of one kind, and the same reason is reported
 * once, whatever the values are: a later run knows them no more. NULL when out of memory; to be
 * freed. */
static char *left_out_subject(const json_t *entry)
{
	static const char *const members[] = {"kind", "field", "words"};
	sb_autojson *subject = json_array();
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(members); i++) {
		json_t *member = json_object_get(entry, members[i]);

		json_array_append_new(subject, member ? json_incref(member) : json_null());
	}
	return json_dumps(subject, JSON_COMPACT | JSON_SORT_KEYS);
}

static void add_left_out(void *arg, const char *module, const json_t *entry)
{
	const json_t *response = json_object_get(entry, "response");
	json_t *all = arg, *mine;
	size_t i;

	(void)module;
	json_array_foreach (json_object_get(response, "left_out"), i, mine) {
		sb_autofree char *subject = left_out_subject(mine);
		json_t *known = subject ? json_object_get(all, subject) : NULL;

		if (known) {
			json_array_extend(json_object_get(known, "objects"),
					  json_object_get(mine, "objects"));
			if (!same_member(known, mine, "value"))
				json_object_del(known, "value");
		} else if (subject) {
			json_object_set_new(all, subject, json_deep_copy(mine));
		}
	}
}

static void print_left_out(struct out *out, const char *slug, const json_t *entry)
{
	const json_t *objects = json_object_get(entry, "objects");
	const char *field = sb_json_str(entry, "field"), *kind = sb_json_str(entry, "kind");
	const char *words = sb_json_str(entry, "words");

	out_colored(out, OUT_YELLOW, "left out");
	out_colored(out, OUT_PLAIN, ": %s%s", slug ? slug : "", slug ? " " : "");
	out_safe(out, field ? field : "?");
	if (json_object_get(entry, "value")) {
		out_text(out, " ");
		out_value(out, json_object_get(entry, "value"));
	}
	out_colored(out, OUT_PLAIN, " of %zu %s: ", json_array_size(objects),
		    kind_word(kind, (long long)json_array_size(objects)));
	out_safe(out, words ? words : "");
	out_text(out, " (");
	out_value(out, json_array_get(objects, 0));
	out_text(out, json_array_size(objects) > 1 ? ", ...)\n" : ")\n");
}

void summary_left_out(struct out *out, const char *slug, const json_t *record)
{
	sb_autojson *all = json_object();
	const char *subject;
	json_t *entry;
	size_t n = 0;

	sb_run_record_each(record, add_left_out, all);
	json_object_foreach (all, subject, entry) {
		if (n == MAX_REASONS && !out->is_verbose) {
			out_text(out, "... and %zu more field%s left out (see --verbose)\n",
				 json_object_size(all) - n,
				 json_object_size(all) - n == 1 ? "" : "s");
			break;
		}
		n++;
		print_left_out(out, slug, entry);
	}
}

static void print_stage_error(void *arg, const char *module, const json_t *entry)
{
	const char *error = sb_json_str(entry, "error"), *status = sb_json_str(entry, "status");
	struct out *out = arg;
	char name[SB_RUN_RECORD_NAME_CHARS];

	sb_run_record_name(name, sizeof(name), module, entry);
	if (error && status && !sb_streq(status, "partial")) { /* partial: see its causes */
		out_colored(out, out_status_color(status), "%s", status);
		out_colored(out, OUT_PLAIN, " %s: ", name);
		out_safe(out, error);
		out_text(out, "\n");
	}
	summary_limits(out, NULL, name, json_object_get(entry, "limits"));
	summary_notes(out, NULL, name, entry);
	summary_shared_duplicates(out, json_object_get(entry, "duplicates"));
}

/* Print the fields that differ and are not written, with the reason. */
static void print_disagreements(struct out *out, const char *head, const char *word,
				enum out_color color, const char *sign, const json_t *endpoint,
				const json_t *list)
{
	const json_t *conflict;
	size_t i;

	out_text(out, "\n");
	if (head)
		out_colored(out, OUT_BOLD, "%s  %s\n", head, word);
	json_array_foreach (list, i, conflict) {
		const char *field = sb_json_str(conflict, "field");
		const char *text = sb_json_str(conflict, "why");
		const char *kind = sb_json_str(conflict, "kind");

		out_colored(out, color, "%s", sign);
		out_value(out, json_object_get(conflict, "key"));
		out_text(out, "  ");
		out_safe(out, text ? text : "");
		out_text(out, "\n");
		if (!field)
			continue;
		out_text(out, "      ");
		out_safe(out, field);
		if (!json_object_get(conflict, "theirs") && !json_object_get(conflict, "ours")) {
			out_text(out, "\n"); /* a copy for readers has no values */
			continue;
		}
		out_text(out, ": NetBox has ");
		value_text(out, endpoint, kind, field, json_object_get(conflict, "theirs"));
		out_text(out, ", the source has ");
		value_text(out, endpoint, kind, field, json_object_get(conflict, "ours"));
		out_text(out, "\n");
	}
}

void summary_kept(struct out *out, const char *head, const json_t *endpoint, const json_t *kept)
{
	if (json_array_size(kept))
		print_disagreements(out, head, "kept as in NetBox", OUT_YELLOW, "  = ", endpoint,
				    kept);
}

void summary_similar(struct out *out, const char *head, const json_t *endpoint,
		     const json_t *similar)
{
	if (json_array_size(similar))
		print_disagreements(out, head, "may exist already", OUT_YELLOW, "  ? ", endpoint,
				    similar);
}

void summary_conflicts(struct out *out, const char *head, const json_t *endpoint,
		       const json_t *conflicts)
{
	if (json_array_size(conflicts) == 0)
		return;
	print_disagreements(out, head, "conflicts", OUT_RED, "  ! ", endpoint, conflicts);
	out_text(out,
		 "  To end a conflict, make both sides agree, or set a policy that says who owns "
		 "the field.\n");
}

/* The last row of the table: an object that several stages count is in it once. */
static void add_total(const json_t *record, json_t *rows)
{
	json_t *total = json_pack("{s:s, s:s}", "stage", "total", "status", ""), *row;
	sb_autojson *counts = json_object();
	double seconds = 0;
	size_t i;

	sb_run_record_add_counts(record, counts);
	json_array_foreach (rows, i, row)
		seconds += json_number_value(json_object_get(row, "seconds"));
	for (i = 2; columns[i].title; i++)
		json_object_set_new(total, columns[i].member,
				    json_integer(json_integer_value(
					    json_object_get(counts, columns[i].member))));
	json_object_set_new(total, "seconds", json_real(seconds));
	json_array_append_new(rows, total);
}

static void print_written(struct out *out, const json_t *written)
{
	json_int_t open = json_integer_value(json_object_get(written, "unsettled"));

	if (!written)
		return;
	out_text(out,
		 "written before it was stopped, by the journal: %" JSON_INTEGER_FORMAT
		 " created, %" JSON_INTEGER_FORMAT " updated, %" JSON_INTEGER_FORMAT " deleted",
		 json_integer_value(json_object_get(written, "create")),
		 json_integer_value(json_object_get(written, "update")),
		 json_integer_value(json_object_get(written, "delete")));
	if (open)
		out_text(out,
			 "; %" JSON_INTEGER_FORMAT
			 " without a known answer: the next run settles them",
			 open);
	out_text(out, "\n");
}

void summary_stages(struct out *out, const json_t *record)
{
	sb_run_record_each(record, print_stage_error, out);
}

void summary_reasons(struct out *out, const json_t *record)
{
	const char *error = sb_run_record_error(record);

	summary_stages(out, record);
	summary_causes(out, NULL, record);
	summary_left_out(out, NULL, record);
	print_written(out, json_object_get(record, "written"));
	summary_gone(out, json_object_get(record, "gone"), out->is_verbose);
	summary_duplicates(out, json_object_get(record, "duplicates"));
	summary_kept(out, NULL, NULL, json_object_get(record, "kept"));
	summary_similar(out, NULL, NULL, json_object_get(record, "similar"));
	summary_conflicts(out, NULL, NULL, json_object_get(record, "conflicts"));
	if (error) {
		out_colored(out, OUT_RED, "failed");
		out_text(out, ": ");
		out_safe(out, error);
		out_text(out, "\n");
	}
}

void summary_record(struct out *out, const json_t *record)
{
	sb_autojson *rows = sb_run_record_rows(record);

	if (json_array_size(rows)) {
		add_total(record, rows);
		out_table(out, columns, rows);
	}
	summary_reasons(out, record);
}

static void print_kinds(struct out *out, const json_t *record, const char *verb, const char *word)
{
	sb_autojson *kinds = json_object();
	const char *kind, *comma = " ";
	json_t *n;

	sb_run_record_add_kinds(record, verb, kinds);
	if (json_object_size(kinds) == 0)
		return;
	out_text(out, "%s:", word);
	json_object_foreach (kinds, kind, n) {
		out_text(out, "%s%lld %s", comma, (long long)json_integer_value(n),
			 kind_word(kind, (long long)json_integer_value(n)));
		comma = ", ";
	}
	out_text(out, "\n");
}

void summary_changes(struct out *out, const json_t *record)
{
	print_kinds(out, record, "create", "created");
	print_kinds(out, record, "update", "updated");
	print_kinds(out, record, "delete", "deleted");
	print_kinds(out, record, "release", "released");
}
