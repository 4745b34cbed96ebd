/* SPDX-License-Identifier: Apache-2.0 */
/* requests.ndjson: one line per request, written when the request is answered. */
#include <unistd.h>

#include "front/exchange.h"
#include "front/log.h"
#include "front/now.h"

enum { LINE_MAX_BYTES = 256 * 1024 };

/* Targets are arbitrary bytes from the network, so all but printable ASCII is escaped. */
static void add_quoted(struct sb_buf *line, const char *text)
{
	const unsigned char *c;

	sb_buf_add(line, "\"");
	for (c = (const unsigned char *)text; *c; c++) {
		if (*c < 0x20 || *c > 0x7e || *c == '"' || *c == '\\')
			sb_buf_addf(line, "\\u%04x", *c);
		else
			sb_buf_add_mem(line, c, 1);
	}
	sb_buf_add(line, "\"");
}

/* Returns the index after the string whose opening quote is at i. */
static size_t skip_string(const char *body, size_t len, size_t i)
{
	for (i++; i < len && body[i] != '"'; i++) {
		if (body[i] == '\\')
			i++;
	}
	return i + 1;
}

size_t lab_log_items(const char *body, size_t len)
{
	size_t i = 0, commas = 0;
	unsigned depth = 0;
	bool has_element = false;

	while (i < len && strchr(" \t\r\n", body[i]))
		i++;
	if (i == len)
		return 0;
	if (body[i] != '[')
		return 1;
	while (i < len) {
		char c = body[i];

		if (depth == 1 && !strchr(" \t\r\n,]", c))
			has_element = true;
		if (c == '"') {
			i = skip_string(body, len, i);
			continue;
		}
		if (c == '[' || c == '{')
			depth++;
		else if ((c == ']' || c == '}') && --depth == 0)
			break;
		else if (c == ',' && depth == 1)
			commas++;
		i++;
	}
	return has_element ? commas + 1 : 0;
}

void lab_log_write(struct lab_exchange *exchange, int status, size_t bytes, bool held)
{
	sb_autobuf line = SB_BUF_INIT(LINE_MAX_BYTES);
	const struct lab_request *request = &exchange->request;
	int64_t now_ms = lab_now_wall_us() / 1000;
	int64_t took_ms = lab_now_ms() - exchange->started_ms;

	sb_buf_addf(&line,
		    "{\"t\":%lld.%03d,\"server\":\"%s\",\"method\":", (long long)(now_ms / 1000),
		    (int)(now_ms % 1000), exchange->server->name);
	add_quoted(&line, request->method ? request->method : "");
	sb_buf_add(&line, ",\"path\":");
	add_quoted(&line, exchange->target);
	sb_buf_addf(&line, ",\"status\":%d,\"items\":%zu,\"bytes\":%zu,\"ms\":%lld", status,
		    lab_log_items(request->body, request->body_len), bytes, (long long)took_ms);
	if (request->branch) {
		sb_buf_add(&line, ",\"branch\":");
		add_quoted(&line, request->branch);
	}
	sb_buf_add(&line, held ? ",\"held\":true}\n" : "}\n");
	if (!held)
		exchange->logged = true;
	/* Each line is one write(), so that lines of different servers do not mix. */
	if (!line.failed && write(exchange->server->front->log_fd, line.text, line.len) < 0)
		return;
}
