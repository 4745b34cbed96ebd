/* SPDX-License-Identifier: Apache-2.0 */
#include "diff/journal.h"

#include "model/journal.h"

/* Plan an entry of the op at a position, which frees what the entry claims. */
static int plan_entry(struct sb_pass *pass, size_t update, const struct sb_kind *kind,
		      const struct sb_kind_field *field, json_t *set_take)
{
	struct sb_plan *plan = &pass->run->diff->plan;
	sb_autobuf name = SB_BUF_INIT(2048);
	struct sb_op *entry;

	sb_journal_add_key(&name, plan->ops[update].key, field->name);
	if (name.failed || name.len > SB_PLAN_KEY_BYTES) { /* no plan file could have it */
		json_decref(set_take);
		return name.failed ? SB_E_NOMEM : 0;
	}
	entry = sb_plan_add(plan, kind, SB_CREATE, sb_buf_str(&name), pass->stage,
			    "people want to hear of the change", set_take, NULL);
	if (!entry || sb_op_add_claimed(entry, kind, sb_buf_str(&name)) < 0)
		return SB_E_NOMEM;
	return sb_op_add_freed(&plan->ops[update], kind, sb_buf_str(&name));
}

int sb_journal_plan(struct sb_pass *pass, const struct sb_op *update, const json_t *row,
		    const json_t *set, const json_t *was)
{
	const struct sb_kinds *kinds = sb_registry_kinds(pass->run->registry);
	const struct sb_kind *kind = sb_kinds_find(kinds, SB_KIND_OF_JOURNAL);
	sb_autojson *object = NULL;
	const struct sb_kind_field *field;
	size_t seq = update->seq;
	int rc = 0;

	for (field = pass->kind->fields; !rc && field->name; field++) {
		json_t *words;

		if (!field->journal || !sb_journal_is_noted(field, set, was))
			continue;
		if (!object)
			object = sb_journal_object(kinds, pass->kind, row);
		if (!object)
			return 0;
		words = sb_journal_words(field, pass->run->diff->plan.ops[seq].key, set, was);
		if (!words || json_object_set(words, SB_JOURNAL_OBJECT, object) < 0)
			rc = SB_E_NOMEM;
		else
			rc = plan_entry(pass, seq, kind, field, json_incref(words));
		json_decref(words);
	}
	return rc;
}
