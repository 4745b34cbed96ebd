/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses that another endpoint of ours has in NetBox and does not have any more. */
#pragma once

#include "diff/pass.h"

/**
 * Find the address of a wanted one below another endpoint, where it vanished: the last complete run
 * of that endpoint lacked it or its guest. Its row moves, like one of this endpoint.
 *
 * @ret_row    its flat row, a new reference; NULL = none. want->stood is its key
 * @ret_asked  true: a question is open, this pass is a draft
 *
 * Returns 0, or SB_E_NOMEM.
 */
int sb_elsewhere_find(struct sb_pass *pass, struct sb_want *want, json_t **ret_row,
		      bool *ret_asked);

/** Does the key belong to another endpoint? */
bool sb_elsewhere_is_other(const struct sb_run *run, const char *key);

/** Does the row of another endpoint move by itself when that endpoint lacks it? */
bool sb_elsewhere_moves(const struct sb_pass *pass, const json_t *row);

/** Did the endpoint of the key lack it, or an object above it, in its last complete run? */
bool sb_elsewhere_is_vanished(const struct sb_run *run, const char *key);

/** An op that only clears the reference of another endpoint's object to an address, as
 * sb_move_order() plans it: the op of run->diff->plan that moves the address to this endpoint,
 * valid as long as the plan. NULL = the op is another one. */
const struct sb_op *sb_elsewhere_move_of(const struct sb_run *run, const struct sb_op *op);

/** The index in snap->origins of the objects whose reference field names an object by its id. */
void sb_elsewhere_index(const struct sb_kind *kind, const char *field, int64_t id,
			char ret_text[200]);
