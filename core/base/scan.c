/* SPDX-License-Identifier: Apache-2.0 */
/* Walks JSON text without building a tree. */
#include "base/scan.h"

#include <ctype.h>
#include <string.h>

char sb_scan_next(struct sb_scan *text)
{
	while (text->at < text->end &&
	       (*text->at == ' ' || *text->at == '\n' || *text->at == '\r' || *text->at == '\t'))
		text->at++;
	return text->at < text->end ? *text->at : '\0';
}

bool sb_scan_take(struct sb_scan *text, char wanted)
{
	if (sb_scan_next(text) != wanted)
		return false;
	text->at++;
	return true;
}

bool sb_scan_string(struct sb_scan *text)
{
	if (!sb_scan_take(text, '"'))
		return false;
	while (text->at < text->end && *text->at != '"') {
		if (*text->at == '\\' && text->at + 1 < text->end)
			text->at++;
		text->at++;
	}
	return sb_scan_take(text, '"');
}

/* A number, true, false or null. */
static bool pass_word(struct sb_scan *text)
{
	const char *start = text->at;

	while (text->at < text->end && (isalnum((unsigned char)*text->at) || *text->at == '-' ||
					*text->at == '+' || *text->at == '.'))
		text->at++;
	return text->at > start;
}

bool sb_scan_value(struct sb_scan *text)
{
	char closing[SB_SCAN_DEPTH];
	size_t depth = 0;

	do {
		char c = sb_scan_next(text);

		if (c == '{' || c == '[') {
			if (depth == SB_SCAN_DEPTH)
				return false;
			closing[depth++] = c == '{' ? '}' : ']';
			text->at++;
		} else if (c && depth && c == closing[depth - 1]) {
			depth--;
			text->at++;
		} else if (depth && (c == ',' || c == ':')) {
			text->at++;
		} else if (c == '"' ? !sb_scan_string(text) : !pass_word(text)) {
			return false;
		}
	} while (depth);
	return true;
}

const char *sb_scan_name(struct sb_scan *text, size_t *ret_len)
{
	const char *name;

	sb_scan_next(text);
	name = text->at;
	if (!sb_scan_string(text))
		return NULL;
	*ret_len = (size_t)(text->at - name);
	return sb_scan_take(text, ':') ? name : NULL;
}

bool sb_scan_is(const char *name, size_t len, const char *word)
{
	return len == strlen(word) + 2 && !memcmp(name + 1, word, len - 2);
}
