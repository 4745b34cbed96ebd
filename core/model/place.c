/* SPDX-License-Identifier: Apache-2.0 */
/* The order of ops that move objects to another site or cluster. */
#include "model/place.h"

#include <stdlib.h>
#include <string.h>

#include "stagebox/json.h"

/* An op has one part in a move between places that NetBox compares. */
enum role {
	ROLE_NONE,
	ROLE_CLEAR,  /* a home leaves its place */
	ROLE_SETTLE, /* a home gets its place */
	ROLE_MOVE,   /* an object whose place NetBox compares with that of its home moves */
	ROLE_FOLLOW, /* an object that NetBox puts where its home is */
};

/* The kind of the homes of these objects, or NULL. */
static const char *home_of(const struct sb_kind *kind)
{
	const struct sb_kind_field *field = sb_kind_trait(kind, SB_TRAIT_HOME);

	return field ? field->kind : NULL;
}

/* The kinds in which objects of a plan have their home. */
struct homes {
	const char **names;
	size_t n;
};

static bool is_home(const struct homes *homes, const char *kind)
{
	size_t i;

	for (i = 0; i < homes->n; i++)
		if (sb_streq(homes->names[i], kind))
			return true;
	return false;
}

/* Often many ops of one kind follow each other; there are few kinds of homes. */
static int find_homes(const struct sb_plan *plan, struct homes *ret_homes)
{
	const struct sb_kind *last = NULL;
	size_t i;

	for (i = 0; i < plan->n; i++) {
		const char *home = plan->ops[i].kind == last ? NULL : home_of(plan->ops[i].kind);
		const char **grown;

		last = plan->ops[i].kind;
		if (!home || is_home(ret_homes, home))
			continue;
		grown = realloc(ret_homes->names, (ret_homes->n + 1) * sizeof(*grown));
		if (!grown)
			return SB_E_NOMEM;
		ret_homes->names = grown;
		grown[ret_homes->n++] = home;
	}
	return 0;
}

/* True when the op writes the field with the trait; *ret_is_empty: it clears the field. */
static bool writes_trait(const struct sb_op *op, unsigned trait, bool *ret_is_empty)
{
	const struct sb_kind_field *field = sb_kind_trait(op->kind, trait);
	sb_autojson *set = field ? sb_op_get(op, SB_OP_SET) : NULL;
	const json_t *value = field ? json_object_get(set, field->name) : NULL;

	*ret_is_empty = sb_value_empty(value);
	return value != NULL;
}

/* NetBox fills an empty place that is inherited: such an object follows its home. */
static bool has_own_place(const struct sb_kind *kind)
{
	const struct sb_kind_field *place = sb_kind_trait(kind, SB_TRAIT_PLACE);

	return place && !place->inherits;
}

static enum role role_of(const struct sb_op *op, bool is_kind_home)
{
	bool is_empty;

	if (op->verb == SB_DELETE)
		return ROLE_NONE;
	if (is_kind_home)
		return op->verb != SB_UPDATE || !writes_trait(op, SB_TRAIT_PLACE, &is_empty)
			       ? ROLE_NONE
		       : is_empty ? ROLE_CLEAR
				  : ROLE_SETTLE;
	if (!home_of(op->kind))
		return ROLE_NONE;
	if (!has_own_place(op->kind))
		return ROLE_FOLLOW;
	return writes_trait(op, SB_TRAIT_PLACE, &is_empty) ||
			       writes_trait(op, SB_TRAIT_HOME, &is_empty)
		       ? ROLE_MOVE
		       : ROLE_NONE;
}

static int append_op(struct sb_places_ops *ops, size_t op)
{
	size_t *grown = realloc(ops->list, (ops->n + 1) * sizeof(*grown));

	if (!grown)
		return SB_E_NOMEM;
	ops->list = grown;
	grown[ops->n++] = op;
	return 0;
}

/* Remember an op for which others wait. Nothing waits for a create: its object is referred to. */
static int note_role(struct sb_places *places, size_t op, enum role role)
{
	switch (role) {
	case ROLE_CLEAR: return append_op(&places->clear, op);
	case ROLE_SETTLE: return append_op(&places->settle, op);
	case ROLE_MOVE:
		return places->plan->ops[op].verb == SB_UPDATE ? append_op(&places->move, op) : 0;
	default: return 0;
	}
}

int sb_places_find(const struct sb_plan *plan, struct sb_places *ret_places)
{
	struct sb_places places = {.plan = plan};
	struct homes homes = {0};
	size_t i;
	int rc = find_homes(plan, &homes);

	places.roles = calloc(plan->n + 1, sizeof(*places.roles));
	if (!places.roles)
		rc = SB_E_NOMEM;
	for (i = 0; !rc && i < plan->n; i++) {
		const struct sb_op *op = &plan->ops[i];

		places.roles[i] = (unsigned char)role_of(op, is_home(&homes, op->kind->name));
		rc = note_role(&places, i, places.roles[i]);
	}
	free(homes.names);
	*ret_places = places;
	return rc;
}

void sb_places_finish(struct sb_places *places)
{
	free(places->roles);
	free(places->clear.list);
	free(places->settle.list);
	free(places->move.list);
}

static size_t all_ops(const struct sb_places_ops *ops, const size_t **ret_before)
{
	*ret_before = ops->list;
	return ops->n;
}

size_t sb_places_before(const struct sb_places *places, size_t op, const size_t **ret_before)
{
	switch ((enum role)places->roles[op]) {
	case ROLE_MOVE: return all_ops(&places->clear, ret_before);
	case ROLE_SETTLE: return all_ops(&places->move, ret_before);
	case ROLE_FOLLOW:
		/* A home gets its place after all objects that move, so it stands for them. */
		return all_ops(places->settle.n ? &places->settle : &places->move, ret_before);
	default: return 0;
	}
}

/* Insert the op that clears the place before the one that sets it. */
static int clear_first(struct sb_plan *plan, size_t member)
{
	struct sb_op *op = &plan->ops[member], moved;
	const char *place = sb_kind_trait(op->kind, SB_TRAIT_PLACE)->name;
	json_t *was = sb_op_edit(op) == 0
			      ? json_pack("{s:O*}", place, json_object_get(op->was, place))
			      : NULL;
	int64_t target = op->target;
	int account = op->account;

	if (!was || json_object_set_new(op->was, place, json_null()) < 0 ||
	    !sb_plan_add(plan, op->kind, SB_UPDATE, op->key, op->stage,
			 "temporary: its nodes move to another site first",
			 json_pack("{s:n}", place), was))
		return SB_E_NOMEM;
	moved = plan->ops[plan->n - 1];
	moved.target = target;
	moved.account = account;
	memmove(&plan->ops[member + 1], &plan->ops[member], (plan->n - 1 - member) * sizeof(moved));
	plan->ops[member] = moved;
	return 0;
}

static bool was_placed(const struct sb_op *op)
{
	sb_autojson *was = sb_op_get(op, SB_OP_WAS);

	return !sb_value_empty(json_object_get(was, sb_kind_trait(op->kind, SB_TRAIT_PLACE)->name));
}

int sb_places_split(struct sb_plan *plan)
{
	struct sb_places places SB_CLEANUP(sb_places_finish) = {0};
	int rc = sb_places_find(plan, &places);
	size_t i;

	/* The last one first, because an insertion moves the ops behind it. */
	for (i = places.move.n ? places.settle.n : 0; !rc && i-- > 0;)
		if (was_placed(&plan->ops[places.settle.list[i]]))
			rc = clear_first(plan, places.settle.list[i]);
	return rc;
}
