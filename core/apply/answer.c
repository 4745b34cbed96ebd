/* SPDX-License-Identifier: Apache-2.0 */
/* Decides what the answer to a batch means for each of its ops. */
#include "apply/answer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "apply/applied.h"
#include "apply/body.h"
#include "apply/breaker.h"
#include "apply/defer.h"
#include "apply/entry.h"
#include "apply/item.h"
#include "apply/left_out.h"
#include "apply/op_state.h"
#include "apply/refused_object.h"
#include "apply/set_op.h"
#include "apply/trouble.h"
#include "stagebox/json.h"

static struct sb_op *op_at(const struct sb_batch *batch, size_t op)
{
	return &batch->apply->plan->ops[op];
}

/* An op whose values NetBox has, apart from those that were left out. */
static void end_written(struct sb_batch *batch, size_t position)
{
	if (sb_left_out_nothing(batch->apply, position)) {
		sb_apply_end(batch->apply, position, SB_OP_ALREADY, NULL);
		return;
	}
	sb_set_op_note(batch->apply, op_at(batch, position), NULL);
	sb_apply_send_values(batch->apply, op_at(batch, position));
	sb_entries_end_left_out(batch->apply, position);
	sb_apply_end(batch->apply, position, SB_OP_DONE, NULL);
}

/* True when the op is to be sent again, as an update with values that were held back. */
static bool take_accepted(struct sb_batch *batch, size_t position, int64_t id)
{
	const struct sb_op *op = op_at(batch, position);

	if (op->verb == SB_CREATE)
		sb_apply_note_id(batch->apply, op->key, id);
	sb_breaker_note_success(batch->apply, op->kind);
	sb_trouble_note_accepted(batch->apply, op);
	if (sb_left_out_accepted(batch->apply, position, id) == SB_LEFT_OUT_AGAIN)
		return true;
	end_written(batch, position);
	return false;
}

void sb_answer_done(struct sb_batch *batch, size_t position, int64_t id)
{
	if (take_accepted(batch, position, id))
		sb_apply_defer(batch->apply, batch->kind, SB_UPDATE, &position, 1, 0, false, 0);
}

/* Up to NetBox 4.6 the answer to an update omits objects that were deleted after they were re-read.
 */
static bool answer_has_id(const struct sb_netbox_written *written, int64_t id)
{
	size_t i;

	for (i = 0; i < written->n_ids; i++) {
		if (written->ids[i] == id)
			return true;
	}
	return false;
}

static void written_done(struct sb_batch *batch, const struct sb_netbox_written *written)
{
	size_t *again = calloc(batch->n_sent + 1, sizeof(*again)), i, n = 0;

	if (!again) {
		batch->apply->failed_rc = SB_E_NOMEM;
		return;
	}

	for (i = 0; i < batch->n_sent; i++) {
		size_t position = batch->sent[i];
		int64_t target = op_at(batch, position)->target;

		if (op_at(batch, position)->state != SB_OP_SENT)
			continue; /* skipped with the op that carried it */
		if (batch->verb == SB_UPDATE && !answer_has_id(written, target))
			sb_apply_end(batch->apply, position, SB_OP_SKIPPED, SB_DELETED_SINCE_PLAN);
		else if (take_accepted(
				 batch, position,
				 batch->verb == SB_CREATE ? written->ids[batch->items[i]] : target))
			again[n++] = position;
	}
	if (n)
		sb_apply_defer(batch->apply, batch->kind, SB_UPDATE, again, n, 0, false, 0);
	free(again);
}

/* NetBox does not take the object whatever this run sends, so that no value is remembered and no
 * other object suspected. */
static void fail_as_it_is(struct sb_batch *batch, size_t position, const char *text)
{
	char cause[500];

	snprintf(cause, sizeof(cause),
		 "NetBox refuses the object as it is, and not a value that stagebox sends: %.300s: "
		 "correct that in NetBox",
		 text);
	op_at(batch, position)->is_refused = true;
	sb_apply_end(batch->apply, position, SB_OP_FAILED, cause);
}

/* Another endpoint's run may have created a shared object since the lists were read, so NetBox is
 * read once more before a create counts as refused. */
static void handle_refusal(struct sb_batch *batch, size_t position, const json_t *fields,
			   const char *text)
{
	if (batch->kind->flags & SB_KIND_SHARED && batch->verb == SB_CREATE && !batch->attempts) {
		sb_apply_defer(batch->apply, batch->kind, batch->verb, &position, 1, 0, true, 1);
		return;
	}
	switch (sb_left_out_refused(batch->apply, position, fields, text)) {
	case SB_LEFT_OUT_AGAIN: break; /* still SENT */
	case SB_LEFT_OUT_AS_IT_IS: fail_as_it_is(batch, position, text); break;
	case SB_LEFT_OUT_REFUSED:
		op_at(batch, position)->is_refused = true;
		sb_refused_object_note(batch->apply, position, fields, text, batch->is_exception);
		sb_breaker_note_refusal(batch->apply, position, fields, text, batch->is_exception);
		break;
	case SB_LEFT_OUT_ENDED: end_written(batch, position); break;
	}
}

/* The place of the first op of an item; batch->n_sent when there is no such item. */
static size_t place_of_item(const struct sb_batch *batch, size_t item)
{
	size_t i = 0;

	while (i < batch->n_sent && batch->items[i] < item)
		i++;
	return i;
}

/* Only the op that the refusal is about is dealt with; without one they are sent again alone. */
static void refuse_item(struct sb_batch *batch, size_t item, const json_t *fields, const char *text)
{
	size_t first = place_of_item(batch, item), place;

	if (first == batch->n_sent)
		return;
	place = sb_item_refused(batch, first, fields);
	if (place != SIZE_MAX)
		handle_refusal(batch, batch->sent[place], fields, text);
}

static bool names_item(const struct sb_netbox_written *written, size_t item)
{
	size_t i;

	for (i = 0; i < written->n_items; i++)
		if (written->items[i].index == item)
			return true;
	return false;
}

/* NetBox rolled the whole batch back: what remains of it is sent again. */
static void written_items(struct sb_batch *batch, const struct sb_netbox_written *written)
{
	size_t i, n = 0;
	size_t *again = calloc(batch->n_sent + 1, sizeof(*again));

	for (i = 0; i < written->n_items; i++)
		refuse_item(batch, written->items[i].index, written->items[i].fields,
			    written->items[i].text);
	for (i = 0; again && i < batch->n_sent; i++) {
		if (op_at(batch, batch->sent[i])->state != SB_OP_SENT)
			continue;
		again[n++] = batch->sent[i];
		if (!names_item(written, batch->items[i]))
			sb_trouble_note_accepted(batch->apply, op_at(batch, batch->sent[i]));
	}
	if (!again)
		batch->apply->failed_rc = SB_E_NOMEM;
	else if (n)
		sb_apply_defer(batch->apply, batch->kind, batch->verb, again, n, 0, false,
			       batch->attempts);
	free(again);
}

/* NetBox does not name the refused object: halve the batch until it is alone. */
static void written_halves(struct sb_batch *batch, const char *text)
{
	size_t items = json_array_size(batch->body), half = place_of_item(batch, items / 2), i;

	if (items == 1) {
		refuse_item(batch, 0, NULL, text);
		for (i = 0; i < batch->n_sent; i++)
			if (op_at(batch, batch->sent[i])->state == SB_OP_SENT)
				sb_apply_defer(batch->apply, batch->kind, batch->verb,
					       &batch->sent[i], 1, 0, false, batch->attempts);
		return;
	}
	/* The half that is deferred last is sent first. */
	sb_apply_defer(batch->apply, batch->kind, batch->verb, batch->sent + half,
		       batch->n_sent - half, 0, false, batch->attempts);
	sb_apply_defer(batch->apply, batch->kind, batch->verb, batch->sent, half, 0, false,
		       batch->attempts);
}

/* The end of an op may have ended ops that it carries. */
static void fail_sent(struct sb_batch *batch, const char *text)
{
	size_t i;

	for (i = 0; i < batch->n_sent; i++)
		if (op_at(batch, batch->sent[i])->state == SB_OP_SENT)
			sb_apply_end(batch->apply, batch->sent[i], SB_OP_FAILED, text);
}

static void written_again(struct sb_batch *batch, const struct sb_netbox_written *written)
{
	bool unsettled = written->outcome == SB_NETBOX_UNSETTLED;
	int64_t delay = unsettled ? batch->apply->settle_ms : 500 * (1 << batch->attempts);

	if (batch->attempts + 1 < SB_BATCH_ATTEMPTS) {
		sb_apply_defer(batch->apply, batch->kind, batch->verb, batch->sent, batch->n_sent,
			       delay, unsettled, batch->attempts + 1);
		return;
	}
	fail_sent(batch, written->why.text);
}

/* A key that custom objects have already refuses the whole request with an exception that names
 * none: the keys are read before the rest is tried by halves. */
static bool may_exist(const struct sb_batch *batch, const struct sb_netbox_written *written)
{
	return written->outcome == SB_NETBOX_CONFLICT && batch->verb == SB_CREATE &&
	       sb_kind_has_home(batch->kind) && !batch->attempts;
}

static const char *outcome_word(const struct sb_netbox_written *written)
{
	static const char *const words[] = {
		[SB_NETBOX_DONE] = "done",           [SB_NETBOX_REJECTED] = "rejected",
		[SB_NETBOX_CONFLICT] = "conflict",   [SB_NETBOX_RETRY] = "retry",
		[SB_NETBOX_DENIED] = "denied",       [SB_NETBOX_BLOCKED] = "denied",
		[SB_NETBOX_UNSETTLED] = "unsettled",
	};

	return words[written->outcome];
}

void sb_answer_take(void *arg, const struct sb_netbox_written *written)
{
	struct sb_batch *batch = arg;
	struct sb_events *events = batch->apply->events;

	batch->is_exception = written->status >= 500;
	sb_events_hold(events);
	sb_event_send(events, json_pack("{s:s, s:I, s:i, s:s}", "ev", "answered", "id",
					(json_int_t)batch->request, "status", written->status,
					"outcome", outcome_word(written)));
	switch (written->outcome) {
	case SB_NETBOX_DONE:
		sb_apply_note_answer(batch);
		written_done(batch, written);
		break;
	case SB_NETBOX_REJECTED:
	case SB_NETBOX_CONFLICT:
		if (may_exist(batch, written))
			sb_apply_defer(batch->apply, batch->kind, batch->verb, batch->sent,
				       batch->n_sent, 0, true, 1);
		else if (written->n_items)
			written_items(batch, written);
		else
			written_halves(batch, written->why.text);
		break;
	case SB_NETBOX_DENIED:
		fail_sent(batch, written->why.text);
		sb_breaker_open(batch->apply, batch->kind, written->why.text);
		break;
	case SB_NETBOX_BLOCKED:
		sb_breaker_open_all(batch->apply, &written->why);
		fail_sent(batch, written->why.text);
		break;
	case SB_NETBOX_RETRY:
	case SB_NETBOX_UNSETTLED: written_again(batch, written); break;
	}
	sb_events_release(events);
	sb_apply_release_lanes(batch);
	sb_batch_destroy(batch);
}
