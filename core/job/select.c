/* SPDX-License-Identifier: Apache-2.0 */
/* Restricting a plan to the ops that were selected. */
#include "job/select.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/journal.h"
#include "stagebox/json.h"
#include "stagebox/log.h"

static bool stage_is_selected(const struct sb_run *run, const char *name)
{
	size_t stage = sb_run_find_stage(run, name);

	return stage != SB_STAGE_SHARED && run->stages[stage].selected;
}

static bool is_below(const char *key, const char *target)
{
	size_t len = strlen(target);

	return strncmp(key, target, len) == 0 && (key[len] == '\0' || key[len] == '/');
}

static bool is_wanted(const struct sb_run *run, const struct sb_op *op, const char *target)
{
	const json_t *demand;

	if (op->kind->flags & SB_KIND_SHARED) {
		demand = json_object_get(run->diff->demands, op->key);
		return json_is_true(json_object_get(demand, "selected"));
	}
	return stage_is_selected(run, op->stage) && (!target || is_below(op->key, target));
}

struct search {
	const json_t *dropped;
	char *found; /* a key of a dropped create that the op refers to */
};

static int find_dropped(void *arg, const char *key)
{
	struct search *search = arg;

	if (!json_object_get(search->dropped, key))
		return 0;
	search->found = strdup(key);
	return search->found ? 1 : SB_E_NOMEM;
}

/* An entry of the journal is not written without the update that frees what it claims. */
static int find_update(const struct sb_op *op, struct search *search)
{
	sb_autojson *claims = sb_kind_is_journal(op->kind) ? sb_op_get(op, SB_OP_CLAIMS) : NULL;
	const json_t *token;
	size_t i;
	int rc = 0;

	json_array_foreach (claims, i, token)
		rc = rc ? rc : find_dropped(search, json_string_value(token));
	return rc;
}

/* Caller frees *ret_need, what a dropped op would make and the op depends on; NULL = none. */
static int needs_dropped(const struct sb_op *op, const json_t *dropped, char **ret_need)
{
	struct search search = {.dropped = dropped};
	int rc = op->target_ref ? find_dropped(&search, op->target_ref) : 0;

	if (!rc)
		rc = find_update(op, &search);
	if (!rc)
		rc = sb_op_refs(op, find_dropped, &search);
	*ret_need = search.found;
	return rc < 0 ? rc : 0;
}

/* Drop an op from the plan; sb_account_finish() counts its object. */
static int drop_op(struct sb_op *op, json_t *dropped, const char *cause)
{
	sb_autojson *frees = sb_op_get(op, SB_OP_FREES);
	const json_t *token;
	size_t i;

	if (op->verb == SB_CREATE && json_object_set_new(dropped, op->key, json_true()) < 0)
		return SB_E_NOMEM;
	json_array_foreach (frees, i, token)
		if (json_object_set_new(dropped, json_string_value(token), json_true()) < 0)
			return SB_E_NOMEM;
	sb_log(SB_LOG_DEBUG, "op dropped: key=%s verb=%s reason=\"%s\"", op->key, sb_op_word(op),
	       cause);
	op->state = SB_OP_SKIPPED;
	return 0;
}

static void note_unselected_need(struct sb_run *run, const struct sb_op *op, const char *need)
{
	size_t stage = sb_run_find_stage(run, op->stage);
	struct sb_error why;

	sb_fail(&why, SB_E_NOTFOUND, "it needs %s, which was not selected", need);
	if (stage != SB_STAGE_SHARED)
		sb_run_partial_object(run, stage, SB_EFFECT_SKIPPED, op->key, &why);
}

static int skip_dependants(struct sb_run *run, json_t *dropped)
{
	struct sb_plan *plan = &run->diff->plan;
	bool moved = json_object_size(dropped) > 0;
	char cause[400];
	size_t i;

	while (moved) {
		moved = false;
		for (i = 0; i < plan->n; i++) {
			struct sb_op *op = &plan->ops[i];
			sb_autofree char *need = NULL;

			if (op->state == SB_OP_SKIPPED)
				continue;
			if (needs_dropped(op, dropped, &need) < 0)
				return SB_E_NOMEM;
			if (!need)
				continue;
			snprintf(cause, sizeof(cause), "%s needs %s, which was not selected",
				 op->key, need);
			if (drop_op(op, dropped, cause) < 0)
				return SB_E_NOMEM;
			if (!sb_kind_is_journal(op->kind)) /* its update has a note of its own */
				note_unselected_need(run, op, need);
			moved = true;
		}
	}
	return 0;
}

/* Move the dropped ops out of the plan into diff->dropped, where they are counted. */
static int split_plan(struct sb_diff *diff)
{
	struct sb_plan *plan = &diff->plan, *dropped = &diff->dropped;
	struct sb_op *grown;
	size_t i, n = 0;

	for (i = 0; i < plan->n; i++)
		n += plan->ops[i].state == SB_OP_SKIPPED;
	if (!n)
		return 0;
	grown = realloc(dropped->ops, (dropped->n + n) * sizeof(*grown));
	if (!grown)
		return SB_E_NOMEM;
	dropped->ops = grown;
	dropped->room = dropped->n + n;
	n = 0;
	for (i = 0; i < plan->n; i++) {
		if (plan->ops[i].state == SB_OP_SKIPPED) {
			dropped->ops[dropped->n++] = plan->ops[i];
			continue;
		}
		plan->ops[n] = plan->ops[i];
		plan->ops[n].seq = n;
		n++;
	}
	plan->n = n;
	return 0;
}

typedef bool unwanted_fn(const struct sb_run *run, const struct sb_op *op, const void *arg);

/* Drop the ops that are not wanted, and skip those that depend on a dropped create. */
static int drop_unwanted(struct sb_run *run, unwanted_fn *is_unwanted, const void *arg,
			 const char *cause)
{
	struct sb_plan *plan = &run->diff->plan;
	sb_autojson *dropped = json_object();
	size_t i;
	int rc = dropped ? 0 : SB_E_NOMEM;

	for (i = 0; !rc && i < plan->n; i++) {
		if (is_unwanted(run, &plan->ops[i], arg))
			rc = drop_op(&plan->ops[i], dropped, cause);
	}
	if (!rc)
		rc = skip_dependants(run, dropped);
	return rc < 0 ? rc : split_plan(run->diff);
}

static bool is_unselected(const struct sb_run *run, const struct sb_op *op, const void *target)
{
	return !is_wanted(run, op, target);
}

int sb_select_ops(struct sb_run *run, const char *target)
{
	return drop_unwanted(run, is_unselected, target, "not selected");
}

static bool is_action(const struct sb_run *run, const struct sb_op *op, const void *arg)
{
	(void)run;
	(void)arg;
	return op->verb == SB_ACT;
}

int sb_select_no_actions(struct sb_run *run, const char *cause)
{
	return drop_unwanted(run, is_action, NULL, cause);
}
