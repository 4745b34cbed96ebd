/* SPDX-License-Identifier: Apache-2.0 */
/* Choosing which ops are sent next: buckets of similar ops, lanes per parent, no barrier between
 * kinds. */
#include "apply/schedule.h"

#include <stdlib.h>
#include <string.h>

#include "apply/batch.h"
#include "apply/bucket.h"
#include "apply/item.h"
#include "apply/lane.h"
#include "apply/shared_lease.h"

#define OVERDUE_AFTER 8    /* requests that a bucket with too few ready ops waits for */
#define MAX_OPS       1000 /* in one request, which the journal has to name */
#define MIN_SHARE     25   /* objects per request that cost NetBox no more each than in 100 */

/* Send */

/* Every other bucket with ready ops has now waited one request longer. */
static void count_launch(struct sb_apply *apply, const struct sb_bucket *taken)
{
	size_t i;

	apply->n_launched++;
	for (i = 0; i < apply->n_buckets; i++) {
		struct sb_bucket *bucket = &apply->buckets[i];

		if (bucket == taken || !bucket->n)
			bucket->since = apply->n_launched;
	}
}

static void launch_batch(struct sb_apply *apply, struct sb_batch *batch)
{
	struct sb_bucket *bucket = &apply->buckets[sb_batch_bucket(batch)];
	size_t stage = sb_run_find_stage(apply->run, apply->plan->ops[batch->ops[0]].stage), i;

	if (stage != SB_STAGE_SHARED)
		sb_run_announce(apply->run, stage);
	for (i = 0; i < batch->n; i++) {
		apply->plan->ops[batch->ops[i]].state = SB_OP_SENT;
		if (sb_op_open(&apply->plan->ops[batch->ops[i]]) < 0)
			apply->failed_rc = SB_E_NOMEM;
		sb_lane_move(apply, &apply->plan->ops[batch->ops[i]], 1);
	}
	apply->in_flight++;
	bucket->in_flight++;
	count_launch(apply, bucket);
	sb_batch_start(batch);
}

/* The first deferred batch that is due and whose lanes are free. Before its last attempt it also
 * waits until no other request of its verb and kind, which could deadlock with it, is under way.
 * Ops that ended in the meantime are removed. */
static struct sb_batch *take_deferred(struct sb_apply *apply, int64_t now_ms)
{
	struct sb_batch **link, *batch;
	size_t i, n;

	for (link = &apply->deferred; (batch = *link) != NULL; link = &batch->next) {
		bool busy = batch->due_ms > now_ms ||
			    !sb_shared_lease_admits(apply, batch->kind, batch->verb);

		for (i = n = 0; i < batch->n; i++) {
			const struct sb_op *op = &apply->plan->ops[batch->ops[i]];

			if (op->state != SB_OP_UNSETTLED)
				continue;
			busy = busy || sb_lane_is_busy(apply, op) ||
			       (batch->attempts + 1 == SB_BATCH_ATTEMPTS &&
				apply->buckets[op->bucket].in_flight);
			batch->ops[n++] = batch->ops[i];
		}
		batch->n = n;
		if (busy && n)
			continue;
		*link = batch->next;
		if (n)
			return batch;
		sb_batch_destroy(batch);
		return take_deferred(apply, now_ms);
	}
	return NULL;
}

/* How many ops a batch may take: when nothing else is ready, only its share, so that every request
 * slot has work. */
static size_t batch_share(const struct sb_apply *apply, const struct sb_bucket *bucket)
{
	size_t i, share = (bucket->n + apply->pace.level - 1) / apply->pace.level;

	if (sb_bucket_is_serial(bucket))
		return apply->max_batch;
	for (i = 0; i < apply->n_buckets; i++)
		if (&apply->buckets[i] != bucket && apply->buckets[i].n)
			return apply->max_batch;
	if (share < MIN_SHARE)
		share = MIN_SHARE;
	return share < apply->max_batch ? share : apply->max_batch;
}

/* Add a ready op, and those of other stages that are sent in its item. */
static int add_item(struct sb_apply *apply, struct sb_batch *batch, size_t position)
{
	size_t ops[SB_ITEM_OPS], n = sb_item_gather(apply, position, ops), room = batch->room,
				 *grown;

	if (batch->n + n > room) {
		room = room ? 2 * room + n : 32 + n;
		grown = realloc(batch->ops, room * sizeof(*grown));
		if (!grown)
			return apply->failed_rc = SB_E_NOMEM;
		batch->ops = grown;
		batch->room = room;
	}
	memcpy(batch->ops + batch->n, ops, n * sizeof(*ops));
	batch->n += n;
	return 0;
}

/* Take up to one batch of ready ops whose lanes are free. The parts of one object stay in one
 * request, unless they alone exceed the limit. */
static struct sb_batch *collect_batch(struct sb_apply *apply, struct sb_bucket *bucket)
{
	struct sb_batch *batch = calloc(1, sizeof(*batch));
	size_t limit = batch_share(apply, bucket), items = 0, i, kept = 0, run = 0;

	if (!batch) {
		apply->failed_rc = SB_E_NOMEM;
		return NULL;
	}
	for (i = 0; i < bucket->n; i++) {
		size_t position = bucket->ready[i];
		const struct sb_op *op = &apply->plan->ops[position];

		if (!run) {
			run = sb_lane_run(apply, bucket, i, apply->max_batch);
			if (items && items + run > limit)
				break;
		}
		if (items == apply->max_batch || batch->n + SB_ITEM_OPS > MAX_OPS)
			break;
		run--;
		if (op->state != SB_OP_READY)
			continue; /* ended by the circuit breaker */
		if (sb_lane_is_busy(apply, op))
			bucket->ready[kept++] = position;
		else if (add_item(apply, batch, position) == 0)
			items++;
	}
	memmove(&bucket->ready[kept], &bucket->ready[i], (bucket->n - i) * sizeof(*bucket->ready));
	kept += bucket->n - i;
	bucket->n = kept;
	if (!batch->n) {
		sb_batch_destroy(batch);
		return NULL;
	}
	if (bucket->is_mixed)
		sb_bucket_sort(apply, batch->ops, batch->n);
	batch->apply = apply;
	batch->kind = bucket->kind;
	batch->verb = bucket->verb;
	return batch;
}

/* How urgent it is to take a batch from a bucket. The serial kind takes longest and must never
 * pause. Overdue buckets come next: a chain of few objects (a bridge, the VLAN on it, its address)
 * would otherwise be sent last, one request at a time. */
enum urgency {
	NOT_NOW,
	WHEN_IDLE, /* fewer ops than a batch: only when no request is under way */
	FULL,      /* a whole batch, or all that is left of the bucket */
	OVERDUE,
	FULL_AND_SERIAL,
};

static enum urgency urgency_of(const struct sb_apply *apply, const struct sb_bucket *bucket)
{
	bool is_overdue = apply->n_launched - bucket->since >= OVERDUE_AFTER;
	bool is_full = bucket->n >= apply->max_batch || !bucket->waiting;

	if (!bucket->n || bucket->is_blocked || (sb_bucket_is_serial(bucket) && bucket->in_flight))
		return NOT_NOW;
	if (!sb_shared_lease_admits(apply, bucket->kind, bucket->verb))
		return NOT_NOW;
	if (sb_bucket_is_serial(bucket) && (is_full || is_overdue))
		return FULL_AND_SERIAL;
	if (is_overdue)
		return OVERDUE;
	if (is_full)
		return FULL;
	return apply->in_flight ? NOT_NOW : WHEN_IDLE;
}

/* The most urgent bucket: the first among equals, but the fullest among those that are not full. */
static struct sb_bucket *choose_bucket(struct sb_apply *apply)
{
	struct sb_bucket *best = NULL;
	enum urgency most = NOT_NOW;
	size_t i;

	for (i = 0; i < apply->n_buckets; i++) {
		struct sb_bucket *bucket = &apply->buckets[i];
		enum urgency this = urgency_of(apply, bucket);

		if (this > most || (this == WHEN_IDLE && this == most && bucket->n > best->n)) {
			best = bucket;
			most = this;
		}
	}
	return best;
}

/* The next batch, from the most urgent bucket that yields one: the ready ops of a bucket may all be
 * in busy lanes, or ended by the circuit breaker. */
static struct sb_batch *next_batch(struct sb_apply *apply)
{
	struct sb_bucket *bucket;
	struct sb_batch *batch = NULL;
	size_t i;

	for (i = 0; i < apply->n_buckets; i++)
		apply->buckets[i].is_blocked = false;
	while (!batch && !apply->failed_rc && (bucket = choose_bucket(apply)) != NULL) {
		batch = collect_batch(apply, bucket);
		bucket->is_blocked = !batch;
	}
	return batch;
}

bool sb_schedule_start(struct sb_apply *apply)
{
	struct sb_io *io = sb_http_io(apply->run->http);
	struct sb_batch *batch;

	if (apply->in_flight >= apply->pace.level)
		return false;
	batch = take_deferred(apply, io->ops->now_ms(io));
	if (!batch)
		batch = next_batch(apply);
	if (!batch)
		return false;
	launch_batch(apply, batch);
	return true;
}

int sb_schedule_put(struct sb_apply *apply, size_t op)
{
	return sb_bucket_put(&apply->buckets[apply->plan->ops[op].bucket], op);
}

void sb_schedule_count_waiting(struct sb_apply *apply, const struct sb_op *op, int step)
{
	apply->buckets[op->bucket].waiting += (size_t)step;
}

bool sb_schedule_waits(const struct sb_apply *apply)
{
	return apply->in_flight || apply->deferred || sb_shared_lease_is_awaited(apply);
}

int64_t sb_schedule_tick(struct sb_apply *apply)
{
	return apply->deferred || sb_shared_lease_is_awaited(apply) ? 50 : 1000;
}
