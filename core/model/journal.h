/* SPDX-License-Identifier: Apache-2.0 */
/* Entries of NetBox's journal about values that people want to hear of (sb_kind_field.journal).
 * They have no key in NetBox: an entry is known by its object and its words, of which the number of
 * the run is a part, and it is only ever added. */
#pragma once

#include <jansson.h>

#include "base/buf.h"
#include "model/kinds.h"

#define SB_KIND_OF_JOURNAL "journal-entry"
#define SB_JOURNAL_OBJECT  "assigned_object" /* the field that refers to the object */

bool sb_kind_is_journal(const struct sb_kind *kind);

/** Is the change of a field one that is noted? set, was: flat values of an update. */
bool sb_journal_is_noted(const struct sb_kind_field *field, const json_t *set, const json_t *was);

/**
 * What an entry says of such a change.
 *
 * @key       of the object
 * @set, was  flat values of its update
 *
 * Returns the other fields of the entry; NULL = memory is out. New reference.
 */
json_t *sb_journal_words(const struct sb_kind_field *field, const char *key, const json_t *set,
			 const json_t *was);

/** The object that gets the entries about an object, as a generic reference: of one with a home,
 * which does not have a journal in each home, its parent. row: flat, of NetBox. NULL = it is not
 * known. New reference. */
json_t *sb_journal_object(const struct sb_kinds *kinds, const struct sb_kind *kind,
			  const json_t *row);

/** Append the key of an entry: that of the object, and the field. The token that its op claims, and
 * that the op which writes the field frees, is of this key. */
void sb_journal_add_key(struct sb_buf *key, const char *object, const char *field);

/** The field that an entry is about, by its key. *ret_length is that of the key of the object.
 * NULL = the key is none of an entry. */
const char *sb_journal_field(const char *key, size_t *ret_length);

/** Add the number of the run to the words of an entry, in the body of its request. Returns 0, or
 * SB_E_NOMEM. */
int sb_journal_sign(json_t *body, int64_t run);

/** The text by which an entry is known: equal for its body and its row in NetBox. Caller frees;
 * NULL = it has no object, or memory is out. */
char *sb_journal_name(const json_t *entry);

/** Append the query for the entries of the run whose number is in a body; others may be among them.
 * Without such a number the query is for all. */
void sb_journal_query(const json_t *body, struct sb_buf *query);
