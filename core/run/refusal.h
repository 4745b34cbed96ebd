/* SPDX-License-Identifier: Apache-2.0 */
/* Values that NetBox does not take: the list of this run, and the memory of earlier ones. */
#pragma once

#include "run/run.h"

/* One value that is left out costs that value only: its object is created or updated without it,
 * the stage is partial. */

/**
 * Note that a field of an object is left out of what this run writes.
 *
 * @stage  of the op or pass: a name, also "shared"
 * @value  the value in words, such as the name of a tag; NULL = the field is enough
 * @words  why: the server's words, or ours; copied
 *
 * Notes with the same stage, kind, field, value and words are one entry of the record with several
 * objects; the same object is listed once. Returns 0, or SB_E_NOMEM.
 */
int sb_left_out_note(struct sb_run *run, const char *stage, const struct sb_kind *kind,
		     const char *key, const char *field, const char *value, const char *words);

/** The entries of one stage: [{"kind", "field", "value"?, "words", "objects": [keys]}]. New
 * reference; NULL when there are none. */
json_t *sb_left_out_entries(const struct sb_run *run, const char *stage);

/* The memory of refusals. A refusal belongs to one object, a field, a value and NetBox's words; it
 * is in force while NetBox's version is the same, for one day. */

/** Take the memory from the task, an array of rows as sb_refusals_after() returns them (borrowed;
 * rows that are not in force, or not understood, are dropped). Returns 0, or SB_E_NOMEM. */
int sb_refusals_take(struct sb_run *run, const json_t *rows);

/**
 * The words by which NetBox refused a value earlier, or NULL when it may be written. Borrowed until
 * the next call that adds one.
 *
 * @value  flat value of the field, or one member of a set
 */
const char *sb_refusal_words(const struct sb_run *run, const struct sb_kind *kind, const char *key,
			     const char *field, const json_t *value);

/** Remember a refusal of one object. Returns 0, or SB_E_NOMEM. */
int sb_refusal_add(struct sb_run *run, const struct sb_kind *kind, const char *key,
		   const char *field, const json_t *value, const char *words);

/** The memory after this run: [{"kind","key","field","value","words","netbox","since"}], in a fixed
 * order. New reference. */
json_t *sb_refusals_after(const struct sb_run *run);

/* The memory has an object that NetBox refused as a whole under the field that decided, or under
 * this name. */
#define SB_REFUSAL_OBJECT ""

/** The value of SB_REFUSAL_OBJECT: of a create the values that decide about the object, of an
 * update all that it sets. New reference; NULL = no memory. */
json_t *sb_refusal_object(const struct sb_kind *kind, const json_t *set, bool is_create);

/** Forget the refusals of an object and its parts: a person wants to try them again. */
void sb_refusals_forget(struct sb_run *run, const char *key);

/** A value as a short text that is equal for equal values. Caller frees; NULL = no memory. */
char *sb_refusal_value(const json_t *value);
