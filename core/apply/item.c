/* SPDX-License-Identifier: Apache-2.0 */
/* Items of a request that carry the ops of several stages for one object: the number of requests
 * does not grow with the number of stages, and yet each op has its own outcome. */
#include "apply/item.h"

#include <stdlib.h>

#include "apply/bucket.h"
#include "apply/named_field.h"
#include "stagebox/json.h"

static struct sb_op *op_at(const struct sb_apply *apply, size_t position)
{
	return &apply->plan->ops[position];
}

static bool holds_op(const size_t *ops, size_t n, size_t op)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (ops[i] == op)
			return true;
	return false;
}

/* Two ops that set one field are sent one after the other. */
static bool share_field(const struct sb_op *a, const struct sb_op *b)
{
	sb_autojson *set = sb_op_get(a, SB_OP_SET), *other = sb_op_get(b, SB_OP_SET);
	const char *name;
	json_t *value;

	json_object_foreach (set, name, value)
		if (json_object_get(other, name))
			return true;
	return !set || !other;
}

/* How many needs of an op are other ops of the item. */
static size_t count_needs(const struct sb_apply *apply, const size_t *ops, size_t n, size_t needy)
{
	size_t i, j, count = 0;

	for (i = 0; i < n; i++) {
		const struct sb_op *op = op_at(apply, ops[i]);

		for (j = 0; j < op->n_blocks; j++)
			count += (op->blocks[j] & ~SB_OP_AFTER) == needy;
	}
	return count;
}

static bool may_ride(const struct sb_apply *apply, const size_t *ops, size_t n, size_t position)
{
	const struct sb_op *op = op_at(apply, position), *head = op_at(apply, ops[0]);
	size_t i;

	if (op->state != SB_OP_WAITING || op->is_alone || head->is_alone || op->verb != SB_UPDATE ||
	    op->bucket != head->bucket || !sb_streq(op->key, head->key) ||
	    op->target != head->target || !op->target_ref != !head->target_ref ||
	    count_needs(apply, ops, n, position) != op->n_needs)
		return false;
	for (i = 0; i < n; i++)
		if (sb_streq(op_at(apply, ops[i])->stage, op->stage) ||
		    share_field(op_at(apply, ops[i]), op))
			return false;
	return true;
}

size_t sb_item_gather(struct sb_apply *apply, size_t head, size_t ret_ops[SB_ITEM_OPS])
{
	size_t n = 1, i, j;

	ret_ops[0] = head;
	for (i = 0; i < n; i++) {
		const struct sb_op *op = op_at(apply, ret_ops[i]);

		for (j = 0; j < op->n_blocks && n < SB_ITEM_OPS && op->verb == SB_UPDATE; j++) {
			size_t next = op->blocks[j] & ~SB_OP_AFTER;
			struct sb_op *other = op_at(apply, next);
			bool rides = other->carrier == head + 1 && other->state == SB_OP_READY;

			if (holds_op(ret_ops, n, next) ||
			    (!rides && !may_ride(apply, ret_ops, n, next)))
				continue;
			if (!rides) {
				apply->buckets[other->bucket].waiting--;
				other->state = SB_OP_READY;
				other->carrier = head + 1;
			}
			ret_ops[n++] = next;
		}
	}
	return n;
}

void sb_item_detach(struct sb_apply *apply, size_t position)
{
	struct sb_op *op = op_at(apply, position);
	struct sb_bucket *bucket = &apply->buckets[op->bucket];

	op->carrier = 0;
	sb_op_close(op);
	if (op->n_needs) {
		op->state = SB_OP_WAITING;
		bucket->waiting++;
		return;
	}
	op->state = SB_OP_READY;
	if (sb_bucket_put(bucket, position) < 0)
		apply->failed_rc = SB_E_NOMEM;
}

/* Bodies */

bool sb_item_rides(const struct sb_batch *batch, size_t position)
{
	const struct sb_op *op = op_at(batch->apply, position);
	size_t last;

	if (!op->carrier || !batch->n_sent)
		return false;
	last = batch->sent[batch->n_sent - 1];
	return last + 1 == op->carrier || op_at(batch->apply, last)->carrier == op->carrier;
}

/* Put the values of an op beside those that an item has already. */
static int merge_object(json_t *item, const json_t *object)
{
	json_t *custom = json_object_get(object, "custom_fields");
	sb_autojson *all = custom ? json_copy(json_object_get(item, "custom_fields")) : NULL;
	int rc = json_object_update(item, (json_t *)(uintptr_t)object);

	if (!rc && all)
		rc = json_object_update(all, custom);
	if (!rc && all)
		rc = json_object_set(item, "custom_fields", all);
	return rc;
}

int sb_item_add(struct sb_batch *batch, size_t position, json_t *object_take)
{
	sb_autojson *object = object_take;
	bool rides = sb_item_rides(batch, position);
	size_t n = json_array_size(batch->body);
	sb_autojson *item = NULL;
	int rc;

	if (rides) {
		/* The journal keeps the part of each op, so the first one must not change. */
		item = json_copy(json_array_get(batch->body, n - 1));
		rc = item ? merge_object(item, object) : SB_E_NOMEM;
		rc = rc ? rc : json_array_set(batch->body, n - 1, item);
	} else {
		rc = json_array_append(batch->body, object);
	}
	if (!rc)
		rc = json_array_append(batch->parts, object);
	if (rc < 0)
		return SB_E_NOMEM;
	batch->items[batch->n_sent] = rides ? n - 1 : n;
	batch->sent[batch->n_sent++] = position;
	return 0;
}

size_t sb_item_end(const struct sb_batch *batch, size_t first)
{
	size_t end = first + 1;

	while (end < batch->n_sent && batch->items[end] == batch->items[first])
		end++;
	return end;
}

/* Refusals */

static bool is_sent(const struct sb_batch *batch, size_t place)
{
	return op_at(batch->apply, batch->sent[place])->state == SB_OP_SENT;
}

/* The only op of an item that sets the fields which NetBox names; SIZE_MAX when it names others,
 * too, or none. */
static size_t find_named_op(const struct sb_batch *batch, size_t first, size_t end,
			    const json_t *fields)
{
	size_t i, found = SIZE_MAX;

	for (i = first; i < end; i++) {
		const struct sb_op *op = op_at(batch->apply, batch->sent[i]);
		size_t named = is_sent(batch, i) ? sb_named_field_count(op, fields) : 0;

		if (!named)
			continue;
		if (found != SIZE_MAX || named != json_object_size(fields))
			return SIZE_MAX;
		found = i;
	}
	return found;
}

size_t sb_item_refused(struct sb_batch *batch, size_t first, const json_t *fields)
{
	size_t end = sb_item_end(batch, first), i, n = 0, head = SIZE_MAX, named;

	for (i = first; i < end; i++) {
		n += is_sent(batch, i);
		head = head == SIZE_MAX && is_sent(batch, i) ? i : head;
	}
	if (n < 2)
		return head;
	named = find_named_op(batch, first, end, fields);
	if (named != SIZE_MAX)
		return named;
	for (i = first; i < end; i++) {
		if (!is_sent(batch, i))
			continue;
		op_at(batch->apply, batch->sent[i])->is_alone = true;
		if (i != head)
			sb_item_detach(batch->apply, batch->sent[i]);
	}
	return SIZE_MAX;
}
