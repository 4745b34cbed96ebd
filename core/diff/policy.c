/* SPDX-License-Identifier: Apache-2.0 */
/* Who owns a field: the five policies, with what we wrote last as the third side. */
#include "diff/policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diff/adopt_rules.h"
#include "run/policies.h"
#include "stagebox/json.h"

void sb_last_finish(struct sb_last *last)
{
	json_decref(last->applied);
	json_decref(last->base);
}

void sb_last_look(const struct sb_run *run, const char *key, struct sb_last *last)
{
	const char *base;

	if (last->looked)
		return;
	last->looked = true;
	last->applied = sb_table_get_json(run->snap->applied, key);
	base = sb_table_get(run->snap->base, key);
	last->asked = base != NULL;
	last->base = base ? json_loads(base, 0, NULL) : NULL;
}

/* The value that we wrote last: from the store, else from NetBox's change log. *ret_known tells
 * whether there is such a value at all. False = the change log must be asked first. */
static bool last_value(struct sb_run *run, const char *key, const char *field, struct sb_last *last,
		       const json_t **ret_value, bool *ret_known)
{
	sb_last_look(run, key, last);
	*ret_value = json_object_get(last->applied, field);
	*ret_known = *ret_value != NULL;
	/* A row without the field: we know the object, and never wrote that. */
	if (*ret_known || (last->applied && !last->asked))
		return true;
	if (!last->asked)
		return false;
	*ret_value = json_object_get(last->base, field);
	*ret_known = *ret_value != NULL;
	return true;
}

enum sb_choice sb_policy_choose(struct sb_run *run, const struct sb_kind *kind, const char *key,
				const struct sb_kind_field *field, const json_t *wanted,
				const json_t *current, bool is_adopted, struct sb_last *last)
{
	const json_t *value;
	bool known;

	if (sb_value_same(field, wanted, current))
		return SB_CHOICE_SAME;
	switch (sb_policy_of(run, kind, field)) {
	case SB_POLICY_ALWAYS: return SB_CHOICE_SET;
	case SB_POLICY_IF_EMPTY: return sb_value_empty(current) ? SB_CHOICE_SET : SB_CHOICE_KEEP;
	case SB_POLICY_IF_UNCHANGED: break;
	default: return SB_CHOICE_KEEP;
	}
	if (is_adopted)
		return sb_value_empty(current) ? SB_CHOICE_SET : SB_CHOICE_KEEP;
	if (!last_value(run, key, field->name, last, &value, &known))
		return SB_CHOICE_ASK;
	if (!known) /* never written by us: an empty field is nobody's */
		return sb_value_empty(current) ? SB_CHOICE_SET : SB_CHOICE_KEEP;
	if (sb_value_same(field, current, value))
		return SB_CHOICE_SET;
	if (sb_value_same(field, wanted, value))
		return SB_CHOICE_KEEP;
	/* Emptied by NetBox, when the address went: no decision of a person. */
	if (sb_value_empty(current) && sb_field_empties(run, field))
		return SB_CHOICE_SET;
	return SB_CHOICE_CONFLICT;
}

/* Members of a that b has not. */
static json_t *without(const json_t *a, const json_t *b)
{
	json_t *list = json_array(), *member;
	size_t i;

	json_array_foreach (a, i, member) {
		if (!sb_value_holds(b, member))
			json_array_append(list, member);
	}
	return list;
}

enum sb_choice sb_policy_tags(struct sb_run *run, const struct sb_kind *kind, const char *key,
			      const struct sb_kind_field *field, const json_t *wanted,
			      const json_t *current, bool is_adopted, struct sb_last *last,
			      json_t **ret_set)
{
	sb_autojson *missing = without(wanted, current);
	sb_autojson *extra = without(current, wanted);
	sb_autojson *ours = NULL;
	enum sb_policy policy = sb_policy_of(run, kind, field);
	const json_t *value = NULL;
	bool known = false;
	json_t *set;

	*ret_set = NULL;
	if (policy == SB_POLICY_NEVER || policy == SB_POLICY_CREATE_ONLY)
		return SB_CHOICE_KEEP;
	if (is_adopted) {
		/* A tool's word that the object is gone is not true of one that we adopt. */
		sb_autojson *gone = sb_adopt_gone_tags(run), *others = without(extra, gone);

		ours = without(extra, others);
	} else if (json_array_size(extra)) {
		if (!last_value(run, key, "tags", last, &value, &known))
			return SB_CHOICE_ASK;
		if (known) {
			sb_autojson *theirs = without(extra, value);

			ours = without(extra, theirs);
		}
	}
	if (!json_array_size(missing) && !json_array_size(ours))
		return SB_CHOICE_SAME;
	set = without(current, ours);
	json_array_extend(set, missing);
	*ret_set = sb_value_sorted(set);
	json_decref(set);
	return SB_CHOICE_SET;
}
