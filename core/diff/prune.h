/* SPDX-License-Identifier: Apache-2.0 */
/* Objects that vanished at the source: which are kept, and which are deleted. */
#pragma once

#include "diff/want.h"

/* Functions that return int return 0 or a negative code, which is SB_E_NOMEM (with err where they
 * have one); account is the position of the account that counts the object (sb_account_at()), row
 * its flat row in NetBox, borrowed. */

/* State of an object whose VMID was reused and that must not be replaced in this run. */
#define SB_VANISHING_HELD "held"

/* State of an object that is released: its parts are deleted or released one by one. */
#define SB_VANISHING_RELEASE "release"

/** Is key an object in that state, or a part of one? */
bool sb_prune_is_held(const struct sb_run *run, const char *key);

/** Decide about one owned object without a source row. Unknown parts are kept; parts of a
 * completely read parent are deleted; top objects become candidates for sb_prune(). @text: the flat
 * row. */
int sb_prune_vanished(struct sb_run *run, const struct sb_reconcile *reconcile, int account,
		      const struct sb_source *source, const char *key, const char *text,
		      struct sb_error *err);

/** Delete the candidates of this call that pass the gate: enabled, runs, grace, count, percentage,
 * proof. */
int sb_prune(struct sb_run *run, const struct sb_reconcile *reconcile, int account,
	     struct sb_error *err);

/** A number of the configuration's group prune, such as "runs", or "grace" in seconds. */
int64_t sb_prune_setting(const struct sb_run *run, const char *name);

/** May n more objects of the kind be deleted in this run? Counts them when they may; else sets
 * diff->gate_refused. */
bool sb_prune_allows(struct sb_run *run, const struct sb_kind *kind, size_t n);

/** Let a delete wait for the objects of the same kind whose parent it deletes, which NetBox refuses
 * to delete before them. op is the newest one of the plan. */
int sb_prune_after_children(struct sb_run *run, struct sb_op *op, const json_t *row);

/** Delete the old object of a reused VMID and create a new one. */
int sb_prune_replaced(struct sb_run *run, const struct sb_kind *kind, struct sb_want *want,
		      const json_t *row, const char *stage, int account);

/** Does this plan delete a parent of key, and key with it? Counts it for the account (-1: does
 * not). */
bool sb_is_deleted_with_parent(struct sb_run *run, const char *key, int account);

/** Let the delete of the parent free the name or address of a part that is deleted with it. */
int sb_prune_free_token(struct sb_run *run, const struct sb_kind *kind, const char *key,
			const json_t *row);

/** Can objects of the kind have a parent of the same kind? NetBox refuses to delete such a parent
 * before its children. */
bool sb_prune_has_parents(const struct sb_kind *kind);

/** The token of such a child by its id: freed when it leaves its parent, claimed by the parent's
 * delete. */
void sb_prune_parent_token(const json_t *id, char *ret_text, size_t room);
