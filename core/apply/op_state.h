/* SPDX-License-Identifier: Apache-2.0 */
/* Ending an op, and the consequences for the ops that depend on it. */
#pragma once

#include "apply/state.h"

/** End an op; ops that depend on it become ready or are skipped. cause is copied. */
void sb_apply_end(struct sb_apply *apply, size_t op, enum sb_op_state state, const char *cause);

/** Measure NetBox's pace by the successful request of a batch. */
void sb_apply_note_answer(struct sb_batch *batch);

/** Free the lanes of a batch whose request is no longer under way. */
void sb_apply_release_lanes(struct sb_batch *batch);

/** Send these ops later as a batch of their own, not before delay_ms has passed. */
void sb_apply_defer(struct sb_apply *apply, const struct sb_kind *kind, enum sb_verb verb,
		    const size_t *ops, size_t n, int64_t delay_ms, bool is_unsettled,
		    unsigned attempts);

/** The counters of an op's stage, created at its first op; NULL = out of memory. The pointer is
 * valid until the first op of another stage. */
struct sb_progress *sb_apply_progress(struct sb_apply *apply, const struct sb_op *op);

/** The position of the bucket that a batch was taken from. */
size_t sb_batch_bucket(const struct sb_batch *batch);
