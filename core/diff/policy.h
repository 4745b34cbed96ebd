/* SPDX-License-Identifier: Apache-2.0 */
/* Deciding by policy whether a field of an existing object is written. */
#pragma once

#include "run/run.h"

enum sb_choice {
	SB_CHOICE_SAME,
	SB_CHOICE_SET,
	SB_CHOICE_KEEP,     /* the value in NetBox stays */
	SB_CHOICE_CONFLICT, /* both sides changed the field */
	SB_CHOICE_ASK,      /* needs the value that we wrote last */
};

/* The values that we wrote last, read once per object and only when a field needs them. */
struct sb_last {
	bool looked, asked;
	json_t *applied; /* by the store, or NULL */
	json_t *base;    /* by the change log, or NULL */
};

/** Read both values unless they were read before. */
void sb_last_read(const struct sb_run *run, const char *key, struct sb_last *last);

/** The value of a field that we wrote last: from the store, else from NetBox's change log.
 * @ret_value: borrowed from last. @ret_known: there is one. False = the change log must be asked
 * first. */
bool sb_last_value(const struct sb_run *run, const char *key, const char *field,
		   struct sb_last *last, const json_t **ret_value, bool *ret_known);

/** Release both values. */
void sb_last_finish(struct sb_last *last);

/**
 * Decide one field of an existing object.
 *
 * @is_adopted  the object is being adopted: its values count as written by a person
 */
enum sb_choice sb_policy_choose(struct sb_run *run, const struct sb_kind *kind, const char *key,
				const struct sb_kind_field *field, const json_t *wanted,
				const json_t *current, bool is_adopted, struct sb_last *last);
