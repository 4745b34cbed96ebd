/* SPDX-License-Identifier: Apache-2.0 */
/* Objects that vanished at the source: which are kept, and which are deleted. */
#pragma once

#include "diff/want.h"

/* Functions that return int return 0 or a negative code, which is SB_E_NOMEM (with err where they
 * have one); account is the position of the account that counts the object (sb_account_at()), row
 * its flat row in NetBox, borrowed. */

/** Is key an object in the state SB_VANISHING_HELD, or a part of one? */
bool sb_prune_is_held(const struct sb_run *run, const char *key);

/** Decide about one owned object without a source row. Unknown parts are kept; parts of a
 * completely read parent are deleted; top objects become candidates for sb_prune(). @text: the flat
 * row. */
int sb_prune_vanished(struct sb_run *run, int account, const struct sb_source *source,
		      const char *key, const char *text, struct sb_error *err);

/** Delete the candidates of this call that pass the gate (prune_gate.h): enabled, runs, grace,
 * proof, count, percentage. */
int sb_prune(struct sb_run *run, int account, struct sb_error *err);

/** Add the delete of one object (row: of NetBox, flat) without its parts, after the objects of the
 * same kind whose parent it is. The new op is valid until the next one is added; NULL = out of
 * memory. */
struct sb_op *sb_prune_add(struct sb_run *run, const struct sb_kind *kind, const char *key,
			   const json_t *row, int account, const char *why);

/** Delete the old object of a reused VMID, with its parts; the caller creates the new one after it.
 */
int sb_prune_replaced(struct sb_run *run, const struct sb_kind *kind, const char *key,
		      const json_t *row, int account);

/** Does this plan delete a parent of key, and key with it? Counts it for the account (-1: does
 * not). */
bool sb_is_deleted_with_parent(struct sb_run *run, const char *key, int account);

/** Let the delete of the parent free the name or address of a part that is deleted with it. */
int sb_prune_free_token(struct sb_run *run, const struct sb_kind *kind, const char *key,
			const json_t *row);
