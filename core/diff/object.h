/* SPDX-License-Identifier: Apache-2.0 */
/* What a pass does with one object. */
#pragma once

#include "diff/pass.h"

/** The object cannot be judged: left, counted unknown. */
int sb_object_unknown(struct sb_pass *pass, struct sb_want *want, bool has_row);

/** The object is not wanted: left, counted skipped. */
int sb_object_skip(struct sb_pass *pass, struct sb_want *want, bool has_row);

/** Compare with an existing object, ours or about to be adopted; makes an update or counts same. */
int sb_object_compare(struct sb_pass *pass, struct sb_want *want, const json_t *row,
		      bool is_adopted);

/** Fields of an object that this plan creates, set once it is there. */
int sb_object_later(struct sb_pass *pass, struct sb_want *want);

/** Something that a person must decide. @field: NULL = the object as a whole. */
int sb_object_conflict(struct sb_pass *pass, const char *key, const char *field, const json_t *ours,
		       const json_t *theirs, const char *why);
