/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of one action: its stage is called, begins a step, and is called with its result. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "apply/action.h"
#include "apply/before.h"
#include "apply/op_state.h"
#include "base/buf.h"
#include "base/text.h"
#include "run/callback.h"
#include "run/door.h"
#include "stagebox/json.h"

enum { MAX_NOTE = 8 << 10, MAX_NOTES = 32, MAX_NAME = 31, MAX_WORDS = 500, MAX_STEPS = 1000 };

static struct sb_op *op_of(const struct sb_op_run *op_run)
{
	return &op_run->actions->apply->plan->ops[op_run->position];
}

static struct sb_stage_run *stage_of(const struct sb_op_run *op_run)
{
	struct sb_run *run = op_run->actions->apply->run;

	return sb_run_stage(run, sb_run_find_stage(run, op_of(op_run)->stage));
}

static void release_values(struct sb_op_run *op_run)
{
	json_decref(op_run->notes);
	json_decref(op_run->calls);
	json_decref(op_run->noted);
	op_run->notes = op_run->calls = op_run->noted = NULL;
	free(op_run->cause);
	op_run->cause = NULL;
}

void sb_op_run_destroy(struct sb_op_run *op_run)
{
	release_values(op_run);
	sb_before_destroy(op_run->before);
	free(op_run);
}

const char *sb_op_run_word(const struct sb_op_run *op_run)
{
	switch (op_run->state) {
	case SB_OP_DONE: return "done";
	case SB_OP_ALREADY: return "as-is";
	case SB_OP_SKIPPED: return "refused";
	default: return "failed";
	}
}

static void set_end(struct sb_op_run *op_run, enum sb_op_state state, const char *cause)
{
	op_run->has_ended = true;
	op_run->state = state;
	free(op_run->cause);
	op_run->cause = strdup(sb_text_is_utf8(cause) ? cause : "its words are not UTF-8");
}

/* The action has ended: the journal, the plan, and the next action of its object. */
static void end_action(struct sb_op_run *op_run)
{
	struct sb_actions *actions = op_run->actions;
	struct sb_apply *apply = actions->apply;
	struct sb_io *io = sb_http_io(apply->run->http);
	struct sb_op_run **link = &actions->running;
	const char *key = op_of(op_run)->key;
	char top[512];

	sb_event_send(apply->events,
		      json_pack("{s:s, s:I, s:s, s:s}", "ev", "action_end", "op",
				(json_int_t)op_run->seq, "state", sb_op_run_word(op_run), "cause",
				op_run->cause ? op_run->cause : ""));
	while (*link != op_run)
		link = &(*link)->next;
	*link = op_run->next;
	actions->n_running--;
	stage_of(op_run)->ended_ms = io->ops->now_ms(io);
	sb_key_top(key, top);
	if (json_is_true(json_object_get(actions->lanes, top)))
		json_object_del(actions->lanes, top);
	sb_actions_record(apply, op_run);
	sb_apply_end(apply, op_run->position, op_run->state, op_run->cause);
	sb_apply_send_progress(apply, op_of(op_run));
	release_values(op_run);
	op_run->next = actions->ended;
	actions->ended = op_run;
}

/* Code of the module has run: rc is what it returned. */
static void after_callback(struct sb_op_run *op_run, int rc, const char *name, struct sb_error *err)
{
	struct sb_stage_run *stage = stage_of(op_run);

	sb_callback_end(stage);
	op_run->in_callback = false;
	rc = sb_door_result(rc, name, err);
	if (rc < 0 && op_run->step != SB_STEP_NONE)
		sb_op_run_abandon(op_run, err); /* it ends when the step does */
	else if (rc < 0)
		set_end(op_run, SB_OP_FAILED, err->text);
	else if (!op_run->has_ended && op_run->step == SB_STEP_NONE)
		set_end(op_run, SB_OP_FAILED,
			"its stage neither began a step nor ended the action");
	if (op_run->has_ended && op_run->step == SB_STEP_NONE)
		end_action(op_run);
}

static void call_apply(void *arg)
{
	struct sb_op_run *op_run = arg;
	struct sb_stage_run *stage = stage_of(op_run);
	const struct sb_stage *declared =
		&sb_registry_stage(stage->run->registry, stage->at)->stage;
	struct sb_error err = SB_ERROR_INIT;
	int rc;

	op_run->step = SB_STEP_NONE;
	op_run->in_callback = true;
	sb_callback_begin(stage, SB_PHASE_APPLY);
	rc = declared->apply(stage, op_run, op_run->actions->writer, declared->arg, &err);
	after_callback(op_run, rc, "apply", &err);
}

void sb_op_run_step(struct sb_op_run *op_run, const json_t *data, const struct sb_error *why)
{
	sb_op_step *next = op_run->on_step;
	struct sb_error err = SB_ERROR_INIT;
	int rc;

	op_run->step = SB_STEP_NONE;
	if (op_run->has_ended) { /* the stage failed while the step was under way */
		end_action(op_run);
		return;
	}
	op_run->in_callback = true;
	sb_callback_begin(stage_of(op_run), SB_PHASE_APPLY);
	rc = next(op_run, data, why, op_run->arg, &err);
	after_callback(op_run, rc, "the callback of a step", &err);
}

void sb_op_run_abandon(struct sb_op_run *op_run, const struct sb_error *why)
{
	set_end(op_run, SB_OP_FAILED, why->text);
}

void sb_op_run_refuse(struct sb_op_run *op_run, const struct sb_error *why)
{
	set_end(op_run, SB_OP_SKIPPED, why->text);
}

int sb_op_run_begin(struct sb_op_run *op_run, enum sb_step step, sb_op_step *next, void *arg,
		    struct sb_error *err)
{
	if (!op_run->in_callback || op_run->has_ended || op_run->step != SB_STEP_NONE)
		return sb_fail(err, SB_E_STATE,
			       "a step begins in apply() or the callback of a step, one at a time, "
			       "and before sb_op_done()");
	if (!next)
		return sb_fail(err, SB_E_ARG, "a step needs a callback");
	if (++op_run->n_steps > MAX_STEPS)
		return sb_fail(err, SB_E_REFUSED, "the action has taken more than %d steps",
			       MAX_STEPS);
	op_run->step = step;
	op_run->on_step = next;
	op_run->arg = arg;
	return 0;
}

/* The row of the action, as it is now, is durable before the next step. */
static void journal_action(struct sb_op_run *op_run, void (*next)(void *arg))
{
	struct sb_apply *apply = op_run->actions->apply;
	const struct sb_op *op = op_of(op_run);
	uint64_t id = ++apply->run->last_request;

	sb_event_journal(
		apply->events,
		json_pack("{s:s, s:I, s:I, s:s, s:s, s:s, s:O}", "ev", "action", "id",
			  (json_int_t)id, "op", (json_int_t)op_run->seq, "stage", op->stage, "key",
			  op->key, "verb", op->action, "notes", op_run->notes),
		id, next, op_run);
}

void sb_op_run_start(struct sb_op_run *op_run)
{
	op_run->step = SB_STEP_JOURNAL;
	journal_action(op_run, call_apply);
}

/* For modules */

const char *sb_op_key(const struct sb_op_run *op)
{
	return op_of(op)->key;
}

const char *sb_op_verb(const struct sb_op_run *op)
{
	return op_of(op)->action;
}

const json_t *sb_op_set(const struct sb_op_run *op)
{
	return op_of(op)->set;
}

const json_t *sb_op_was(const struct sb_op_run *op)
{
	return op_of(op)->was;
}

const json_t *sb_op_notes(const struct sb_op_run *op)
{
	return op->notes;
}

const json_t *sb_op_calls(const struct sb_op_run *op)
{
	return op->calls;
}

static void on_noted(void *arg)
{
	struct sb_op_run *op_run = arg;
	sb_autojson *value = sb_steal(op_run->noted);

	sb_op_run_step(op_run, value, NULL);
}

static bool is_note_name(const char *name)
{
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return len && len <= MAX_NAME && !name[len];
}

int sb_op_note(struct sb_op_run *op, const char *name, json_t *value_take, sb_op_step *next,
	       void *arg, struct sb_error *err)
{
	sb_autojson *taken = value_take, *value = taken ? json_deep_copy(taken) : NULL;
	size_t len = value ? json_dumpb(value, NULL, 0, JSON_COMPACT | JSON_ENCODE_ANY) : 0;
	int rc;

	if (!name || !is_note_name(name) || !len) /* what cannot be written has none */
		return sb_fail(
			err, SB_E_ARG,
			"sb_op_note: a note needs a value, and a name of 1 to %d characters of "
			"a-z, 0-9 and -",
			MAX_NAME);
	if (len > MAX_NOTE ||
	    (json_object_size(op->notes) >= MAX_NOTES && !json_object_get(op->notes, name)))
		return sb_fail(err, SB_E_ARG,
			       "sb_op_note: an action has at most %d notes of %d KiB", MAX_NOTES,
			       MAX_NOTE >> 10);
	rc = sb_op_run_begin(op, SB_STEP_NOTE, next, arg, err);
	if (rc < 0)
		return rc;
	if (json_object_set(op->notes, name, value) < 0)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	op->noted = sb_steal(value);
	journal_action(op, on_noted);
	return 0;
}

int sb_op_done(struct sb_op_run *op, enum sb_op_outcome outcome, const char *fmt, ...)
{
	static const enum sb_op_state states[] = {[SB_OP_MADE] = SB_OP_DONE,
						  [SB_OP_AS_IS] = SB_OP_ALREADY,
						  [SB_OP_REFUSED] = SB_OP_SKIPPED};
	sb_autobuf text = SB_BUF_INIT(4096);
	sb_autojson *words = NULL;
	va_list ap;

	if (!op->in_callback || op->has_ended || op->step != SB_STEP_NONE ||
	    (unsigned)outcome >= SB_ARRAY_LEN(states))
		return SB_E_STATE;
	va_start(ap, fmt);
	sb_buf_addv(&text, fmt, ap);
	va_end(ap);
	words = text.failed ? NULL : sb_json_text(sb_buf_str(&text), MAX_WORDS);
	if (!words)
		return SB_E_NOMEM;
	set_end(op, states[outcome], json_string_value(words));
	return 0;
}
