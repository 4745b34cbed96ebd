/* SPDX-License-Identifier: Apache-2.0 */
/* Fills errors and adds context to them. */
#include "stagebox/error.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* The text may have been cut inside a character, and what it repeats may be anything; records and
 * answers are UTF-8. */
static void make_utf8(char *text)
{
	size_t len;

	for (; *text; text += len ? len : 1) {
		sb_text_unsafe(text, &len);
		if (!len)
			*text = '?';
	}
}

enum { MAX_WORD = 100 };

/* A text that was cut ends with a whole word. */
static void end_at_word(char *text, size_t room)
{
	static const char more[] = " ...";
	size_t len = room - sizeof(more), least = len - MAX_WORD;

	while (len > least && text[len] != ' ')
		len--;
	if (len == least)
		len = room - sizeof(more);
	memcpy(text + len, more, sizeof(more));
}

int sb_fail(struct sb_error *err, int code, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return code;
	memset(err, 0, sizeof(*err));
	err->code = code;
	va_start(ap, fmt);
	if (vsnprintf(err->text, sizeof(err->text), fmt, ap) >= (int)sizeof(err->text))
		end_at_word(err->text, sizeof(err->text));
	va_end(ap);
	make_utf8(err->text);
	return code;
}

int sb_context(struct sb_error *err, int rc, const char *fmt, ...)
{
	char frame[sizeof(err->text)];
	size_t len, old;
	va_list ap;
	int n;

	if (!err || rc >= 0)
		return rc;
	va_start(ap, fmt);
	n = vsnprintf(frame, sizeof(frame), fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(frame))
		return rc;
	len = (size_t)n;
	old = strlen(err->text);
	if (len + 2 + old >= sizeof(err->text))
		return rc;
	memmove(err->text + len + 2, err->text, old + 1);
	memcpy(err->text, frame, len);
	memcpy(err->text + len, ": ", 2);
	return rc;
}

const char *sb_rc_name(int code)
{
	static const char *const names[] = {
		"ok",    "nomem",     "arg",      "config",    "net",         "timeout",
		"auth",  "forbidden", "notfound", "conflict",  "http",        "json",
		"shape", "state",     "refused",  "cancelled", "unsupported", "busy",
	};

	if (code > 0 || (size_t)-code >= SB_ARRAY_LEN(names))
		return "unknown";
	return names[-code];
}
