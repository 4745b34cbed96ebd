/* SPDX-License-Identifier: Apache-2.0 */
/* The text of a plan: the objects that would be created, changed and deleted, and why. */
#include "plan_text.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "kind_words.h"
#include "model/plan_document.h"
#include "natural_order.h"
#include "stagebox/json.h"
#include "summary.h"
#include "value_text.h"

static const char *verb_of(const json_t *op)
{
	const char *verb = sb_json_str(op, "verb");

	return verb ? verb : "";
}

static void print_heading(struct out *out, const char *slug, const json_t *op)
{
	const char *stage = sb_json_str(op, "stage"), *kind = sb_json_str(op, "kind");

	out_text(out, "\n");
	out_colored(out, OUT_BOLD, "%s%s%s", slug, slug[0] ? "  " : "", stage ? stage : "shared");
	out_colored(out, OUT_DIM, "  (%s)\n", kind ? kind : "?");
}

/* Of several objects with one key an op changes another one than that which has the label: the plan
 * has its own name. */
static void print_op_label(struct out *out, const json_t *endpoint, const json_t *op,
			   const char *key)
{
	const char *name = sb_json_str(json_object_get(op, "was"), "name");
	const char *last = strrchr(key, '/');

	if (!name || !json_object_get(endpoint, "labels")) {
		value_text_label(out, endpoint, key);
		return;
	}
	if (last && sb_streq(last + 1, name))
		return;
	out_text(out, " \"");
	out_safe(out, name);
	out_text(out, "\"");
}

static void print_value(struct out *out, const json_t *endpoint, const json_t *op,
			const char *field, const json_t *value)
{
	value_text(out, endpoint, sb_json_str(op, "kind"), field, value);
}

/* The key of an op with the name of its object, and of a part with the name of its owner. */
static void print_object(struct out *out, const json_t *endpoint, const json_t *op)
{
	const char *key = sb_json_str(op, "key"), *end;
	sb_autofree char *top = NULL;

	if (!key)
		key = "?";
	out_safe(out, value_text_short_key(key));
	print_op_label(out, endpoint, op, key);
	end = strchr(key, '/');
	end = end ? strchr(end + 1, '/') : NULL;
	end = end ? strchr(end + 1, '/') : NULL;
	top = end ? strndup(key, (size_t)(end - key)) : NULL;
	if (top && sb_json_str(json_object_get(endpoint, "labels"), top)) {
		out_text(out, " of");
		value_text_label(out, endpoint, top);
	}
}

/* Print all values of a new object on one line. */
static void print_create(struct out *out, const json_t *endpoint, const json_t *op)
{
	bool is_first = true;
	const char *name;
	json_t *value;

	out_colored(out, OUT_GREEN, "  + ");
	print_object(out, endpoint, op);
	json_object_foreach (json_object_get(op, "set"), name, value) {
		out_text(out, is_first ? "  " : ", ");
		out_colored(out, OUT_DIM, "%s: ", name);
		print_value(out, endpoint, op, name, value);
		is_first = false;
	}
	out_text(out, "\n");
}

static void print_reason(struct out *out, const json_t *op)
{
	const char *text = sb_json_str(op, "why");

	if (!text || !text[0])
		return;
	out_colored(out, OUT_DIM, "  (");
	out_safe(out, text);
	out_colored(out, OUT_DIM, ")");
}

static void print_update(struct out *out, const json_t *endpoint, const json_t *op)
{
	const json_t *was = json_object_get(op, "was");
	const char *name;
	json_t *value;

	out_colored(out, OUT_YELLOW, "  ~ ");
	print_object(out, endpoint, op);
	print_reason(out, op);
	out_text(out, "\n");
	json_object_foreach (json_object_get(op, "set"), name, value) {
		out_text(out, "      %s: ", name);
		if (json_object_get(was, name))
			print_value(out, endpoint, op, name, json_object_get(was, name));
		else
			out_text(out, "(not read)");
		out_colored(out, OUT_YELLOW, " -> ");
		print_value(out, endpoint, op, name, value);
		out_text(out, "\n");
	}
}

/* An object that is deleted takes its parts with it: they have no ops, but count. */
static void print_delete(struct out *out, const json_t *endpoint, const json_t *op)
{
	const char *key = sb_json_str(op, "key"), *stage, *kind, *comma = ", with its parts: ";
	json_t *kinds, *n;

	out_colored(out, OUT_RED, "  - ");
	print_object(out, endpoint, op);
	json_object_foreach (json_object_get(json_object_get(endpoint, "parts"), key ? key : ""),
			     stage, kinds) {
		json_object_foreach (kinds, kind, n) {
			long long count = (long long)json_integer_value(n);

			out_colored(out, OUT_PLAIN, "%s%lld %s", comma, count,
				    kind_word(kind, count));
			comma = ", ";
		}
	}
	print_reason(out, op);
	out_text(out, "\n");
}

/* An action on Proxmox VE: "! restart lab/qemu/101". */
static void print_action(struct out *out, const json_t *endpoint, const json_t *op)
{
	out_colored(out, OUT_YELLOW, "  ! %s ", verb_of(op));
	print_object(out, endpoint, op);
	print_reason(out, op);
	out_text(out, "\n");
}

static void print_op(struct out *out, const json_t *endpoint, const json_t *op)
{
	if (sb_json_str(op, "system"))
		print_action(out, endpoint, op);
	else if (sb_streq(verb_of(op), "create"))
		print_create(out, endpoint, op);
	else if (sb_streq(verb_of(op), "update"))
		print_update(out, endpoint, op);
	else
		print_delete(out, endpoint, op);
}

static bool ops_share_group(const json_t *a, const json_t *b)
{
	return json_equal(json_object_get(a, "stage"), json_object_get(b, "stage")) &&
	       json_equal(json_object_get(a, "kind"), json_object_get(b, "kind"));
}

/* Print the ops grouped by stage and kind; groups are in the order of their first op. */
static void print_ops(struct out *out, const char *slug, const json_t *endpoint, const json_t *ops)
{
	sb_autojson *heads = json_array(); /* first op of each group */
	size_t n = json_array_size(ops), i, j;
	sb_autofree struct named *sorted = calloc(n + 1, sizeof(*sorted));
	json_t *op, *head;

	if (!sorted)
		return;
	json_array_foreach (ops, i, op)
		sorted[i] =
			(struct named){sb_json_str(op, "key") ? sb_json_str(op, "key") : "", op, i};
	qsort(sorted, n, sizeof(*sorted), natural_by_name);

	json_array_foreach (ops, i, op) {
		bool is_new = true;

		json_array_foreach (heads, j, head)
			is_new = is_new && !ops_share_group(op, head);
		if (is_new)
			json_array_append(heads, op);
	}
	json_array_foreach (heads, j, head) {
		print_heading(out, slug, head);
		for (i = 0; i < n; i++)
			if (ops_share_group(sorted[i].value, head))
				print_op(out, endpoint, sorted[i].value);
	}
}

static void print_stages(struct out *out, const char *slug, const json_t *stages)
{
	sb_autojson *record = json_pack("{s:{s:{s:O}}}", "plan_sync", "response", "stages", stages);
	const json_t *stage;
	size_t i;

	json_array_foreach (stages, i, stage) {
		const char *status = sb_json_str(stage, "status");
		const char *name = sb_json_str(stage, "stage"),
			   *error = sb_json_str(stage, "error");

		if (!name)
			name = sb_json_str(stage, "resource");
		summary_limits(out, slug, name ? name : "?", json_object_get(stage, "limits"));
		summary_notes(out, slug, name ? name : "?", stage);
		summary_shared_duplicates(out, json_object_get(stage, "duplicates"));
		if (!status || sb_streq(status, "ok") || sb_streq(status, "partial"))
			continue;
		out_colored(out, out_status_color(status), "%s", status);
		out_colored(out, OUT_PLAIN, ": %s %s: ", slug, name ? name : "?");
		out_safe(out, error ? error : "no reason given");
		out_text(out, "\n");
	}
	summary_causes(out, slug, record);
	summary_left_out(out, slug, record);
}

static void print_count(struct out *out, const json_t *sum, const char *name, const char *text)
{
	long long n = (long long)json_integer_value(json_object_get(sum, name));

	if (n)
		out_colored(out, OUT_YELLOW, " %lld %s.", n, text);
}

static void add_kind(json_t *kinds, const char *kind, const char *name, json_int_t n)
{
	json_t *row = json_object_get(kinds, kind);

	if (!n)
		return;
	if (!row) {
		row = json_pack("{s:s}", "kind", kind_word(kind, 2));
		json_object_set_new(kinds, kind, row);
	}
	json_object_set_new(row, name,
			    json_integer(json_integer_value(json_object_get(row, name)) + n));
}

/* Ops that no stage of an endpoint counts. */
static void add_ops(json_t *kinds, const json_t *ops)
{
	const json_t *op;
	size_t i;

	json_array_foreach (ops, i, op) {
		const char *verb = sb_json_str(op, "verb"), *kind = sb_json_str(op, "kind");

		if (verb && kind)
			add_kind(kinds, kind, verb, 1);
	}
}

/* Print how many objects of each kind the plan creates, changes and deletes. */
static void print_kinds(struct out *out, const json_t *doc)
{
	static const struct out_column columns[] = {
		{.title = "KIND", .member = "kind"},
		{.title = "CREATE", .member = "create", .is_number = true, .is_optional = true},
		{.title = "CHANGE", .member = "update", .is_number = true, .is_optional = true},
		{.title = "DELETE", .member = "delete", .is_number = true, .is_optional = true},
		{.title = "RELEASE", .member = "release", .is_number = true, .is_optional = true},
		{.title = "KEPT", .member = "gone", .is_number = true, .is_optional = true},
		{0},
	};
	sb_autojson *kinds = json_object(), *rows = json_array();
	const json_t *endpoint, *stage;
	const char *kind;
	json_t *counts, *row;
	size_t i, j, k;

	add_ops(kinds, json_object_get(doc, "shared"));
	json_array_foreach (json_object_get(doc, "endpoints"), i, endpoint) {
		if (sb_streq(sb_json_str(endpoint, "slug"), "")) /* of NetBox alone */
			add_ops(kinds, json_object_get(endpoint, "ops"));
		json_array_foreach (json_object_get(endpoint, "stages"), j, stage) {
			const char *name = sb_json_str(stage, "stage");

			if (name && sb_streq(name, "shared"))
				continue;
			json_object_foreach (
				json_object_get(json_object_get(stage, "response"), "kinds"), kind,
				counts) {
				for (k = 1; columns[k].title; k++)
					add_kind(kinds, kind, columns[k].member,
						 json_integer_value(json_object_get(
							 counts, columns[k].member)));
			}
		}
		json_object_foreach (json_object_get(endpoint, "overlap"), kind, counts) {
			for (k = 1; columns[k].title; k++)
				add_kind(kinds, kind, columns[k].member,
					 -json_integer_value(
						 json_object_get(counts, columns[k].member)));
		}
	}
	json_object_foreach (kinds, kind, row)
		json_array_append(rows, row);
	if (!json_array_size(rows))
		return;
	out_text(out, "\n");
	out_table(out, columns, rows);
}

/* "; not planned: lab2, lab3" */
static void print_errors(struct out *out, const json_t *errors)
{
	const char *comma = "; not planned: ";
	const json_t *entry;
	size_t i;

	json_array_foreach (errors, i, entry) {
		out_text(out, "%s", comma);
		out_colored(out, OUT_RED, "%s", sb_json_str(entry, "endpoint"));
		comma = ", ";
	}
}

void plan_text(struct out *out, const json_t *doc, const json_t *errors)
{
	sb_autojson *sum = sb_plan_document_summary(doc);
	const json_t *endpoint;
	size_t i;

	print_ops(out, "", NULL, json_object_get(doc, "shared"));
	json_array_foreach (json_object_get(doc, "endpoints"), i, endpoint) {
		const char *slug = sb_json_str(endpoint, "slug");

		print_ops(out, slug, endpoint, json_object_get(endpoint, "ops"));
		summary_kept(out, slug, endpoint, json_object_get(endpoint, "kept"));
		summary_similar(out, slug, endpoint, json_object_get(endpoint, "similar"));
		summary_conflicts(out, slug, endpoint, json_object_get(endpoint, "conflicts"));
		out_text(out, "\n");
		summary_gone(out, json_object_get(endpoint, "gone"), true);
		summary_duplicates(out, json_object_get(endpoint, "duplicates"));
		print_stages(out, slug, json_object_get(endpoint, "stages"));
	}
	if (!json_integer_value(json_object_get(sum, "create")) &&
	    !json_integer_value(json_object_get(sum, "update")) &&
	    !json_integer_value(json_object_get(sum, "delete")) &&
	    !json_integer_value(json_object_get(sum, "release")))
		out_text(out, json_array_size(errors) ? "No changes of what could be planned.\n"
						      : "No changes: nothing would be written.\n");
	else
		print_kinds(out, doc);
	out_text(out, "\n");
	out_colored(out, OUT_BOLD, "Plan: %lld to create, %lld to change, %lld to delete",
		    (long long)json_integer_value(json_object_get(sum, "create")),
		    (long long)json_integer_value(json_object_get(sum, "update")),
		    (long long)json_integer_value(json_object_get(sum, "delete")));
	if (json_integer_value(json_object_get(sum, "release")))
		out_colored(out, OUT_BOLD, ", %lld to release",
			    (long long)json_integer_value(json_object_get(sum, "release")));
	out_colored(out, OUT_BOLD, ".");
	print_count(out, sum, "conflicts",
		    json_integer_value(json_object_get(sum, "conflicts")) == 1 ? "conflict"
									       : "conflicts");
	print_count(out, sum, "skipped", "skipped");
	print_count(out, sum, "unknown", "unknown");
	print_count(out, sum, "gone", "gone at the source and kept");
	print_errors(out, errors);
	out_text(out, "\n");
}

void plan_text_hash(struct out *out, const json_t *doc)
{
	out_text(out, "plan      ");
	out_value(out, json_object_get(json_object_get(doc, "hashes"), "plan"));
	out_text(out, "\n");
}

void plan_text_document(struct out *out, const json_t *doc)
{
	const json_t *envelope = json_object_get(doc, "envelope");
	time_t expires = (time_t)json_integer_value(json_object_get(envelope, "expires"));
	struct tm utc;
	char text[32] = "?";

	if (gmtime_r(&expires, &utc))
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%SZ", &utc);
	out_text(out, "document  ");
	out_value(out, json_object_get(json_object_get(doc, "hashes"), "document"));
	if (expires <= sb_clock_wall_s())
		out_colored(out, OUT_YELLOW, ", expired at %s\n", text);
	else
		out_text(out, ", expires at %s\n", text);
}
