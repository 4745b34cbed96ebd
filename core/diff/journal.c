/* SPDX-License-Identifier: Apache-2.0 */
#include "diff/journal.h"

#include <string.h>

#include "model/journal.h"
#include "model/kinds.h"

/* The object that gets the entry, as a generic reference: the parent of one with a home, which has
 * no journal of its own in each home. NULL = it is not there yet. New reference. */
static json_t *journaled_object(const struct sb_pass *pass, const json_t *row)
{
	const struct sb_kinds *kinds = sb_registry_kinds(pass->run->registry);
	const struct sb_kind_field *parent =
		sb_kind_has_home(pass->kind) ? sb_kind_field(pass->kind, pass->kind->parent_field)
					     : NULL;
	const struct sb_kind *kind = parent ? sb_kinds_find(kinds, parent->kind) : pass->kind;
	const json_t *id = json_object_get(row, parent ? parent->name : "id");

	return json_is_integer(id) ? json_pack("{s:s, s:O}", "type", kind->object_type, "id", id)
				   : NULL;
}

static int plan_entry(struct sb_pass *pass, const struct sb_kind *kind,
		      const struct sb_kind_field *field, const char *key, json_t *set_take)
{
	sb_autobuf name = SB_BUF_INIT(2048);
	struct sb_op *entry;

	sb_journal_add_key(&name, key, field->name);
	if (name.failed) {
		json_decref(set_take);
		return SB_E_NOMEM;
	}
	entry = sb_plan_add(&pass->run->diff->plan, kind, SB_CREATE, sb_buf_str(&name), pass->stage,
			    "people want to hear of the change", set_take, NULL);
	return entry ? sb_op_add_claimed(entry, kind, key) : SB_E_NOMEM;
}

int sb_journal_plan(struct sb_pass *pass, const struct sb_op *update, const json_t *row,
		    const json_t *set, const json_t *was)
{
	const struct sb_kind *kind =
		sb_kinds_find(sb_registry_kinds(pass->run->registry), SB_KIND_OF_JOURNAL);
	sb_autojson *object = NULL;
	const struct sb_kind_field *field;
	sb_autofree char *key = strdup(update->key);
	size_t seq = update->seq, n = 0;
	int rc = key ? 0 : SB_E_NOMEM;

	for (field = pass->kind->fields; !rc && field->name; field++) {
		sb_autojson *words = field->journal ? sb_journal_words(field, key, set, was) : NULL;

		if (words && !object)
			object = journaled_object(pass, row);
		if (!words || !object)
			continue;
		json_object_set(words, SB_JOURNAL_OBJECT, object);
		rc = plan_entry(pass, kind, field, key, sb_steal(words));
		n++;
	}
	return !rc && n ? sb_op_add_freed(&pass->run->diff->plan.ops[seq], kind, key) : rc;
}
