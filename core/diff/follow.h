/* SPDX-License-Identifier: Apache-2.0 */
/* A guest that another endpoint of ours had until now, with all its parts: they get the keys of
 * this endpoint before the guest does, so that the other endpoint never finds parts without their
 * guest. */
#pragma once

#include "diff/pass.h"

/* All of them return 0 or SB_E_NOMEM, where nothing else is said. */

/**
 * Ask NetBox for all parts of the object at key, for a move to the wanted object. Each answer is
 * put into its list under the part's new key.
 *
 * @ret_asked  true: a question is open, this pass is a draft
 * @ret_why    code set: NetBox could not be read
 */
int sb_follow_read(struct sb_pass *pass, const struct sb_want *want, const char *key,
		   bool *ret_asked, struct sb_error *ret_why);

/** Take a part of an object that moves here. Returns 1 when it is one, else 0. */
int sb_follow_take(struct sb_run *run, const struct sb_kind *kind, const json_t *row);

/** Plan the new keys of all parts of a wanted object that has moved here (want->stood); its own
 * update waits for them. */
int sb_follow_plan(struct sb_pass *pass, const struct sb_want *want);
