/* SPDX-License-Identifier: Apache-2.0 */
/* The text of a plan: the objects that would be created, changed and deleted, and why. */
#include "plan_text.h"

#include <string.h>

#include "model/plan_document.h"
#include "stagebox/json.h"
#include "summary.h"

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

/* The key of a referenced object by its id; NULL when the plan does not have it. */
static const char *find_name(const json_t *endpoint, const json_t *op, const char *field,
			     const json_t *id)
{
	const char *kind = sb_json_str(op, "kind"), *target;
	char text[32];

	target = kind ? sb_json_str(json_object_get(json_object_get(endpoint, "refs"), kind), field)
		      : NULL;
	if (!target || !json_is_integer(id))
		return NULL;
	snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT, json_integer_value(id));
	return sb_json_str(json_object_get(json_object_get(endpoint, "names"), target), text);
}

static const char *short_key(const char *key)
{
	return sb_starts_with(key, "shared/") ? key + strlen("shared/") : key;
}

/* Print a value; referenced objects are shown by their keys instead of their ids. */
static void print_value(struct out *out, const json_t *endpoint, const json_t *op,
			const char *field, const json_t *value)
{
	const json_t *inner = json_object_get(value, "id") ? json_object_get(value, "id") : value;
	const char *type = sb_json_str(value, "type"); /* of a generic reference */
	const char *name = find_name(endpoint, op, type ? type : field, inner);
	const char *ref = sb_json_str(inner, "$ref");
	const json_t *member;
	size_t i;

	if (name || ref) {
		out_safe(out, short_key(name ? name : ref));
	} else if (json_is_array(value)) {
		out_text(out, "[");
		json_array_foreach (value, i, member) {
			out_text(out, i ? ", " : "");
			print_value(out, endpoint, op, field, member);
		}
		out_text(out, "]");
	} else {
		out_value(out, json_is_object(inner) ? inner : value);
	}
}

/* Print all values of a new object on one line. */
static void print_create(struct out *out, const json_t *endpoint, const json_t *op)
{
	bool is_first = true;
	const char *name;
	json_t *value;

	out_colored(out, OUT_GREEN, "  + ");
	out_value(out, json_object_get(op, "key"));
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
	out_value(out, json_object_get(op, "key"));
	print_reason(out, op);
	out_text(out, "\n");
	json_object_foreach (json_object_get(op, "set"), name, value) {
		out_text(out, "      %s: ", name);
		print_value(out, endpoint, op, name, json_object_get(was, name));
		out_colored(out, OUT_YELLOW, " -> ");
		print_value(out, endpoint, op, name, value);
		out_text(out, "\n");
	}
}

static void print_delete(struct out *out, const json_t *op)
{
	out_colored(out, OUT_RED, "  - ");
	out_value(out, json_object_get(op, "key"));
	print_reason(out, op);
	out_text(out, "\n");
}

static void print_op(struct out *out, const json_t *endpoint, const json_t *op)
{
	if (sb_streq(verb_of(op), "create"))
		print_create(out, endpoint, op);
	else if (sb_streq(verb_of(op), "update"))
		print_update(out, endpoint, op);
	else
		print_delete(out, op);
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
	json_t *op, *head;
	size_t i, j;

	json_array_foreach (ops, i, op) {
		bool is_new = true;

		json_array_foreach (heads, j, head)
			is_new = is_new && !ops_share_group(op, head);
		if (is_new)
			json_array_append(heads, op);
	}
	json_array_foreach (heads, j, head) {
		print_heading(out, slug, head);
		json_array_foreach (ops, i, op)
			if (ops_share_group(op, head))
				print_op(out, endpoint, op);
	}
}

static void print_stages(struct out *out, const char *slug, const json_t *stages)
{
	sb_autojson *all = json_array();
	const json_t *stage, *left_out;
	bool is_first = true;
	size_t i;

	json_array_foreach (stages, i, stage) {
		const char *status = sb_json_str(stage, "status");
		const char *name = sb_json_str(stage, "stage"),
			   *error = sb_json_str(stage, "error");

		if (!name)
			name = sb_json_str(stage, "resource");
		summary_limits(out, slug, name ? name : "?", json_object_get(stage, "limits"));
		summary_duplicates(out, json_object_get(stage, "duplicates"));
		left_out = json_object_get(json_object_get(stage, "response"), "left_out");
		summary_add_left_out(all, stage);
		if (!status || sb_streq(status, "ok") ||
		    (left_out && error && sb_starts_with(error, SUMMARY_LEFT_OUT)))
			continue;
		if (is_first)
			out_text(out, "\n");
		is_first = false;
		out_colored(out, out_status_color(status), "%s", status);
		out_text(out, ": %s %s: ", slug, name ? name : "?");
		out_safe(out, error ? error : "no reason given");
		out_text(out, "\n");
	}
	summary_left_out(out, slug, all);
}

static void print_count(struct out *out, const json_t *sum, const char *name, const char *text)
{
	long long n = (long long)json_integer_value(json_object_get(sum, name));

	if (n)
		out_colored(out, OUT_YELLOW, " %lld %s.", n, text);
}

void plan_text(struct out *out, const json_t *doc)
{
	sb_autojson *sum = sb_plan_document_summary(doc);
	const json_t *endpoint;
	size_t i;

	print_ops(out, "", NULL, json_object_get(doc, "shared"));
	json_array_foreach (json_object_get(doc, "endpoints"), i, endpoint) {
		const char *slug = sb_json_str(endpoint, "slug");

		print_ops(out, slug, endpoint, json_object_get(endpoint, "ops"));
		summary_kept(out, slug, json_object_get(endpoint, "kept"));
		summary_similar(out, slug, json_object_get(endpoint, "similar"));
		summary_conflicts(out, slug, json_object_get(endpoint, "conflicts"));
		print_stages(out, slug, json_object_get(endpoint, "stages"));
	}
	if (!json_integer_value(json_object_get(sum, "create")) &&
	    !json_integer_value(json_object_get(sum, "update")) &&
	    !json_integer_value(json_object_get(sum, "delete")))
		out_text(out, "\nNo changes: nothing would be written.\n");
	out_text(out, "\n");
	out_colored(out, OUT_BOLD, "Plan: %lld to create, %lld to change, %lld to delete.",
		    (long long)json_integer_value(json_object_get(sum, "create")),
		    (long long)json_integer_value(json_object_get(sum, "update")),
		    (long long)json_integer_value(json_object_get(sum, "delete")));
	print_count(out, sum, "conflicts", "conflicts");
	print_count(out, sum, "skipped", "skipped");
	print_count(out, sum, "unknown", "unknown");
	out_text(out, "\n");
}
