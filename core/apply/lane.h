/* SPDX-License-Identifier: Apache-2.0 */
/* Lanes: the parts of one object are in one request at a time. */
#pragma once

#include "apply/state.h"

/** A request with this op begins (step 1) or has come back (step -1). */
void sb_lane_move(struct sb_apply *apply, const struct sb_op *op, int step);

/** Is a request with a part of the op's object under way? */
bool sb_lane_is_busy(const struct sb_apply *apply, const struct sb_op *op);

/** How many ready ops from here on, most at the most, are parts of one object. */
size_t sb_lane_run(const struct sb_apply *apply, const struct sb_bucket *bucket, size_t from,
		   size_t most);
