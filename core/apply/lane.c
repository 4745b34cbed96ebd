/* SPDX-License-Identifier: Apache-2.0 */
/* Lanes: the parts of one object are in at most one request at a time. */
#include "apply/lane.h"

#include <string.h>

/* The lane of an op is the first three parts of its key: the object whose parts must not be in two
 * requests at once. */
static bool lane_of(const struct sb_op *op, char *ret_lane, size_t room)
{
	size_t len = sb_key_top_length(op->key);

	if (sb_starts_with(op->key, "shared/") || len >= room)
		return false;
	memcpy(ret_lane, op->key, len);
	ret_lane[len] = '\0';
	return true;
}

void sb_lane_move(struct sb_apply *apply, const struct sb_op *op, int step)
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

bool sb_lane_is_busy(const struct sb_apply *apply, const struct sb_op *op)
{
	char lane[256];

	return lane_of(op, lane, sizeof(lane)) && json_object_get(apply->lanes, lane);
}

size_t sb_lane_run(const struct sb_apply *apply, const struct sb_bucket *bucket, size_t from,
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
