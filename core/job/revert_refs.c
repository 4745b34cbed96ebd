/* SPDX-License-Identifier: Apache-2.0 */
#include "job/revert_refs.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "stagebox/json.h"

/* {"31": [row], "web": [row]}: by id, and by name, as the change log has tags */
static int index_row(json_t *created, const char *by, const json_t *row)
{
	json_t *rows = json_object_get(created, by);

	if (!rows) {
		rows = json_array();
		if (json_object_set_new(created, by, rows) < 0)
			return SB_E_NOMEM;
	}
	return json_array_append(rows, (json_t *)(uintptr_t)row);
}

json_t *sb_revert_created(const json_t *diffs)
{
	sb_autojson *created = json_object();
	const char *name, *shown;
	char id[32];
	json_t *row;

	json_object_foreach ((json_t *)(uintptr_t)diffs, name, row) {
		if (!sb_streq(sb_json_str(json_object_get(row, "action"), "value"), "create"))
			continue;
		snprintf(id, sizeof(id), "%" JSON_INTEGER_FORMAT,
			 json_integer_value(json_object_get(row, "object_id")));
		shown = sb_json_str(row, "object_repr");
		if (index_row(created, id, row) < 0 ||
		    (shown && index_row(created, shown, row) < 0))
			return NULL;
	}
	return sb_steal(created);
}

/* "virtual_machine" names the model "virtualmachine". */
static bool names_model(const char *member, const char *model)
{
	for (; *member; member++) {
		if (*member == '_')
			continue;
		if (*member != *model++)
			return false;
	}
	return !*model;
}

/* "assigned_object_id" beside "assigned_object_type": writes the part before "_id". */
static bool is_generic(const json_t *data, const char *member, char *ret_base, size_t room)
{
	size_t len = strlen(member);
	char type[100];

	if (len <= strlen("_id") || !sb_streq(member + len - strlen("_id"), "_id"))
		return false;
	snprintf(ret_base, room, "%.*s", (int)(len - strlen("_id")), member);
	snprintf(type, sizeof(type), "%.80s_type", ret_base);
	return json_object_get(data, type) != NULL;
}

/* May the member of an object of this type refer to the row? A field of ours says what it refers
 * to; others name the model, or hold any object. */
static bool may_refer(const struct sb_kinds *kinds, const json_t *change, const char *member,
		      const json_t *row)
{
	const char *type = sb_json_str(change, "changed_object_type"),
		   *other = sb_json_str(row, "object_type"),
		   *model = other ? strchr(other, '.') : NULL;
	const struct sb_kind *kind = type ? sb_kinds_find_type(kinds, type) : NULL, *target;
	const struct sb_kind_field *field;
	char base[100];
	bool generic =
		is_generic(json_object_get(change, "postchange_data"), member, base, sizeof(base));

	if (!model)
		return false;
	field = kind ? sb_kind_field(kind, generic ? base : member) : NULL;
	/* The field names one of the kinds that it takes: interfaces, or any. */
	if (field && field->type == SB_FIELD_OBJECT)
		return generic && (!strstr(field->kind, "interface") || strstr(model, "interface"));
	target = field && field->kind ? sb_kinds_find(kinds, field->kind) : NULL;
	if (target)
		return sb_streq(target->object_type, other);
	return generic || names_model(member, model + 1) ||
	       (sb_streq(member, "tags") && sb_streq(other, "extras.tag"));
}

static const json_t *find_row(const struct sb_kinds *kinds, const json_t *created,
			      const json_t *change, const char *member, const json_t *value)
{
	const json_t *row;
	char id[32] = "";
	size_t i;

	if (json_is_integer(value))
		snprintf(id, sizeof(id), "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	json_array_foreach (
		json_object_get(created, json_is_string(value) ? json_string_value(value) : id), i,
		row)
		if (may_refer(kinds, change, member, row) &&
		    (json_is_string(value) ||
		     json_integer_value(json_object_get(row, "object_id")) ==
			     json_integer_value(value)))
			return row;
	return NULL;
}

const json_t *sb_revert_referred(const struct sb_kinds *kinds, const json_t *created,
				 const json_t *change)
{
	const json_t *before = json_object_get(change, "prechange_data");
	const json_t *row = NULL, *item;
	const char *member;
	json_t *value;
	size_t i;

	json_object_foreach (json_object_get(change, "postchange_data"), member, value) {
		if (json_equal(value, json_object_get(before, member)))
			continue;
		if (!json_is_array(value))
			row = find_row(kinds, created, change, member, value);
		json_array_foreach (value, i, item)
			if (!row)
				row = find_row(kinds, created, change, member, item);
		if (row)
			return row;
	}
	return NULL;
}
