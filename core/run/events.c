/* SPDX-License-Identifier: Apache-2.0 */
/* The job's ends of its two pipes. */
#include "run/events.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "model/protocol.h"

enum { KEPT_BYTES = 256 << 10 }; /* larger event buffers, as for a plan, are freed after use */

struct waiting {
	uint64_t id;
	void (*on_ack)(void *arg);
	void *arg;
};

struct sb_events {
	int in_fd, out_fd;
	struct sb_buf line; /* received and not yet consumed */
	struct sb_buf out;  /* to be sent */
	bool held;
	struct waiting waiting[64];
	size_t n_waiting;
	void (*on_lease)(void *arg, int64_t since_s);
	void *lease_arg;
	bool wants_lease; /* it was asked for and has not come */
	struct sb_io *io; /* of which requests are passed to the parent, or NULL */
};

int sb_events_create(int in_fd, int out_fd, struct sb_events **ret_events, struct sb_error *err)
{
	struct sb_events *events = calloc(1, sizeof(*events));

	if (!events)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	events->in_fd = in_fd;
	events->out_fd = out_fd;
	sb_buf_init(&events->line, 256u << 20);
	sb_buf_init(&events->out, 256u << 20);
	*ret_events = events;
	return 0;
}

void sb_events_destroy(struct sb_events *events)
{
	if (!events)
		return;
	sb_buf_finish(&events->line);
	sb_buf_finish(&events->out);
	free(events);
}

/* A job without its parent must stop, because nothing would record its writes. */
static void exit_orphaned(void)
{
	_exit(1);
}

/* Append the readable bytes to the line buffer. False at the end of the pipe. */
static bool read_input(struct sb_events *events)
{
	char chunk[65536];
	ssize_t n = read(events->in_fd, chunk, sizeof(chunk));

	if (n > 0)
		sb_buf_add_mem(&events->line, chunk, (size_t)n);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	return n > 0 && !events->line.failed;
}

/* The next complete line from *pos on, as JSON (null if damaged); NULL when there is none yet. */
static json_t *next_line(struct sb_events *events, size_t *pos)
{
	const char *text = sb_buf_str(&events->line) + *pos;
	const char *end = memchr(text, '\n', events->line.len - *pos);
	json_t *line;

	if (!end)
		return NULL;
	line = json_loadb(text, (size_t)(end - text), 0, NULL);
	*pos += (size_t)(end - text) + 1;
	return line ? line : json_null();
}

/* Remove the consumed lines from the buffer. */
static void drop_consumed(struct sb_events *events, size_t pos)
{
	if (!pos)
		return;
	memmove(events->line.text, events->line.text + pos, events->line.len - pos + 1);
	events->line.len -= pos;
}

int sb_events_task(struct sb_events *events,
		   int (*on_line)(void *arg, json_t *line, struct sb_error *err), void *arg,
		   struct sb_error *err)
{
	bool go = false;
	int rc = 0;

	while (!rc && !go) {
		size_t pos = 0;
		json_t *line;

		while (!rc && !go && (line = next_line(events, &pos)) != NULL) {
			go = json_is_true(json_object_get(line, "go"));
			if (!go)
				rc = on_line(arg, line, err);
			json_decref(line);
		}
		drop_consumed(events, pos);
		if (!rc && !go && !read_input(events))
			return sb_fail(err, SB_E_STATE,
				       "the parent closed the pipe before the task was complete");
	}
	return rc;
}

static void take_ack(struct sb_events *events, uint64_t id)
{
	size_t i;

	for (i = 0; i < events->n_waiting; i++) {
		struct waiting waiting = events->waiting[i];

		if (waiting.id != id)
			continue;
		events->waiting[i] = events->waiting[--events->n_waiting];
		waiting.on_ack(waiting.arg);
		return;
	}
}

static void take_answer(struct sb_events *events, const json_t *line)
{
	const json_t *number = json_object_get(line, "answer");

	if (json_is_integer(number) && events->io)
		sb_io_replay_answer(events->io, (uint64_t)json_integer_value(number),
				    json_object_get(line, "line"));
}

static void on_readable(void *arg)
{
	struct sb_events *events = arg;
	size_t pos = 0;
	json_t *line;

	if (!read_input(events))
		exit_orphaned();
	while ((line = next_line(events, &pos)) != NULL) {
		const json_t *ack = json_object_get(line, "ack");
		const json_t *lease = json_object_get(line, "lease");

		if (json_is_integer(ack))
			take_ack(events, (uint64_t)json_integer_value(ack));
		if (json_is_integer(lease) && events->on_lease) {
			events->wants_lease = false;
			events->on_lease(events->lease_arg, json_integer_value(lease));
		}
		take_answer(events, line);
		json_decref(line);
	}
	drop_consumed(events, pos);
}

static bool is_awaited(void *arg)
{
	const struct sb_events *events = arg;

	return events->n_waiting || events->wants_lease;
}

void sb_events_attach(struct sb_events *events, struct sb_io *io)
{
	int flags = fcntl(events->in_fd, F_GETFL);

	if (flags >= 0)
		fcntl(events->in_fd, F_SETFL, flags | O_NONBLOCK);
	io->watch_fd = events->in_fd;
	io->on_readable = on_readable;
	io->is_awaited = is_awaited;
	io->watch_arg = events;
}

static void write_out(struct sb_events *events)
{
	size_t sent = 0;

	while (sent < events->out.len) {
		ssize_t n = write(events->out_fd, events->out.text + sent, events->out.len - sent);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			exit_orphaned();
		sent += (size_t)n;
	}
	if (events->out.room > KEPT_BYTES)
		sb_buf_finish(&events->out);
	sb_buf_reset(&events->out);
}

void sb_events_no_memory(void)
{
	_exit(SB_JOB_NO_MEMORY);
}

void sb_event_send(struct sb_events *events, json_t *event_take)
{
	sb_autojson *event = event_take;

	if (!event)
		_exit(SB_JOB_BAD_EVENT); /* a failed allocation ends the process before */
	sb_buf_add_json_unsorted(&events->out, event);
	sb_buf_add(&events->out, "\n");
	if (events->out.failed)
		sb_events_no_memory(); /* an event that reports it could not be sent either */
	if (!events->held)
		write_out(events);
}

void sb_events_hold(struct sb_events *events)
{
	events->held = true;
}

void sb_events_release(struct sb_events *events)
{
	events->held = false;
	write_out(events);
}

void sb_event_journal(struct sb_events *events, json_t *event_take, uint64_t id,
		      void (*on_ack)(void *arg), void *arg)
{
	/* At most the requests in flight wait for an acknowledgement, far fewer than the array. */
	if (events->n_waiting < SB_ARRAY_LEN(events->waiting))
		events->waiting[events->n_waiting++] = (struct waiting){id, on_ack, arg};
	sb_event_send(events, event_take);
}

void sb_event_lease(struct sb_events *events, json_t *event_take,
		    void (*on_lease)(void *arg, int64_t since_s), void *arg)
{
	events->on_lease = on_lease;
	events->lease_arg = arg;
	events->wants_lease = true;
	sb_event_send(events, event_take);
}

static void send_ask(void *arg, uint64_t number, const struct sb_io_request *request)
{
	sb_event_send(arg, json_pack("{s:s, s:I, s:s, s:s, s:s, s:s#}", "ev", "ask", "id",
				     (json_int_t)number, "server", request->server, "method",
				     request->method, "path", request->path, "body",
				     request->body ? request->body : "", request->body_len));
}

void sb_events_ask(struct sb_events *events, struct sb_io *replay)
{
	events->io = replay;
	sb_io_replay_ask(replay, send_ask, events);
}
