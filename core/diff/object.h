/* SPDX-License-Identifier: Apache-2.0 */
/* The decision about one object in a pass. */
#pragma once

#include "diff/pass.h"

/** Leave an object that cannot be decided now; counts it unknown. */
int sb_object_unknown(struct sb_pass *pass, struct sb_want *want, bool has_row);

/** Leave an object that is not wanted; counts it skipped. */
int sb_object_skip(struct sb_pass *pass, struct sb_want *want, bool has_row);

/** Compare with an object, owned or about to be adopted; plans an update or counts same. */
int sb_object_compare(struct sb_pass *pass, struct sb_want *want, const json_t *row,
		      bool is_adopted);

/** Set fields of an object that this plan creates, in an update after its create. */
int sb_object_later(struct sb_pass *pass, struct sb_want *want);

/** Note a conflict for a person to resolve. @field: NULL = the whole object. */
int sb_object_conflict(struct sb_pass *pass, const char *key, const char *field, const json_t *ours,
		       const json_t *theirs, const char *why);
