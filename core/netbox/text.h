/* SPDX-License-Identifier: Apache-2.0 */
/* The text of an answer, walked without a tree of it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { NETBOX_TEXT_DEPTH = 64 };

/* A place in a text that is borrowed; what is before it has been passed. */
struct netbox_text {
	const char *at, *end;
};

/** The next character that is not blank, which is not passed; '\0' at the end. */
char sb_netbox_text_next(struct netbox_text *text);

/** Pass this character if it is the next one that is not blank. */
bool sb_netbox_text_take(struct netbox_text *text, char wanted);

/** Pass a string; false when there is none or it does not end. */
bool sb_netbox_text_string(struct netbox_text *text);

/** Pass a value. Of what is inside only strings and brackets are looked at, to a depth of
 * NETBOX_TEXT_DEPTH. false when it is none. */
bool sb_netbox_text_value(struct netbox_text *text);

/** Pass a name and its colon. Returns the name in its quotes and their length, NULL = none. */
const char *sb_netbox_text_name(struct netbox_text *text, size_t *ret_len);

/** Is a name, as sb_netbox_text_name() gives it, this word? */
bool sb_netbox_text_is(const char *name, size_t len, const char *word);
