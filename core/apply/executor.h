/* SPDX-License-Identifier: Apache-2.0 */
/* The executors of a plan: one per system that ops write to. What ops need, how they end and how
 * they are counted is the same for all. */
#pragma once

#include "apply/state.h"

struct sb_executor {
	/** An op has no open needs any more. Returns 0, or SB_E_NOMEM. */
	int (*put)(struct sb_apply *apply, size_t op);
	/** Count an op that waits for its needs, or (step -1) does no longer. NULL = nobody asks.
	 */
	void (*count_waiting)(struct sb_apply *apply, const struct sb_op *op, int step);
	/** Start one more request or action; false = none can start now. */
	bool (*start)(struct sb_apply *apply);
	/** Is anything under way, or due later? */
	bool (*waits)(const struct sb_apply *apply);
	/** Do what is due. Returns the milliseconds until it is asked again at the latest. */
	int64_t (*tick)(struct sb_apply *apply);
};

/** The executor of an op's system, from the table of apply.c. */
static inline const struct sb_executor *sb_executor_of(const struct sb_apply *apply,
						       const struct sb_op *op)
{
	return &apply->executors[op->verb == SB_ACT];
}
