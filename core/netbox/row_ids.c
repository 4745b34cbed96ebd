/* SPDX-License-Identifier: Apache-2.0 */
/* The ids in the answer to a write, from its text: a tree of all that NetBox repeats of what it was
 * just sent would be a sixth of the work of a first sync. */
#include <ctype.h>
#include <string.h>

#include "netbox/client_priv.h"

enum { MAX_DEPTH = 64, MAX_ID_DIGITS = 18 };

struct text {
	const char *at, *end;
};

/* The next character that is not blank; '\0' at the end. */
static char next(struct text *text)
{
	while (text->at < text->end &&
	       (*text->at == ' ' || *text->at == '\n' || *text->at == '\r' || *text->at == '\t'))
		text->at++;
	return text->at < text->end ? *text->at : '\0';
}

static bool take(struct text *text, char wanted)
{
	if (next(text) != wanted)
		return false;
	text->at++;
	return true;
}

static bool pass_string(struct text *text)
{
	if (!take(text, '"'))
		return false;
	while (text->at < text->end && *text->at != '"') {
		if (*text->at == '\\' && text->at + 1 < text->end)
			text->at++;
		text->at++;
	}
	return take(text, '"');
}

/* A number, true, false or null. */
static bool pass_word(struct text *text)
{
	const char *start = text->at;

	while (text->at < text->end && (isalnum((unsigned char)*text->at) || *text->at == '-' ||
					*text->at == '+' || *text->at == '.'))
		text->at++;
	return text->at > start;
}

/* Any value. Of what is inside only strings and brackets are looked at. */
static bool pass_value(struct text *text)
{
	char closing[MAX_DEPTH];
	size_t depth = 0;

	do {
		char c = next(text);

		if (c == '{' || c == '[') {
			if (depth == MAX_DEPTH)
				return false;
			closing[depth++] = c == '{' ? '}' : ']';
			text->at++;
		} else if (c && depth && c == closing[depth - 1]) {
			depth--;
			text->at++;
		} else if (depth && (c == ',' || c == ':')) {
			text->at++;
		} else if (c == '"' ? !pass_string(text) : !pass_word(text)) {
			return false;
		}
	} while (depth);
	return true;
}

static bool read_id(struct text *text, int64_t *ret_id)
{
	int64_t id = 0;
	int digits = 0;

	next(text);
	while (text->at < text->end && isdigit((unsigned char)*text->at)) {
		if (++digits > MAX_ID_DIGITS)
			return false;
		id = 10 * id + (*text->at++ - '0');
	}
	*ret_id = id;
	return id > 0;
}

static bool read_row(struct text *text, int64_t *ret_id)
{
	static const char name_of_id[] = "\"id\"";

	*ret_id = 0;
	if (!take(text, '{'))
		return false;
	do {
		const char *name;
		size_t len;

		next(text);
		name = text->at;
		if (!pass_string(text))
			return false;
		len = (size_t)(text->at - name);
		if (!take(text, ':'))
			return false;
		if (len == strlen(name_of_id) && !memcmp(name, name_of_id, len)
			    ? !read_id(text, ret_id)
			    : !pass_value(text))
			return false;
	} while (take(text, ','));
	return take(text, '}') && *ret_id;
}

int sb_netbox_row_ids(const char *body, size_t len, int64_t *ret_ids, size_t room)
{
	struct text text = {.at = body, .end = body + len};
	size_t n = 0;

	if (!take(&text, '['))
		return SB_E_SHAPE;
	if (!take(&text, ']')) {
		do {
			if (n == room || !read_row(&text, &ret_ids[n]))
				return SB_E_SHAPE;
			n++;
		} while (take(&text, ','));
		if (!take(&text, ']'))
			return SB_E_SHAPE;
	}
	next(&text);
	return text.at == text.end ? (int)n : SB_E_SHAPE;
}
