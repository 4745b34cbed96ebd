/* SPDX-License-Identifier: Apache-2.0 */
/* Names and addresses that an object keeps which does not change in this run. */
#include "diff/block.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "diff/yield.h"
#include "stagebox/json.h"

/* Index the natural keys of NetBox's rows of a kind: token -> key. */
static int index_rows(const struct sb_nb_list *list, struct sb_table *holders)
{
	sb_autobuf token = SB_BUF_INIT(1200);
	size_t i;
	int rc = 0;

	for (i = 0; !rc && i < sb_table_count(list->rows); i++) {
		sb_autojson *row = json_loads(sb_table_text_at(list->rows, i), 0, NULL);
		sb_autofree char *natural = row ? sb_natural_text(list->kind, row) : NULL;

		/* NetBox allows duplicate addresses with a role. */
		if (!natural || json_is_string(json_object_get(row, "role")))
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
	sb_autojson *claims = sb_op_get(op, SB_OP_CLAIMS), *set = NULL;
	struct sb_error why;
	const json_t *token;
	size_t i;

	json_array_foreach (claims, i, token) {
		const char *holder = sb_table_get(holders, json_string_value(token));

		if (!holder || sb_streq(holder, op->key) ||
		    sb_table_get(freed, json_string_value(token)) ||
		    sb_table_get(run->snap->blocked, op->key) || sb_yield_ask(run, holder))
			continue;
		set = sb_op_get(op, SB_OP_SET);
		if (json_is_string(json_object_get(set, "role")))
			return 0;
		sb_fail(&why, SB_E_STATE,
			"%s: its name or address is still used by %s, which is not changing in "
			"this run; rename or delete one of the two",
			op->key, holder);
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

int sb_block_find(struct sb_run *run)
{
	struct sb_table *holders = sb_table_create();
	bool found = true;
	int rc = holders ? index_holders(run, holders) : SB_E_NOMEM;

	while (!rc && found && sb_table_count(holders))
		rc = find_blocked_ops(run, holders, &found);
	sb_table_destroy(holders);
	return rc;
}

void sb_block_apply(struct sb_pass *pass, struct sb_want *want, bool has_row)
{
	const char *reason = sb_table_get(pass->run->snap->blocked, want->key);
	const struct sb_kind_field *field;
	struct sb_error why;
	size_t i;

	if (!reason)
		return;
	sb_reason_get(reason, &why);
	if (!has_row) {
		sb_want_leave(want, &why);
		return;
	}
	sb_run_partial(pass->run, pass->run->current, &why);
	for (i = 0; pass->kind->natural[i]; i++) {
		field = sb_kind_field(pass->kind, pass->kind->natural[i]);
		if (field->type != SB_FIELD_REF)
			json_object_del(want->fields, field->name);
	}
}
