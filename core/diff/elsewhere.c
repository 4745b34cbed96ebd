/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses that another endpoint of ours has in NetBox and does not have any more. */
#include "diff/elsewhere.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "diff/want.h"
#include "model/key.h"
#include "run/prune_settings.h"
#include "run/question.h"
#include "stagebox/json.h"

void sb_elsewhere_index(const struct sb_kind *kind, const char *field, int64_t id,
			char ret_text[200])
{
	snprintf(ret_text, 200, "%s by %s %" PRId64, kind->name, field, id);
}

bool sb_elsewhere_is_vanished(const struct sb_run *run, const char *key)
{
	char above[512];
	size_t len = strlen(key);

	if (len >= sizeof(above))
		return false;
	memcpy(above, key, len + 1);
	do {
		if (json_object_get(run->snap->vanished, above))
			return true;
	} while (sb_key_cut(above));
	return false;
}

/* The reference that an op does nothing but clear, and the id that it held; NULL = another op. */
static const struct sb_kind_field *cleared_reference(const struct sb_op *op, int64_t *ret_id)
{
	sb_autojson *set = sb_op_get(op, SB_OP_SET), *was = sb_op_get(op, SB_OP_WAS);
	const char *name = json_object_iter_key(json_object_iter(set));
	const struct sb_kind_field *field = name ? sb_kind_field(op->kind, name) : NULL;

	if (!field || field->type != SB_FIELD_REF || !field->kind || json_object_size(set) != 1 ||
	    !json_is_null(json_object_get(set, name)) ||
	    !json_is_integer(json_object_get(was, name)))
		return NULL;
	*ret_id = json_integer_value(json_object_get(was, name));
	return field;
}

const struct sb_op *sb_elsewhere_move_of(const struct sb_run *run, const struct sb_op *op)
{
	const struct sb_plan *plan = &run->diff->plan;
	const struct sb_kind_field *field;
	int64_t id;
	size_t i;

	if (op->verb != SB_UPDATE || op->kind->flags & SB_KIND_SHARED ||
	    !sb_elsewhere_is_other(run, op->key))
		return NULL;
	field = cleared_reference(op, &id);
	for (i = 0; field && i < plan->n; i++) {
		const struct sb_op *move = &plan->ops[i];
		sb_autojson *was = NULL;
		const char *from;

		if (move->verb != SB_UPDATE || move->target != id ||
		    !sb_streq(move->kind->name, field->kind) ||
		    sb_elsewhere_is_other(run, move->key))
			continue;
		was = sb_op_get(move, SB_OP_WAS);
		from = sb_json_str(was, "stagebox_key");
		if (from && sb_elsewhere_is_other(run, from))
			return move;
	}
	return NULL;
}

/* Only an address is found without its parent. */
static bool has_own_place(const struct sb_kind *kind)
{
	size_t i;

	for (i = 0; kind->natural[i]; i++) {
		enum sb_field_type type = sb_kind_field(kind, kind->natural[i])->type;

		if (type == SB_FIELD_REF || type == SB_FIELD_OBJECT)
			return false;
	}
	return true;
}

bool sb_elsewhere_is_other(const struct sb_run *run, const char *key)
{
	size_t len = strlen(run->slug);

	return strncmp(key, run->slug, len) != 0 || key[len] != '/';
}

bool sb_elsewhere_moves(const struct sb_pass *pass, const json_t *row)
{
	const char *key = sb_json_str(row, "stagebox_key");

	return key && has_own_place(pass->kind) && sb_elsewhere_is_other(pass->run, key) &&
	       !sb_prune_releases(pass->run->conf, row);
}

/* The only row with this address, when it belongs to another endpoint that lacks it. New reference.
 */
static json_t *find_row(const struct sb_pass *pass, const char *natural)
{
	sb_autojson *rows = sb_table_get_json(pass->list->unowned, natural);
	const json_t *row = json_array_get(rows, 0);
	const char *key = sb_json_str(row, "stagebox_key");

	if (json_array_size(rows) != 1 || !key || !sb_elsewhere_is_other(pass->run, key) ||
	    !sb_elsewhere_is_vanished(pass->run, key))
		return NULL;
	return json_incref((json_t *)(uintptr_t)row);
}

/* Ask which objects refer to the row: they let go of it before it moves. */
static int ask_holders(struct sb_pass *pass, int64_t id, bool *ret_asked, bool *ret_known)
{
	const struct sb_kinds *kinds = sb_registry_kinds(pass->run->registry);
	const struct sb_kind_field *field;
	char text[100], asked[200];
	const char *answer;
	size_t i;
	int rc = 0;

	*ret_known = true;
	for (i = 0; i < sb_kinds_count(kinds); i++) {
		const struct sb_kind *kind = sb_kinds_at(kinds, i);

		for (field = kind->fields; !rc && field->name; field++) {
			if (field->type != SB_FIELD_REF || !field->kind ||
			    !sb_streq(field->kind, pass->kind->name))
				continue;
			snprintf(text, sizeof(text), "%s_id=%" PRId64, field->name, id);
			snprintf(asked, sizeof(asked), "%s?%s", kind->name, text);
			answer = sb_table_get(pass->run->snap->asked, asked);
			*ret_known = *ret_known && answer && !*answer;
			if (answer)
				continue;
			*ret_asked = true;
			rc = sb_question_add(pass->run, SB_ASK_ATTACHED, kind, text, "");
		}
	}
	return rc;
}

int sb_elsewhere_find(struct sb_pass *pass, struct sb_want *want, json_t **ret_row, bool *ret_asked)
{
	sb_autofree char *natural = NULL;
	sb_autojson *row = NULL;
	const char *key;
	bool is_known;
	int rc;

	if (!json_object_size(pass->run->snap->vanished) || !has_own_place(pass->kind))
		return 0;
	natural = sb_natural_text(pass->kind, want->fields);
	row = natural ? find_row(pass, natural) : NULL;
	if (!row ||
	    sb_prune_releases(pass->run->conf, row)) /* adopted from people: not ours to move */
		return 0;
	rc = ask_holders(pass, json_integer_value(json_object_get(row, "id")), ret_asked,
			 &is_known);
	if (rc < 0 || !is_known)
		return rc;
	key = sb_json_str(row, "stagebox_key");
	if (sb_table_put(pass->run->snap->moves, key, want->key) < 0)
		return SB_E_NOMEM;
	want->stood = sb_table_intern(pass->run->snap->moves, key);
	*ret_row = sb_steal(row);
	return want->stood ? 0 : SB_E_NOMEM;
}
