/* SPDX-License-Identifier: Apache-2.0 */
/* The needs of an adopted object are those of a created one: what refers to it waits until it is
 * adopted. Its id is known already, so that the reference alone does not show the need. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diff/adopt.h"
#include "base/list.h"
#include "stagebox/json.h"

/* An object that a field refers to. */
struct target {
	const struct sb_kind *kind;
	const json_t *id;
};

static bool find_target(const struct sb_run *run, const struct sb_kind_field *field,
			const json_t *value, struct target *ret_target)
{
	const struct sb_kinds *kinds = sb_registry_kinds(run->registry);
	const char *type;

	*ret_target = (struct target){0};
	if (field->type == SB_FIELD_REF && field->kind) {
		ret_target->kind = sb_kinds_find(kinds, field->kind);
		ret_target->id = value;
	} else if (field->type == SB_FIELD_OBJECT) {
		type = sb_json_str(value, "type");
		ret_target->kind = type ? sb_kinds_find_type(kinds, type) : NULL;
		ret_target->id = json_object_get(value, "id");
	}
	return ret_target->kind && json_is_integer(ret_target->id);
}

/* The key of the object that this plan adopts and that the field refers to, or NULL. */
static const char *find_adopted(const struct sb_run *run, const struct sb_kind_field *field,
				const json_t *set, struct target *ret_target)
{
	const json_t *value = json_object_get(set, field->name);
	char index[96];

	if (!value || !find_target(run, field, value, ret_target))
		return NULL;
	snprintf(index, sizeof(index), "#%s#%" JSON_INTEGER_FORMAT, ret_target->kind->name,
		 json_integer_value(ret_target->id));
	return sb_table_get(run->diff->adopted, index);
}

bool sb_adopt_refers(const struct sb_run *run, const struct sb_kind *kind, const json_t *set)
{
	const struct sb_kind_field *field;
	struct target target;

	if (!sb_table_count(run->diff->adopted))
		return false;
	for (field = kind->fields; field->name; field++) {
		if (find_adopted(run, field, set, &target))
			return true;
	}
	return false;
}

static bool frees_token(const struct sb_op *op, const struct sb_kind *kind, const char *natural)
{
	sb_autojson *frees = sb_op_get(op, SB_OP_FREES);
	sb_autojson *token = json_sprintf("%s|%s", kind->name, natural);

	return sb_list_holds(frees, token);
}

static int wait_for(struct sb_run *run, size_t seq, const char *key, const struct target *target)
{
	struct sb_op *adopts = sb_diff_op(run->diff, run->diff->updates, key);
	char token[48];

	if (!adopts || adopts->seq == seq)
		return 0;
	snprintf(token, sizeof(token), "adopted|%" JSON_INTEGER_FORMAT,
		 json_integer_value(target->id));
	if (!frees_token(adopts, target->kind, token) &&
	    sb_op_add_freed(adopts, target->kind, token) < 0)
		return SB_E_NOMEM;
	return sb_op_add_claimed(&run->diff->plan.ops[seq], target->kind, token);
}

int sb_adopt_order(struct sb_run *run, const struct sb_op *op, const json_t *set)
{
	const struct sb_kind_field *field;
	const struct sb_kind *kind = op->kind;
	size_t seq = op->seq;
	struct target target;
	int rc = 0;

	if (!sb_table_count(run->diff->adopted)) /* as in nearly every run */
		return 0;
	for (field = kind->fields; !rc && field->name; field++) {
		const char *key = find_adopted(run, field, set, &target);

		if (key && !sb_streq(key, run->diff->plan.ops[seq].key))
			rc = wait_for(run, seq, key, &target);
	}
	return rc;
}
