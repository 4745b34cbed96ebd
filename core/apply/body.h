/* SPDX-License-Identifier: Apache-2.0 */
/* What is sent: bodies with references resolved. */
#pragma once

#include "apply/state.h"

/** The id of a key: made by this run, or read. 0 = none. */
int64_t sb_apply_id(const struct sb_apply *apply, const char *kind, const char *key);

/** The body of a create or update; NULL with a cause when a reference has no id. New reference. */
json_t *sb_body(const struct sb_apply *apply, const struct sb_op *op, char *ret_cause, size_t room);

/** Flat values with references resolved to ids; one that has no id is left out. New reference. */
json_t *sb_body_flat(const struct sb_apply *apply, const struct sb_kind *kind,
		     const json_t *values);

/** Comma list of the fields that a body writes, for fields=. Caller frees. */
char *sb_body_fields(const json_t *body);

/** Values with references resolved to ids, for the store: only fields that later need them. */
json_t *sb_body_applied(const struct sb_apply *apply, const struct sb_kind *kind,
			const json_t *fields);
