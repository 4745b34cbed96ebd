/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps secrets out of texts: logs, errors and records pass through here. */
#pragma once

#include "base/buf.h"

/** Does a name (of a JSON member, an option, a log value) suggest a secret? Case is ignored. */
SB_API bool sb_text_is_secret(const char *name, size_t len);

/** Is a text UTF-8, as JSON requires? False for NULL. */
SB_API bool sb_text_is_utf8(const char *text);

/**
 * Bytes of the character at text (not its end) that must not reach a terminal or a log: control
 * characters (C0 with tab and newline, DEL, C1), characters that change the direction of the text
 * after them, separators of lines and paragraphs, and bytes that are not UTF-8. 0 = it may; then
 * *ret_len is its length.
 */
SB_API size_t sb_text_unsafe(const char *text, size_t *ret_len);

/** Append a text, each such character replaced by one substitute. */
SB_API void sb_text_add_clean(struct sb_buf *buf, const char *text, char substitute);

/** Append a text: values of secret names in "name=value" and "name: value" become "***", all other
 * bytes stay unchanged. */
SB_API void sb_text_mask(struct sb_buf *buf, const char *text);

/** Append a log line: values of secret names in "name=value" and "name: value" become "***",
 * characters that sb_text_unsafe() finds become spaces. */
SB_API void sb_text_add_masked(struct sb_buf *buf, const char *text);

/** Append JSON text (any bytes) string and number values of secret member names are masked, in
 * other string values "name=value" and "name: value", too; all other bytes stay unchanged. */
SB_API void sb_text_add_scrubbed(struct sb_buf *buf, const char *json, size_t len);
