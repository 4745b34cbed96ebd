/* SPDX-License-Identifier: Apache-2.0 */
/* The types of the values of an op. */
#include "model/plan_check.h"

#include <string.h>

#include "base/json_depth.h"
#include "stagebox/json.h"

enum {
	MAX_MEMBERS = 4096,
	MAX_TEXT_BYTES = 1 << 20,
	MAX_DEPTH = 33 /* run/door.c, and "$decimal" */
};

static bool is_text(const json_t *value)
{
	return json_is_string(value) && json_string_length(value) <= MAX_TEXT_BYTES;
}

static bool is_reference(const json_t *value)
{
	if (json_is_integer(value))
		return json_integer_value(value) > 0;
	return json_object_size(value) == 1 && sb_json_str(value, "$ref");
}

static bool are_references(const json_t *list)
{
	const json_t *member;
	size_t i;

	if (!json_is_array(list) || json_array_size(list) > MAX_MEMBERS)
		return false;
	json_array_foreach (list, i, member)
		if (!is_reference(member))
			return false;
	return true;
}

static bool has_type(const struct sb_kind_field *field, const json_t *value)
{
	switch (field->type) {
	case SB_FIELD_TEXT:
	case SB_FIELD_NAME:
	case SB_FIELD_CHOICE:
	case SB_FIELD_MAC:
	case SB_FIELD_ADDRESS: return is_text(value);
	case SB_FIELD_INT:
	case SB_FIELD_DECIMAL: return json_is_number(value);
	case SB_FIELD_BOOL: return json_is_boolean(value);
	case SB_FIELD_REF: return is_reference(value);
	case SB_FIELD_REFS:
	case SB_FIELD_TAGS: return are_references(value);
	case SB_FIELD_OBJECT:
		return json_object_size(value) == 2 && sb_json_str(value, "type") &&
		       is_reference(json_object_get(value, "id"));
	case SB_FIELD_JSON: return sb_json_depth(value, MAX_DEPTH) <= MAX_DEPTH;
	}
	return false;
}

int sb_plan_check_values(const struct sb_kind *kind, const char *member, const json_t *values,
			 struct sb_error *err)
{
	const char *name;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)values, name, value) {
		const struct sb_kind_field *field = sb_kind_field(kind, name);

		if (json_is_null(value))
			continue;
		/* Custom fields of ours are texts or flags. */
		if (!field ? !sb_starts_with(name, "stagebox_") ||
				     (!is_text(value) && !json_is_boolean(value))
			   : !has_type(field, value))
			return sb_fail(err, SB_E_SHAPE, "%s.%.100s is not a value of a %s", member,
				       name, kind->name);
	}
	return 0;
}
