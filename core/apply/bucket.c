/* SPDX-License-Identifier: Apache-2.0 */
/* Grouping ops by which of them may share a request. */
#include "apply/bucket.h"

#include <stdlib.h>
#include <string.h>

static bool is_same_sort(const struct sb_bucket *bucket, const struct sb_op *op)
{
	return bucket->kind == op->kind && bucket->verb == op->verb;
}

static bool takes_op(const struct sb_bucket *bucket, const struct sb_op *op)
{
	return is_same_sort(bucket, op) && (bucket->is_mixed || sb_streq(bucket->group, op->group));
}

/* Does one request take all ops of this verb and kind? Then no second request can deadlock with it.
 */
static bool fits_one_request(const struct sb_apply *apply, const struct sb_bucket *bucket)
{
	size_t i, n = 0;

	for (i = 0; i < apply->plan->n && n <= apply->max_batch; i++)
		n += is_same_sort(bucket, &apply->plan->ops[i]);
	return n <= apply->max_batch;
}

static bool has_bucket(const struct sb_apply *apply, const struct sb_op *op)
{
	size_t i;

	for (i = 0; i < apply->n_buckets; i++)
		if (takes_op(&apply->buckets[i], op))
			return true;
	return false;
}

static size_t bucket_rank(const struct sb_apply *apply, const struct sb_bucket *bucket)
{
	size_t i;

	for (i = 0; i < apply->run->snap->n_lists; i++)
		if (apply->run->snap->lists[i].kind == bucket->kind)
			break;
	return 3 * i + bucket->verb;
}

/* Keep the order of the list of kinds, in which referenced kinds come first; groups keep the order
 * of the plan. */
static int insert_bucket(struct sb_apply *apply, const struct sb_op *op)
{
	struct sb_bucket bucket = {.kind = op->kind, .verb = op->verb, .group = op->group};
	struct sb_bucket *grown =
		realloc(apply->buckets, (apply->n_buckets + 1) * sizeof(*apply->buckets));
	size_t at = apply->n_buckets;

	if (!grown)
		return SB_E_NOMEM;
	apply->buckets = grown;
	bucket.is_mixed = op->verb == SB_CREATE && op->kind->counted_field &&
			  fits_one_request(apply, &bucket);
	while (at && bucket_rank(apply, &grown[at - 1]) > bucket_rank(apply, &bucket))
		at--;
	memmove(&grown[at + 1], &grown[at], (apply->n_buckets - at) * sizeof(*grown));
	grown[at] = bucket;
	apply->n_buckets++;
	return 0;
}

int sb_buckets_make(struct sb_apply *apply)
{
	size_t i, j;

	for (i = 0; i < apply->plan->n; i++)
		if (apply->plan->ops[i].verb != SB_ACT &&
		    !has_bucket(apply, &apply->plan->ops[i]) &&
		    insert_bucket(apply, &apply->plan->ops[i]) < 0)
			return SB_E_NOMEM;
	for (i = 0; i < apply->plan->n; i++) {
		if (apply->plan->ops[i].verb == SB_ACT)
			continue;
		for (j = 0; !takes_op(&apply->buckets[j], &apply->plan->ops[i]); j++)
			;
		apply->plan->ops[i].bucket = j;
	}
	return 0;
}

int sb_bucket_put(struct sb_bucket *bucket, size_t op)
{
	size_t *ready, room;

	if (bucket->n == bucket->room) {
		room = bucket->room ? 2 * bucket->room : 32;
		ready = realloc(bucket->ready, room * sizeof(*ready));
		if (!ready)
			return SB_E_NOMEM;
		bucket->ready = ready;
		bucket->room = room;
	}
	bucket->ready[bucket->n++] = op;
	return 0;
}

void sb_bucket_sort(const struct sb_apply *apply, size_t *ops, size_t n)
{
	size_t i, j;

	for (i = 1; i < n; i++) {
		size_t op = ops[i];
		const char *group = apply->plan->ops[op].group;

		for (j = i; j && strcmp(apply->plan->ops[ops[j - 1]].group, group) > 0; j--)
			ops[j] = ops[j - 1];
		ops[j] = op;
	}
}

bool sb_bucket_is_serial(const struct sb_bucket *bucket)
{
	return bucket->verb == SB_CREATE && bucket->kind->flags & SB_KIND_SERIAL;
}
