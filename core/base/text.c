/* SPDX-License-Identifier: Apache-2.0 */
/* Masks values whose names suggest secrets. */
#include "base/text.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define MASK "***"

static bool contains_word(const char *name, size_t len, const char *word)
{
	size_t n = strlen(word), i;

	for (i = 0; i + n <= len; i++)
		if (!strncasecmp(name + i, word, n))
			return true;
	return false;
}

bool sb_text_is_secret(const char *name, size_t len)
{
	static const char *const words[] = {"password", "passwd", "secret",
					    "token",    "ticket", "authorization",
					    "cookie",   "sshkey", "proxy_auth"};
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(words); i++)
		if (contains_word(name, len, words[i]))
			return true;
	return false;
}

static bool is_name_char(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '.';
}

static void add_plain(struct sb_buf *buf, char c)
{
	if ((unsigned char)c < 0x20 || c == 0x7f)
		c = ' ';
	sb_buf_add_mem(buf, &c, 1);
}

/* Returns the end of the value that starts at text: quoted, or up to a space. The value of an
 * authorization header has several words, so it extends to the end of the line. */
static const char *skip_value(const char *text, bool is_header)
{
	if (is_header)
		return text + strlen(text);
	if (*text == '"') {
		for (text++; *text && *text != '"'; text++)
			if (*text == '\\' && text[1])
				text++;
		return *text ? text + 1 : text;
	}
	return text + strcspn(text, " \t\r\n");
}

void sb_text_add_masked(struct sb_buf *buf, const char *text)
{
	const char *c = text;

	while (*c) {
		const char *name = c, *value;

		while (is_name_char(*c))
			add_plain(buf, *c++);
		if (c == name) {
			add_plain(buf, *c++);
			continue;
		}
		if ((*c != '=' && *c != ':') || !sb_text_is_secret(name, (size_t)(c - name)))
			continue;
		value = c + 1 + (*c == ':' ? strspn(c + 1, " ") : 0);
		if (!*value)
			continue;
		while (c < value)
			add_plain(buf, *c++);
		sb_buf_add(buf, MASK);
		c = skip_value(value, contains_word(name, (size_t)(value - name), "authorization"));
	}
}

/* Returns the index behind the closing quote of the string that starts at json[at]. */
static size_t string_end(const char *json, size_t len, size_t at)
{
	for (at++; at < len && json[at] != '"'; at++)
		if (json[at] == '\\')
			at++;
	return at < len ? at + 1 : len;
}

static size_t skip_space(const char *json, size_t len, size_t at)
{
	while (at < len && strchr(" \t\r\n", json[at]) && json[at])
		at++;
	return at;
}

/* A string value may itself contain "password: x", as in a message or in notes. The mask ends at a
 * blank or at the end of the string, so that it cuts no escape sequence. */
static void add_value(struct sb_buf *buf, const char *from, size_t len)
{
	sb_autofree char *text = NULL;

	if (len < 2 || from[len - 1] != '"') {
		sb_buf_add_mem(buf, from, len);
		return;
	}
	text = strndup(from + 1, len - 2);
	sb_buf_add(buf, "\"");
	if (text && strlen(text) == len - 2)
		sb_text_add_masked(buf, text);
	else
		sb_buf_add(buf, MASK);
	sb_buf_add(buf, "\"");
}

void sb_text_add_scrubbed(struct sb_buf *buf, const char *json, size_t len)
{
	size_t at = 0;

	while (at < len) {
		size_t start = at, value;
		const char *quote = memchr(json + at, '"', len - at);

		if (!quote) {
			sb_buf_add_mem(buf, json + at, len - at);
			return;
		}
		at = string_end(json, len, (size_t)(quote - json));
		value = skip_space(json, len, at);
		if (value < len && json[value] == ':' &&
		    sb_text_is_secret(quote + 1, (size_t)(json + at - quote) - 1)) {
			value = skip_space(json, len, value + 1);
			sb_buf_add_mem(buf, json + start, value - start);
			at = value;
			if (at < len && json[at] == '"') {
				at = string_end(json, len, at);
				sb_buf_add(buf, "\"" MASK "\"");
			} else if (at < len &&
				   (isdigit((unsigned char)json[at]) || json[at] == '-')) {
				while (at < len && strchr("+-.eE0123456789", json[at]) && json[at])
					at++;
				sb_buf_add(buf, "0");
			}
			continue;
		}
		if (value < len && json[value] == ':') {
			sb_buf_add_mem(buf, json + start, at - start);
		} else {
			sb_buf_add_mem(buf, json + start, (size_t)(quote - json) - start);
			add_value(buf, quote, (size_t)(json + at - quote));
		}
	}
}
