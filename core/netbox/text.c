/* SPDX-License-Identifier: Apache-2.0 */
/* Walks the text of an answer without building a tree. */
#include "netbox/text.h"

#include <ctype.h>
#include <string.h>

char sb_netbox_text_next(struct netbox_text *text)
{
	while (text->at < text->end &&
	       (*text->at == ' ' || *text->at == '\n' || *text->at == '\r' || *text->at == '\t'))
		text->at++;
	return text->at < text->end ? *text->at : '\0';
}

bool sb_netbox_text_take(struct netbox_text *text, char wanted)
{
	if (sb_netbox_text_next(text) != wanted)
		return false;
	text->at++;
	return true;
}

bool sb_netbox_text_string(struct netbox_text *text)
{
	if (!sb_netbox_text_take(text, '"'))
		return false;
	while (text->at < text->end && *text->at != '"') {
		if (*text->at == '\\' && text->at + 1 < text->end)
			text->at++;
		text->at++;
	}
	return sb_netbox_text_take(text, '"');
}

/* A number, true, false or null. */
static bool pass_word(struct netbox_text *text)
{
	const char *start = text->at;

	while (text->at < text->end && (isalnum((unsigned char)*text->at) || *text->at == '-' ||
					*text->at == '+' || *text->at == '.'))
		text->at++;
	return text->at > start;
}

bool sb_netbox_text_value(struct netbox_text *text)
{
	char closing[NETBOX_TEXT_DEPTH];
	size_t depth = 0;

	do {
		char c = sb_netbox_text_next(text);

		if (c == '{' || c == '[') {
			if (depth == NETBOX_TEXT_DEPTH)
				return false;
			closing[depth++] = c == '{' ? '}' : ']';
			text->at++;
		} else if (c && depth && c == closing[depth - 1]) {
			depth--;
			text->at++;
		} else if (depth && (c == ',' || c == ':')) {
			text->at++;
		} else if (c == '"' ? !sb_netbox_text_string(text) : !pass_word(text)) {
			return false;
		}
	} while (depth);
	return true;
}

const char *sb_netbox_text_name(struct netbox_text *text, size_t *ret_len)
{
	const char *name;

	sb_netbox_text_next(text);
	name = text->at;
	if (!sb_netbox_text_string(text))
		return NULL;
	*ret_len = (size_t)(text->at - name);
	return sb_netbox_text_take(text, ':') ? name : NULL;
}

bool sb_netbox_text_is(const char *name, size_t len, const char *word)
{
	return len == strlen(word) + 2 && !memcmp(name + 1, word, len - 2);
}
