/* SPDX-License-Identifier: Apache-2.0 */
/* Leaving out references to an object that will not exist. */
#include <string.h>

#include "apply/left_out.h"
#include "apply/trouble.h"
#include "apply/unit.h"
#include "run/refusal.h"
#include "stagebox/json.h"

static bool refers_to(const json_t *value, const char *key)
{
	const char *ref = sb_json_str(value, "$ref");

	if (!ref && json_is_object(value))
		ref = sb_json_str(json_object_get(value, "id"), "$ref");
	return ref && sb_streq(ref, key);
}

/* A later run gives an owned object the reference. Shared objects are used as they are, so that one
 * without its reference would stay so for ever: it rather waits for the next run. */
static bool is_without_second_chance(const struct sb_op *op)
{
	return op->verb == SB_CREATE && op->kind->flags & SB_KIND_SHARED;
}

/* The units of an op that refer to a key; NULL when a field that decides about the object does. */
static json_t *units_referring(const struct sb_op *op, const char *key)
{
	const struct sb_kind_field *field;
	json_t *units = json_array();
	const json_t *member;
	size_t i;

	for (field = op->kind->fields; field->name; field++) {
		const json_t *value = json_object_get(op->set, field->name);
		bool refers = refers_to(value, key);

		if (refers)
			json_array_append_new(units, json_pack("[s]", field->name));
		json_array_foreach (value, i, member) {
			if (!refers_to(member, key))
				continue;
			refers = true;
			json_array_append_new(units, json_pack("[s, O]", field->name, member));
		}
		if (refers && (is_without_second_chance(op) ||
			       sb_unit_decides(op->kind, op->verb, op->set, field->name))) {
			json_decref(units);
			return NULL;
		}
	}
	return units;
}

bool sb_left_out_reference(struct sb_apply *apply, size_t position, const char *key,
			   const char *words)
{
	struct sb_op *op = &apply->plan->ops[position];
	sb_autojson *units = NULL, *set = NULL, *was = NULL;
	const json_t *unit;
	size_t i;

	if (op->verb == SB_DELETE || (op->target_ref && sb_streq(op->target_ref, key)) ||
	    sb_op_edit(op) < 0)
		return false;
	units = units_referring(op, key);
	if (!json_array_size(units))
		return false;
	set = json_copy(op->set);
	was = json_incref(op->was);
	json_array_foreach (units, i, unit) {
		sb_unit_remove(set, op->was, unit);
		if (sb_left_out_note(apply->run, op->stage, op->kind, op->key,
				     json_string_value(json_array_get(unit, 0)), NULL, words) < 0)
			apply->failed_rc = SB_E_NOMEM;
	}
	sb_trouble_set(op, was, json_incref(set));
	return true;
}
