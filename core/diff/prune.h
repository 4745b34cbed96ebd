/* SPDX-License-Identifier: Apache-2.0 */
/* Objects whose source vanished: what is kept, what goes, and who says so. */
#pragma once

#include "diff/want.h"

/* An object whose number another guest has, and that may not be replaced in this run. */
#define SB_FADING_HELD "held"

/** Is key a part of such an object? */
bool sb_is_held(const struct sb_run *run, const char *key);

/** One owned object without a source row. Unknown parts are kept; parts of a completely read parent
 * go; top objects become candidates for sb_prune(). @text: the flat row. */
int sb_vanish(struct sb_run *run, const struct sb_reconcile *reconcile, int account,
	      const struct sb_source *source, const char *key, const char *text,
	      struct sb_error *err);

/** The gate over the candidates of this call: enabled, runs, grace, count, ratio, proof. */
int sb_prune(struct sb_run *run, const struct sb_reconcile *reconcile, int account,
	     struct sb_error *err);

/** May n more objects of the kind go in this run? Counts them when they may; when not, the gate has
 * refused. */
bool sb_prune_allows(struct sb_run *run, const struct sb_kind *kind, size_t n);

/** Second objects with one key: a defect of an earlier run. The lowest id stays. */
int sb_drop_doubles(struct sb_run *run, const struct sb_reconcile *reconcile, int account,
		    struct sb_error *err);

/** The old object of a reused number goes, a new one comes. */
int sb_replace(struct sb_run *run, const struct sb_kind *kind, struct sb_want *want,
	       const json_t *row, const char *stage, int account);

/** Does a parent of key go in this plan, and key with it? Counts it for the account (-1: not). */
bool sb_goes_with_parent(struct sb_run *run, const char *key, int account);

/** Its name or address is free once the parent that it goes with is deleted. */
int sb_free_with_parent(struct sb_run *run, const struct sb_kind *kind, const char *key,
			const json_t *row);

/** Do objects of the kind stand below others of it, which NetBox does not delete before them? */
bool sb_has_parents(const struct sb_kind *kind);

/** The token of such an object by its id: freed when it leaves its parent, claimed by the parent's
 * delete. */
void sb_parent_token(const json_t *id, char *ret_text, size_t room);
