/* SPDX-License-Identifier: Apache-2.0 */
/* How an op ends, and what follows for the others. */
#pragma once

#include "apply/state.h"

/** An op has come to its end; what needed it goes on or is skipped. cause is copied. */
void sb_apply_end(struct sb_apply *apply, size_t op, enum sb_op_state state, const char *cause);

/** The request of a batch has come back as it should: what it tells of NetBox's pace. */
void sb_apply_answered(struct sb_batch *batch);

/** A batch has left the wire: its lanes are free. */
void sb_apply_left(struct sb_batch *batch);

/** Come back to these ops as a batch of their own, not before delay_ms. */
void sb_apply_park(struct sb_apply *apply, const struct sb_kind *kind, enum sb_verb verb,
		   const size_t *ops, size_t n, int64_t delay_ms, bool is_unsettled,
		   unsigned attempts);

/** A single object was refused: counts towards the breaker. */
void sb_apply_refused(struct sb_apply *apply, size_t op, const char *text);

/** All ops of a kind that are not under way end as failed with this cause. */
void sb_apply_break(struct sb_apply *apply, const struct sb_kind *kind, const char *cause);

/** The counters of an op's stage, made when it is the first one; NULL = no memory. */
struct sb_progress *sb_apply_progress(struct sb_apply *apply, const struct sb_op *op);

/** The position of the bucket that a batch was taken from. */
size_t sb_batch_bucket(const struct sb_batch *batch);
