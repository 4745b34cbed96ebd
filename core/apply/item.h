/* SPDX-License-Identifier: Apache-2.0 */
/* Items of a request that carry the ops of several stages for one object. */
#pragma once

#include "apply/state.h"

enum { SB_ITEM_OPS = 16 }; /* in one item */

/**
 * The ops that are sent in one item: a ready op, and updates of the same object by other stages
 * that wait for nothing but it and each other, and set other fields. From now on these count as
 * ready, and are in no bucket.
 *
 * @ret_ops  positions, the ready op first
 *
 * Returns their number.
 */
size_t sb_item_gather(struct sb_apply *apply, size_t head, size_t ret_ops[SB_ITEM_OPS]);

/** The op that carries another one has ended, or NetBox refused their item: the other one is sent
 * by itself, after the ops that it needs. */
void sb_item_detach(struct sb_apply *apply, size_t position);

/** Is the op sent in the last item of the body? */
bool sb_item_rides(const struct sb_batch *batch, size_t position);

/** Add an op to the body: an item of its own, or a part of the one before it, which carries it.
 * object (taken): what this op alone would send. Returns 0, or SB_E_NOMEM. */
int sb_item_add(struct sb_batch *batch, size_t position, json_t *object_take);

/** The end of the ops in batch->sent that are in the item of the op at this place. */
size_t sb_item_end(const struct sb_batch *batch, size_t first);

/**
 * NetBox refused an item. Returns the place of the op that the refusal is about, or SIZE_MAX when
 * several ops are in question: the first of them is then sent alone, the others after it.
 *
 * @first   place in batch->sent of the item's first op
 * @fields  what NetBox says about each field that it names; NULL = none
 */
size_t sb_item_refused(struct sb_batch *batch, size_t first, const json_t *fields);
