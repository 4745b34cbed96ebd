/* SPDX-License-Identifier: Apache-2.0 */
/* An io that passes everything to another one and gives a sink each answer as one line of JSON. */
#include <string.h>

#include <sodium.h>

#include "base/text.h"
#include "net/recorder_priv.h"

struct record {
	struct sb_io io;
	struct sb_io *inner;
	sb_io_sink *sink;
	void *sink_arg;
	struct pending *pending;
};

struct pending {
	struct pending *next;
	struct record *owner;
	char *server, *method, *path;
	char body_hash[SB_RECORD_HASH_CHARS];
	sb_io_done *done;
	void *arg;
};

void sb_record_hash(const char *body, size_t len, char hex[SB_RECORD_HASH_CHARS])
{
	unsigned char hash[crypto_hash_sha256_BYTES];

	hex[0] = '\0';
	if (!body || !len)
		return;
	crypto_hash_sha256(hash, (const unsigned char *)body, len);
	sodium_bin2hex(hex, SB_RECORD_HASH_CHARS, hash, sizeof(hash));
}

char *sb_record_key(const char *server, const char *method, const char *path,
		    const char *body_sha256)
{
	sb_autobuf key = SB_BUF_INIT(65536);

	sb_buf_addf(&key, "%s %s %s %s", server, method, path,
		    body_sha256 && *body_sha256 ? body_sha256 : "-");
	return sb_buf_take(&key);
}

static void pending_destroy(struct pending *pending)
{
	free(pending->server);
	free(pending->method);
	free(pending->path);
	free(pending);
}

static void pending_remove(struct pending *pending)
{
	struct pending **link = &pending->owner->pending;

	while (*link != pending)
		link = &(*link)->next;
	*link = pending->next;
}

/* Stores the body as text, or as hex when it is not valid text (a garbled answer). */
static int set_body(json_t *line, const struct sb_io_answer *answer)
{
	sb_autobuf clean = SB_BUF_INIT(SIZE_MAX / 2);
	sb_autofree char *hex = NULL;
	json_t *text;

	if (!memchr(answer->body, '\0', answer->len)) {
		sb_autojson *parsed = json_loadb(answer->body, answer->len,
						 JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);

		if (parsed)
			sb_text_add_scrubbed(&clean, answer->body, answer->len);
		else
			sb_text_mask(&clean, answer->body);
		text = clean.failed ? NULL : json_stringn(sb_buf_str(&clean), clean.len);
		if (text)
			return json_object_set_new(line, "body", text);
	}
	hex = malloc(answer->len * 2 + 1);
	if (!hex)
		return -1;
	sodium_bin2hex(hex, answer->len * 2 + 1, (const unsigned char *)answer->body, answer->len);
	return json_object_set_new(line, "body_hex", json_string(hex));
}

static json_t *error_json(const struct sb_io_answer *answer)
{
	if (!answer->err.code)
		return NULL;
	return json_pack("{s:i, s:s, s:b, s:b, s:b}", "code", answer->err.code, "text",
			 answer->err.text, "retryable", answer->err.retryable, "not_sent",
			 answer->not_sent, "reused_dead", answer->reused_dead);
}

/* Headers and reason phrase come from the server and may hold any bytes. */
static json_t *any_text(const char *text)
{
	sb_autobuf clean = SB_BUF_INIT(65536);
	json_t *value;

	sb_text_add_masked(&clean, text);
	value = json_string(sb_buf_str(&clean));

	return value ? value : json_string("");
}

static json_t *line_of(const struct pending *pending, const struct sb_io_answer *answer)
{
	json_t *line = json_pack("{s:s, s:s, s:s, s:i, s:o, s:o, s:o, s:I, s:o*}", "server",
				 pending->server, "method", pending->method, "path", pending->path,
				 "status", answer->status, "reason", any_text(answer->reason),
				 "type", any_text(answer->content_type), "api_version",
				 any_text(answer->api_version), "retry_after_ms",
				 (json_int_t)answer->retry_after_ms, "err", error_json(answer));

	if (!line)
		return NULL;
	if (pending->body_hash[0])
		json_object_set_new(line, "body_sha256", json_string(pending->body_hash));
	if (set_body(line, answer) < 0) {
		json_decref(line);
		return NULL;
	}
	return line;
}

static void write_line(const struct pending *pending, const struct sb_io_answer *answer)
{
	struct record *self = pending->owner;
	sb_autojson *line = line_of(pending, answer);
	sb_autobuf text = SB_BUF_INIT(SIZE_MAX / 2);

	if (line)
		sb_buf_add_json(&text, line);
	/* A lost line is marked, so that the recording is not taken for a complete one. */
	if (!line || text.failed)
		self->sink(self->sink_arg, "{\"lost\":true}");
	else
		self->sink(self->sink_arg, sb_buf_str(&text));
}

static void on_answer(void *arg, const struct sb_io_answer *answer)
{
	struct pending *pending = arg;
	sb_io_done *done = pending->done;
	void *done_arg = pending->arg;

	write_line(pending, answer);
	pending_remove(pending);
	pending_destroy(pending);
	done(done_arg, answer);
}

/* A request that could not be sent is part of the run as well: the reason is in its plan. */
static int write_unsent(struct pending *pending, const struct sb_error *why, struct sb_error *err)
{
	struct sb_io_answer answer = {.reason = "",
				      .body = "",
				      .content_type = "",
				      .api_version = "",
				      .err = *why,
				      .not_sent = true};

	write_line(pending, &answer);
	pending_destroy(pending);
	if (err)
		*err = *why;
	return why->code;
}

static int record_send(struct sb_io *io, const struct sb_io_request *request, sb_io_done *done,
		       void *arg, struct sb_error *err)
{
	struct record *self = (struct record *)io;
	struct pending *pending = calloc(1, sizeof(*pending));
	struct sb_error why = SB_ERROR_INIT;

	if (!pending)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	pending->owner = self;
	pending->server = strdup(request->server);
	pending->method = strdup(request->method);
	pending->path = strdup(request->path);
	sb_record_hash(request->body, request->body_len, pending->body_hash);
	pending->done = done;
	pending->arg = arg;
	if (!pending->server || !pending->method || !pending->path) {
		pending_destroy(pending);
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	if (self->inner->ops->send(self->inner, request, on_answer, pending, &why) < 0)
		return write_unsent(pending, &why, err);
	pending->next = self->pending;
	self->pending = pending;
	return 0;
}

static void record_cancel(struct sb_io *io, const void *arg)
{
	struct record *self = (struct record *)io;
	struct pending *pending, *next;

	for (pending = self->pending; pending; pending = next) {
		next = pending->next;
		if (pending->arg != arg)
			continue;
		self->inner->ops->cancel(self->inner, pending);
		pending_remove(pending);
		pending_destroy(pending);
	}
}

static int record_wait(struct sb_io *io, int64_t timeout_ms, struct sb_error *err)
{
	struct record *self = (struct record *)io;

	self->inner->watch_fd = io->watch_fd;
	self->inner->on_readable = io->on_readable;
	self->inner->is_awaited = io->is_awaited;
	self->inner->watch_arg = io->watch_arg;
	return self->inner->ops->wait(self->inner, timeout_ms, err);
}

static int64_t record_now_ms(struct sb_io *io)
{
	struct record *self = (struct record *)io;

	return self->inner->ops->now_ms(self->inner);
}

static int64_t record_wall_s(struct sb_io *io)
{
	struct record *self = (struct record *)io;

	return self->inner->ops->wall_s(self->inner);
}

static uint64_t record_random(struct sb_io *io)
{
	struct record *self = (struct record *)io;

	return self->inner->ops->random(self->inner);
}

static void record_destroy(struct sb_io *io)
{
	struct record *self = (struct record *)io;

	sb_io_destroy(self->inner);
	while (self->pending) {
		struct pending *pending = self->pending;

		self->pending = pending->next;
		pending_destroy(pending);
	}
	free(self);
}

static const struct sb_io_ops record_ops = {
	.send = record_send,
	.cancel = record_cancel,
	.wait = record_wait,
	.now_ms = record_now_ms,
	.wall_s = record_wall_s,
	.random = record_random,
	.destroy = record_destroy,
};

int sb_io_record_create(struct sb_io *inner_take, sb_io_sink *sink, void *arg,
			struct sb_io **ret_io, struct sb_error *err)
{
	struct record *self = calloc(1, sizeof(*self));

	if (!self) {
		sb_io_destroy(inner_take);
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	self->io.ops = &record_ops;
	self->io.watch_fd = inner_take->watch_fd;
	self->io.on_readable = inner_take->on_readable;
	self->io.watch_arg = inner_take->watch_arg;
	self->inner = inner_take;
	self->sink = sink;
	self->sink_arg = arg;
	*ret_io = &self->io;
	return 0;
}
