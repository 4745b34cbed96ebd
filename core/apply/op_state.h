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

/** Report to the parent how far the stage of an op is. */
void sb_apply_send_progress(struct sb_apply *apply, const struct sb_op *op);

/** The counters of an op's stage, created at its first op; NULL = out of memory. The pointer is
 * valid until the first op of another stage. */
struct sb_progress *sb_apply_progress(struct sb_apply *apply, const struct sb_op *op);
