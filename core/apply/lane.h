/* SPDX-License-Identifier: Apache-2.0 */
/* Lanes: the parts of one object are in at most one request at a time. */
#pragma once

#include "apply/state.h"

/** Count a request with this op as begun (step 1) or answered (step -1). */
void sb_lane_move(struct sb_apply *apply, const struct sb_op *op, int step);

/** Is a request under way that contains a part of the op's object? */
bool sb_lane_is_busy(const struct sb_apply *apply, const struct sb_op *op);

/** How many ready ops from position from on, at most "most", are parts of one object. */
size_t sb_lane_run(const struct sb_apply *apply, const struct sb_bucket *bucket, size_t from,
		   size_t most);
