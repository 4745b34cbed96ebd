/* SPDX-License-Identifier: Apache-2.0 */
/* Who owns a field: the five policies, with what we wrote last as the third side. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/policy.h"

#include "engine/adopt_rules.h"
#include "engine/policies.h"
#include "stagebox/json.h"

void sb_last_finish(struct sb_last *last)
{
	json_decref(last->applied);
	json_decref(last->base);
}

/* Found by their places in memory, since each field of each object asks; two kinds may share one
 * list of fields. */
struct sb_policy_row {
	const struct sb_kind *kind;
	const struct sb_kind_field *field;
	enum sb_policy policy;
};

static enum sb_policy configured(const json_t *policies, const struct sb_kind *kind,
				 const struct sb_kind_field *field)
{
	char name[128];
	const char *word;
	int policy;

	snprintf(name, sizeof(name), "%s.%s", kind->name, field->name);
	word = sb_json_str(policies, name);
	if (!word)
		word = sb_json_str(policies, field->name);
	policy = word ? sb_policy_parse(word) : -1;
	return policy < 0 ? field->policy : (enum sb_policy)policy;
}

static int by_place(const void *a, const void *b)
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
			run->policies[run->n_policies++] =
				(struct sb_policy_row){.kind = kind,
						       .field = field,
						       .policy = configured(policies, kind, field)};
	}
	qsort(run->policies, run->n_policies, sizeof(*run->policies), by_place);
	return 0;
}

enum sb_policy sb_policy_of(const struct sb_run *run, const struct sb_kind *kind,
			    const struct sb_kind_field *field)
{
	const struct sb_policy_row wanted = {.kind = kind, .field = field}, *row;

	row = bsearch(&wanted, run->policies, run->n_policies, sizeof(wanted), by_place);
	return row ? row->policy : field->policy;
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

bool sb_field_empties(const struct sb_run *run, const struct sb_kind_field *field)
{
	const struct sb_kind *target;

	if (field->type != SB_FIELD_REF)
		return false;
	target = sb_kinds_find(sb_registry_kinds(run->registry), field->kind);
	return target && target->flags & SB_KIND_CHILD;
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
