/* SPDX-License-Identifier: Apache-2.0 */
/* Walks the text of an answer without building a tree. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { NETBOX_TEXT_DEPTH = 64 };

/* A position in a borrowed text. */
struct netbox_text {
	const char *at, *end;
};

/** Pass blanks; returns the character behind them, '\0' at the end. */
char sb_netbox_text_next(struct netbox_text *text);

/** Pass blanks and this character, if it is the next one. */
bool sb_netbox_text_take(struct netbox_text *text, char wanted);

/** Pass a string; false when there is none or its end is missing. */
bool sb_netbox_text_string(struct netbox_text *text);

/** Pass a value. Inside it only strings and brackets are checked, to a depth of NETBOX_TEXT_DEPTH.
 * False when there is no value. */
bool sb_netbox_text_value(struct netbox_text *text);

/** Pass a name and its colon. Returns the name in its quotes and their length, NULL = none. */
const char *sb_netbox_text_name(struct netbox_text *text, size_t *ret_len);

/** Is a name, as sb_netbox_text_name() gives it, this word? */
bool sb_netbox_text_is(const char *name, size_t len, const char *word);
