/* SPDX-License-Identifier: Apache-2.0 */
/* Masks values whose names suggest secrets. */
#include "base/text.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "stagebox/json.h"

#define MASK "***"

bool sb_text_is_utf8(const char *text)
{
	sb_autojson *value = json_string(text);

	return value != NULL;
}

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

/* The code point at text and its bytes; 0 bytes when it is not UTF-8. */
static uint32_t decode_char(const unsigned char *text, size_t *ret_len)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t len = text[0] < 0x80 ? 1 : text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4, i;
	uint32_t code = len == 1 ? text[0] : text[0] & (0x7fu >> len);

	*ret_len = 0;
	if (text[0] >= 0xf8 || (text[0] & 0xc0) == 0x80)
		return 0;
	for (i = 1; i < len; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (text[i] & 0x3f);
	}
	if (code < least[len] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return 0;
	*ret_len = len;
	return code;
}

size_t sb_text_unsafe(const char *text, size_t *ret_len)
{
	static const struct {
		uint32_t first, last;
	} unsafe[] = {{0, 0x1f},        {0x7f, 0x9f},     {0x61c, 0x61c},  {0x200e, 0x200f},
		      {0x2028, 0x202e}, {0x2066, 0x2069}, {0xfeff, 0xfeff}};
	uint32_t code = decode_char((const unsigned char *)text, ret_len);
	size_t i;

	if (!*ret_len)
		return 1;
	for (i = 0; i < SB_ARRAY_LEN(unsafe); i++)
		if (code >= unsafe[i].first && code <= unsafe[i].last)
			return *ret_len;
	return 0;
}

/* Append the character at text; returns its bytes. */
static size_t add_char(struct sb_buf *buf, const char *text, char substitute)
{
	size_t len, unsafe = sb_text_unsafe(text, &len);

	if (unsafe)
		sb_buf_add_mem(buf, &substitute, 1);
	else
		sb_buf_add_mem(buf, text, len);
	return unsafe ? unsafe : len;
}

void sb_text_add_clean(struct sb_buf *buf, const char *text, char substitute)
{
	while (*text)
		text += add_char(buf, text, substitute);
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

void sb_text_mask(struct sb_buf *buf, const char *text)
{
	const char *c = text;

	while (*c) {
		const char *name = c, *value;

		while (is_name_char(*c))
			sb_buf_add_mem(buf, c++, 1);
		if (c == name) {
			sb_buf_add_mem(buf, c++, 1);
			continue;
		}
		if ((*c != '=' && *c != ':') || !sb_text_is_secret(name, (size_t)(c - name)))
			continue;
		value = c + 1 + (*c == ':' ? strspn(c + 1, " ") : 0);
		if (!*value)
			continue;
		sb_buf_add_mem(buf, c, (size_t)(value - c));
		sb_buf_add(buf, MASK);
		c = skip_value(value, contains_word(name, (size_t)(value - name), "authorization"));
	}
}

void sb_text_add_masked(struct sb_buf *buf, const char *text)
{
	sb_autobuf masked = SB_BUF_INIT(buf->max_bytes);

	sb_text_mask(&masked, text);
	if (masked.failed)
		buf->failed = masked.failed;
	else
		sb_text_add_clean(buf, sb_buf_str(&masked), ' ');
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
		sb_text_mask(buf, text);
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
