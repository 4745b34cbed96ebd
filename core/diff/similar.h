/* SPDX-License-Identifier: Apache-2.0 */
/* Objects in NetBox that may be the same as one that this plan creates: a line of plan and run. */
#pragma once

#include "diff/pass.h"

/* All of them return 0 or SB_E_NOMEM. row: of the object in NetBox, borrowed. */

/** Before a device, cluster or guest is created: ask NetBox for objects with its name or serial
 * number anywhere, and note those that belong to nobody of ours. For an interface of a new device
 * or guest: the same with its MAC address. */
int sb_similar_check(struct sb_pass *pass, const struct sb_want *want);

/** Note one similar object. @by: "name", "serial" or "mac" */
int sb_similar_note(struct sb_run *run, const struct sb_kind *kind, const char *key, const char *by,
		    const json_t *row);

/** Note that a shared object gets another name, because row has its name. */
int sb_similar_note_name(struct sb_run *run, const struct sb_kind *kind, const char *name,
			 const char *other_name, const json_t *row);

/** Take a row of the answer to SB_ASK_SIMILAR; text: of one of its questions. */
int sb_similar_take(struct sb_run *run, const struct sb_kind *kind, const char *text,
		    const json_t *row);

/** The members of such rows, for the query; caller frees. */
char *sb_similar_fields(const struct sb_kind *kind);
