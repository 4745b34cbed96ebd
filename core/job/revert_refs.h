/* SPDX-License-Identifier: Apache-2.0 */
/* A revert deletes the objects that the branch created, and NetBox then deletes, or empties, what
 * refers to them, whoever made it. */
#pragma once

#include "model/kinds.h"

/** The objects that a branch created, by what others refer to them with. @diffs: NetBox's changes
 * of the branch, {name: row}. New reference; NULL = out of memory. */
json_t *sb_revert_created(const json_t *diffs);

/**
 * To which of them does an object of main refer since a change?
 *
 * @created  from sb_revert_created()
 * @change   a row of NetBox's change log, with prechange_data and postchange_data
 * Borrowed, a row of diffs; NULL = to none.
 */
const json_t *sb_revert_referred(const struct sb_kinds *kinds, const json_t *created,
				 const json_t *change);
