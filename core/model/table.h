/* SPDX-License-Identifier: Apache-2.0 */
/* Compact text rows by key, of which a snapshot consists. */
#pragma once

#include "stagebox/error.h"

/* Keys and texts are stored in one arena, found by a hash index and walked in key order. A JSON
 * tree costs five to ten times its text, so a row is parsed only while its object is processed. */
struct sb_table;

struct sb_table *sb_table_create(void);
void sb_table_destroy(struct sb_table *table);

/** Put or replace. Both are copied. SB_E_NOMEM. */
int sb_table_put(struct sb_table *table, const char *key, const char *text);

/** The same with a key that is not copied, because its owner keeps it as long as the table. */
int sb_table_put_kept(struct sb_table *table, const char *key, const char *text);

/** Put a row as compact JSON with sorted keys. row is borrowed. SB_E_SHAPE above 16 MiB. */
int sb_table_put_json(struct sb_table *table, const char *key, const json_t *row);

/** The same for a row of at most max bytes; SB_E_SHAPE when it is larger, which puts nothing. */
int sb_table_put_json_max(struct sb_table *table, const char *key, const json_t *row, size_t max);

/** sb_table_put_json() without sorting: for rows whose members always have the same order. */
int sb_table_put_json_unsorted(struct sb_table *table, const char *key, const json_t *row);

/** The table's own copy of a key, valid until the table is destroyed; a missing row is created.
 * NULL = no memory. */
const char *sb_table_intern(struct sb_table *table, const char *key);

/** The text of a row or NULL. Borrowed until the next put. */
const char *sb_table_get(const struct sb_table *table, const char *key);

/** The row as a tree: new reference, NULL when there is none or no memory. */
json_t *sb_table_get_json(const struct sb_table *table, const char *key);

/** The text of a string member of a row, which is read without making a tree: caller frees. NULL =
 * no such row or member, or the member is not a string, or no memory. */
char *sb_table_get_str(const struct sb_table *table, const char *key, const char *member);

/** The member "id" of a row, read once and kept: most references need nothing else. 0 = no such
 * row, or no id in it. */
int64_t sb_table_id(struct sb_table *table, const char *key);

size_t sb_table_count(const struct sb_table *table);

/* Walking in key order. Positions are valid until the next put of a new key. */

/** First position whose key is not below prefix; sb_table_count() when there is none. */
size_t sb_table_lower(struct sb_table *table, const char *prefix);
const char *sb_table_key_at(struct sb_table *table, size_t i);
const char *sb_table_text_at(struct sb_table *table, size_t i);

/* Keys and texts of some rows, in key order: key, text, key, text, ... They are valid until the
 * table is destroyed, also after later puts. */
struct sb_span {
	const char **texts;
	size_t n; /* rows */
};

/** How many keys start with prefix? */
size_t sb_table_count_from(struct sb_table *table, const char *prefix);

/** The rows whose keys start with prefix. Caller frees texts. SB_E_NOMEM. */
int sb_table_span(struct sb_table *table, const char *prefix, struct sb_span *ret_span);

/** Bytes held. */
size_t sb_table_bytes(const struct sb_table *table);
