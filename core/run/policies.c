/* SPDX-License-Identifier: Apache-2.0 */
/* The policy in force for each field. */
#include "run/policies.h"

#include <stdlib.h>

/* Sorted by address for a fast lookup per field of each object. Kind and field together are the
 * key, because two kinds may share one list of fields. */
struct sb_policy_row {
	const struct sb_kind *kind;
	const struct sb_kind_field *field;
	enum sb_policy policy; /* never INTENT */
	bool is_intent;        /* it yields to people, object by object */
};

static struct sb_policy_row make_row(const json_t *policies, const struct sb_kind *kind,
				     const struct sb_kind_field *field)
{
	int policy = sb_policy_configured(policies, kind, field);
	bool is_default = policy < 0 || policy == SB_POLICY_INTENT;

	return (struct sb_policy_row){.kind = kind,
				      .field = field,
				      .policy = is_default ? field->policy : (enum sb_policy)policy,
				      .is_intent = policy == SB_POLICY_INTENT};
}

static int compare_addresses(const void *a, const void *b)
{
	const struct sb_policy_row *x = a, *y = b;

	if (x->kind != y->kind)
		return (uintptr_t)x->kind < (uintptr_t)y->kind ? -1 : 1;
	return ((uintptr_t)x->field > (uintptr_t)y->field) -
	       ((uintptr_t)x->field < (uintptr_t)y->field);
}

int sb_policies_read(struct sb_run *run, const json_t *policies)
{
	const struct sb_kinds *kinds = sb_registry_kinds(run->registry);
	const struct sb_kind_field *field;
	size_t i, n = 0;

	for (i = 0; i < sb_kinds_count(kinds); i++)
		for (field = sb_kinds_at(kinds, i)->fields; field->name; field++)
			n++;
	free(run->policies);
	run->n_policies = 0;
	run->policies = calloc(n + 1, sizeof(*run->policies));
	if (!run->policies)
		return SB_E_NOMEM;
	for (i = 0; i < sb_kinds_count(kinds); i++) {
		const struct sb_kind *kind = sb_kinds_at(kinds, i);

		for (field = kind->fields; field->name; field++)
			run->policies[run->n_policies++] = make_row(policies, kind, field);
	}
	qsort(run->policies, run->n_policies, sizeof(*run->policies), compare_addresses);
	return 0;
}

static const struct sb_policy_row *find_row(const struct sb_run *run, const struct sb_kind *kind,
					    const struct sb_kind_field *field)
{
	const struct sb_policy_row wanted = {.kind = kind, .field = field};

	return bsearch(&wanted, run->policies, run->n_policies, sizeof(wanted), compare_addresses);
}

enum sb_policy sb_policy_of(const struct sb_run *run, const struct sb_kind *kind,
			    const struct sb_kind_field *field)
{
	const struct sb_policy_row *row = find_row(run, kind, field);

	return row ? row->policy : field->policy;
}

/* Has the guest that the object is, or is a part of, the switch set? */
static bool is_managed(const struct sb_run *run, const char *key)
{
	sb_autojson *adopted = NULL; /* also of one that moves here */
	char top[512];
	size_t i;

	sb_key_top(key, top);
	adopted = run->diff ? sb_table_get_json(run->diff->adopted, top) : NULL;
	if (json_is_true(json_object_get(adopted, SB_MANAGE_FIELD)))
		return true;
	for (i = 0; i < run->snap->n_lists; i++) {
		const struct sb_nb_list *list = &run->snap->lists[i];
		sb_autojson *row = list->kind->flags & SB_KIND_BIRTH
					   ? sb_table_get_json(list->rows, top)
					   : NULL;

		if (json_is_true(json_object_get(row, SB_MANAGE_FIELD)))
			return true;
	}
	return false;
}

bool sb_policy_yields(const struct sb_run *run, const struct sb_kind *kind,
		      const struct sb_kind_field *field, const char *key, const json_t *row)
{
	const struct sb_policy_row *policy = find_row(run, kind, field);

	if (!policy || !policy->is_intent)
		return false;
	return json_is_true(json_object_get(row, SB_MANAGE_FIELD)) || is_managed(run, key);
}

bool sb_policy_asks_switch(const struct sb_run *run, const struct sb_kind *kind,
			   const struct sb_kind_field *field)
{
	const struct sb_policy_row *policy = find_row(run, kind, field);

	return policy && policy->is_intent && sb_kind_field(kind, SB_MANAGE_FIELD);
}

bool sb_field_empties(const struct sb_run *run, const struct sb_kind_field *field)
{
	const struct sb_kind *target;

	if (field->type != SB_FIELD_REF || !field->kind)
		return false;
	target = sb_kinds_find(sb_registry_kinds(run->registry), field->kind);
	return target && target->flags & SB_KIND_CHILD;
}
