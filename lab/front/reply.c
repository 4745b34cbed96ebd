/* SPDX-License-Identifier: Apache-2.0 */
/* Turn the answer of a simulator into an HTTP response. */
#include <strings.h>
#include <time.h>

#include "front/exchange.h"
#include "front/log.h"
#include "front/reply.h"

/*
 * libmicrohttpd 0.9.75 writes the standard reason phrase and has no way to set another, so
 * lab_answer.reason, in which Proxmox VE repeats the first line of the message, does not reach the
 * wire: clients must read the JSON member "message" (Proxmox VE sends it since late 8.3). For the
 * same reason an answer has one Connection header, where the real pveproxy sends two.
 */

enum { PVE_REQUESTS_PER_CONNECTION = 100, BLOCK_BYTES = 16 * 1024 };

struct body {
	char *text;
	size_t len;
};

void lab_reply_text(struct lab_answer *answer, int status, const char *type, const char *text)
{
	answer->status = status;
	answer->text = strdup(text);
	answer->text_type = type;
}

static struct body take_body(struct lab_answer *answer)
{
	struct body body = {NULL, 0};

	if (answer->json)
		body.text = json_dumps(answer->json,
				       JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
	else
		body.text = sb_steal(answer->text);
	if (body.text)
		body.len = strlen(body.text);
	return body;
}

static bool has_header(const struct lab_answer *answer, const char *name)
{
	size_t i;

	for (i = 0; i < answer->n_headers; i++) {
		if (strcasecmp(answer->headers[i].name, name) == 0)
			return true;
	}
	return false;
}

static void body_destroy(void *cls)
{
	struct body *body = cls;

	free(body->text);
	free(body);
}

/* A content reader that fails after half of the bytes that Content-Length announces. */
static ssize_t read_half(void *cls, uint64_t pos, char *buf, size_t max)
{
	const struct body *body = cls;
	size_t left = pos < body->len / 2 ? body->len / 2 - (size_t)pos : 0;

	if (left == 0)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (left > max)
		left = max;
	memcpy(buf, body->text + pos, left);
	return (ssize_t)left;
}

static struct MHD_Response *half_response(struct body *body)
{
	struct body *copy = malloc(sizeof(*copy));
	struct MHD_Response *response;

	if (!copy) {
		free(body->text);
		return NULL;
	}
	*copy = *body;
	response = MHD_create_response_from_callback(copy->len, BLOCK_BYTES, read_half, copy,
						     body_destroy);
	if (!response)
		body_destroy(copy);
	return response;
}

static struct MHD_Response *whole_response(struct body *body)
{
	struct MHD_Response *response;

	if (!body->text)
		return MHD_create_response_from_buffer(0, (void *)"", MHD_RESPMEM_PERSISTENT);
	response = MHD_create_response_from_buffer(body->len, body->text, MHD_RESPMEM_MUST_FREE);
	if (!response)
		free(body->text);
	return response;
}

/* pveproxy closes a connection after an error and after 100 requests. */
static bool must_close(struct lab_exchange *exchange)
{
	const union MHD_ConnectionInfo *info;
	unsigned *count;

	if (exchange->answer.close)
		return true;
	if (exchange->server->netbox)
		return false;
	if (exchange->answer.status >= 400)
		return true;
	info = MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	count = info ? info->socket_context : NULL;
	return count && ++*count >= PVE_REQUESTS_PER_CONNECTION;
}

/* Add a wrong Date for the fault clock-skew; otherwise libmicrohttpd adds the correct one. */
static void add_date(const struct lab_exchange *exchange, struct MHD_Response *response)
{
	time_t now = time(NULL) + (time_t)exchange->skew_s;
	struct tm when;
	char text[64];

	if (exchange->skew_s && gmtime_r(&now, &when) &&
	    strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &when))
		MHD_add_response_header(response, "Date", text);
}

static void add_headers(struct lab_exchange *exchange, struct MHD_Response *response, bool has_body)
{
	const struct lab_answer *answer = &exchange->answer;
	const char *type = answer->text_type;
	size_t i;

	if (answer->json)
		type = exchange->server->netbox ? "application/json"
						: "application/json;charset=UTF-8";
	if (has_body && type && !has_header(answer, "Content-Type"))
		MHD_add_response_header(response, "Content-Type", type);
	MHD_add_response_header(response, "Server",
				exchange->server->netbox ? "gunicorn" : "pve-api-daemon/3.0");
	add_date(exchange, response);
	for (i = 0; i < answer->n_headers; i++)
		MHD_add_response_header(response, answer->headers[i].name,
					answer->headers[i].value);
	if (must_close(exchange))
		MHD_add_response_header(response, "Connection", "close");
}

enum MHD_Result lab_reply_send(struct lab_exchange *exchange)
{
	struct MHD_Response *response;
	struct body body;
	bool has_body;
	size_t bytes;
	enum MHD_Result rc;

	body = take_body(&exchange->answer);
	bytes = body.len;
	has_body = body.text != NULL;
	if (exchange->truncate && !has_body) {
		lab_log_write(exchange, 0, 0, false);
		return MHD_NO;
	}
	response = exchange->truncate ? half_response(&body) : whole_response(&body);
	if (!response)
		return MHD_NO;
	add_headers(exchange, response, has_body);
	/* The log is written before the answer is sent, so that a client with an answer finds its
	 * line. */
	lab_log_write(exchange, exchange->answer.status, bytes, false);
	rc = MHD_queue_response(exchange->connection, (unsigned)exchange->answer.status, response);
	MHD_destroy_response(response);
	return rc;
}
