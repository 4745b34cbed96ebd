/* SPDX-License-Identifier: Apache-2.0 */
/* Chooses between several candidates for a reference. Modules know what is suitable, but not what
 * NetBox has now: changing it without a reason would be noise, and people may have chosen it. */
#include "diff/choice.h"

#include <stdlib.h>
#include <string.h>

#include "diff/want.h"
#include "run/policies.h"
#include "run/ref.h"
#include "stagebox/json.h"

static bool is_shared_role(const struct sb_kind_field *field, const char *role)
{
	const char *const *shared;

	for (shared = field->shared; role && *shared; shared++)
		if (sb_streq(role, *shared))
			return true;
	return false;
}

/* Will the target have a shared role after this plan? */
static bool has_shared_role(struct sb_run *run, const char *kind, const char *key)
{
	const struct sb_nb_list *list = sb_snapshot_list(run->snap, kind);
	const struct sb_kind_field *field = sb_kind_sharing(list->kind);
	const struct sb_op *update = sb_diff_op(run->diff, run->diff->updates, key);
	sb_autojson *set = NULL;
	sb_autofree char *now = NULL;
	json_t *role; /* borrowed */

	if (!field)
		return false;
	if (update)
		set = sb_op_get(update, SB_OP_SET);
	role = json_object_get(set, field->name);
	if (role)
		return is_shared_role(field, json_string_value(role));
	now = sb_table_get_str(sb_table_get(list->rows, key) ? list->rows : run->diff->adopted, key,
			       field->name);
	return is_shared_role(field, now);
}

void sb_want_ref_choice(struct sb_want *want, const char *field, const char *kind, const char *key,
			bool is_worse)
{
	struct sb_error why = SB_ERROR_INIT;
	json_t *value = NULL, *list;
	enum sb_ref_state state;

	if (!sb_want_ref_field(want, field, SB_REF_TYPES, kind, key))
		return;
	state = sb_ref(want->run, kind, key, &value, &why);
	if (state != SB_REF_ID && state != SB_REF_NEW)
		return;
	if (!want->choices)
		want->choices = json_object();
	list = json_object_get(want->choices, field);
	if (!list) {
		list = json_array();
		json_object_set_new(want->choices, field, list);
	}
	is_worse = is_worse || has_shared_role(want->run, kind, key);
	if (json_array_append_new(list, json_pack("[o, b]", value, is_worse)) < 0)
		want->run->failed_rc = SB_E_NOMEM;
}

static bool is_worse(const json_t *candidate)
{
	return json_is_true(json_array_get(candidate, 1));
}

/* The first candidate that is not worse, else the first. Borrowed. */
static json_t *find_best(const json_t *list)
{
	json_t *candidate;
	size_t i;

	json_array_foreach (list, i, candidate)
		if (!is_worse(candidate))
			return candidate;
	return json_array_get(list, 0);
}

int sb_want_choose(struct sb_want *want)
{
	const char *field;
	json_t *list;

	json_object_foreach (want->choices, field, list)
		if (json_object_set(want->fields, field, json_array_get(find_best(list), 0)) < 0)
			return SB_E_NOMEM;
	return 0;
}

enum sb_choice sb_choose_reference(struct sb_pass *pass, struct sb_want *want,
				   const struct sb_kind_field *field, const json_t *current,
				   struct sb_last *last)
{
	const json_t *list = json_object_get(want->choices, field->name), *candidate, *value;
	const json_t *best = find_best(list), *now = NULL;
	bool is_known;
	size_t i;

	if (sb_value_empty(current))
		return SB_CHOICE_SET;
	json_array_foreach (list, i, candidate)
		if (json_equal(json_array_get(candidate, 0), current))
			now = candidate;
	if (now && (!is_worse(now) || is_worse(best))) {
		json_object_set(want->fields, field->name, json_array_get(now, 0));
		return SB_CHOICE_SET;
	}
	if (sb_policy_of(pass->run, pass->kind, field) != SB_POLICY_IF_UNCHANGED)
		return SB_CHOICE_SET;
	/* Only what we wrote ourselves gives way to a better candidate. */
	if (!sb_last_value(pass->run, want->key, field->name, last, &value, &is_known))
		return SB_CHOICE_ASK;
	return is_known && sb_value_same(field, current, value) ? SB_CHOICE_SET : SB_CHOICE_KEEP;
}
