/* SPDX-License-Identifier: Apache-2.0 */
/* Parts that have another key at the source now: NetBox's object moves to the new key. */
#pragma once

#include "diff/pass.h"

/* Functions that return int return 0 or SB_E_NOMEM. */

/**
 * Find the object of NetBox that becomes a wanted part whose key NetBox does not have: exactly one
 * owned row that is gone at the source and that nobody else claims.
 *
 * @ret_row    its flat row, a new reference; NULL = none
 * @ret_asked  true: a question is open, this pass is a draft
 */
int sb_move_find(struct sb_pass *pass, struct sb_want *want, json_t **ret_row, bool *ret_asked);

/** Plan the move that sb_move_find() found. */
int sb_move_take(struct sb_pass *pass, struct sb_want *want, const json_t *row);

/** Release what the searches of a pass have kept. */
void sb_move_finish(struct sb_pass *pass);

/** Does NetBox have an object for this key under another key, by this or an earlier pass? */
bool sb_move_is_target(const struct sb_run *run, const char *key);

/** Let the object of from become the one of to, which claims it and may belong to another stage:
 * from its turn on. Repeats the pass unless that is known already. *ret_moves: false = this plan
 * deletes it with its guest. */
int sb_move_release(struct sb_run *run, const char *from, const char *to, bool *ret_moves);

/** Decide an owned object without a source row that moves away: true = decided. Counts it, and lets
 * the delete of its former parent wait for the move. */
bool sb_move_leaves(struct sb_run *run, const struct sb_kind *kind, int account, const char *key,
		    const json_t *row);

/** Give a part that is kept the key of the parent on which NetBox has it, when that has moved. */
int sb_move_follow(struct sb_run *run, const struct sb_kind *kind, int account, const char *key,
		   const json_t *row, bool *ret_moved);

/** The token of an object that leaves its parent, freed by its move. */
void sb_move_token(int64_t id, char ret_text[32]);

/** After all stages: an object lets go of an address that moves to another one before it moves, and
 * the new owner refers to it after. NetBox refuses any other order. */
int sb_move_order(struct sb_run *run);
