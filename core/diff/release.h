/* SPDX-License-Identifier: Apache-2.0 */
/* Release: giving an adopted object back to the people who made it, instead of deleting it. */
#pragma once

#include "run/run.h"

/* The fate of an owned object that is not wanted any more. */
enum sb_fate {
	SB_FATE_DELETE,
	SB_FATE_RELEASE, /* it was adopted */
	SB_FATE_KEEP,    /* what must be known first could not be read */
	SB_FATE_ASKED,   /* questions are open: a later pass decides */
};

/* row: a flat row of NetBox, borrowed. Functions that return int return 0 or SB_E_NOMEM. */

/** The same for one that can exist alone: also by the change log, where an object of version 0.1.0
 * has no mark; true as well while that question is open, and with prune.adopted = "delete". */
int sb_release_is_adopted(struct sb_run *run, const struct sb_kind *kind, const json_t *row,
			  bool *ret_adopted);

/**
 * Decide what happens to an object of ours that vanished: by its stagebox_adopted and by who gave
 * it its key, as the store and the change log know it, or, for an object of version 0.1.0 without a
 * mark, by the change log. An object is deleted only when the
 * adopted addresses below it are known, because NetBox deletes addresses with their interface.
 *
 * @ret_why  the reason, with SB_FATE_KEEP
 */
int sb_release_judge(struct sb_run *run, const struct sb_kind *kind, const char *key,
		     const json_t *row, enum sb_fate *ret_fate, struct sb_error *ret_why);

/** The same without regard to what is below the object. */
int sb_release_judge_alone(struct sb_run *run, const struct sb_kind *kind, const json_t *row,
			   enum sb_fate *ret_fate, struct sb_error *ret_why);

/** Plan the release of an object as an op of a stage; account counts it (-1: none does). */
int sb_release_object(struct sb_run *run, const struct sb_kind *kind, const char *key,
		      const json_t *row, int account, const char *stage);

/** Plan the same for a second object with a key whose first object stays. */
int sb_release_duplicate(struct sb_run *run, const struct sb_kind *kind, const char *key,
			 const json_t *row, int account);

/** Plan that a copy of a key which others made loses the key and the marks, and nothing else. */
int sb_release_copy(struct sb_run *run, const struct sb_kind *kind, const char *key,
		    const json_t *row, int account);

/** Plan the update that must precede the delete of a device or guest with an adopted primary
 * address: NetBox does not give up the primary address of a parent. Call it before the delete is
 * planned. */
int sb_release_primary_before(struct sb_run *run, const struct sb_kind *kind, const char *key,
			      const json_t *row, const char *stage);

/** Plan the release of the adopted addresses below an object that the op at position seq deletes;
 * the delete waits for them. */
int sb_release_below(struct sb_run *run, const struct sb_kind *kind, const char *key, size_t seq);

/** Does this plan release the object with its deleted parent? Counts it for the account (-1: does
 * not). */
bool sb_release_counts(struct sb_run *run, const char *key, int account);

/** Complete the releases after the last stage of a pass: the order of updates of primary addresses,
 * and accounts where the stage of the addresses did not run. */
int sb_release_finish(struct sb_run *run);
