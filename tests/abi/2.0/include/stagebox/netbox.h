/* SPDX-License-Identifier: Apache-2.0 */
/* The side of NetBox in a snapshot: the rows of the kinds that a stage declares in reads and
 * writes. They are there in diff, and in show of a view; a stage that asks for them elsewhere
 * fails. Rows do not change while a run compares. */
#pragma once

#include "stagebox/snap.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * One object of NetBox with a key of the endpoint, or of a shared kind with its shared key.
 *
 * Returns a new reference to an object: "id", the fields that the stages of the run declared for
 * the kind, each as sb_want_set() takes it (a reference is an id), and our custom fields. NULL =
 * NetBox has none, or it is not known (sb_nb_state()).
 */
SB_API json_t *sb_nb_get(const struct sb_stage_run *stage, const char *kind, const char *key);

/**
 * What NetBox's change log says of one object, by its id in NetBox: the entries of all users, the
 * newest first, at most 100. Only from diff, where the log is not there the first time: diff is
 * called again in this run, when it has been read. So ask for all objects before diff returns: a
 * stage that still asks for further ones in its ninth call fails.
 *
 * Returns a new reference to an array of {"id", "time", "action": "create" | "update" | "delete",
 * "user", "request_id", "before", "after"}; the last two are the fields as NetBox recorded them, or
 * null. Empty = the log no longer has any. NULL with ret_why: SB_E_BUSY for the first time;
 * SB_E_ARG for a kind that does not exist; SB_E_STATE outside of diff; else why the log could not
 * be read.
 */
SB_API json_t *sb_nb_changes(struct sb_stage_run *stage, const char *kind, int64_t id,
			     struct sb_error *ret_why);

typedef int sb_nb_row_fn(struct sb_stage_run *stage, const json_t *row, void *arg,
			 struct sb_error *err);

/**
 * Call fn for each object of one row of the stage's reads, by key (OURS) or id. A negative return
 * value of fn stops the loop and is returned.
 *
 * @read  position in the table reads
 * @fn    gets a borrowed row as of sb_nb_get(). With another scope than OURS it also has all custom
 *        fields ("custom_fields", as NetBox has them) and "etag", which NetBox 4.6 and newer accept
 *        in If-Match; NULL where there is none. "stagebox_key" is the key, if the object has one
 */
SB_API int sb_nb_each(struct sb_stage_run *stage, size_t read, sb_nb_row_fn *fn, void *arg,
		      struct sb_error *err);

/** How much of one row of the stage's reads is known: complete, partial or unknown. @ret_why the
 * reason unless it is complete. */
SB_API enum sb_rows_known sb_nb_state(const struct sb_stage_run *stage, size_t read,
				      struct sb_error *ret_why);

#ifdef __cplusplus
}
#endif
