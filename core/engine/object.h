/* SPDX-License-Identifier: Apache-2.0 */
/* One call of sb_reconcile() from the inside, and what it does with one object. */
#pragma once

#include "engine/prune.h"
#include "engine/want.h"

/* What one call of sb_reconcile() works with. */
struct sb_pass {
	struct sb_run *run;
	const struct sb_reconcile *reconcile;
	const struct sb_kind *kind;
	struct sb_nb_list *list;
	struct sb_source *source;
	const char *stage;
	int account;
	bool fields_only;
	bool is_last_round; /* what is still waited for will not come: a ring */
};

static inline struct sb_account *sb_pass_counters(struct sb_pass *pass)
{
	return sb_account_at(pass->run, pass->account);
}

/** Does this NetBox take the field in the object's own write? What it does not take tells objects
 * apart all the same, when one is to be adopted. */
static inline bool sb_object_takes(const struct sb_pass *pass, const struct sb_kind_field *field)
{
	return field->type != SB_FIELD_MAC ||
	       sb_field_writable(pass->run, pass->kind->name, field->name);
}

/** The object cannot be judged: left, counted unknown. */
int sb_object_unknown(struct sb_pass *pass, struct sb_want *want, bool has_row);

/** The object is not wanted: left, counted skipped. */
int sb_object_skip(struct sb_pass *pass, struct sb_want *want, bool has_row);

/** Compare with an existing object, ours or about to be adopted; makes an update or counts same. */
int sb_object_compare(struct sb_pass *pass, struct sb_want *want, const json_t *row,
		      bool is_adopted);

/** Fields of an object that this plan creates, set once it is there. */
int sb_object_later(struct sb_pass *pass, struct sb_want *want);

/* create.c */

/** No such object in NetBox yet: adopt one, create one, or say why not. */
int sb_object_new(struct sb_pass *pass, struct sb_want *want);

/** Its number belongs to another guest now. */
int sb_object_reborn(struct sb_pass *pass, struct sb_want *want, const json_t *row);
bool sb_same_birth(const char *ours, const char *theirs);

/* keep.c */

/** Must this field of an existing object stay as it is, whoever owns it? It is noted why.
 * @set: what the update changes so far. 1 yes, 0 no, or SB_E_NOMEM. */
int sb_object_keeps(struct sb_pass *pass, const struct sb_want *want,
		    const struct sb_kind_field *field, const json_t *row, const json_t *set);

/** Something that a person must decide. @field: NULL = the object as a whole. */
int sb_object_conflict(struct sb_pass *pass, const char *key, const char *field, const json_t *ours,
		       const json_t *theirs, const char *why);

/* block.c */

/** A wanted object whose natural key an object that stays holds: keeps its own, or waits. */
void sb_block_apply(struct sb_pass *pass, struct sb_want *want, bool has_row);
