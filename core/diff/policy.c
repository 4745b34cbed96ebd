/* SPDX-License-Identifier: Apache-2.0 */
/* The five policies, which compare three values: the source's, NetBox's and the one that we wrote
 * last. */
#include "diff/policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/policies.h"
#include "stagebox/json.h"

void sb_last_finish(struct sb_last *last)
{
	json_decref(last->applied);
	json_decref(last->base);
}

void sb_last_read(const struct sb_run *run, const char *key, struct sb_last *last)
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

bool sb_last_value(const struct sb_run *run, const char *key, const char *field,
		   struct sb_last *last, const json_t **ret_value, bool *ret_known)
{
	sb_last_read(run, key, last);
	*ret_value = json_object_get(last->applied, field);
	*ret_known = *ret_value != NULL;
	/* The store has the object but not the field: we never wrote the field. */
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
	if (sb_run_has_sent(run, key, field, current))
		return SB_CHOICE_SET; /* the value of a run that was killed before it noted it */
	if (!sb_last_value(run, key, field->name, last, &value, &known))
		return sb_run_object_type(run, kind) ? SB_CHOICE_ASK : SB_CHOICE_SET;
	/* Never written by us: only an empty field may be filled, and of shared objects not even
	 * that, because people made them for more than one endpoint. */
	if (!known)
		return sb_value_empty(current) && kind->flags & SB_KIND_OWNED ? SB_CHOICE_SET
									      : SB_CHOICE_KEEP;
	if (sb_value_same(field, current, value))
		return SB_CHOICE_SET;
	if (sb_value_same(field, wanted, value))
		return SB_CHOICE_KEEP;
	/* NetBox emptied the reference when it deleted the target: not a person's decision. */
	if (sb_value_empty(current) && sb_field_empties(run, field))
		return SB_CHOICE_SET;
	return SB_CHOICE_CONFLICT;
}
