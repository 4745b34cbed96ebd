/* SPDX-License-Identifier: Apache-2.0 */
/* Walks JSON text without building a tree. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { SB_SCAN_DEPTH = 64 };

/* A position in a borrowed text. */
struct sb_scan {
	const char *at, *end;
};

/** Pass blanks; returns the character behind them, '\0' at the end. */
char sb_scan_next(struct sb_scan *text);

/** Pass blanks and this character, if it is the next one. */
bool sb_scan_take(struct sb_scan *text, char wanted);

/** Pass a string; false when there is none or its end is missing. */
bool sb_scan_string(struct sb_scan *text);

/** Pass a value. Inside it only strings and brackets are checked, to a depth of SB_SCAN_DEPTH.
 * False when there is no value. */
bool sb_scan_value(struct sb_scan *text);

/** Pass a name and its colon. Returns the name in its quotes and their length, NULL = none. */
const char *sb_scan_name(struct sb_scan *text, size_t *ret_len);

/** Is a name, as sb_scan_name() gives it, this word? */
bool sb_scan_is(const char *name, size_t len, const char *word);
