/* SPDX-License-Identifier: Apache-2.0 */
/* The text of one value of a plan or record: numbers with units, references with names. */
#include "value_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kind_words.h"
#include "model/decimal.h"
#include "natural_order.h"
#include "stagebox/json.h"

enum {
	MAX_TEXT = 200, /* bytes of a value */
	PRECISION = 15, /* digits that a double keeps of a text */
};

/* The key of a referenced object by its id; NULL when the plan does not have it. */
static const char *find_key(const json_t *endpoint, const char *kind, const char *field,
			    const json_t *id)
{
	const char *target;
	char text[32];

	target = kind ? sb_json_str(json_object_get(json_object_get(endpoint, "refs"), kind), field)
		      : NULL;
	if (!target || !json_is_integer(id))
		return NULL;
	snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT, json_integer_value(id));
	return sb_json_str(json_object_get(json_object_get(endpoint, "names"), target), text);
}

/* The kind that a field refers to, as a word; "object" when the plan does not have it. */
static const char *target_word(const json_t *endpoint, const char *kind, const char *field)
{
	const json_t *refs = json_object_get(json_object_get(endpoint, "refs"), kind ? kind : "");
	const char *target = sb_json_str(refs, field);

	return target ? kind_word(target, 1) : "object";
}

const char *value_text_short_key(const char *key)
{
	return sb_starts_with(key, "shared/") ? key + strlen("shared/") : key;
}

void value_text_label(struct out *out, const json_t *endpoint, const char *key)
{
	const char *label = sb_json_str(json_object_get(endpoint, "labels"), key);

	if (!label)
		return;
	out_text(out, " \"");
	out_safe(out, label);
	out_text(out, "\"");
}

static void print_key(struct out *out, const json_t *endpoint, const char *key)
{
	out_safe(out, value_text_short_key(key));
	value_text_label(out, endpoint, key);
}

/* Long texts, such as notes, are cut: the plan in JSON has all of them. */
static void print_string(struct out *out, const char *text)
{
	size_t len = strlen(text), cut = MAX_TEXT;

	if (!len) {
		out_text(out, "\"\"");
		return;
	}
	if (len <= MAX_TEXT + 20) {
		out_safe(out, text);
		return;
	}
	while (cut && ((unsigned char)text[cut] & 0xc0) == 0x80)
		cut--;
	{
		sb_autofree char *head = strndup(text, cut);

		out_safe(out, head ? head : "");
	}
	out_text(out, "... (%zu bytes)", len);
}

/* An answer of a server can have 64 KiB. */
static void print_json(struct out *out, const json_t *value)
{
	sb_autojson *shown = json_deep_copy(value);
	sb_autofree char *text = NULL;

	if (shown && sb_decimal_show(shown) == 0)
		text = json_dumps(shown,
				  JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(PRECISION));
	print_string(out, text ? text : "?");
}

/* {"id", "type"?, "name"?}, and not any object that has an id. */
static bool is_reference(const json_t *value)
{
	size_t known = json_object_get(value, "id") != NULL;

	known += json_object_get(value, "type") != NULL;
	known += json_object_get(value, "name") != NULL;
	return json_object_get(value, "id") && known == json_object_size(value);
}

static void print_member(struct out *out, const json_t *endpoint, const char *kind,
			 const char *field, const json_t *value)
{
	const json_t *inner = is_reference(value) ? json_object_get(value, "id") : value;
	const char *type = sb_json_str(value, "type"); /* of a generic reference */
	const char *key = find_key(endpoint, kind, type ? type : field, inner);
	const char *ref = sb_json_str(inner, "$ref"), *unit = field_unit(kind, field);
	const char *target = sb_json_str(
		json_object_get(json_object_get(endpoint, "refs"), kind ? kind : ""), field);

	if (key || ref) {
		print_key(out, endpoint, key ? key : ref);
	} else if (json_is_string(value)) {
		print_string(out, json_string_value(value));
	} else if (json_is_integer(inner) && (target || inner != value)) {
		out_colored(out, OUT_PLAIN, "%s %" JSON_INTEGER_FORMAT,
			    target_word(endpoint, kind, type ? type : field),
			    json_integer_value(inner));
		if (sb_json_str(value, "name")) {
			out_text(out, " ");
			print_string(out, sb_json_str(value, "name"));
		}
	} else if (json_is_object(inner) || json_is_array(inner)) {
		print_json(out, inner);
	} else {
		out_value(out, value);
		if (unit && json_is_number(value))
			out_text(out, " %s", unit);
	}
}

/* Print the members of a set of references in the order of their names, those of another list in
 * its own. */
static void print_array(struct out *out, const json_t *endpoint, const char *kind,
			const char *field, const json_t *list)
{
	size_t n = json_array_size(list), i;
	sb_autofree struct named *members = calloc(n + 1, sizeof(*members));
	const json_t *member;
	bool is_set = false;

	if (!members)
		return;
	json_array_foreach (list, i, member) {
		const char *key = find_key(endpoint, kind, field, member);

		if (!key)
			key = sb_json_str(member, "$ref");
		is_set = is_set || key;
		if (!key)
			key = json_string_value(member);
		members[i] = (struct named){key ? key : "", member, i};
	}
	if (is_set)
		qsort(members, n, sizeof(*members), natural_by_name);
	out_text(out, "[");
	for (i = 0; i < n; i++) {
		out_text(out, i ? ", " : "");
		print_member(out, endpoint, kind, field, members[i].value);
	}
	out_text(out, "]");
}

void value_text(struct out *out, const json_t *endpoint, const char *kind, const char *field,
		const json_t *value)
{
	if (json_is_array(value))
		print_array(out, endpoint, kind, field, value);
	else
		print_member(out, endpoint, kind, field, value);
}
