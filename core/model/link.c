/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the ops that each op of a plan needs before it may be sent. */
#include "model/place.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/table.h"
#include "stagebox/json.h"

/* Positions by key and by freed token, as texts of numbers. */
struct linker {
	struct sb_plan *plan;
	struct sb_table *last;   /* key -> position of its latest op so far */
	struct sb_table *before; /* of keys with several ops, all but the latest: "<key>\x1f<stage>"
				    -> position; "<key>" -> that of the op that gave it its key */
	struct sb_table *created; /* key -> position of its create */
	struct sb_table *freed;   /* token -> position of the op that frees it */
	const struct sb_places *places;
};

static int add_need(struct sb_plan *plan, size_t op, size_t needed)
{
	struct sb_op *first = &plan->ops[needed & ~SB_OP_AFTER];
	size_t *blocks, room;

	if (op == (needed & ~SB_OP_AFTER))
		return 0;
	/* The needs of one op are added consecutively, so the last entry shows a duplicate. */
	if (first->n_blocks && (first->blocks[first->n_blocks - 1] & ~SB_OP_AFTER) == op)
		return 0;
	if (first->n_blocks == first->room_blocks) {
		room = first->room_blocks ? 2 * first->room_blocks : 4;
		blocks = realloc(first->blocks, room * sizeof(*blocks));
		if (!blocks)
			return SB_E_NOMEM;
		first->blocks = blocks;
		first->room_blocks = room;
	}
	first->blocks[first->n_blocks++] = op | (needed & SB_OP_AFTER);
	plan->ops[op].n_needs++;
	return 0;
}

static int put_position(struct sb_table *table, const char *key, size_t position,
			int (*put)(struct sb_table *table, const char *key, const char *text))
{
	char text[24];

	snprintf(text, sizeof(text), "%zu", position);
	return put(table, key, text);
}

/* The position of an op by its key, which the plan keeps. */
static int put_op(struct sb_table *table, const struct sb_plan *plan, size_t position)
{
	return put_position(table, plan->ops[position].key, position, sb_table_put_kept);
}

static int need_from(struct linker *linker, const struct sb_table *table, const char *key,
		     size_t op)
{
	const char *text = sb_table_get(table, key);

	return text ? add_need(linker->plan, op, strtoul(text, NULL, 10)) : 0;
}

struct needy {
	struct linker *linker;
	size_t op;
};

static int need_created(void *arg, const char *key)
{
	const struct needy *needy = arg;

	return need_from(needy->linker, needy->linker->created, key, needy->op);
}

static int index_ops(struct linker *linker)
{
	struct sb_plan *plan = linker->plan;
	const json_t *token;
	size_t i, j;
	int rc = 0;

	for (i = 0; !rc && i < plan->n; i++) {
		sb_autojson *frees = sb_op_get(&plan->ops[i], SB_OP_FREES);

		plan->ops[i].n_needs = plan->ops[i].n_blocks = 0;
		plan->ops[i].seq = i;
		if (plan->ops[i].verb == SB_CREATE)
			rc = put_op(linker->created, plan, i);
		json_array_foreach (frees, j, token) {
			if (!rc)
				rc = put_position(linker->freed, json_string_value(token), i,
						  sb_table_put);
		}
	}
	return rc;
}

/* An op waits for those that must be over before NetBox accepts its site or cluster. It is sent
 * also when one of them failed, because then NetBox decides. */
static int need_places(struct linker *linker, size_t i)
{
	const size_t *before;
	size_t n = linker->places ? sb_places_before(linker->places, i, &before) : 0, j;
	int rc = 0;

	for (j = 0; !rc && j < n; j++)
		rc = add_need(linker->plan, i, before[j] | SB_OP_AFTER);
	return rc;
}

/* Does the op create its object, or give it the key by which the later ops know it? */
static bool gives_key(const struct sb_op *op)
{
	sb_autojson *set = op->verb == SB_UPDATE ? sb_op_get(op, SB_OP_SET) : NULL;

	return op->verb == SB_CREATE || json_object_get(set, "stagebox_key");
}

/* Note an op that is not the latest one of its key any more. */
static int note_before(struct linker *linker, const struct sb_op *op, size_t position)
{
	sb_autobuf name = SB_BUF_INIT(2048);
	int rc;

	sb_buf_addf(&name, "%s\x1f%s", op->key, op->stage);
	rc = name.failed ? SB_E_NOMEM
			 : put_position(linker->before, sb_buf_str(&name), position, sb_table_put);
	return !rc && gives_key(op) ? put_op(linker->before, linker->plan, position) : rc;
}

/* An update of another stage: a value of one stage that NetBox refuses must not cost the values of
 * the other, so only the end of its op counts. */
static int need_strangers(struct linker *linker, const struct sb_op *op, size_t i, size_t previous)
{
	sb_autobuf name = SB_BUF_INIT(2048);
	int rc = need_from(linker, linker->before, op->key, i);

	sb_buf_addf(&name, "%s\x1f%s", op->key, op->stage);
	if (!rc)
		rc = name.failed ? SB_E_NOMEM
				 : need_from(linker, linker->before, sb_buf_str(&name), i);
	return rc ? rc : add_need(linker->plan, i, previous | SB_OP_AFTER);
}

/* Does the op change an object that is there, in NetBox or at the source? */
static bool changes_object(const struct sb_op *op)
{
	return op->verb == SB_UPDATE || op->verb == SB_ACT;
}

/* The ops of one object keep their order. */
static int need_earlier(struct linker *linker, size_t i)
{
	const struct sb_op *op = &linker->plan->ops[i], *previous;
	const char *text = sb_table_get(linker->last, op->key);
	size_t at;
	int rc;

	if (!text)
		return put_op(linker->last, linker->plan, i);
	at = strtoul(text, NULL, 10);
	previous = &linker->plan->ops[at];
	rc = note_before(linker, previous, at);
	if (!rc && changes_object(op) && changes_object(previous) &&
	    !sb_streq(op->stage, previous->stage))
		rc = need_strangers(linker, op, i, at);
	else if (!rc)
		rc = add_need(linker->plan, i, at);
	return rc ? rc : put_op(linker->last, linker->plan, i);
}

static int link_op(struct linker *linker, size_t i)
{
	struct sb_op *op = &linker->plan->ops[i];
	sb_autojson *claims = sb_op_get(op, SB_OP_CLAIMS);
	struct needy needy = {linker, i};
	const json_t *token;
	size_t j;
	int rc;

	rc = need_earlier(linker, i);
	if (!rc && op->target_ref)
		rc = need_from(linker, linker->created, op->target_ref, i);
	if (!rc)
		rc = sb_op_refs(op, need_created, &needy);
	json_array_foreach (claims, j, token) {
		if (!rc)
			rc = need_from(linker, linker->freed, json_string_value(token), i);
	}
	return rc < 0 ? rc : need_places(linker, i);
}

/* Is a token about the unique name of the op's own kind? */
static bool is_own_token(const struct sb_op *op, const json_t *token)
{
	size_t len = strlen(op->kind->name);
	const char *text = json_string_value(token);

	return strncmp(text, op->kind->name, len) == 0 && text[len] == '|';
}

/* Can a temporary name break the ring that this op is part of? */
static bool can_break(const struct sb_op *op)
{
	sb_autojson *frees = sb_op_get(op, SB_OP_FREES), *set = NULL;
	const json_t *token;
	bool own = false;
	size_t i;

	if (op->verb != SB_UPDATE || !sb_op_has(op, SB_OP_CLAIMS))
		return false;
	json_array_foreach (frees, i, token)
		own = own || is_own_token(op, token);
	if (own)
		set = sb_op_get(op, SB_OP_SET);
	return json_object_get(set, "name") != NULL;
}

/* Walks from the ready ops to the ops that need them: an op that is never reached is in or behind a
 * ring. Returns the position of such an op that a temporary name can free, or plan->n when there is
 * no ring. */
static size_t find_ring_member(const struct sb_plan *plan, struct sb_error *err)
{
	size_t *open = calloc(plan->n + 1, sizeof(*open));
	size_t *queue = calloc(plan->n + 1, sizeof(*queue));
	size_t head = 0, tail = 0, i, j, found = plan->n;

	if (!open || !queue) {
		sb_fail(err, SB_E_NOMEM, "ordering the plan: out of memory");
		goto out;
	}
	for (i = 0; i < plan->n; i++) {
		open[i] = plan->ops[i].n_needs;
		if (!open[i])
			queue[tail++] = i;
	}
	while (head < tail) {
		const struct sb_op *op = &plan->ops[queue[head++]];

		for (j = 0; j < op->n_blocks; j++) {
			size_t next = op->blocks[j] & ~SB_OP_AFTER;

			if (--open[next] == 0)
				queue[tail++] = next;
		}
	}
	for (i = 0; i < plan->n && found == plan->n; i++) {
		if (open[i] && can_break(&plan->ops[i]))
			found = i;
	}
	if (found == plan->n && tail < plan->n)
		sb_fail(err, SB_E_STATE, "ordering the plan: ops wait for each other in a ring");
out:
	free(open);
	free(queue);
	return found;
}

/* Move the tokens of the op's own kind (its name) from the op to a list of their own. */
static json_t *take_own_tokens(struct sb_op *op)
{
	json_t *own = json_array();
	size_t i = 0;

	while (own && i < json_array_size(op->frees)) {
		json_t *token = json_array_get(op->frees, i);

		if (!is_own_token(op, token)) {
			i++;
			continue;
		}
		json_array_append(own, token);
		json_array_remove(op->frees, i);
	}
	return own;
}

/* Give the ring's member a temporary name first, which frees its old one. */
static int break_ring(struct sb_plan *plan, size_t member, struct sb_error *err)
{
	struct sb_op *op = &plan->ops[member];
	json_t *frees = sb_op_edit(op) == 0 ? take_own_tokens(op) : NULL;
	json_t *was = json_pack("{s:O*}", "name", json_object_get(op->was, "name"));
	json_t *name = sb_plan_temporary_name(op->target);
	int account = op->account;
	int64_t target = op->target;
	struct sb_op moved;

	if (!op->was)
		op->was = json_object();
	json_object_set(op->was, "name", name);
	if (!frees || !sb_plan_add(plan, op->kind, SB_UPDATE, op->key, op->stage,
				   "temporary name: two objects swap theirs",
				   json_pack("{s:o}", "name", name), was)) {
		json_decref(frees);
		return sb_fail(err, SB_E_NOMEM, "ordering the plan: out of memory");
	}
	/* Before the member, so that the order of one key's ops holds. */
	moved = plan->ops[plan->n - 1];
	moved.target = target;
	moved.account = account;
	moved.frees = frees;
	memmove(&plan->ops[member + 1], &plan->ops[member], (plan->n - 1 - member) * sizeof(moved));
	plan->ops[member] = moved;
	return 0;
}

static int link_all(struct sb_plan *plan, bool has_places)
{
	struct sb_places places SB_CLEANUP(sb_places_finish) = {0};
	struct linker linker = {.plan = plan,
				.last = sb_table_create(),
				.before = sb_table_create(),
				.created = sb_table_create(),
				.freed = sb_table_create(),
				.places = has_places ? &places : NULL};
	int rc = linker.last && linker.before && linker.created && linker.freed ? 0 : SB_E_NOMEM;
	size_t i;

	if (!rc)
		rc = index_ops(&linker);
	if (!rc)
		rc = sb_places_find(plan, &places);
	for (i = 0; !rc && i < plan->n; i++)
		rc = link_op(&linker, i);
	sb_table_destroy(linker.last);
	sb_table_destroy(linker.before);
	sb_table_destroy(linker.created);
	sb_table_destroy(linker.freed);
	return rc;
}

int sb_plan_link(struct sb_plan *plan, struct sb_error *err)
{
	struct sb_error ring = SB_ERROR_INIT;
	bool has_places = true;
	size_t member, i;
	int rc = sb_places_split(plan);

	if (rc < 0)
		return sb_fail(err, SB_E_NOMEM, "ordering the plan: out of memory");
	for (;;) {
		if (link_all(plan, has_places) < 0)
			return sb_fail(err, SB_E_NOMEM, "ordering the plan: out of memory");
		member = find_ring_member(plan, &ring);
		if (ring.code == SB_E_STATE && has_places) {
			ring = (struct sb_error)SB_ERROR_INIT;
			has_places = false;
			continue;
		}
		if (ring.code) {
			if (err)
				*err = ring;
			return ring.code;
		}
		if (member == plan->n)
			break;
		rc = break_ring(plan, member, err);
		if (rc < 0)
			return rc;
	}
	for (i = 0; i < plan->n; i++)
		plan->ops[i].state = plan->ops[i].n_needs ? SB_OP_WAITING : SB_OP_READY;
	return 0;
}

int sb_plan_need(struct sb_plan *plan, size_t op, size_t needed)
{
	int rc = add_need(plan, op, needed);

	if (plan->ops[op].n_needs)
		plan->ops[op].state = SB_OP_WAITING;
	return rc;
}
