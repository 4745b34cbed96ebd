/* SPDX-License-Identifier: Apache-2.0 */
/* Parts on which people have worked in NetBox: they are not deleted as soon as they vanish. */
#pragma once

#include "run/run.h"

enum sb_touched {
	SB_UNTOUCHED,
	SB_TOUCHED,
	SB_TOUCHED_ASKED, /* questions are open, and this pass is a draft */
};

/**
 * Did people work on a part that is about to be deleted? They did when it has a cable or is marked
 * as connected, a description or comments other than those that we wrote last, a tag or the value
 * of a custom field that is not ours, or an address or MAC address on it that is not ours. What
 * cannot be found out counts as their work.
 *
 * @source   the collection that lacks it, borrowed; NULL = none, for an object of a second key
 * @row      its flat row, borrowed
 * @ret_why  of SB_TOUCHED: what they did
 *
 * Returns a value of enum sb_touched, or SB_E_NOMEM.
 */
int sb_touched_find(struct sb_run *run, const struct sb_kind *kind, const struct sb_source *source,
		    const char *key, const json_t *row, struct sb_error *ret_why);
