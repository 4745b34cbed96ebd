/* SPDX-License-Identifier: Apache-2.0 */
#include "apply/action.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apply/op_state.h"
#include "run/grant.h"
#include "stagebox/json.h"
#include "stagebox/log.h"

enum { MAX_RUNNING = 4 }; /* of different objects */

static bool has_actions(const struct sb_plan *plan)
{
	size_t i;

	for (i = 0; i < plan->n; i++)
		if (plan->ops[i].verb == SB_ACT)
			return true;
	return false;
}

/* The name of an op of the document in what is known of earlier runs. */
static const char *op_name(size_t seq, char text[24])
{
	snprintf(text, 24, "%zu", seq);
	return text;
}

/* A call of an earlier run has its outcome now. */
static void on_settled(void *arg, const struct sb_call *call)
{
	struct sb_actions *actions = arg;
	json_t *known, *row;
	char op[24];

	if (call->outcome == SB_CALL_UNKNOWN)
		json_object_set_new(actions->lanes, call->key, json_string(call->why.text));
	else
		json_object_del(actions->lanes, call->key);
	if (!sb_streq(call->document, actions->document))
		return;
	known = json_object_get(actions->known, op_name(call->op, op));
	row = json_array_get(json_object_get(known, "calls"), call->n - 1);
	json_object_set_new(row, "outcome", json_string(sb_call_word(call->outcome)));
	if (call->task)
		json_object_set_new(row, "task", json_string(call->task));
	if (call->exit)
		json_object_set_new(row, "exit", json_string(call->exit));
}

/* Look for a call that an earlier run began and whose outcome it did not learn. */
static int resume_call(struct sb_actions *actions, const json_t *row, struct sb_error *err)
{
	const char *document = sb_json_str(row, "document"), *key = sb_json_str(row, "key");
	const char *name = sb_json_str(row, "call"), *node = sb_json_str(row, "node");
	size_t op = (size_t)json_integer_value(json_object_get(row, "op"));
	size_t n = (size_t)json_integer_value(json_object_get(row, "n"));
	struct sb_call *call;

	if (!document || !key || !name || !node)
		return sb_fail(err, SB_E_SHAPE, "task: an open call lacks a member");
	call = sb_call_create(&actions->calls, document, op, n, key, name, node, err);
	if (!call)
		return sb_context(err, SB_E_STATE, "the journal has a call that no action sends");
	call->done = on_settled;
	call->arg = actions;
	json_object_set_new(actions->lanes, key, json_true());
	sb_log(SB_LOG_INFO,
	       "the outcome of \"%s\" of \"%s\", which an earlier run began, is looked for", name,
	       key);
	return sb_call_resume(call, json_integer_value(json_object_get(row, "begun")),
			      sb_json_str(row, "task"), json_object_get(row, "older"));
}

/* Take what earlier runs did for this document, by op; and the tasks that lost calls did not begin.
 */
static int take_known(struct sb_actions *actions, const struct sb_write_grant *grant)
{
	const json_t *row, *task;
	size_t i;

	json_array_foreach (grant->known, i, row) {
		char op[24];

		op_name((size_t)json_integer_value(json_object_get(row, "op")), op);
		if (json_object_set_new(actions->known, op, json_deep_copy(row)) < 0)
			return SB_E_NOMEM;
	}
	json_array_foreach (grant->tasks, i, task)
		if (json_object_set_new(actions->tasks, json_string_value(task), json_true()) < 0)
			return SB_E_NOMEM;
	return 0;
}

int sb_actions_begin(struct sb_apply *apply, struct sb_error *err)
{
	const struct sb_write_grant *grant = apply->run->grant;
	struct sb_actions *actions;
	const json_t *row;
	size_t i;
	int rc;

	if (!has_actions(apply->plan))
		return 0;
	if (!grant)
		return sb_fail(err, SB_E_REFUSED,
			       "the plan has actions on Proxmox VE, which this run may not do");
	actions = apply->actions = calloc(1, sizeof(*actions));
	if (!actions)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	*actions = (struct sb_actions){.apply = apply,
				       .document = grant->document,
				       .writer = &sb_writer,
				       .known = json_object(),
				       .lanes = json_object(),
				       .tasks = json_object()};
	actions->calls = (struct sb_calls){.apply = apply,
					   .user = grant->user,
					   .tasks = actions->tasks,
					   .settle_ms = grant->settle_ms};
	rc = take_known(actions, grant);
	json_array_foreach (grant->open, i, row)
		rc = rc ? rc : resume_call(actions, row, err);
	return rc == SB_E_NOMEM ? sb_fail(err, rc, "out of memory") : rc;
}

void sb_actions_finish(struct sb_apply *apply)
{
	struct sb_actions *actions = apply->actions;
	struct sb_op_run *op_run;
	struct sb_call *call;

	if (!actions)
		return;
	while ((op_run = actions->running) != NULL || (op_run = actions->ended) != NULL) {
		struct sb_op_run **list =
			op_run == actions->running ? &actions->running : &actions->ended;

		*list = op_run->next;
		sb_op_run_destroy(op_run);
	}
	while ((call = actions->calls.first) != NULL) {
		actions->calls.first = call->next;
		sb_call_destroy(call);
	}
	json_decref(actions->known);
	json_decref(actions->lanes);
	json_decref(actions->tasks);
	free(actions->ready);
	free(actions);
	apply->actions = NULL;
}

int sb_actions_put(struct sb_apply *apply, size_t op)
{
	struct sb_actions *actions = apply->actions;
	size_t *ready, room;

	if (actions->n == actions->room) {
		room = actions->room ? 2 * actions->room : 32;
		ready = realloc(actions->ready, room * sizeof(*ready));
		if (!ready)
			return SB_E_NOMEM;
		actions->ready = ready;
		actions->room = room;
	}
	actions->ready[actions->n++] = op;
	return 0;
}

static int create_op_run(struct sb_actions *actions, size_t position, struct sb_op_run **ret_op_run)
{
	const struct sb_op *op = &actions->apply->plan->ops[position];
	const json_t *known;
	struct sb_op_run *op_run = calloc(1, sizeof(*op_run));
	char name[24];

	if (!op_run)
		return SB_E_NOMEM;
	known = json_object_get(actions->known, op_name(op->seq, name));
	*op_run = (struct sb_op_run){.actions = actions, .position = position, .seq = op->seq};
	op_run->notes = json_deep_copy(json_object_get(known, "notes"));
	op_run->calls = json_deep_copy(json_object_get(known, "calls"));
	op_run->notes = op_run->notes ? op_run->notes : json_object();
	op_run->calls = op_run->calls ? op_run->calls : json_array();
	op_run->n_calls = json_array_size(op_run->calls);
	*ret_op_run = op_run;
	return 0;
}

static bool is_same_action(const json_t *known, const struct sb_op *op)
{
	const char *key = sb_json_str(known, "key"), *verb = sb_json_str(known, "verb");

	return key && verb && sb_streq(key, op->key) && sb_streq(verb, op->action);
}

/* The newest request that another plan sent to the object since this plan was made; NULL = none. */
static const json_t *find_other_call(const struct sb_actions *actions, const char *top)
{
	const json_t *others = actions->apply->run->grant->others, *row, *found = NULL;
	char other[512];
	size_t i;

	json_array_foreach (others, i, row) {
		const char *key = sb_json_str(row, "key");

		sb_key_top(key ? key : "", other);
		if (sb_streq(other, top))
			found = row;
	}
	return found;
}

static void end_overtaken(struct sb_apply *apply, size_t position, const json_t *call)
{
	const char *name = sb_json_str(call, "call"), *document = sb_json_str(call, "document");
	char cause[300];

	snprintf(
		cause, sizeof(cause),
		"run %lld has sent \"%.32s\" to it for another plan (document %.16s...) since this "
		"one was made: plan again",
		(long long)json_integer_value(json_object_get(call, "run")), name ? name : "?",
		document ? document : "?");
	sb_apply_end(apply, position, SB_OP_SKIPPED, cause);
}

/* Begin a ready action, or end it when an earlier run has done it. */
static void begin_action(struct sb_actions *actions, size_t position, const char *top)
{
	struct sb_apply *apply = actions->apply;
	struct sb_op *op = &apply->plan->ops[position];
	struct sb_op_run *op_run;
	const json_t *known, *other;
	const char *state;
	char name[24];

	known = json_object_get(actions->known, op_name(op->seq, name));
	state = sb_json_str(known, "state");
	if (known && !is_same_action(known, op)) {
		sb_apply_end(apply, position, SB_OP_SKIPPED,
			     "the journal has another action at its place: make a new plan");
		return;
	}
	if (state && (sb_streq(state, "done") || sb_streq(state, "as-is"))) {
		sb_apply_end(apply, position, SB_OP_ALREADY,
			     "an earlier run of this plan has done it");
		return;
	}
	other = find_other_call(actions, top);
	if (other) {
		end_overtaken(apply, position, other);
		return;
	}
	if (sb_op_open(op) < 0 || create_op_run(actions, position, &op_run) < 0 ||
	    json_object_set_new(actions->lanes, top, json_true()) < 0) {
		apply->failed_rc = SB_E_NOMEM;
		return;
	}
	op->state = SB_OP_SENT;
	op_run->next = actions->running;
	actions->running = op_run;
	actions->n_running++;
	sb_op_run_start(op_run);
}

bool sb_actions_start(struct sb_apply *apply)
{
	struct sb_actions *actions = apply->actions;
	char top[512], cause[600];
	size_t i;

	if (!actions || actions->n_running >= MAX_RUNNING)
		return false;
	for (i = 0; i < actions->n; i++) {
		size_t position = actions->ready[i];
		const json_t *lane;

		sb_key_top(apply->plan->ops[position].key, top);
		lane = json_object_get(actions->lanes, top);
		if (json_is_true(lane) && apply->plan->ops[position].state == SB_OP_READY)
			continue;
		memmove(&actions->ready[i], &actions->ready[i + 1],
			(--actions->n - i) * sizeof(*actions->ready));
		if (apply->plan->ops[position].state != SB_OP_READY)
			return true; /* it ended while it waited */
		if (lane) {
			snprintf(cause, sizeof(cause), "an earlier request is open: %s",
				 json_string_value(lane));
			sb_apply_end(apply, position, SB_OP_SKIPPED, cause);
		} else {
			begin_action(actions, position, top);
		}
		return true;
	}
	return false;
}

int64_t sb_actions_tick(struct sb_apply *apply)
{
	return apply->actions ? sb_calls_tick(&apply->actions->calls) : 1000;
}

bool sb_actions_wait(const struct sb_apply *apply)
{
	return apply->actions && (apply->actions->n_running || apply->actions->calls.first);
}

void sb_actions_record(struct sb_apply *apply, const struct sb_op_run *op_run)
{
	const struct sb_op *op = &apply->plan->ops[op_run->position];
	json_t *all = apply->run->acted, *list = json_object_get(all, op->stage);

	if (!list) {
		list = json_array();
		json_object_set_new(all, op->stage, list);
	}
	json_array_append_new(
		list, json_pack("{s:s, s:s, s:s, s:s, s:O}", "key", op->key, "verb", op->action,
				"state", sb_op_run_word(op_run), "words",
				op_run->cause ? op_run->cause : "", "calls", op_run->calls));
}
