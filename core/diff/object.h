/* SPDX-License-Identifier: Apache-2.0 */
/* The decision about one object in a pass. */
#pragma once

#include "diff/pass.h"

/* All of them return 0 or SB_E_NOMEM, and write ops, counters of the pass's account and notes to
 * run->diff; other problems become the status of the stage.
 *
 *   has_row  NetBox has an object with the key, which is kept
 *   row      flat row of that object; borrowed */

/** Leave an object that cannot be decided now; counts it unknown. */
int sb_object_unknown(struct sb_pass *pass, struct sb_want *want, bool has_row);

/** Leave an object that is not wanted; counts it skipped. */
int sb_object_skip(struct sb_pass *pass, struct sb_want *want, bool has_row);

/** Compare with an object, owned or about to be adopted: plans an update, counts same, or asks for
 * the values that we wrote last. */
int sb_object_compare(struct sb_pass *pass, struct sb_want *want, const json_t *row,
		      bool is_adopted);

/** Set fields of an object that this plan creates, in an update after its create. */
int sb_object_later(struct sb_pass *pass, struct sb_want *want);

/** Note a conflict for a person to resolve, without counting. @field: NULL = the whole object.
 * @ours, @theirs: values of both sides, borrowed; NULL = none. */
int sb_object_conflict(struct sb_pass *pass, const char *key, const char *field, const json_t *ours,
		       const json_t *theirs, const char *why);
