/* SPDX-License-Identifier: Apache-2.0 */
/* The string builder. */
#include "base/buf.h"

#include <stdio.h>
#include <string.h>

void sb_buf_init(struct sb_buf *buf, size_t max_bytes)
{
	*buf = (struct sb_buf)SB_BUF_INIT(max_bytes);
}

void sb_buf_finish(struct sb_buf *buf)
{
	free(buf->text);
	buf->text = NULL;
	buf->len = buf->room = 0;
}

void sb_buf_reset(struct sb_buf *buf)
{
	buf->failed = 0;
	buf->len = 0;
	if (buf->text)
		buf->text[0] = '\0';
}

static void buf_fail(struct sb_buf *buf, int code)
{
	sb_buf_finish(buf);
	buf->failed = code;
}

/* Make room for more bytes and the final zero. */
static bool buf_reserve(struct sb_buf *buf, size_t more)
{
	size_t room;
	char *text;

	if (buf->failed)
		return false;
	if (more > buf->max_bytes - buf->len) {
		buf_fail(buf, SB_E_ARG);
		return false;
	}
	if (buf->len + more + 1 <= buf->room)
		return true;
	room = buf->room ? buf->room : 64;
	while (room < buf->len + more + 1)
		room *= 2;
	text = realloc(buf->text, room);
	if (!text) {
		buf_fail(buf, SB_E_NOMEM);
		return false;
	}
	buf->text = text;
	buf->room = room;
	return true;
}

void sb_buf_reserve(struct sb_buf *buf, size_t more)
{
	buf_reserve(buf, more);
}

void sb_buf_add_mem(struct sb_buf *buf, const void *data, size_t len)
{
	if (!buf_reserve(buf, len))
		return;
	if (len)
		memcpy(buf->text + buf->len, data, len);
	buf->len += len;
	buf->text[buf->len] = '\0';
}

void sb_buf_add(struct sb_buf *buf, const char *text)
{
	sb_buf_add_mem(buf, text, strlen(text));
}

void sb_buf_add_item(struct sb_buf *buf, const char *text)
{
	if (buf->len)
		sb_buf_add(buf, ", ");
	sb_buf_add(buf, text);
}

void sb_buf_addv(struct sb_buf *buf, const char *fmt, va_list ap)
{
	size_t room;
	va_list again;
	int n;

	if (!buf_reserve(buf, 0))
		return;
	room = buf->room - buf->len;
	va_copy(again, ap);
	n = vsnprintf(buf->text + buf->len, room, fmt, ap);
	if (n < 0)
		buf_fail(buf, SB_E_ARG);
	else if (buf_reserve(buf, (size_t)n)) {
		if ((size_t)n >= room) /* it was cut */
			vsnprintf(buf->text + buf->len, (size_t)n + 1, fmt, again);
		buf->len += (size_t)n;
	}
	va_end(again);
}

void sb_buf_addf(struct sb_buf *buf, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	sb_buf_addv(buf, fmt, ap);
	va_end(ap);
}

static void add_json(struct sb_buf *buf, const json_t *json, size_t flags)
{
	size_t room = 256, len = 0;

	flags |= JSON_COMPACT | JSON_ENCODE_ANY;
	/* json_dumpb() returns the full length when the room is too small: reserve it, dump again.
	 */
	while (buf_reserve(buf, room)) {
		len = json_dumpb(json, buf->text + buf->len, buf->room - buf->len - 1, flags);
		if (len == 0) {
			buf_fail(buf, SB_E_NOMEM);
			return;
		}
		if (len < buf->room - buf->len)
			break;
		room = len;
	}
	if (buf->failed)
		return;
	buf->len += len;
	buf->text[buf->len] = '\0';
	if (buf->len > buf->max_bytes)
		buf_fail(buf, SB_E_ARG);
}

void sb_buf_add_json(struct sb_buf *buf, const json_t *json)
{
	add_json(buf, json, JSON_SORT_KEYS);
}

void sb_buf_add_json_unsorted(struct sb_buf *buf, const json_t *json)
{
	add_json(buf, json, 0);
}

void sb_buf_add_url(struct sb_buf *buf, const char *text)
{
	static const char plain[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
	const unsigned char *c;

	for (c = (const unsigned char *)text; *c; c++) {
		if (strchr(plain, *c))
			sb_buf_add_mem(buf, c, 1);
		else
			sb_buf_addf(buf, "%%%02X", *c);
	}
}

const char *sb_buf_str(const struct sb_buf *buf)
{
	return buf->text ? buf->text : "";
}

char *sb_buf_take(struct sb_buf *buf)
{
	if (buf->failed || !buf_reserve(buf, 0))
		return NULL;
	buf->text[buf->len] = '\0';
	buf->len = buf->room = 0;
	return sb_steal(buf->text);
}

int sb_buf_check(const struct sb_buf *buf, struct sb_error *err)
{
	if (!buf->failed)
		return 0;
	return sb_fail(err, buf->failed, "building text: %s",
		       buf->failed == SB_E_NOMEM ? "out of memory" : "longer than its limit");
}
