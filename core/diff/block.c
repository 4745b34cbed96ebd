/* SPDX-License-Identifier: Apache-2.0 */
/* Names and addresses that an object keeps which does not change in this run. */
#include "diff/block.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "diff/prune.h"
#include "diff/want.h"
#include "diff/yield.h"
#include "stagebox/json.h"

/* Index the natural keys of NetBox's rows of a kind: token -> key. */
static int index_rows(const struct sb_nb_list *list, struct sb_table *holders)
{
	const struct sb_kind_field *role = sb_kind_sharing(list->kind);
	sb_autobuf token = SB_BUF_INIT(1200);
	size_t i;
	int rc = 0;

	for (i = 0; !rc && i < sb_table_count(list->rows); i++) {
		sb_autojson *row = json_loads(sb_table_text_at(list->rows, i), 0, NULL);
		sb_autofree char *natural = row ? sb_natural_text(list->kind, row) : NULL;

		/* NetBox allows duplicates if all of them have a shared role. */
		if (!natural || (role && json_is_string(json_object_get(row, role->name))))
			continue;
		sb_buf_reset(&token);
		sb_buf_addf(&token, "%s|%s", list->kind->name, natural);
		rc = sb_table_put(holders, sb_buf_str(&token), sb_table_key_at(list->rows, i));
	}
	return rc;
}

/* Tokens that the plan frees; a blocked op frees nothing. */
static int index_frees(const struct sb_run *run, struct sb_table *freed)
{
	const struct sb_plan *plan = &run->diff->plan;
	const json_t *token;
	size_t i, j;
	int rc = 0;

	for (i = 0; i < plan->n; i++) {
		sb_autojson *frees = sb_op_get(&plan->ops[i], SB_OP_FREES);

		if (sb_table_get(run->snap->blocked, plan->ops[i].key))
			continue;
		json_array_foreach (frees, j, token) {
			if (!rc)
				rc = sb_table_put(freed, json_string_value(token), "");
		}
	}
	return rc;
}

/* Only kinds with a claim in the plan are indexed. */
static int index_holders(struct sb_run *run, struct sb_table *holders)
{
	const struct sb_plan *plan = &run->diff->plan;
	sb_autojson *done = json_object();
	size_t i;
	int rc = done ? 0 : SB_E_NOMEM;

	for (i = 0; !rc && i < plan->n; i++) {
		const struct sb_op *op = &plan->ops[i];

		if (!sb_op_has(op, SB_OP_CLAIMS) || op->kind->flags & SB_KIND_UNMARKED ||
		    json_object_get(done, op->kind->name))
			continue;
		json_object_set_new(done, op->kind->name, json_true());
		rc = index_rows(sb_snapshot_list(run->snap, op->kind->name), holders);
	}
	return rc;
}

static int check_op(struct sb_run *run, const struct sb_op *op, const struct sb_table *holders,
		    const struct sb_table *freed, bool *ret_found)
{
	sb_autojson *claims = sb_op_get(op, SB_OP_CLAIMS);
	struct sb_error why;
	const json_t *token;
	size_t i;

	json_array_foreach (claims, i, token) {
		const char *holder = sb_table_get(holders, json_string_value(token));

		if (!holder || sb_streq(holder, op->key) ||
		    sb_table_get(freed, json_string_value(token)) ||
		    sb_table_get(run->snap->blocked, op->key) || sb_yield_ask(run, holder))
			continue;
		sb_fail(&why, SB_E_STATE,
			"its name or address is still used by %s, which is not changing in this "
			"run; rename or delete one of the two",
			holder);
		run->diff->once_more = true;
		*ret_found = true;
		return sb_reason_put(run->snap->blocked, op->key, &why);
	}
	return 0;
}

/* Check all ops once. A newly blocked op frees nothing any more, so the caller repeats this. */
static int find_blocked_ops(struct sb_run *run, const struct sb_table *holders, bool *ret_found)
{
	struct sb_table *freed = sb_table_create();
	size_t i;
	int rc = freed ? index_frees(run, freed) : SB_E_NOMEM;

	*ret_found = false;
	for (i = 0; !rc && i < run->diff->plan.n; i++)
		rc = check_op(run, &run->diff->plan.ops[i], holders, freed, ret_found);
	sb_table_destroy(freed);
	return rc;
}

/* The name under which a role is noted that must stay. */
static void format_role(const char *key, char *ret_name, size_t room)
{
	snprintf(ret_name, room, "%s#role", key);
}

/* Does the object with this key give up the address in this plan: deleted, alone or with its
 * parent, or moved? */
static bool gives_up(struct sb_run *run, const char *key, const char *token)
{
	const struct sb_op *update = sb_diff_op(run->diff, run->diff->updates, key);
	sb_autojson *frees = NULL;
	const json_t *freed;
	size_t i;

	if (sb_vanishing_of(run->diff, key) == SB_VANISHING_DELETE ||
	    sb_is_deleted_with_parent(run, key, -1))
		return true;
	if (update)
		frees = sb_op_get(update, SB_OP_FREES);
	json_array_foreach (frees, i, freed)
		if (sb_streq(json_string_value(freed), token))
			return true;
	return false;
}

/* Index the rows of a kind, also those with a role: token -> keys. */
static int index_sharers(const struct sb_nb_list *list, json_t *sharers)
{
	sb_autobuf token = SB_BUF_INIT(1200);
	json_t *keys; /* borrowed */
	size_t i;

	for (i = 0; i < sb_table_count(list->rows); i++) {
		sb_autojson *row = json_loads(sb_table_text_at(list->rows, i), 0, NULL);
		sb_autofree char *natural = row ? sb_natural_text(list->kind, row) : NULL;

		if (!natural)
			continue;
		sb_buf_reset(&token);
		sb_buf_addf(&token, "%s|%s", list->kind->name, natural);
		keys = json_object_get(sharers, sb_buf_str(&token));
		if (!keys) {
			keys = json_array();
			if (json_object_set_new(sharers, sb_buf_str(&token), keys) < 0)
				return SB_E_NOMEM;
		}
		if (json_array_append_new(keys, json_string(sb_table_key_at(list->rows, i))) < 0)
			return SB_E_NOMEM;
	}
	return 0;
}

/* Does another object keep the same address? Then NetBox needs the role. */
static bool has_sharer(struct sb_run *run, const struct sb_op *op, const json_t *sharers)
{
	sb_autojson *claims = sb_op_get(op, SB_OP_CLAIMS);
	const char *token = json_string_value(json_array_get(claims, 0));
	const json_t *key; /* borrowed */
	size_t i;

	json_array_foreach (token ? json_object_get(sharers, token) : NULL, i, key)
		if (!sb_streq(json_string_value(key), op->key) &&
		    !gives_up(run, json_string_value(key), token))
			return true;
	return false;
}

/* Find updates that take the role from an address which another object keeps too: the other one is
 * off or unknown, so it does not count as a user. */
static int find_needed_roles(struct sb_run *run)
{
	struct sb_error why = SB_ERROR_INIT;
	const struct sb_kind *indexed = NULL;
	sb_autojson *sharers = NULL;
	char name[520];
	size_t i;
	int rc = 0;

	for (i = 0; !rc && i < run->diff->plan.n; i++) {
		const struct sb_op *op = &run->diff->plan.ops[i];
		const struct sb_kind_field *role = sb_kind_sharing(op->kind);
		sb_autojson *set = NULL;

		if (op->verb != SB_UPDATE || !role || !sb_op_has(op, SB_OP_CLAIMS))
			continue;
		set = sb_op_get(op, SB_OP_SET);
		format_role(op->key, name, sizeof(name));
		if (!json_is_null(json_object_get(set, role->name)) ||
		    sb_table_get(run->snap->blocked, name))
			continue;
		if (indexed != op->kind) {
			json_decref(sharers);
			sharers = json_object();
			indexed = op->kind;
			rc = index_sharers(sb_snapshot_list(run->snap, indexed->name), sharers);
		}
		if (rc < 0 || !has_sharer(run, op, sharers))
			continue;
		sb_fail(&why, SB_E_STATE, "another object keeps the same address");
		run->diff->once_more = true;
		rc = sb_reason_put(run->snap->blocked, name, &why);
	}
	return rc;
}

int sb_block_find(struct sb_run *run)
{
	struct sb_table *holders = sb_table_create();
	bool found = true;
	int rc = holders ? index_holders(run, holders) : SB_E_NOMEM;

	while (!rc && found && sb_table_count(holders))
		rc = find_blocked_ops(run, holders, &found);
	sb_table_destroy(holders);
	return rc ? rc : find_needed_roles(run);
}

void sb_block_apply(struct sb_pass *pass, struct sb_want *want, bool has_row)
{
	const char *reason = sb_table_get(pass->run->snap->blocked, want->key);
	const struct sb_kind_field *field, *role = sb_kind_sharing(pass->kind);
	struct sb_error why;
	char name[520];
	size_t i;

	format_role(want->key, name, sizeof(name));
	if (role && sb_table_get(pass->run->snap->blocked, name))
		json_object_del(want->fields, role->name);
	if (!reason)
		return;
	sb_reason_get(reason, &why);
	if (!has_row) {
		sb_want_leave(want, &why);
		return;
	}
	sb_run_partial_object(pass->run, pass->at, SB_EFFECT_PARTIAL, want->key, &why);
	for (i = 0; pass->kind->natural[i]; i++) {
		field = sb_kind_field(pass->kind, pass->kind->natural[i]);
		if (field->type != SB_FIELD_REF)
			json_object_del(want->fields, field->name);
	}
}
