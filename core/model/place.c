/* SPDX-License-Identifier: Apache-2.0 */
/* The order of ops that move objects to another site or cluster. */
#include "model/place.h"

#include <stdlib.h>
#include <string.h>

#include "stagebox/json.h"

static bool is_kind(const struct sb_op *op, const char *kind)
{
	return sb_streq(op->kind->name, kind);
}

/* True when the op writes a field; *ret_is_empty: it clears the field. */
static bool writes_field(const struct sb_op *op, const char *field, bool *ret_is_empty)
{
	sb_autojson *set = sb_op_get(op, SB_OP_SET);
	const json_t *value = json_object_get(set, field);

	*ret_is_empty = sb_value_empty(value);
	return value != NULL;
}

static bool moves_device(const struct sb_op *op)
{
	bool is_empty;

	return op->verb != SB_DELETE && is_kind(op, "device") &&
	       (writes_field(op, "site", &is_empty) || writes_field(op, "cluster", &is_empty));
}

static bool moves_cluster(const struct sb_op *op, bool *ret_is_empty)
{
	return op->verb == SB_UPDATE && is_kind(op, "cluster") &&
	       writes_field(op, "scope", ret_is_empty);
}

int sb_places_find(const struct sb_plan *plan, struct sb_places *ret_places)
{
	struct sb_places places = {.clear = SIZE_MAX, .settle = SIZE_MAX, .plan = plan};
	bool is_empty;
	size_t i;

	places.devices = calloc(plan->n + 1, sizeof(*places.devices));
	if (!places.devices)
		return SB_E_NOMEM;
	for (i = 0; i < plan->n; i++) {
		if (moves_cluster(&plan->ops[i], &is_empty))
			*(is_empty ? &places.clear : &places.settle) = i;
		else if (moves_device(&plan->ops[i]) && plan->ops[i].verb == SB_UPDATE)
			places.devices[places.n_devices++] = i;
	}
	*ret_places = places;
	return 0;
}

void sb_places_finish(struct sb_places *places)
{
	free(places->devices);
}

static size_t one_op(const size_t *op, const size_t **ret_before)
{
	*ret_before = op;
	return *op != SIZE_MAX;
}

size_t sb_places_before(const struct sb_places *places, size_t op, const size_t **ret_before)
{
	const struct sb_op *this = &places->plan->ops[op];

	if (op != places->settle && moves_device(this))
		return one_op(&places->clear, ret_before);
	if (op != places->settle && !(is_kind(this, "vm") && this->verb != SB_DELETE))
		return 0;
	/* The cluster gets its site after all its devices, so it stands for them. */
	if (op != places->settle && places->settle != SIZE_MAX)
		return one_op(&places->settle, ret_before);
	*ret_before = places->devices;
	return places->n_devices;
}

/* Insert the op that clears the site before the one that sets it. */
static int clear_first(struct sb_plan *plan, size_t member)
{
	struct sb_op *op = &plan->ops[member], moved;
	json_t *was = sb_op_edit(op) == 0
			      ? json_pack("{s:O*}", "scope", json_object_get(op->was, "scope"))
			      : NULL;
	int64_t target = op->target;
	int account = op->account;

	if (!was || json_object_set_new(op->was, "scope", json_null()) < 0 ||
	    !sb_plan_add(plan, op->kind, SB_UPDATE, op->key, op->stage,
			 "temporary: its nodes move to another site first",
			 json_pack("{s:n}", "scope"), was))
		return SB_E_NOMEM;
	moved = plan->ops[plan->n - 1];
	moved.target = target;
	moved.account = account;
	memmove(&plan->ops[member + 1], &plan->ops[member], (plan->n - 1 - member) * sizeof(moved));
	plan->ops[member] = moved;
	return 0;
}

int sb_places_split(struct sb_plan *plan)
{
	struct sb_places places SB_CLEANUP(sb_places_finish) = {0};
	sb_autojson *was = NULL;
	int rc = sb_places_find(plan, &places);

	if (rc < 0 || places.settle == SIZE_MAX || !places.n_devices)
		return rc;
	was = sb_op_get(&plan->ops[places.settle], SB_OP_WAS);
	return sb_value_empty(json_object_get(was, "scope")) ? 0 : clear_first(plan, places.settle);
}
