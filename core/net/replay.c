/* SPDX-License-Identifier: Apache-2.0 */
/* An io without a network: answers come from recorded lines, or from somebody who is asked; waiting
 * advances the clock. */
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "net/recorder_priv.h"
#include "stagebox/json.h"

struct asked {
	struct asked *next;
	uint64_t number;
	char *key;
	json_t *line; /* NULL = not recorded */
	sb_io_done *done;
	void *arg;
};

struct replay {
	struct sb_io io;
	json_t *answers;            /* key -> array of lines; the first one is used next */
	json_t *used;               /* key -> number of lines already used */
	struct asked *first, **end; /* may be delivered */
	struct asked *open;         /* passed to ask, which has not answered yet */
	sb_io_ask *ask;
	void *ask_arg;
	int64_t now_ms, wall_s;
	uint64_t random, asked;
};

static json_t *next_line(struct replay *self, const char *key)
{
	json_t *lines = json_object_get(self->answers, key);
	json_t *count = json_object_get(self->used, key);
	json_int_t n = json_integer_value(count);

	if ((size_t)n >= json_array_size(lines))
		return NULL;
	if (json_object_set_new(self->used, key, json_integer(n + 1)) < 0)
		return NULL;
	return json_array_get(lines, (size_t)n);
}

static void make_deliverable(struct replay *self, struct asked *asked)
{
	asked->next = NULL;
	*self->end = asked;
	self->end = &asked->next;
}

static int replay_send(struct sb_io *io, const struct sb_io_request *request, sb_io_done *done,
		       void *arg, struct sb_error *err)
{
	struct replay *self = (struct replay *)io;
	struct asked *asked = calloc(1, sizeof(*asked));
	char hash[SB_RECORD_HASH_CHARS];

	if (!asked)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	sb_record_hash(request->body, request->body_len, hash);
	asked->key = sb_record_key(request->server, request->method, request->path, hash);
	if (!asked->key) {
		free(asked);
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	asked->line = json_incref(next_line(self, asked->key));
	asked->number = ++self->asked;
	asked->done = done;
	asked->arg = arg;
	if (asked->line || !self->ask) {
		make_deliverable(self, asked);
		return 0;
	}
	asked->next = self->open;
	self->open = asked;
	self->ask(self->ask_arg, asked->number, request);
	return 0;
}

static void asked_destroy(struct asked *asked)
{
	json_decref(asked->line);
	free(asked->key);
	free(asked);
}

/* Remove the requests with this arg from a list. Returns its end. */
static struct asked **drop_asked(struct asked **link, const void *arg)
{
	while (*link) {
		struct asked *asked = *link;

		if (asked->arg == arg) {
			*link = asked->next;
			asked_destroy(asked);
		} else
			link = &asked->next;
	}
	return link;
}

static void replay_cancel(struct sb_io *io, const void *arg)
{
	struct replay *self = (struct replay *)io;

	self->end = drop_asked(&self->first, arg);
	drop_asked(&self->open, arg);
}

static const char *text_of(const json_t *line, const char *name)
{
	const char *text = sb_json_str(line, name);

	return text ? text : "";
}

static void set_error(struct sb_io_answer *answer, const json_t *error)
{
	if (!json_is_object(error))
		return;
	answer->err.code = (int)json_integer_value(json_object_get(error, "code"));
	if (answer->err.code >= 0)
		answer->err.code = SB_E_NET;
	snprintf(answer->err.text, sizeof(answer->err.text), "%s", text_of(error, "text"));
	answer->err.retryable = sb_json_bool(error, "retryable", false);
	answer->not_sent = sb_json_bool(error, "not_sent", false);
	answer->reused_dead = sb_json_bool(error, "reused_dead", false);
}

/* The bytes of body_hex, zero-terminated; NULL when there are none. */
static char *bytes_of(const json_t *line, size_t *ret_len)
{
	const char *hex = sb_json_str(line, "body_hex");
	size_t room = hex ? strlen(hex) / 2 : 0;
	char *bytes = hex ? calloc(1, room + 1) : NULL;

	*ret_len = 0;
	if (bytes)
		sodium_hex2bin((unsigned char *)bytes, room, hex, room * 2, NULL, ret_len, NULL);
	return bytes;
}

static void deliver_recorded(struct asked *asked)
{
	const json_t *line = asked->line;
	size_t hex_len;
	sb_autofree char *bytes = bytes_of(line, &hex_len);
	struct sb_io_answer answer = {
		.status = (int)json_integer_value(json_object_get(line, "status")),
		.reason = text_of(line, "reason"),
		.body = bytes ? bytes : text_of(line, "body"),
		.len = bytes ? hex_len : json_string_length(json_object_get(line, "body")),
		.content_type = text_of(line, "type"),
		.api_version = text_of(line, "api_version"),
		.retry_after_ms =
			(unsigned)json_integer_value(json_object_get(line, "retry_after_ms")),
	};

	if (line)
		set_error(&answer, json_object_get(line, "err"));
	else
		sb_fail(&answer.err, SB_E_NET, "%.300s: not in the recording", asked->key);
	asked->done(asked->arg, &answer);
}

/* The timeout of poll(): none while there is something to do; without end for an answer that must
 * come, because the clock does not run meanwhile. */
static int wait_for_answer(const struct replay *self, bool delivered)
{
	const struct sb_io *io = &self->io;

	if (delivered || !self->ask)
		return 0;
	return self->open || (io->is_awaited && io->is_awaited(io->watch_arg)) ? -1 : 0;
}

static int replay_wait(struct sb_io *io, int64_t timeout_ms, struct sb_error *err)
{
	struct replay *self = (struct replay *)io;
	struct pollfd watch = {.fd = io->watch_fd, .events = POLLIN};
	bool delivered = self->first != NULL;
	uint64_t until = self->asked;

	(void)err;
	/* Deliver only requests that were sent before this call: done may send more. */
	while (self->first && self->first->number <= until) {
		struct asked *asked = self->first;

		self->first = asked->next;
		if (!self->first)
			self->end = &self->first;
		deliver_recorded(asked);
		asked_destroy(asked);
	}
	if (io->watch_fd >= 0 && poll(&watch, 1, wait_for_answer(self, delivered)) > 0 &&
	    io->on_readable)
		io->on_readable(io->watch_arg);
	else if (!delivered && timeout_ms > 0)
		self->now_ms += timeout_ms;
	return 0;
}

static int64_t replay_now_ms(struct sb_io *io)
{
	return ((struct replay *)io)->now_ms;
}

static int64_t replay_wall_s(struct sb_io *io)
{
	struct replay *self = (struct replay *)io;

	return self->wall_s + self->now_ms / 1000;
}

/* splitmix64 from a fixed seed, so that every replay is the same. */
static uint64_t replay_random(struct sb_io *io)
{
	uint64_t z = (((struct replay *)io)->random += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static void destroy_list(struct asked *asked)
{
	while (asked) {
		struct asked *next = asked->next;

		asked_destroy(asked);
		asked = next;
	}
}

static void replay_destroy(struct sb_io *io)
{
	struct replay *self = (struct replay *)io;

	destroy_list(self->first);
	destroy_list(self->open);
	json_decref(self->answers);
	json_decref(self->used);
	free(self);
}

static const struct sb_io_ops replay_ops = {
	.send = replay_send,
	.cancel = replay_cancel,
	.wait = replay_wait,
	.now_ms = replay_now_ms,
	.wall_s = replay_wall_s,
	.random = replay_random,
	.destroy = replay_destroy,
};

static int add_line(struct replay *self, json_t *line, size_t at, struct sb_error *err)
{
	const char *server = sb_json_str(line, "server"), *method = sb_json_str(line, "method");
	const char *path = sb_json_str(line, "path");
	sb_autofree char *key = NULL;
	json_t *lines;

	if (!server || !method || !path)
		return sb_fail(
			err, SB_E_SHAPE, "recording, answer %zu: no server, method or path%s",
			at + 1,
			sb_json_bool(line, "lost", false) ? " (it was lost while recording)" : "");
	key = sb_record_key(server, method, path, sb_json_str(line, "body_sha256"));
	if (!key)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	lines = json_object_get(self->answers, key);
	if (!lines) {
		lines = json_array();
		if (json_object_set_new(self->answers, key, lines) < 0)
			return sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	if (json_array_append(lines, line) < 0)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	return 0;
}

int sb_io_replay_create(const json_t *lines, int64_t wall_s, struct sb_io **ret_io,
			struct sb_error *err)
{
	struct replay *self = calloc(1, sizeof(*self));
	size_t i;
	int rc = 0;

	if (!self)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	self->io.ops = &replay_ops;
	self->io.watch_fd = -1;
	self->wall_s = wall_s;
	self->end = &self->first;
	self->answers = json_object();
	self->used = json_object();
	for (i = 0; !rc && i < json_array_size(lines); i++)
		rc = add_line(self, json_array_get(lines, i), i, err);
	if (rc < 0) {
		replay_destroy(&self->io);
		return rc;
	}
	*ret_io = &self->io;
	return 0;
}

void sb_io_replay_ask(struct sb_io *io, sb_io_ask *ask, void *arg)
{
	struct replay *self = (struct replay *)io;

	self->ask = ask;
	self->ask_arg = arg;
}

void sb_io_replay_answer(struct sb_io *io, uint64_t number, json_t *line)
{
	struct replay *self = (struct replay *)io;
	struct asked **link = &self->open, *asked;

	while (*link && (*link)->number != number)
		link = &(*link)->next;
	asked = *link;
	if (!asked)
		return;
	*link = asked->next;
	asked->line = json_incref(line);
	make_deliverable(self, asked);
}
