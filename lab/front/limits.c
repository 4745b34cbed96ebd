/* SPDX-License-Identifier: Apache-2.0 */
/* Requests that gunicorn and pveproxy refuse before an application sees them. */
#include "front/exchange.h"
#include "front/limits.h"
#include "front/reply.h"

enum {
	GUNICORN_LINE = 4094,
	GUNICORN_HEADER = 8190,
	GUNICORN_HEADERS = 100,
	PVE_HEADERS = 64,
	PVE_HEADERS_BYTES = 8192,
	PVE_SILENCE_MS = 5000,
};

struct header_sizes {
	size_t n, bytes, longest;
};

static enum MHD_Result add_size(void *cls, enum MHD_ValueKind kind, const char *name,
				const char *value)
{
	struct header_sizes *sizes = cls;
	size_t bytes = strlen(name) + strlen(": \r\n") + (value ? strlen(value) : 0);

	(void)kind;
	sizes->n++;
	sizes->bytes += bytes;
	sizes->longest = bytes > sizes->longest ? bytes : sizes->longest;
	return MHD_YES;
}

static void gunicorn_page(struct lab_answer *answer, int status, const char *title,
			  const char *text)
{
	sb_autobuf page = SB_BUF_INIT(4096);

	sb_buf_addf(&page,
		    "<html>\n  <head>\n    <title>%s</title>\n  </head>\n  <body>\n"
		    "    <h1><p>%s</p></h1>\n    %s\n  </body>\n</html>\n",
		    title, title, text);
	lab_reply_text(answer, status, "text/html", sb_buf_str(&page));
	answer->close = true;
}

static bool gunicorn_refuses(struct lab_exchange *exchange, const struct header_sizes *sizes)
{
	size_t line =
		strlen(exchange->request.method) + strlen(exchange->target) + strlen("  HTTP/1.1");
	char text[80];

	if (line > GUNICORN_LINE) {
		snprintf(text, sizeof(text), "Request Line is too large (%zu &gt; %d)", line,
			 GUNICORN_LINE);
		gunicorn_page(&exchange->answer, 400, "Bad Request", text);
		return true;
	}
	if (sizes->longest > GUNICORN_HEADER || sizes->n > GUNICORN_HEADERS) {
		gunicorn_page(&exchange->answer, 431, "Request Header Fields Too Large",
			      sizes->n > GUNICORN_HEADERS ? "limit request headers fields"
							  : "limit request headers fields size");
		return true;
	}
	return false;
}

bool lab_limits_refuse(struct lab_exchange *exchange)
{
	struct header_sizes sizes = {0};

	MHD_get_connection_values(exchange->connection, MHD_HEADER_KIND, add_size, &sizes);
	if (exchange->body.failed && exchange->server->pve) {
		lab_reply_text(&exchange->answer, 501, "text/plain", "for data too large\n");
		return true;
	}
	if (exchange->body.failed) {
		gunicorn_page(&exchange->answer, 413, "Request Entity Too Large", "");
		return true;
	}
	if (exchange->server->netbox)
		return gunicorn_refuses(exchange, &sizes);
	if (sizes.n < PVE_HEADERS && sizes.bytes < PVE_HEADERS_BYTES)
		return false;
	/* pveproxy sends no answer and closes the connection after its idle time. */
	exchange->stage = LAB_STAGE_DROP;
	lab_clock_pause(exchange, LAB_PAUSE_DELAY, PVE_SILENCE_MS);
	return true;
}
