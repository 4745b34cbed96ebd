/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of references to which people and several stages add members. */
#pragma once

#include "diff/pass.h"
#include "diff/policy.h"

/* The decision about one set. */
struct sb_set_change {
	json_t *set;      /* the members that NetBox gets; NULL = they are there */
	json_t *remember; /* name (model/set_memory.h) -> members, for the store when NetBox has
			     them */
};

void sb_set_change_finish(struct sb_set_change *change);

/** The members that stages are known to have added to a set of an object, under the names of
 * model/set_memory.h: by the store, else by the change log. Borrowed from last; NULL = not known.
 */
const json_t *sb_union_memory(const struct sb_last *last, const char *field);

/**
 * Decide the tags of an existing object: those in NetBox, and what the stage of the pass wants. A
 * member goes only if this stage added it, does not want it any more, and no other stage wants it
 * or is known to have added it; a stage that does not know now, or is not loaded, keeps what it
 * added. What people gave first stays theirs, also while a stage wants it. Without the store it is
 * the change log that shows what we added, and which stage; a member of which it does not show the
 * stage stays.
 *
 * @is_adopted  the object is being adopted: it loses only tags by which tools mark it as gone
 */
enum sb_choice sb_union_choose(struct sb_pass *pass, const struct sb_want *want,
			       const struct sb_kind_field *field, const json_t *current,
			       bool is_adopted, struct sb_last *last, struct sb_set_change *ret);

/** Note what the store remembers of an update once NetBox has accepted it: of the update of this
 * stage only. Returns 0, or SB_E_NOMEM. */
int sb_union_note_members(struct sb_pass *pass, const char *key, const json_t *members);

/** At the end of a pass: the store forgets members that people removed, also of the stages that
 * said nothing in this pass. Returns 0, or SB_E_NOMEM. */
int sb_union_finish(struct sb_run *run);

/** A stage that adds no member has nothing to write to an object that is new: remove its empty
 * sets. */
void sb_union_drop_empty(struct sb_want *want);

/** The same for an object that this plan creates. */
int sb_union_note_later(struct sb_pass *pass, const struct sb_want *want);

/** All members that stages are known to have added: of the values of an object in the store. New
 * reference; NULL = nothing is known about the field. */
json_t *sb_union_remembered(const json_t *applied, const char *field);
