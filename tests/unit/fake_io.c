/* SPDX-License-Identifier: Apache-2.0 */
/* The scripted io. */
#include "fake_io.h"

#include <stdio.h>
#include <string.h>

enum { MAX_ANSWERS = 256, MAX_LOG = 8192 };

struct sent {
	char *line, *body, *headers;
	int64_t at_ms;
	unsigned url;
};

struct waiting {
	struct waiting *next;
	const struct fake_answer *answer; /* NULL = no answer matches */
	int64_t due_ms;
	bool is_timeout; /* the answer comes after the timeout of the request */
	char *line;
	sb_io_done *done;
	void *arg;
};

struct fake_io {
	struct sb_io io;
	struct fake_answer answers[MAX_ANSWERS];
	unsigned used[MAX_ANSWERS];
	size_t n_answers, n_sent, in_flight, max_in_flight;
	struct sent sent[MAX_LOG];
	struct waiting *waiting;
	int64_t now_ms;
};

/* Like assert(), but active in release builds, too. */
static void check_that(bool holds)
{
	if (!holds)
		abort();
}

static bool fits_request(const struct fake_answer *answer, const struct sb_io_request *request)
{
	const char *path = request->path;
	size_t len = strlen(answer->path);

	if (!sb_streq(answer->method, request->method) ||
	    (answer->url && answer->url != request->url + 1))
		return false;
	if (len && answer->path[len - 1] == '*')
		return strncmp(answer->path, path, len - 1) == 0;
	return sb_streq(answer->path, path);
}

static const struct fake_answer *find_script(struct fake_io *fake,
					     const struct sb_io_request *request)
{
	size_t i;

	for (i = 0; i < fake->n_answers; i++) {
		if (!fits_request(&fake->answers[i], request))
			continue;
		if (fake->answers[i].times && fake->used[i] >= fake->answers[i].times)
			continue;
		fake->used[i]++;
		return &fake->answers[i];
	}
	return NULL;
}

static char *line_of(const char *method, const char *path)
{
	size_t room = strlen(method) + strlen(path) + 2;
	char *line = malloc(room);

	check_that(line != NULL);
	snprintf(line, room, "%s %s", method, path);
	return line;
}

static int fake_send(struct sb_io *io, const struct sb_io_request *request, sb_io_done *done,
		     void *arg, struct sb_error *err)
{
	struct fake_io *fake = (struct fake_io *)io;
	struct waiting *waiting = calloc(1, sizeof(*waiting)), **link = &fake->waiting;
	struct sent *sent = &fake->sent[fake->n_sent++];

	(void)err;
	check_that(waiting && fake->n_sent < MAX_LOG);
	sent->line = line_of(request->method, request->path);
	sent->body = strdup(request->body ? request->body : "");
	sent->headers = strdup(request->headers ? request->headers : "");
	sent->at_ms = fake->now_ms;
	sent->url = request->url;
	waiting->answer = find_script(fake, request);
	waiting->due_ms = fake->now_ms + (waiting->answer ? waiting->answer->delay_ms : 0);
	waiting->is_timeout = request->timeout_ms && waiting->answer &&
			      waiting->answer->delay_ms > request->timeout_ms;
	if (waiting->is_timeout)
		waiting->due_ms = fake->now_ms + request->timeout_ms;
	waiting->line = line_of(request->method, request->path);
	waiting->done = done;
	waiting->arg = arg;
	while (*link)
		link = &(*link)->next;
	*link = waiting;
	if (++fake->in_flight > fake->max_in_flight)
		fake->max_in_flight = fake->in_flight;
	return 0;
}

static void drop_sent(struct fake_io *fake, struct waiting **link)
{
	struct waiting *waiting = *link;

	*link = waiting->next;
	free(waiting->line);
	free(waiting);
	fake->in_flight--;
}

static void fake_cancel(struct sb_io *io, const void *arg)
{
	struct fake_io *fake = (struct fake_io *)io;
	struct waiting **link = &fake->waiting;

	while (*link) {
		if ((*link)->arg == arg)
			drop_sent(fake, link);
		else
			link = &(*link)->next;
	}
}

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

static void deliver_sent(struct fake_io *fake, struct waiting **link)
{
	const struct fake_answer *from = (*link)->answer;
	bool is_timeout = (*link)->is_timeout;
	struct sb_io_answer answer = {
		.reason = "", .body = "", .content_type = "", .api_version = ""};
	sb_io_done *done = (*link)->done;
	void *arg = (*link)->arg;

	if (!from) {
		sb_fail(&answer.err, SB_E_NET, "%s: nothing in the script", (*link)->line);
		drop_sent(fake, link);
		done(arg, &answer);
		return;
	}
	if (is_timeout) {
		sb_fail(&answer.err, SB_E_TIMEOUT, "no complete answer within the timeout");
		drop_sent(fake, link);
		done(arg, &answer);
		return;
	}
	answer.status = from->status;
	answer.reason = or_empty(from->reason);
	answer.body = or_empty(from->body);
	answer.len = strlen(answer.body);
	answer.content_type = from->type ? from->type : "application/json";
	answer.api_version = or_empty(from->api_version);
	answer.date = from->date;
	answer.retry_after_ms = from->retry_after_ms;
	answer.not_sent = from->not_sent;
	answer.reused_dead = from->reused_dead;
	if (from->err) {
		sb_fail(&answer.err, from->err, "scripted failure");
		answer.err.retryable = from->retryable;
	}
	drop_sent(fake, link);
	done(arg, &answer);
}

/* Delivers the due answers of requests that were sent before; true when there were any. */
static bool deliver_due(struct fake_io *fake)
{
	bool any = false;
	size_t n = fake->in_flight;
	struct waiting **link = &fake->waiting;

	while (*link && n--) {
		if ((*link)->due_ms > fake->now_ms) {
			link = &(*link)->next;
			continue;
		}
		deliver_sent(fake, link);
		any = true;
		link = &fake->waiting;
	}
	return any;
}

static int fake_wait(struct sb_io *io, int64_t timeout_ms, struct sb_error *err)
{
	struct fake_io *fake = (struct fake_io *)io;
	const struct waiting *waiting;
	int64_t until = fake->now_ms + timeout_ms;

	(void)err;
	if (deliver_due(fake))
		return 0;
	for (waiting = fake->waiting; waiting; waiting = waiting->next)
		if (waiting->due_ms < until)
			until = waiting->due_ms;
	fake->now_ms = until;
	deliver_due(fake);
	return 0;
}

static int64_t fake_now_ms(struct sb_io *io)
{
	return ((struct fake_io *)io)->now_ms;
}

static int64_t fake_wall_s(struct sb_io *io)
{
	return 1750000000 + ((struct fake_io *)io)->now_ms / 1000;
}

static uint64_t fake_random(struct sb_io *io)
{
	(void)io;
	return 25; /* no jitter: 75 + 25 = 100 % */
}

static void fake_destroy(struct sb_io *io)
{
	struct fake_io *fake = (struct fake_io *)io;
	size_t i;

	while (fake->waiting)
		drop_sent(fake, &fake->waiting);
	for (i = 0; i < fake->n_sent; i++) {
		free(fake->sent[i].line);
		free(fake->sent[i].body);
		free(fake->sent[i].headers);
	}
	free(fake);
}

static const struct sb_io_ops fake_ops = {
	.send = fake_send,
	.cancel = fake_cancel,
	.wait = fake_wait,
	.now_ms = fake_now_ms,
	.wall_s = fake_wall_s,
	.random = fake_random,
	.destroy = fake_destroy,
};

struct fake_io *fake_io_create(void)
{
	struct fake_io *fake = calloc(1, sizeof(*fake));

	check_that(fake != NULL);
	fake->io.ops = &fake_ops;
	fake->io.watch_fd = -1;
	return fake;
}

struct sb_io *fake_io_io(struct fake_io *fake)
{
	return &fake->io;
}

void fake_io_add(struct fake_io *fake, const struct fake_answer *answer)
{
	check_that(fake->n_answers < MAX_ANSWERS);
	fake->answers[fake->n_answers++] = *answer;
}

void fake_io_once(struct fake_io *fake, const char *method, const char *path, int status,
		  const char *body)
{
	struct fake_answer answer = {
		.method = method, .path = path, .status = status, .body = body, .times = 1};

	fake_io_add(fake, &answer);
}

size_t fake_io_count(const struct fake_io *fake)
{
	return fake->n_sent;
}

const char *fake_io_request(const struct fake_io *fake, size_t at)
{
	return at < fake->n_sent ? fake->sent[at].line : "";
}

const char *fake_io_headers(const struct fake_io *fake, size_t at)
{
	return at < fake->n_sent ? fake->sent[at].headers : "";
}

const char *fake_io_body(const struct fake_io *fake, size_t at)
{
	return at < fake->n_sent ? fake->sent[at].body : "";
}

int64_t fake_io_sent_at(const struct fake_io *fake, size_t at)
{
	return at < fake->n_sent ? fake->sent[at].at_ms : -1;
}

unsigned fake_io_url(const struct fake_io *fake, size_t at)
{
	return at < fake->n_sent ? fake->sent[at].url : 0;
}

size_t fake_io_max_in_flight(const struct fake_io *fake)
{
	return fake->max_in_flight;
}
