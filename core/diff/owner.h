/* SPDX-License-Identifier: Apache-2.0 */
/* Which of several objects in NetBox with one key is ours, and what becomes of the others. Anybody
 * who may change an object can copy a key, so that a key alone proves nothing. */
#pragma once

#include "diff/release.h"
#include "diff/want.h"

/* Functions that return int return 0 or SB_E_NOMEM. */

/**
 * Let the object that is ours have the key in the snapshot: the one whose instance id or parent is
 * that of the source; of several, the one to which NetBox's change log shows that our user gave the
 * key; then the one whose mark and numbers fit; then the one that has our parts; of rows that are
 * equal in all this the oldest. Until the log has been asked the oldest has the key.
 *
 * @want  the object at the source; NULL = it has vanished there
 */
int sb_owner_settle(struct sb_run *run, const struct sb_kind *kind, const char *key,
		    const struct sb_want *want);

/** The same for all keys below a prefix that are not in source (NULL = no key is). */
int sb_owner_settle_vanished(struct sb_run *run, const struct sb_kind *kind, const char *prefix,
			     const struct sb_source *source);

/**
 * Decide about the objects below the prefix of reconcile that have a key of ours and are not ours.
 * A copy that others made gets back its key only. One that our user created and that nobody has
 * worked on is deleted: at once when it is what an interrupted run created twice, else a guest,
 * node or cluster with the gates of prune only. All others are kept; each but the first kind makes
 * the stage partial.
 */
int sb_owner_drop_others(struct sb_run *run, const struct sb_reconcile *reconcile, int account,
			 struct sb_error *err);

/** Decide as sb_owner_drop_others() for an op of a saved plan about the object with this id; a
 * delete that needs the gates of prune is SB_FATE_KEEP. @ret_second: another object has the key;
 * else nothing is decided. */
int sb_owner_judge(struct sb_run *run, const struct sb_kind *kind, const char *key, int64_t id,
		   bool *ret_second, enum sb_fate *ret_fate);
