/* SPDX-License-Identifier: Apache-2.0 */
/* The order of moves: NetBox refuses to move an address while another object refers to it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diff/elsewhere.h"
#include "diff/move.h"
#include "stagebox/json.h"

void sb_move_token(int64_t id, char ret_text[32])
{
	snprintf(ret_text, 32, "moved|%" PRId64, id);
}

/* An object that moves to another parent, in the pass over the finished plan. */
struct mover {
	const struct sb_kind *kind;
	int64_t id;
	const char *key; /* the new one */
	size_t seq;
};

static bool names_mover(const struct sb_kind_field *field, const json_t *value,
			const struct mover *mover)
{
	return field->type == SB_FIELD_REF && field->kind &&
	       sb_streq(field->kind, mover->kind->name) && json_integer_value(value) == mover->id;
}

/* An op that sets a reference to the object waits for its move. */
static int wait_for_move(struct sb_run *run, const struct mover *mover, const char *token)
{
	struct sb_plan *plan = &run->diff->plan;
	const struct sb_kind_field *field;
	size_t i;

	for (i = 0; i < plan->n; i++) {
		sb_autojson *set = i == mover->seq ? NULL : sb_op_get(&plan->ops[i], SB_OP_SET);

		for (field = plan->ops[i].kind->fields; set && field->name; field++) {
			if (names_mover(field, json_object_get(set, field->name), mover) &&
			    sb_op_add_claimed(&plan->ops[i], mover->kind, token) < 0)
				return SB_E_NOMEM;
		}
	}
	return 0;
}

/* Move an op before the first one of its key. */
static void move_to_front(struct sb_plan *plan, size_t at)
{
	struct sb_op op = plan->ops[at];
	size_t i = 0;

	while (!sb_streq(plan->ops[i].key, op.key))
		i++;
	memmove(&plan->ops[i + 1], &plan->ops[i], (at - i) * sizeof(op));
	plan->ops[i] = op;
}

/* Clear the reference of one object to a part that moves away from it. */
static int let_go(struct sb_run *run, const struct sb_kind *kind, const char *key,
		  const json_t *row, const struct sb_kind_field *field, const struct mover *mover)
{
	struct sb_plan *plan = &run->diff->plan;
	struct sb_op *op;
	char token[32];

	op = sb_plan_add(plan, kind, SB_UPDATE, key, plan->ops[mover->seq].stage,
			 "its address moves to another object", json_pack("{s:n}", field->name),
			 json_pack("{s:O}", field->name, json_object_get(row, field->name)));
	if (!op)
		return SB_E_NOMEM;
	op->target = json_integer_value(json_object_get(row, "id"));
	snprintf(token, sizeof(token), "held|%" PRId64, mover->id);
	if (sb_op_add_freed(op, mover->kind, token) < 0 ||
	    sb_op_add_claimed(&plan->ops[mover->seq], mover->kind, token) < 0)
		return SB_E_NOMEM;
	return 0;
}

/* The same for objects of other endpoints, which sb_elsewhere_find() has asked for. */
static int release_elsewhere(struct sb_run *run, const struct sb_kind *kind,
			     const struct sb_kind_field *field, const struct mover *mover)
{
	sb_autojson *rows = NULL;
	const json_t *row;
	char index[200];
	size_t i;
	int rc = 0;

	sb_elsewhere_index(kind, field->name, mover->id, index);
	rows = sb_table_get_json(run->snap->origins, index);
	json_array_foreach (rows, i, row) {
		const char *key = sb_json_str(row, "stagebox_key");

		if (rc >= 0 && key)
			rc = let_go(run, kind, key, row, field, mover);
	}
	return rc;
}

/* The objects of one kind that refer to the part and are not its new owner. */
static int release_holders(struct sb_run *run, const struct sb_nb_list *list,
			   const struct mover *mover)
{
	const struct sb_kind_field *field;
	size_t i, len;
	int rc = 0;

	for (field = list->kind->fields; field->name; field++) {
		if (field->type != SB_FIELD_REF || !field->kind ||
		    !sb_streq(field->kind, mover->kind->name))
			continue;
		if (rc >= 0)
			rc = release_elsewhere(run, list->kind, field, mover);
		for (i = 0; rc >= 0 && i < sb_table_count(list->rows); i++) {
			const char *key = sb_table_key_at(list->rows, i);
			sb_autojson *row = json_loads(sb_table_text_at(list->rows, i), 0, NULL);

			len = strlen(key);
			if (!names_mover(field, json_object_get(row, field->name), mover) ||
			    (strncmp(mover->key, key, len) == 0 && mover->key[len] == '/'))
				continue;
			rc = let_go(run, list->kind, key, row, field, mover);
		}
	}
	return rc < 0 ? rc : 0;
}

static int order_move(struct sb_run *run, const struct mover *mover)
{
	char token[32];
	size_t i;
	int rc;

	sb_move_token(mover->id, token);
	rc = wait_for_move(run, mover, token);
	for (i = 0; rc >= 0 && i < run->snap->n_lists; i++)
		rc = release_holders(run, &run->snap->lists[i], mover);
	return rc;
}

int sb_move_order(struct sb_run *run)
{
	struct sb_plan *plan = &run->diff->plan;
	size_t n = plan->n, i;
	char token[32];
	int rc = 0;

	for (i = 0; rc >= 0 && sb_table_count(run->diff->moved) && i < n; i++) {
		sb_autojson *set = NULL;
		struct mover mover = {plan->ops[i].kind, plan->ops[i].target, plan->ops[i].key, i};

		if (plan->ops[i].verb != SB_UPDATE ||
		    !sb_table_get(run->diff->moved, plan->ops[i].key))
			continue;
		set = sb_op_get(&plan->ops[i], SB_OP_SET);
		if (!json_object_get(set, "stagebox_key"))
			continue;
		sb_move_token(mover.id, token);
		rc = sb_op_add_freed(&plan->ops[i], mover.kind, token);
		if (rc >= 0 && json_object_get(set, mover.kind->parent_field))
			rc = order_move(run, &mover);
	}
	for (i = n; rc >= 0 && i < plan->n; i++)
		move_to_front(plan, i);
	return rc;
}
