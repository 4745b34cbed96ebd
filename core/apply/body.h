/* SPDX-License-Identifier: Apache-2.0 */
/* Request bodies with references resolved to ids. */
#pragma once

#include "apply/state.h"

/** The id of the object with a key, created by this run or read before. 0 = none. */
int64_t sb_apply_id(const struct sb_apply *apply, const char *kind, const char *key);

/** Note the id of an object that exists since the lists were read, for references to its key. */
void sb_apply_note_id(struct sb_apply *apply, const char *key, int64_t id);

/** The body of a create or update, a new reference; NULL with a cause of at most room - 1 bytes
 * when a referenced object has no id. */
json_t *sb_body(const struct sb_apply *apply, const struct sb_op *op, char *ret_cause, size_t room);

/** Flat values with references resolved to ids, without the values that cannot be resolved. New
 * reference. */
json_t *sb_body_flat(const struct sb_apply *apply, const struct sb_kind *kind,
		     const json_t *values);

/** Comma-separated list of the fields that a body writes, for fields=. Caller frees. */
char *sb_body_fields(const json_t *body);

/** Add to each object of a body what NetBox's change log says about the change: the run and the
 * stage. All supported versions take the member, and none stores it in the object. */
void sb_body_add_messages(struct sb_batch *batch);

/** Values for the store with references resolved to ids: only fields whose last written value a
 * later run compares. New reference. */
json_t *sb_body_applied(const struct sb_apply *apply, const struct sb_kind *kind,
			const json_t *fields);
