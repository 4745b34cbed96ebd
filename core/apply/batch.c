/* SPDX-License-Identifier: Apache-2.0 */
/* One batch: re-read its targets, journal the request, send it, evaluate the answer. */
#include "apply/batch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apply/answer.h"
#include "apply/body.h"
#include "apply/entry.h"
#include "apply/item.h"
#include "apply/left_out.h"
#include "apply/op_state.h"
#include "apply/set_op.h"
#include "apply/shared_lease.h"
#include "base/buf.h"
#include "model/journal.h"
#include "run/policies.h"
#include "run/required.h"
#include "stagebox/json.h"

#define NOT_READ_AGAIN "its NetBox row could not be re-read"

static struct sb_op *op_at(const struct sb_batch *batch, size_t op)
{
	return &batch->apply->plan->ops[op];
}

static void batch_end(struct sb_batch *batch)
{
	sb_apply_release_lanes(batch);
	sb_batch_destroy(batch);
}

static void end_all(struct sb_batch *batch, enum sb_op_state state, const char *cause)
{
	size_t i;

	for (i = 0; i < batch->n; i++) {
		if (op_at(batch, batch->ops[i])->state == SB_OP_SENT)
			sb_apply_end(batch->apply, batch->ops[i], state, cause);
	}
	batch_end(batch);
}

/* Sending */

static const char *const methods[] = {"POST", "PATCH", "DELETE"};

static void send_when_durable(void *arg)
{
	struct sb_batch *batch = arg;
	struct sb_netbox_written unsent = {.outcome = SB_NETBOX_REJECTED};
	struct sb_io *io = sb_http_io(batch->apply->run->http);
	sb_autofree char *fields = NULL;
	int rc = SB_E_NOMEM;

	fields = batch->verb == SB_DELETE ? strdup("") : sb_body_fields(batch->body);
	sb_body_add_messages(batch);
	if (fields)
		rc = sb_netbox_write(batch->apply->run->netbox, methods[batch->verb],
				     batch->kind->path, fields, batch->body, sb_answer_take, batch,
				     &unsent.why);
	batch->sent_ms = io->ops->now_ms(io);
	batch->pace_level = sb_pace_sent(&batch->apply->pace, batch->apply->in_flight);
	if (!rc)
		return;
	/* Nothing was written. If the body was too long, half of it may fit. */
	if (!unsent.why.code)
		sb_fail(&unsent.why, rc, "out of memory");
	sb_answer_take(batch, &unsent);
}

/* The journal row is durable before the first byte is sent. It holds what a later run needs to find
 * out whether NetBox committed the request: of each op, also where several are in one item. */
static void journal_request(struct sb_batch *batch)
{
	json_t *keys = json_array();
	size_t i;

	for (i = 0; i < batch->n_sent; i++) {
		const struct sb_op *op = op_at(batch, batch->sent[i]);

		if (sb_kind_is_journal(op->kind)) /* only added: it is known by what is sent */
			json_array_append_new(keys, json_pack("{s:s, s:O*}", "key", op->key, "sent",
							      json_array_get(batch->parts, i)));
		else if (op->verb == SB_CREATE)
			json_array_append_new(keys, json_string(op->key));
		else
			json_array_append_new(
				keys,
				json_pack("{s:s, s:I, s:O*}", "key", op->key, "id",
					  (json_int_t)op->target, "sent",
					  op->verb == SB_UPDATE ? json_array_get(batch->parts, i)
								: NULL));
	}
	batch->request = ++batch->apply->run->last_request;
	sb_event_journal(
		batch->apply->events,
		json_pack("{s:s, s:I, s:s, s:s, s:s, s:o}", "ev", "request", "id",
			  (json_int_t)batch->request, "method", methods[batch->verb], "path",
			  batch->kind->path, "kind", batch->kind->name, "keys", keys),
		batch->request, send_when_durable, batch);
}

/* Custom fields that NetBox requires and that an object lacks, because it is older than they are.
 * row: the object as it was read again, NULL = it was not. False: one of them has no default. */
static bool add_required(struct sb_batch *batch, size_t position, const json_t *row, json_t *object)
{
	const struct sb_op *op = op_at(batch, position);
	const json_t *custom = json_object_get(row, "custom_fields");
	const char *missing = NULL;
	sb_autojson *defaults =
		custom ? sb_required_defaults(batch->apply->run, op->kind, custom, &missing) : NULL;
	json_t *own = json_object_get(object, "custom_fields");
	char cause[300];

	if (missing) {
		snprintf(cause, sizeof(cause),
			 "NetBox requires the custom field \"%s\", which the object does not "
			 "have, and has no default for it: set it, or a default, in NetBox",
			 missing);
		sb_apply_end(batch->apply, position, SB_OP_SKIPPED, cause);
		return false;
	}
	if (defaults && own)
		json_object_update_missing(own, defaults);
	else if (defaults)
		json_object_set(object, "custom_fields", defaults);
	return true;
}

static bool body_add(struct sb_batch *batch, size_t position, const json_t *row)
{
	struct sb_op *op = op_at(batch, position);
	char cause[300];
	json_t *object;

	if (op->target_ref && !op->target)
		op->target = sb_apply_id(batch->apply, op->kind->name, op->target_ref);
	if (!sb_left_out_known(batch->apply, position)) {
		sb_apply_end(batch->apply, position, SB_OP_ALREADY, NULL);
		return false;
	}
	if (op->verb == SB_DELETE)
		object = json_object();
	else
		object = sb_body(batch->apply, op, cause, sizeof(cause));
	if (!object) {
		sb_apply_end(batch->apply, position, SB_OP_SKIPPED, cause);
		return false;
	}
	if (op->verb == SB_UPDATE && !sb_item_rides(batch, position) &&
	    !add_required(batch, position, row, object)) {
		json_decref(object);
		return false;
	}
	if (op->verb != SB_CREATE)
		json_object_set_new(object, "id", json_integer(op->target));
	if (sb_item_add(batch, position, object) < 0) {
		sb_apply_end(batch->apply, position, SB_OP_FAILED, "out of memory");
		return false;
	}
	return true;
}

static void send_all(struct sb_batch *batch)
{
	if (batch->n_sent)
		journal_request(batch);
	else
		batch_end(batch);
}

/* Re-reading targets before they are changed */

struct check {
	struct sb_batch *batch;
	json_t *rows; /* id -> flat row */
};

static void check_row(void *arg, json_t *row)
{
	struct check *check = arg;
	json_t *flat = sb_value_flatten(check->batch->kind, row);
	char id[32];

	if (!flat)
		return;
	snprintf(id, sizeof(id), "%" JSON_INTEGER_FORMAT,
		 json_integer_value(json_object_get(flat, "id")));
	if (sb_required_fields(check->batch->apply->run, check->batch->kind))
		json_object_set(flat, "custom_fields", json_object_get(row, "custom_fields"));
	json_object_set_new(check->rows, id, flat);
}

static void check_again(void *arg)
{
	struct check *check = arg;

	json_object_clear(check->rows);
}

/* NetBox itself empties a reference to a part that is deleted (the primary address of a guest), so
 * an empty value there is not somebody else's change. */
static bool emptied_by_netbox(const struct sb_apply *apply, const struct sb_kind *kind,
			      const char *name, const json_t *now)
{
	const struct sb_kind_field *field = sb_kind_field(kind, name);

	return field && sb_value_empty(now) && sb_field_empties(apply->run, field);
}

/* The first field that differs both from the plan's old value and from the wanted one, or NULL. */
static const char *changed_since(const struct sb_apply *apply, const struct sb_op *op,
				 const json_t *row, const json_t *wanted)
{
	const char *name;
	json_t *was;

	json_object_foreach (op->was, name, was) {
		const json_t *now = json_object_get(row, name);

		if (!sb_value_same_member(op->kind, name, now, was) &&
		    !sb_value_same_member(op->kind, name, now, json_object_get(wanted, name)) &&
		    !emptied_by_netbox(apply, op->kind, name, now))
			return name;
	}
	return NULL;
}

/* Does the row already hold all wanted values? Of those that are not read, another value of the op
 * shows whether they were written. */
static bool op_already_applied(const struct sb_op *op, const json_t *row, const json_t *wanted)
{
	const char *name;
	json_t *value;

	if (json_object_size(wanted) != json_object_size(op->set))
		return false; /* a referenced object does not exist yet */
	json_object_foreach ((json_t *)(uintptr_t)wanted, name, value) {
		if (!sb_kind_field_unread(op->kind, name) &&
		    !sb_value_same_member(op->kind, name, json_object_get(row, name), value))
			return false;
	}
	return true;
}

/* The key that the target has now. An op in the item of one that changes the key is sent with it.
 */
static const char *key_until_now(const struct sb_batch *batch, const struct sb_op *op)
{
	const struct sb_op *head = op->carrier ? op_at(batch, op->carrier - 1) : NULL;

	return sb_op_key_before(head && head->state == SB_OP_SENT ? head : op);
}

/* Compare one target with the values that the plan was made from. True = it may be changed. */
static bool may_change(struct sb_batch *batch, size_t position, const json_t *row)
{
	struct sb_op *op = op_at(batch, position);
	sb_autojson *wanted = sb_body_flat(batch->apply, op->kind, op->set);
	const char *key = sb_json_str(row, "stagebox_key"), *changed;
	bool marked = op->kind->flags & SB_KIND_OWNED && !(op->kind->flags & SB_KIND_UNMARKED);
	const char *expected = key_until_now(batch, op);
	char cause[300];

	if (!row && op->verb == SB_UPDATE) {
		sb_apply_end(batch->apply, position, SB_OP_SKIPPED, SB_DELETED_SINCE_PLAN);
		return false;
	}
	if (op->verb == SB_UPDATE ? !op->is_probe && op_already_applied(op, row, wanted) : !row) {
		/* After a retry NetBox may have what our own earlier attempt wrote. */
		if (batch->attempts) {
			sb_answer_done(batch, position, op->target);
			return false;
		}
		sb_set_op_note(batch->apply, op, row);
		sb_apply_end(batch->apply, position, SB_OP_ALREADY, NULL);
		return false;
	}
	if (marked && (expected ? !key || !sb_streq(key, expected) : key != NULL)) {
		sb_apply_end(batch->apply, position, SB_OP_SKIPPED,
			     "its stagebox_key changed in NetBox after the plan was made: plan "
			     "again");
		return false;
	}
	changed = changed_since(batch->apply, op, row, wanted);
	if (changed) {
		snprintf(cause, sizeof(cause),
			 "%s changed in NetBox after the plan was made: plan again", changed);
		sb_apply_end(batch->apply, position, SB_OP_SKIPPED, cause);
		return false;
	}
	if (!batch->attempts) /* else an attempt of ours may have written them */
		sb_entries_end_same(batch->apply, position, row, wanted);
	return true;
}

static void check_listed(void *arg, enum sb_netbox_list_state state, const struct sb_error *why)
{
	struct check *check = arg;
	struct sb_batch *batch = check->batch;
	const json_t *row;
	char id[32];
	size_t i;

	if (state == SB_NETBOX_UNREAD) {
		end_all(batch, SB_OP_FAILED, why && why->code ? why->text : NOT_READ_AGAIN);
	} else {
		for (i = 0; i < batch->n; i++) {
			struct sb_op *op = op_at(batch, batch->ops[i]);

			if (op->state != SB_OP_SENT)
				continue;
			snprintf(id, sizeof(id), "%" PRId64, op->target);
			row = json_object_get(check->rows, id);
			if (!row && !op->target_ref && state != SB_NETBOX_COMPLETE) {
				sb_apply_end(batch->apply, batch->ops[i], SB_OP_SKIPPED,
					     why && why->code ? why->text : NOT_READ_AGAIN);
				continue;
			}
			sb_set_op_rebase(batch->apply, batch->ops[i], op->target_ref ? NULL : row);
			/* This run created the object, so no other change needs to be checked. */
			if (op->target_ref || may_change(batch, batch->ops[i], row))
				body_add(batch, batch->ops[i], row);
		}
		send_all(batch);
	}
	json_decref(check->rows);
	free(check);
}

/* The fields that the ops of a batch set or were planned from. */
static json_t *checked_fields(const struct sb_batch *batch)
{
	json_t *names = json_object(), *value;
	const char *name;
	size_t i;

	for (i = 0; i < batch->n; i++) {
		const struct sb_op *op = op_at(batch, batch->ops[i]);

		json_object_foreach (op->set, name, value)
			if (!sb_kind_field_unread(op->kind, name))
				json_object_set_new(names, name, json_true());
		json_object_foreach (op->was, name, value)
			json_object_set_new(names, name, json_true());
	}
	return names;
}

static void check_targets(struct sb_batch *batch)
{
	struct check *check = calloc(1, sizeof(*check));
	sb_autojson *names = checked_fields(batch);
	sb_autofree char *fields = sb_value_query(batch->kind, names);
	struct sb_error err = SB_ERROR_INIT;
	sb_autobuf query = SB_BUF_INIT(4000);
	size_t i;

	for (i = 0; i < batch->n; i++) {
		if (!op_at(batch, batch->ops[i])->target_ref &&
		    !op_at(batch, batch->ops[i])->carrier)
			sb_buf_addf(&query, "%sid=%" PRId64, query.len ? "&" : "",
				    op_at(batch, batch->ops[i])->target);
	}
	if (!check || !fields || query.failed) {
		free(check);
		end_all(batch, SB_OP_FAILED, "out of memory");
		return;
	}
	*check = (struct check){.batch = batch, .rows = json_object()};
	if (!query.len) {
		check_listed(check, SB_NETBOX_COMPLETE, NULL);
		return;
	}
	if (sb_netbox_list(batch->apply->run->netbox, batch->kind->path, sb_buf_str(&query), fields,
			   check_row, check_again, check_listed, check, &err) < 0) {
		json_decref(check->rows);
		free(check);
		end_all(batch, SB_OP_FAILED, err.text);
	}
}

/* Objects that may exist: an earlier request or another run may have created them */

static char *name_of_row(const struct sb_kind *kind, const json_t *row)
{
	const char *marked = sb_json_str(json_object_get(row, "custom_fields"), "stagebox_key");

	if (kind->flags & SB_KIND_SHARED)
		return sb_shared_key_of_row(kind, row);
	if (sb_kind_is_journal(kind))
		return sb_journal_name(row);
	return marked ? strdup(marked) : NULL;
}

static void found_row(void *arg, json_t *row)
{
	struct check *check = arg;
	sb_autofree char *name = name_of_row(check->batch->kind, row);

	if (name)
		json_object_set(check->rows, name, row);
}

/* The row that the create of an op has made; NULL = there is none. */
static const json_t *find_made(const struct check *check, const struct sb_op *op)
{
	sb_autojson *body = NULL;
	sb_autofree char *name = NULL;
	char cause[300];

	if (!sb_kind_is_journal(op->kind))
		return json_object_get(check->rows, op->key);
	body = sb_body(check->batch->apply, op, cause, sizeof(cause));
	name = body ? sb_journal_name(body) : NULL;
	return name ? json_object_get(check->rows, name) : NULL;
}

static void found_listed(void *arg, enum sb_netbox_list_state state, const struct sb_error *why)
{
	struct check *check = arg;
	struct sb_batch *batch = check->batch;
	size_t i;

	if (state != SB_NETBOX_COMPLETE) {
		end_all(batch, SB_OP_FAILED,
			why && why->code
				? why->text
				: "NetBox returned an incomplete list of its kind: the next run "
				  "checks whether it exists");
	} else {
		for (i = 0; i < batch->n; i++) {
			const struct sb_op *op = op_at(batch, batch->ops[i]);
			const json_t *row = find_made(check, op);
			int64_t id = json_integer_value(json_object_get(row, "id"));

			if (!row) {
				body_add(batch, batch->ops[i], NULL);
			} else if (batch->is_unsettled) {
				sb_answer_done(batch, batch->ops[i], id);
			} else {
				sb_apply_note_id(batch->apply, op->key, id);
				sb_apply_end(batch->apply, batch->ops[i], SB_OP_ALREADY, NULL);
			}
		}
		send_all(batch);
	}
	json_decref(check->rows);
	free(check);
}

/* Entries of a log are among those of the run, objects with a key among those of the endpoint. */
static void add_query(const struct sb_batch *batch, struct sb_buf *query)
{
	const struct sb_apply *apply = batch->apply;
	sb_autojson *body = NULL;
	char cause[300];

	if (sb_kind_is_journal(batch->kind)) {
		body = sb_body(apply, op_at(batch, batch->ops[0]), cause, sizeof(cause));
		sb_journal_query(body, query);
	} else if (batch->kind->flags & SB_KIND_OWNED && *apply->run->slug) {
		sb_buf_addf(query, "cf_stagebox_key__isw=");
		sb_buf_add_url(query, apply->run->slug);
		sb_buf_add(query, "%2F");
	}
}

static void find_creates(struct sb_batch *batch)
{
	struct check *check = calloc(1, sizeof(*check));
	struct sb_error err = SB_ERROR_INIT;
	sb_autobuf query = SB_BUF_INIT(512);
	const char *fields = "";

	add_query(batch, &query);
	if (batch->kind->flags & SB_KIND_OWNED && !sb_kind_is_journal(batch->kind))
		fields = "id,custom_fields";
	if (!check) {
		end_all(batch, SB_OP_FAILED, "out of memory");
		return;
	}
	*check = (struct check){.batch = batch, .rows = json_object()};
	if (sb_netbox_list(batch->apply->run->netbox, batch->kind->path, sb_buf_str(&query), fields,
			   found_row, check_again, found_listed, check, &err) < 0) {
		json_decref(check->rows);
		free(check);
		end_all(batch, SB_OP_FAILED, err.text);
	}
}

/* Of the ops whose carrier has ended before the batch was sent the first carries the others: NetBox
 * would use only one of two items with the same id. */
static void replace_lost_carriers(struct sb_batch *batch)
{
	size_t i, head = 0, lost = 0; /* position + 1 */

	for (i = 0; i < batch->n; i++) {
		struct sb_op *op = op_at(batch, batch->ops[i]);

		if (op->carrier && op->carrier == lost)
			op->carrier = head;
		if (op->carrier && op->carrier == head)
			continue;
		lost = op->carrier;
		op->carrier = 0;
		head = batch->ops[i] + 1;
	}
}

void sb_batch_start(struct sb_batch *batch)
{
	size_t i;

	batch->sent = calloc(batch->n + 1, sizeof(*batch->sent));
	batch->items = calloc(batch->n + 1, sizeof(*batch->items));
	batch->body = json_array();
	batch->parts = json_array();
	replace_lost_carriers(batch);
	if (!batch->sent || !batch->items || !batch->body || !batch->parts) {
		end_all(batch, SB_OP_FAILED, "out of memory");
		return;
	}
	if (batch->verb != SB_CREATE) {
		check_targets(batch);
	} else if (batch->is_unsettled || sb_shared_lease_rereads(batch)) {
		find_creates(batch);
	} else {
		for (i = 0; i < batch->n; i++)
			body_add(batch, batch->ops[i], NULL);
		send_all(batch);
	}
}
