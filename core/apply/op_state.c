/* SPDX-License-Identifier: Apache-2.0 */
/* Ending an op, and the consequences for the ops that depend on it. */
#include "apply/op_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apply/executor.h"
#include "apply/item.h"
#include "apply/lane.h"
#include "apply/left_out.h"
#include "apply/shared_lease.h"
#include "model/journal.h"
#include "stagebox/json.h"
#include "stagebox/log.h"

struct sb_progress *sb_apply_progress(struct sb_apply *apply, const struct sb_op *op)
{
	struct sb_progress *progress;
	size_t i;

	for (i = 0; i < apply->n_progress; i++) {
		if (sb_streq(apply->progress[i].stage, op->stage))
			return &apply->progress[i];
	}
	progress = realloc(apply->progress, (apply->n_progress + 1) * sizeof(*progress));
	if (!progress)
		return NULL;
	apply->progress = progress;
	progress[apply->n_progress] = (struct sb_progress){.stage = op->stage};
	return &progress[apply->n_progress++];
}

/* The parent draws the live lines from the progress of each stage. */
void sb_apply_send_progress(struct sb_apply *apply, const struct sb_op *op)
{
	const struct sb_progress *progress = sb_apply_progress(apply, op);

	sb_event_send(
		apply->events,
		json_pack("{s:s, s:s, s:I, s:I, s:I, s:I}", "ev", "progress", "stage", op->stage,
			  "done", (json_int_t)progress->done, "total", (json_int_t)progress->total,
			  "all_done", (json_int_t)(apply->plan->n - apply->unfinished), "all",
			  (json_int_t)apply->plan->n));
}

/* The cause of the ops that need this one: its own cause with its name in front; an inherited cause
 * is passed on unchanged, so that all of them name the first op of the chain. */
static void write_cause(const struct sb_op *op, char *ret_text, size_t room)
{
	const char *cause = op->cause ? op->cause : "failed";

	if (op->root)
		snprintf(ret_text, room, "%s", cause);
	else
		snprintf(ret_text, room, "%s of %s: %s", sb_op_word(op), op->key, cause);
}

/* sb_account_finish() moves the counters, because an object with several ops counts once. */
static void end_op(struct sb_apply *apply, struct sb_op *op, enum sb_op_state state,
		   const char *cause)
{
	if (op->state == SB_OP_WAITING && sb_executor_of(apply, op)->count_waiting)
		sb_executor_of(apply, op)->count_waiting(apply, op, -1);
	op->state = state;
	op->is_ended = true;
	sb_apply_progress(apply, op)->done++;
	sb_op_close(op);
	apply->unfinished--;
	sb_shared_lease_note_end(apply, op);
	if (!cause || (state != SB_OP_FAILED && state != SB_OP_SKIPPED))
		return;
	free(op->cause);
	op->cause = strdup(cause);
	sb_log(state == SB_OP_FAILED ? SB_LOG_WARN : SB_LOG_INFO,
	       "%s of \"%s\" %s: kind=%s reason=\"%s\"", sb_op_word(op), op->key,
	       state == SB_OP_FAILED ? "failed" : "skipped", op->kind->name, cause);
}

/* Skip an op because one of its needs is lost. */
static void skip_op(struct sb_apply *apply, struct sb_op *op, const struct sb_op *need,
		    const char *because)
{
	const char *root = need->root ? need->root : need->cause;

	end_op(apply, op, SB_OP_SKIPPED, because);
	free(op->root);
	op->root = strdup(root ? root : "failed");
}

/* One of the needs of an op is done. True when it was the last one and nothing is left to send,
 * because all values of the op were left out: the op has ended. */
static bool count_need(struct sb_apply *apply, size_t position)
{
	struct sb_op *op = &apply->plan->ops[position];
	const struct sb_executor *executor = sb_executor_of(apply, op);
	size_t carried[SB_ITEM_OPS];

	if (--op->n_needs)
		return false;
	if (op->verb == SB_UPDATE && op->is_open && !json_object_size(op->set)) {
		end_op(apply, op, SB_OP_ALREADY, NULL);
		return true;
	}
	if (executor->count_waiting)
		executor->count_waiting(apply, op, -1);
	op->state = SB_OP_READY;
	if (executor->put(apply, position) < 0)
		apply->failed_rc = SB_E_NOMEM;
	sb_item_gather(apply, position, carried);
	return false;
}

/* One of the needs of an op that another one carries has ended. True when the op has ended thereby.
 */
static bool end_need_of_carried(struct sb_apply *apply, size_t position, const struct sb_op *need,
				const char *because)
{
	struct sb_op *op = &apply->plan->ops[position];

	op->n_needs -= op->n_needs > 0;
	if (because) {
		skip_op(apply, op, need, because);
		return true;
	}
	if (op->state == SB_OP_READY && apply->plan->ops[op->carrier - 1].is_ended)
		sb_item_detach(apply, position);
	return false;
}

/* An entry about a change is of no use when the object had the values already. True when the op has
 * ended thereby. */
static bool end_entry(struct sb_apply *apply, size_t position, const struct sb_op *need)
{
	struct sb_op *op = &apply->plan->ops[position];

	if (!sb_kind_is_journal(op->kind) || need->state != SB_OP_ALREADY ||
	    op->state != SB_OP_WAITING)
		return false;
	end_op(apply, op, SB_OP_ALREADY, NULL);
	return true;
}

/* One of the needs of an op has ended. True when the op has ended thereby.
 *
 * because  the need is lost, and this is the reason; NULL = it is done, or only its end counts */
static bool end_need(struct sb_apply *apply, size_t position, const struct sb_op *need,
		     const char *because)
{
	struct sb_op *op = &apply->plan->ops[position];

	if (op->carrier && !op->is_ended)
		return end_need_of_carried(apply, position, need, because);
	if (op->state != SB_OP_WAITING)
		return false;
	if (because && apply->run->write_blocked.code) { /* nothing of it would be written either */
		end_op(apply, op, SB_OP_SKIPPED, because);
		return true;
	}
	if (!because ||
	    (need->verb == SB_CREATE && sb_left_out_reference(apply, position, need->key, because)))
		return count_need(apply, position);
	skip_op(apply, op, need, because);
	return true;
}

/* A plan may have a chain of as many ops as a file holds, too many for a recursion: ended ops whose
 * dependents are not handled yet are in a list through ended_next. */
void sb_apply_end(struct sb_apply *apply, size_t position, enum sb_op_state state,
		  const char *cause)
{
	struct sb_op *op = &apply->plan->ops[position], *last = op;
	char because[400];
	size_t i;

	end_op(apply, op, state, cause);
	for (op->ended_next = NULL; op; op = op->ended_next) {
		bool is_lost = op->state == SB_OP_FAILED || op->state == SB_OP_SKIPPED;

		if (is_lost && op->n_blocks)
			write_cause(op, because, sizeof(because));
		for (i = 0; i < op->n_blocks; i++) {
			size_t blocked = op->blocks[i] & ~SB_OP_AFTER;
			bool needs_success = !(op->blocks[i] & SB_OP_AFTER);
			struct sb_op *next = &apply->plan->ops[blocked];

			if (!(needs_success && end_entry(apply, blocked, op)) &&
			    !end_need(apply, blocked, op,
				      is_lost && needs_success ? because : NULL))
				continue;
			next->ended_next = NULL;
			last->ended_next = next;
			last = next;
		}
	}
}

/* A stage ends when its last request has been answered. */
static void note_stage_end(struct sb_apply *apply, const struct sb_op *op)
{
	struct sb_run *run = apply->run;
	struct sb_io *io = sb_http_io(run->http);
	size_t stage = sb_run_find_stage(run, op->stage);

	if (stage != SB_STAGE_SHARED)
		run->stages[stage].ended_ms = io->ops->now_ms(io);
}

void sb_apply_note_answer(struct sb_batch *batch)
{
	struct sb_apply *apply = batch->apply;
	struct sb_io *io = sb_http_io(apply->run->http);

	sb_pace_done(&apply->pace, batch->pace_level, sb_batch_bucket(batch),
		     json_array_size(batch->body), io->ops->now_ms(io) - batch->sent_ms);
}

void sb_apply_release_lanes(struct sb_batch *batch)
{
	struct sb_apply *apply = batch->apply;
	size_t i;

	for (i = 0; i < batch->n; i++)
		sb_lane_move(apply, &apply->plan->ops[batch->ops[i]], -1);
	apply->in_flight--;
	for (i = 0; i < batch->n; i++) {
		if (!i || !sb_streq(apply->plan->ops[batch->ops[i]].stage,
				    apply->plan->ops[batch->ops[i - 1]].stage))
			note_stage_end(apply, &apply->plan->ops[batch->ops[i]]);
	}
	apply->buckets[sb_batch_bucket(batch)].in_flight--;
	sb_apply_send_progress(apply, &apply->plan->ops[batch->ops[0]]);
}
