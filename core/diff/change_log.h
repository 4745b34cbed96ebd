/* SPDX-License-Identifier: Apache-2.0 */
/* The change log of NetBox: the values that we wrote last, and who made an object. Functions that
 * return int return 0 or SB_E_NOMEM. */
#pragma once

#include "run/question.h"
#include "run/run.h"

/** Sort records of the change log, the newest first. */
void sb_change_log_sort(json_t *rows);

/** Put what our user wrote last to the object of an SB_ASK_CHANGES question into snap->base, under
 * the key of the question: {field: flat value}, of stagebox_key the last one that we gave, of a set
 * its members under the names of the store (model/set_memory.h). @rows: our records of any objects,
 * the newest first; borrowed; NULL = they could not be read. */
int sb_change_log_put(struct sb_run *run, const struct sb_question *question, const json_t *rows);

/** Add a record to those of its object, as sb_nb_changes() gives them. The log of an object may be
 * long, so not more than two hundred of one object are held at a time. @kept: {"<id>": []} of the
 * objects that were asked for; records of others are dropped. @row: borrowed */
void sb_change_log_keep(json_t *kept, const json_t *row);

/** Put the newest entries about the object of an SB_ASK_LOG question into snap->log, at most a
 * hundred. @kept: of sb_change_log_keep(). @why: why the log could not be read; NULL = kept is
 * complete */
int sb_change_log_put_entries(struct sb_run *run, const struct sb_question *question,
			      const json_t *kept, const struct sb_error *why);

/** The index of an object in answers of the change log: several objects can have the key. @ret_id:
 * the id of its row, 32 bytes */
void sb_change_log_index(const char *key, const json_t *row, char *ret_id, char *ret_index,
			 size_t room);

/** Does NetBox's change log show that our user gave the object this key? Puts the question when it
 * has not been asked. @ret_key: the last key that our user gave it, new reference; NULL = none is
 * known. */
int sb_change_log_ask_key(struct sb_run *run, const struct sb_kind *kind, const char *key,
			  const json_t *row, json_t **ret_key, bool *ret_asked);

/** Who created the object, by NetBox's change log: "1" our user, "0" another one, "-" it does not
 * say, or a reason why it could not be read; NULL = now being asked, or out of memory (rc). */
int sb_change_log_ask_maker(struct sb_run *run, const struct sb_kind *kind, const json_t *row,
			    const char **ret_made);
