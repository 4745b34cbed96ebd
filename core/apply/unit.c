/* SPDX-License-Identifier: Apache-2.0 */
/* The values of an op that can be left out one by one, and which of them a text quotes. */
#include "apply/unit.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/list.h"
#include "stagebox/json.h"

#define MIN_QUOTED 2 /* shorter values are found in any text */

static bool is_set(const struct sb_kind_field *field)
{
	return field->type == SB_FIELD_REFS || field->type == SB_FIELD_TAGS;
}

bool sb_unit_decides(const struct sb_kind *kind, enum sb_verb verb, const json_t *set,
		     const char *field)
{
	if (verb == SB_CREATE || json_object_get(set, "stagebox_key"))
		return sb_kind_field_decides(kind, field);
	return kind->parent_field && sb_streq(kind->parent_field, field);
}

json_t *sb_units_of(const struct sb_kind *kind, enum sb_verb verb, const json_t *set)
{
	json_t *units = json_array(), *member;
	const struct sb_kind_field *field;
	size_t i;

	for (field = kind->fields; field->name; field++) {
		const json_t *value = json_object_get(set, field->name);

		if (!value || sb_unit_decides(kind, verb, set, field->name))
			continue;
		if (is_set(field) && json_array_size(value)) {
			json_array_foreach (value, i, member)
				json_array_append_new(units,
						      json_pack("[s, O]", field->name, member));
		} else {
			json_array_append_new(units, json_pack("[s]", field->name));
		}
	}
	return units;
}

static const char *field_of(const json_t *unit)
{
	return json_string_value(json_array_get(unit, 0));
}

const json_t *sb_unit_value(const json_t *set, const json_t *unit)
{
	const json_t *member = json_array_get(unit, 1);

	return member ? member : json_object_get(set, field_of(unit));
}

static void remove_member(json_t *list, const json_t *member)
{
	size_t i = json_array_size(list);

	while (i--)
		if (json_equal(json_array_get(list, i), member))
			json_array_remove(list, i);
}

void sb_unit_remove(json_t *set, const json_t *was, const json_t *unit)
{
	const json_t *member = json_array_get(unit, 1);
	const char *field = field_of(unit);
	json_t *list;

	if (!member) {
		json_object_del(set, field);
		return;
	}
	list = json_copy(json_object_get(set, field));
	remove_member(list, member);
	if (json_equal(list, json_object_get(was, field)) ||
	    (!json_array_size(list) && !json_object_get(was, field)))
		json_object_del(set, field);
	else
		json_object_set(set, field, list);
	json_decref(list);
}

json_t *sb_units_without(const json_t *set, const json_t *was, const json_t *units)
{
	json_t *less = json_copy((json_t *)(uintptr_t)set);
	const json_t *unit;
	size_t i;

	json_array_foreach (units, i, unit)
		sb_unit_remove(less, was, unit);
	return less;
}

json_t *sb_units_only(const json_t *set, const json_t *was, const json_t *units)
{
	json_t *only = json_object(), *list, *whole;
	const json_t *unit;
	size_t i, j;

	json_array_foreach (units, i, unit) {
		const json_t *member = json_array_get(unit, 1), *old;
		const char *field = field_of(unit);

		whole = json_object_get(set, field);
		if (!member) {
			if (whole)
				json_object_set(only, field, whole);
			continue;
		}
		list = json_object_get(only, field);
		if (!list) {
			list = json_array();
			json_object_set_new(only, field, list);
			json_array_foreach (json_object_get(was, field), j, old)
				if (sb_list_holds(whole, old))
					json_array_append(list, (json_t *)(uintptr_t)old);
		}
		if (!sb_list_holds(list, member))
			json_array_append(list, (json_t *)(uintptr_t)member);
	}
	return only;
}

json_t *sb_units_minus(const json_t *a, const json_t *b)
{
	json_t *left = json_array();
	const json_t *unit;
	size_t i;

	json_array_foreach (a, i, unit)
		if (!sb_list_holds(b, unit))
			json_array_append(left, (json_t *)(uintptr_t)unit);
	return left;
}

/* Names of objects */

/* The values of the object of an id: of NetBox's list, or of the op by which this run created it.
 * New reference, or NULL. */
static json_t *find_object(const struct sb_apply *apply, const struct sb_nb_list *list, int64_t id)
{
	size_t i;

	for (i = 0; i < sb_table_count(list->rows); i++) {
		const char *key = sb_table_key_at(list->rows, i);

		if (sb_table_id(list->rows, key) == id)
			return sb_table_get_json(list->rows, key);
	}
	for (i = 0; i < apply->plan->n; i++) {
		const struct sb_op *op = &apply->plan->ops[i];
		int64_t made;

		if (op->kind == list->kind && sb_map_get(apply->ids, op->key, &made) && made == id)
			return sb_op_get(op, SB_OP_SET);
	}
	return NULL;
}

/* The words by which NetBox may quote the object of an id, the best one first. New reference. */
static json_t *names_of(const struct sb_apply *apply, const char *kind, int64_t id)
{
	const struct sb_nb_list *list = sb_snapshot_list(apply->run->snap, kind);
	const struct sb_kind_field *title = list ? sb_kind_trait(list->kind, SB_TRAIT_TITLE) : NULL;
	sb_autojson *object = list ? find_object(apply, list, id) : NULL;
	json_t *names = json_array();
	size_t i;

	if (title && sb_json_str(object, title->name))
		json_array_append(names, json_object_get(object, title->name));
	for (i = 0; list && list->kind->natural[i]; i++)
		if (sb_json_str(object, list->kind->natural[i]))
			json_array_append(names, json_object_get(object, list->kind->natural[i]));
	json_array_append_new(names, json_sprintf("%lld", (long long)id));
	return names;
}

/* Which value a text quotes */

static bool is_word_char(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-' || (unsigned char)c >= 0x80;
}

/* The length of a word that stands in the text as a whole; 0 when it does not. */
static size_t quoted_length(const char *text, const char *word)
{
	size_t len = strlen(word);
	const char *at;

	if (len < MIN_QUOTED)
		return 0;
	for (at = text; *at; at++)
		if (strncasecmp(at, word, len) == 0 && (at == text || !is_word_char(at[-1])) &&
		    !is_word_char(at[len]))
			return len;
	return 0;
}

static size_t quoted_scalar(const char *text, const json_t *value)
{
	sb_autofree char *number = NULL;

	if (json_is_string(value))
		return quoted_length(text, json_string_value(value));
	if (!json_is_number(value))
		return 0;
	number = json_dumps(value, JSON_ENCODE_ANY);
	return number ? quoted_length(text, number) : 0;
}

static size_t quoted_target(const struct sb_apply *apply, const char *text, const char *kind,
			    const json_t *id)
{
	sb_autojson *names =
		json_is_integer(id) && kind ? names_of(apply, kind, json_integer_value(id)) : NULL;
	const json_t *name;
	size_t i, best = 0, len;

	json_array_foreach (names, i, name) {
		len = quoted_length(text, json_string_value(name));
		best = len > best ? len : best;
	}
	return best;
}

/* "virtual_machine_type" may be quoted as "virtual machine type". */
static size_t quoted_field(const char *text, const char *name)
{
	sb_autofree char *words = strdup(name);
	size_t len = quoted_length(text, name);
	char *c;

	for (c = words; c && *c; c++)
		*c = *c == '_' ? ' ' : *c;
	return len || !words ? len : quoted_length(text, words);
}

json_t *sb_unit_quoted(const struct sb_apply *apply, const struct sb_op *op, const json_t *set,
		       const json_t *units, const char *text)
{
	const json_t *unit, *found = NULL, *by_field = NULL;
	size_t i, len, best = 0, best_field = 0;

	json_array_foreach (units, i, unit) {
		const struct sb_kind_field *field = sb_kind_field(op->kind, field_of(unit));
		const json_t *value = sb_unit_value(set, unit);

		if (field->type == SB_FIELD_REF || is_set(field))
			len = quoted_target(apply, text, field->kind, value);
		else
			len = quoted_scalar(text, value);
		if (len > best) {
			best = len;
			found = unit;
		}
		len = quoted_field(text, field->name);
		if (len > best_field && !json_array_get(unit, 1)) {
			best_field = len;
			by_field = unit;
		}
	}
	return json_incref((json_t *)(uintptr_t)(found ? found : by_field));
}

json_t *sb_unit_words(const struct sb_apply *apply, const struct sb_op *op, const json_t *set,
		      const json_t *unit)
{
	const struct sb_kind_field *field = sb_kind_field(op->kind, field_of(unit));
	const json_t *value = sb_unit_value(set, unit);
	sb_autojson *names = NULL;
	sb_autofree char *number = NULL;

	if (field->type == SB_FIELD_CHOICE && json_is_string(value))
		return json_incref((json_t *)(uintptr_t)value);
	if (json_is_integer(value) && field->kind) {
		names = names_of(apply, field->kind, json_integer_value(value));
		return json_incref(json_array_get(names, 0));
	}
	if (!json_is_number(value))
		return NULL;
	number = json_dumps(value, JSON_ENCODE_ANY);
	return number ? json_string(number) : NULL;
}
