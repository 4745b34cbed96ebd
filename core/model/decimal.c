/* SPDX-License-Identifier: Apache-2.0 */
#include "model/decimal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stagebox/json.h"

enum { MAX_DIGITS = 17 }; /* that a double can need */

static const char decimal_member[] = "$decimal";

json_t *sb_decimal_text(double number)
{
	char text[64];
	int digits = 1;

	do {
		snprintf(text, sizeof(text), "%.*g", digits, number);
	} while (strtod(text, NULL) != number && digits++ < MAX_DIGITS);
	return json_string(text);
}

/* The number of a text such as "-2.50" or "1e+20"; NULL = it is not one. */
static json_t *parse_number(const char *text)
{
	char *end;
	double number;

	if (!*text || text[strspn(text, "0123456789+-.e")])
		return NULL;
	number = strtod(text, &end);
	return *end || !isfinite(number) ? NULL : json_real(number);
}

typedef json_t *replace_fn(const json_t *value);

/* Put what fn makes of a member in its place, at any depth; where fn returns NULL it stays. */
static int replace_members(json_t *value, replace_fn *fn)
{
	json_t *member, *other;
	const char *name;
	size_t i;
	void *next;

	json_object_foreach_safe (value, next, name, member) {
		other = fn(member);
		if (other ? json_object_set_new(value, name, other) < 0
			  : replace_members(member, fn) < 0)
			return SB_E_NOMEM;
	}
	json_array_foreach (value, i, member) {
		other = fn(member);
		if (other ? json_array_set_new(value, i, other) < 0
			  : replace_members(member, fn) < 0)
			return SB_E_NOMEM;
	}
	return 0;
}

static json_t *real_to_text(const json_t *value)
{
	return json_is_real(value) ? sb_decimal_text(json_real_value(value)) : NULL;
}

static json_t *real_to_tagged(const json_t *value)
{
	return json_is_real(value)
		       ? json_pack("{s:o}", decimal_member, sb_decimal_text(json_real_value(value)))
		       : NULL;
}

static json_t *tagged_to_real(const json_t *value)
{
	const char *text = sb_json_str(value, decimal_member);

	return text && json_object_size(value) == 1 ? parse_number(text) : NULL;
}

int sb_decimal_hide(json_t *value)
{
	return replace_members(value, real_to_text);
}

int sb_decimal_show(json_t *value)
{
	return replace_members(value, tagged_to_real);
}

bool sb_decimal_is_in(const json_t *value)
{
	const json_t *member;
	const char *name;
	size_t i;

	json_object_foreach ((json_t *)(uintptr_t)value, name, member)
		if (sb_decimal_is_in(member))
			return true;
	json_array_foreach (value, i, member)
		if (sb_decimal_is_in(member))
			return true;
	return json_is_real(value);
}

static bool is_json(const struct sb_kind *kind, const char *name)
{
	const struct sb_kind_field *field = sb_kind_field(kind, name);

	return field && field->type == SB_FIELD_JSON;
}

static bool is_number(const struct sb_kind *kind, const char *name)
{
	const struct sb_kind_field *field = sb_kind_field(kind, name);

	return field && (field->type == SB_FIELD_DECIMAL || field->type == SB_FIELD_INT);
}

json_t *sb_decimal_to_document(const struct sb_kind *kind, const json_t *values)
{
	json_t *copy = json_copy((json_t *)(uintptr_t)values), *value, *other;
	const char *name;
	void *next;

	json_object_foreach_safe (copy, next, name, value) {
		if (!sb_decimal_is_in(value))
			continue;
		if (!json_is_real(value))
			other = json_deep_copy(value);
		else
			other = is_json(kind, name) ? real_to_tagged(value) : real_to_text(value);
		if (!other || replace_members(other, real_to_tagged) < 0 ||
		    json_object_set_new(copy, name, other) < 0) {
			json_decref(copy);
			return NULL;
		}
	}
	return copy;
}

json_t *sb_decimal_from_document(const struct sb_kind *kind, const json_t *values)
{
	json_t *copy = json_deep_copy(values), *value, *other;
	const char *name;
	void *next;

	json_object_foreach_safe (copy, next, name, value) {
		other = NULL;
		if (is_json(kind, name))
			other = tagged_to_real(value);
		else if (json_is_string(value) && is_number(kind, name))
			other = parse_number(json_string_value(value));
		if (other ? json_object_set_new(copy, name, other) < 0
			  : is_json(kind, name) && replace_members(value, tagged_to_real) < 0) {
			json_decref(copy);
			return NULL;
		}
	}
	return copy;
}
