/* SPDX-License-Identifier: Apache-2.0 */
/* Which ops go next: buckets of like ops, lanes per parent, no barrier between kinds. */
#include "engine/apply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/batch.h"
#include "engine/bucket.h"
#include "engine/op_state.h"
#include "stagebox/json.h"
#include "stagebox/log.h"

#define BREAKER_REFUSALS 8
#define PATIENCE         8  /* requests that may go before what is ready but too little for one */
#define MIN_SHARE        25 /* from here on an object costs NetBox no more than in a batch of 100 */

/* The object whose parts must not be in two requests at once: the first three parts of a key. */
static bool lane_of(const struct sb_op *op, char *ret_lane, size_t room)
{
	const char *end = op->key;
	int parts;

	if (sb_starts_with(op->key, "shared/"))
		return false;
	for (parts = 0; parts < 3 && *end; parts++)
		end += strcspn(end, "/") + (parts < 2 && end[strcspn(end, "/")] == '/');
	if ((size_t)(end - op->key) >= room)
		return false;
	memcpy(ret_lane, op->key, (size_t)(end - op->key));
	ret_lane[end - op->key] = '\0';
	return true;
}

static void lane_move(struct sb_apply *apply, const struct sb_op *op, int step)
{
	char lane[256];
	json_int_t users;

	if (!lane_of(op, lane, sizeof(lane)))
		return;
	users = json_integer_value(json_object_get(apply->lanes, lane)) + step;
	if (users > 0)
		json_object_set_new(apply->lanes, lane, json_integer(users));
	else
		json_object_del(apply->lanes, lane);
}

static bool lane_is_busy(const struct sb_apply *apply, const struct sb_op *op)
{
	char lane[256];

	return lane_of(op, lane, sizeof(lane)) && json_object_get(apply->lanes, lane);
}

/* The counters of an op's stage, made when it is the first one; NULL = no memory. */
static struct sb_progress *progress_of(struct sb_apply *apply, const struct sb_op *op)
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

/* Progress per stage, for the live lines. */
static void tell_progress(struct sb_apply *apply, const struct sb_op *op)
{
	const struct sb_progress *progress = progress_of(apply, op);

	sb_event_send(apply->events, json_pack("{s:s, s:s, s:I, s:I}", "ev", "progress", "stage",
					       op->stage, "done", (json_int_t)progress->done,
					       "total", (json_int_t)progress->total));
}

/* The counters that an op moves when it ends are moved once per object, in finish(). */
void sb_apply_end(struct sb_apply *apply, size_t position, enum sb_op_state state,
		  const char *cause)
{
	struct sb_op *op = &apply->plan->ops[position];
	char because[400];
	size_t i;

	if (op->state == SB_OP_WAITING)
		apply->buckets[op->bucket].waiting--;
	op->state = state;
	op->is_ended = true;
	progress_of(apply, op)->done++;
	sb_op_close(op);
	apply->unfinished--;
	if (cause && (state == SB_OP_FAILED || state == SB_OP_SKIPPED)) {
		free(op->cause);
		op->cause = strdup(cause);
		sb_log(state == SB_OP_FAILED ? SB_LOG_WARN : SB_LOG_INFO,
		       "%s of \"%s\" %s: kind=%s reason=\"%s\"", sb_verb_name(op->verb), op->key,
		       state == SB_OP_FAILED ? "failed" : "skipped", op->kind->name, cause);
	}
	for (i = 0; i < op->n_blocks; i++) {
		struct sb_op *next = &apply->plan->ops[op->blocks[i]];

		if (next->state != SB_OP_WAITING)
			continue;
		if (state == SB_OP_FAILED || state == SB_OP_SKIPPED) {
			snprintf(because, sizeof(because), "%s of %s: %s", sb_verb_name(op->verb),
				 op->key, op->cause ? op->cause : "failed");
			sb_apply_end(apply, op->blocks[i], SB_OP_SKIPPED, because);
		} else if (--next->n_needs == 0) {
			struct sb_bucket *bucket = &apply->buckets[next->bucket];

			next->state = SB_OP_READY;
			bucket->waiting--;
			if (sb_bucket_put(bucket, op->blocks[i]) < 0)
				apply->failed_rc = SB_E_NOMEM;
		}
	}
}

/* A stage lasts until its last request has come back. */
static void mark_stage_time(struct sb_apply *apply, const struct sb_op *op)
{
	struct sb_run *run = apply->run;
	struct sb_io *io = sb_http_io(run->http);
	size_t i;

	for (i = 0; i < sb_registry_n_stages(run->registry); i++) {
		if (sb_streq(sb_run_stage_name(run, i), op->stage))
			run->stages[i].ended_ms = io->ops->now_ms(io);
	}
}

static size_t bucket_of(const struct sb_batch *batch)
{
	return batch->apply->plan->ops[batch->ops[0]].bucket;
}

void sb_apply_answered(struct sb_batch *batch)
{
	struct sb_apply *apply = batch->apply;
	struct sb_io *io = sb_http_io(apply->run->http);

	sb_pace_done(&apply->pace, batch->pace_mark, bucket_of(batch), batch->n_sent,
		     io->ops->now_ms(io) - batch->sent_ms);
}

void sb_apply_left(struct sb_batch *batch)
{
	struct sb_apply *apply = batch->apply;
	size_t i;

	for (i = 0; i < batch->n; i++)
		lane_move(apply, &apply->plan->ops[batch->ops[i]], -1);
	apply->in_flight--;
	for (i = 0; i < batch->n; i++) {
		if (!i || !sb_streq(apply->plan->ops[batch->ops[i]].stage,
				    apply->plan->ops[batch->ops[i - 1]].stage))
			mark_stage_time(apply, &apply->plan->ops[batch->ops[i]]);
	}
	apply->buckets[bucket_of(batch)].in_flight--;
	tell_progress(apply, &apply->plan->ops[batch->ops[0]]);
}

void sb_apply_park(struct sb_apply *apply, const struct sb_kind *kind, enum sb_verb verb,
		   const size_t *ops, size_t n, int64_t delay_ms, bool is_unsettled,
		   unsigned attempts)
{
	struct sb_io *io = sb_http_io(apply->run->http);
	const char *broken = is_unsettled ? NULL : sb_json_str(apply->broken, kind->name);
	struct sb_batch *batch, **end;
	size_t i;

	for (i = 0; broken && i < n; i++)
		sb_apply_end(apply, ops[i], SB_OP_FAILED, broken);
	if (broken)
		return;
	batch = calloc(1, sizeof(*batch));
	if (batch)
		batch->ops = calloc(n, sizeof(*batch->ops));
	if (!batch || !batch->ops) {
		free(batch);
		apply->failed_rc = SB_E_NOMEM;
		return;
	}
	batch->apply = apply;
	batch->kind = kind;
	batch->verb = verb;
	batch->n = n;
	batch->is_unsettled = is_unsettled;
	batch->attempts = attempts;
	batch->due_ms = io->ops->now_ms(io) + delay_ms;
	memcpy(batch->ops, ops, n * sizeof(*ops));
	for (i = 0; i < n; i++) {
		apply->plan->ops[ops[i]].state = SB_OP_UNSETTLED;
		sb_op_close(&apply->plan->ops[ops[i]]);
	}
	/* What waits for nothing goes first: halves of halves, so that a single refusal is found
	 * before the next batch is cut. */
	for (end = &apply->parked; delay_ms && *end; end = &(*end)->next)
		;
	batch->next = *end;
	*end = batch;
}

void sb_apply_refused(struct sb_apply *apply, size_t position, const char *text)
{
	const struct sb_op *op = &apply->plan->ops[position];
	const struct sb_kind *kind = op->kind;
	json_t *texts = json_object_get(apply->refusals, kind->name);
	char cause[400];
	json_int_t n;

	if (!texts) {
		texts = json_object();
		json_object_set_new(apply->refusals, kind->name, texts);
	}
	n = json_integer_value(json_object_get(texts, text)) + 1;
	json_object_set_new(texts, text, json_integer(n));
	sb_apply_end(apply, position, SB_OP_FAILED, text);
	if (n < BREAKER_REFUSALS)
		return;
	snprintf(cause, sizeof(cause),
		 "%d objects of kind %s were refused alike, so the rest was not "
		 "tried: %s",
		 BREAKER_REFUSALS, kind->name, text);
	sb_apply_break(apply, kind, cause);
}

void sb_apply_break(struct sb_apply *apply, const struct sb_kind *kind, const char *cause)
{
	size_t i;

	json_object_set_new(apply->broken, kind->name, json_string(cause));
	for (i = 0; i < apply->plan->n; i++) {
		struct sb_op *op = &apply->plan->ops[i];

		if (op->kind == kind && (op->state == SB_OP_READY || op->state == SB_OP_WAITING ||
					 op->state == SB_OP_UNSETTLED))
			sb_apply_end(apply, i, SB_OP_FAILED, cause);
	}
}

/* Send */

/* One request more was sent: the others that have something have waited for one more. */
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

static void launch(struct sb_apply *apply, struct sb_batch *batch)
{
	struct sb_bucket *bucket = &apply->buckets[bucket_of(batch)];
	size_t i;

	for (i = 0; i < sb_registry_n_stages(apply->run->registry); i++) {
		if (sb_streq(sb_run_stage_name(apply->run, i),
			     apply->plan->ops[batch->ops[0]].stage))
			sb_run_announce(apply->run, i);
	}
	for (i = 0; i < batch->n; i++) {
		apply->plan->ops[batch->ops[i]].state = SB_OP_SENT;
		if (sb_op_open(&apply->plan->ops[batch->ops[i]]) < 0)
			apply->failed_rc = SB_E_NOMEM;
		lane_move(apply, &apply->plan->ops[batch->ops[i]], 1);
	}
	apply->in_flight++;
	bucket->in_flight++;
	count_launch(apply, bucket);
	sb_batch_start(batch);
}

/* A parked batch whose time has come and whose lanes are free, before its last attempt also of what
 * may be in its way in NetBox: others of its sort. Ops that ended meanwhile fall out. */
static struct sb_batch *unpark(struct sb_apply *apply, int64_t now_ms)
{
	struct sb_batch **link, *batch;
	size_t i, n;

	for (link = &apply->parked; (batch = *link) != NULL; link = &batch->next) {
		bool busy = batch->due_ms > now_ms;

		for (i = n = 0; i < batch->n; i++) {
			const struct sb_op *op = &apply->plan->ops[batch->ops[i]];

			if (op->state != SB_OP_UNSETTLED)
				continue;
			busy = busy || lane_is_busy(apply, op) ||
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
		return unpark(apply, now_ms);
	}
	return NULL;
}

/* How many ready ops from here on are parts of one object: they become ready together. */
static size_t lane_run(const struct sb_apply *apply, const struct sb_bucket *bucket, size_t from,
		       size_t most)
{
	char lane[256], other[256];
	size_t n = 1;

	if (!lane_of(&apply->plan->ops[bucket->ready[from]], lane, sizeof(lane)))
		return 1;
	while (n < most && from + n < bucket->n &&
	       lane_of(&apply->plan->ops[bucket->ready[from + n]], other, sizeof(other)) &&
	       sb_streq(lane, other))
		n++;
	return n;
}

/* How many ops a batch may take: its share where nothing else is ready, so that each lane has
 * something to do. An object costs the same in all batches of that size. */
static size_t share_of(const struct sb_apply *apply, const struct sb_bucket *bucket)
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

/* Take up to a batch of ready ops whose lanes are free. The parts of one object stay in one
 * request, unless they alone are more than the limit. */
static struct sb_batch *collect(struct sb_apply *apply, struct sb_bucket *bucket)
{
	struct sb_batch *batch = calloc(1, sizeof(*batch));
	size_t limit = share_of(apply, bucket), i, kept = 0, run = 0;

	if (batch)
		batch->ops = calloc(apply->max_batch, sizeof(*batch->ops));
	if (!batch || !batch->ops) {
		free(batch);
		apply->failed_rc = SB_E_NOMEM;
		return NULL;
	}
	for (i = 0; i < bucket->n; i++) {
		size_t position = bucket->ready[i];
		const struct sb_op *op = &apply->plan->ops[position];

		if (!run) {
			run = lane_run(apply, bucket, i, apply->max_batch);
			if (batch->n && batch->n + run > limit)
				break;
		}
		if (batch->n == apply->max_batch)
			break;
		run--;
		if (op->state != SB_OP_READY)
			continue; /* ended by the breaker */
		if (!lane_is_busy(apply, op))
			batch->ops[batch->n++] = position;
		else
			bucket->ready[kept++] = position;
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

/* How much a bucket should be taken from. The serial kind takes longest and must never pause. What
 * has waited for long is next: a chain of few objects (a bridge, the VLAN on it, its address) would
 * else be left to the end, when nothing is there to go beside it. */
enum urgency {
	NOT_NOW,
	FOR_WANT_OF_BETTER, /* what there is, when nothing is under way */
	FULL,               /* a whole batch, or all that is left */
	OVERDUE,
	FULL_AND_SERIAL,
};

static enum urgency urgency_of(const struct sb_apply *apply, const struct sb_bucket *bucket)
{
	bool is_overdue = apply->n_launched - bucket->since >= PATIENCE;
	bool is_full = bucket->n >= apply->max_batch || !bucket->waiting;

	if (!bucket->n || bucket->is_blocked || (sb_bucket_is_serial(bucket) && bucket->in_flight))
		return NOT_NOW;
	if (sb_bucket_is_serial(bucket) && (is_full || is_overdue))
		return FULL_AND_SERIAL;
	if (is_overdue)
		return OVERDUE;
	if (is_full)
		return FULL;
	return apply->in_flight ? NOT_NOW : FOR_WANT_OF_BETTER;
}

/* The bucket to take from: of equally urgent ones the first, of those that are not full the
 * fullest. */
static struct sb_bucket *choose(struct sb_apply *apply)
{
	struct sb_bucket *best = NULL;
	enum urgency most = NOT_NOW;
	size_t i;

	for (i = 0; i < apply->n_buckets; i++) {
		struct sb_bucket *bucket = &apply->buckets[i];
		enum urgency this = urgency_of(apply, bucket);

		if (this > most ||
		    (this == FOR_WANT_OF_BETTER && this == most && bucket->n > best->n)) {
			best = bucket;
			most = this;
		}
	}
	return best;
}

/* A batch of the first bucket that has one: all that is ready in another may be parts of objects
 * that are under way, or ended by the breaker. */
static struct sb_batch *next_batch(struct sb_apply *apply)
{
	struct sb_bucket *bucket;
	struct sb_batch *batch = NULL;
	size_t i;

	for (i = 0; i < apply->n_buckets; i++)
		apply->buckets[i].is_blocked = false;
	while (!batch && !apply->failed_rc && (bucket = choose(apply)) != NULL) {
		batch = collect(apply, bucket);
		bucket->is_blocked = !batch;
	}
	return batch;
}

static bool start_one(struct sb_apply *apply)
{
	struct sb_io *io = sb_http_io(apply->run->http);
	struct sb_batch *batch;

	if (apply->in_flight >= apply->pace.level)
		return false;
	batch = unpark(apply, io->ops->now_ms(io));
	if (!batch)
		batch = next_batch(apply);
	if (!batch)
		return false;
	launch(apply, batch);
	return true;
}

/* Nothing is under way and nothing can start: what is left waits for something that will not
 * come. */
static void end_stuck(struct sb_apply *apply)
{
	size_t i;

	for (i = 0; i < apply->plan->n; i++) {
		if (!apply->plan->ops[i].is_ended)
			sb_apply_end(apply, i, SB_OP_SKIPPED, "what it needs will not come");
	}
}

static int apply_loop(struct sb_apply *apply, struct sb_error *err)
{
	int rc = 0;

	while (!rc && apply->unfinished && !apply->failed_rc) {
		while (start_one(apply))
			;
		if (!apply->in_flight && !apply->parked)
			end_stuck(apply);
		else
			rc = sb_http_turn(apply->run->http, apply->parked ? 50 : 1000, err);
	}
	if (!rc && apply->failed_rc)
		rc = sb_fail(err, apply->failed_rc, "applying: out of memory");
	return rc;
}

static int apply_init(struct sb_apply *apply)
{
	size_t i;
	int rc = 0;

	apply->lanes = json_object();
	apply->refusals = json_object();
	apply->broken = json_object();
	apply->ids = sb_table_create();
	if (!apply->lanes || !apply->refusals || !apply->broken || !apply->ids ||
	    sb_buckets_make(apply) < 0)
		return SB_E_NOMEM;
	for (i = 0; !rc && i < apply->plan->n; i++) {
		const struct sb_op *op = &apply->plan->ops[i];
		struct sb_bucket *bucket = &apply->buckets[op->bucket];
		struct sb_progress *progress = progress_of(apply, op);

		if (!progress)
			return SB_E_NOMEM;
		progress->total++;
		apply->unfinished++;
		if (op->state == SB_OP_WAITING)
			bucket->waiting++;
		else if (op->state == SB_OP_READY)
			rc = sb_bucket_put(bucket, i);
	}
	return rc;
}

/* What was decided before the first request: there already, or not to be tried. */
static int end_decided(struct sb_apply *apply)
{
	size_t i;

	for (i = 0; i < apply->plan->n; i++) {
		struct sb_op *op = &apply->plan->ops[i];
		sb_autofree char *cause = op->cause ? strdup(op->cause) : NULL;

		if (op->state == SB_OP_ALREADY || (op->state == SB_OP_SKIPPED && !op->is_ended))
			sb_apply_end(apply, i, op->state, cause);
	}
	return apply->failed_rc;
}

static void apply_finish(struct sb_apply *apply)
{
	struct sb_batch *batch;
	size_t i;

	while ((batch = apply->parked) != NULL) {
		apply->parked = batch->next;
		sb_batch_destroy(batch);
	}
	for (i = 0; apply->buckets && i < apply->n_buckets; i++)
		free(apply->buckets[i].ready);
	free(apply->buckets);
	free(apply->progress);
	sb_pace_finish(&apply->pace);
	json_decref(apply->lanes);
	json_decref(apply->refusals);
	json_decref(apply->broken);
	sb_table_destroy(apply->ids);
}

int sb_apply(struct sb_run *run, struct sb_events *events, struct sb_error *err)
{
	const json_t *netbox = json_object_get(run->conf, "netbox");
	struct sb_apply apply = {.run = run, .plan = &run->diff->plan, .events = events};
	int rc;

	apply.max_batch = (size_t)json_integer_value(json_object_get(netbox, "batch"));
	apply.settle_ms = 1000 * json_integer_value(json_object_get(netbox, "settle"));
	if (!apply.max_batch)
		apply.max_batch = 100;
	rc = apply_init(&apply);
	if (!rc)
		rc = sb_pace_init(
			&apply.pace,
			(unsigned)json_integer_value(json_object_get(netbox, "in_flight")),
			apply.n_buckets);
	if (!rc)
		rc = end_decided(&apply);
	if (rc < 0)
		sb_fail(err, rc, "applying: out of memory");
	else
		rc = apply_loop(&apply, err);
	run->in_flight = apply.pace.level;
	apply_finish(&apply);
	return rc;
}
