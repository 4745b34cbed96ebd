/* SPDX-License-Identifier: Apache-2.0 */
/* Queues per server, node and class above an io; delivery and retries. */
#include "net/http.h"

#include <string.h>

#include "net/http_priv.h"

enum { DEFAULT_TIMEOUT_MS = 35000, DEFAULT_MAX_BYTES = 64 << 20 };

static const struct sb_http_limits default_limits = {.in_flight = 8, .per_class = {4, 2, 1, 2}};

int sb_http_create(struct sb_io *io, struct sb_http **ret_http, struct sb_error *err)
{
	struct sb_http *http = calloc(1, sizeof(*http));

	if (!http)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	http->io = io;
	http->idle_since_ms = io->ops->now_ms(io);
	*ret_http = http;
	return 0;
}

/* Called after each change of the counts of queued and in-flight jobs. */
static void note_idle(struct sb_http *http)
{
	bool is_idle = !http->n_queued && !http->n_in_flight;
	int64_t now_ms;

	if (is_idle == (http->idle_since_ms >= 0))
		return;
	now_ms = http->io->ops->now_ms(http->io);
	if (!is_idle)
		http->idle_ms += now_ms - http->idle_since_ms;
	http->idle_since_ms = is_idle ? now_ms : -1;
}

static void job_destroy(struct http_job *job)
{
	free(job->method);
	free(job->path);
	free(job->body);
	free(job->headers);
	free(job);
}

static void node_destroy(struct http_node *node)
{
	size_t i;

	for (i = 0; i < SB_HTTP_CLASSES; i++) {
		while (node->queues[i].first) {
			struct http_job *job = node->queues[i].first;

			node->queues[i].first = job->next;
			job_destroy(job);
		}
	}
	free(node->dead_reason);
	free(node->dead_body);
	free(node->name);
	free(node);
}

void sb_http_destroy(struct sb_http *http)
{
	if (!http)
		return;
	while (http->in_flight) {
		struct http_job *job = http->in_flight;

		http->in_flight = job->next;
		http->io->ops->cancel(http->io, job);
		job_destroy(job);
	}
	while (http->servers) {
		struct http_server *server = http->servers;

		while (server->nodes) {
			struct http_node *node = server->nodes;

			server->nodes = node->next;
			node_destroy(node);
		}
		http->servers = server->next;
		free(server->id);
		free(server);
	}
	free(http);
}

static struct http_server *find_or_add_server(struct sb_http *http, const char *id)
{
	struct http_server *server, **link = &http->servers;

	for (; (server = *link); link = &server->next)
		if (sb_streq(server->id, id))
			return server;
	server = calloc(1, sizeof(*server));
	if (!server)
		return NULL;
	server->id = strdup(id);
	if (!server->id) {
		free(server);
		return NULL;
	}
	server->limits = default_limits;
	*link = server;
	return server;
}

static struct http_node *find_or_add_node(struct http_server *server, const char *name)
{
	struct http_node *node, **link = &server->nodes;

	for (; (node = *link); link = &node->next)
		if (sb_streq(node->name, name))
			return node;
	node = calloc(1, sizeof(*node));
	if (!node)
		return NULL;
	node->name = strdup(name);
	if (!node->name) {
		free(node);
		return NULL;
	}
	*link = node;
	return node;
}

int sb_http_limit(struct sb_http *http, const char *server_id, const struct sb_http_limits *limits,
		  struct sb_error *err)
{
	struct http_server *server = find_or_add_server(http, server_id);

	if (!server)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	server->limits = *limits;
	return 0;
}

void sb_http_use_url(struct sb_http *http, const char *server_id, unsigned url)
{
	struct http_server *server = find_or_add_server(http, server_id);

	if (server)
		server->url = url;
}

static void queue_add(struct http_queue *queue, struct http_job *job)
{
	struct http_job **link = &queue->first;

	job->next = NULL;
	if (queue->last)
		link = &queue->last->next;
	*link = job;
	queue->last = job;
}

/* A retry stays first in its queue; later jobs overtake it while it waits. */
static void queue_add_front(struct http_queue *queue, struct http_job *job)
{
	job->next = queue->first;
	queue->first = job;
	if (!queue->last)
		queue->last = job;
}

static void queue_remove(struct http_queue *queue, struct http_job *job, struct http_job *before)
{
	if (before)
		before->next = job->next;
	else
		queue->first = job->next;
	if (queue->last == job)
		queue->last = before;
	job->next = NULL;
}

static bool job_copy(struct http_job *job, const struct sb_http_request *request)
{
	job->method = strdup(request->method);
	job->path = strdup(request->path);
	if (!job->method || !job->path)
		return false;
	if (request->headers) {
		job->headers = strdup(request->headers);
		if (!job->headers)
			return false;
	}
	if (request->body) {
		job->body = malloc(request->body_len + 1);
		if (!job->body)
			return false;
		memcpy(job->body, request->body, request->body_len);
		job->body[request->body_len] = '\0';
		job->body_len = request->body_len;
	}
	return true;
}

static bool is_read(const char *method)
{
	return sb_streq(method, "GET") || sb_streq(method, "OPTIONS") || sb_streq(method, "HEAD");
}

int sb_http_send(struct sb_http *http, const struct sb_http_request *request, sb_http_done *done,
		 void *arg, struct sb_error *err)
{
	struct http_server *server = find_or_add_server(http, request->server);
	struct http_node *node =
		server ? find_or_add_node(server, request->node ? request->node : "") : NULL;
	struct http_job *job = node ? calloc(1, sizeof(*job)) : NULL;

	if (!job || !job_copy(job, request)) {
		if (job)
			job_destroy(job);
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	job->http = http;
	job->server = server;
	job->node = node;
	job->cost = request->cost < SB_HTTP_CLASSES ? request->cost : SB_HTTP_CLASSES - 1;
	job->timeout_ms = request->timeout_ms ? request->timeout_ms : DEFAULT_TIMEOUT_MS;
	job->max_bytes = request->max_bytes ? request->max_bytes : DEFAULT_MAX_BYTES;
	job->is_write = !is_read(request->method);
	job->repeatable = request->repeatable || !job->is_write;
	job->once = request->once;
	job->url = request->url;
	job->done = done;
	job->arg = arg;
	if (request->ahead)
		queue_add_front(&node->queues[job->cost], job);
	else
		queue_add(&node->queues[job->cost], job);
	http->n_queued++;
	note_idle(http);
	return 0;
}

static void finish_job(struct http_job *job, const struct sb_io_answer *answer)
{
	sb_http_done *done = job->done;
	void *arg = job->arg;

	job_destroy(job);
	done(arg, answer);
}

static void remove_in_flight(struct http_job *job)
{
	struct http_job **link = &job->http->in_flight;

	while (*link != job)
		link = &(*link)->next;
	*link = job->next;
	job->next = NULL;
	job->http->n_in_flight--;
	job->server->in_flight--;
	job->node->in_flight[job->cost]--;
}

static void cancel_queued(struct sb_http *http, struct http_queue *queue, const void *arg)
{
	struct http_job *job = queue->first, *before = NULL, *next;

	for (; job; job = next) {
		next = job->next;
		if (job->arg != arg) {
			before = job;
			continue;
		}
		queue_remove(queue, job, before);
		http->n_queued--;
		job_destroy(job);
	}
}

int sb_http_as_unreachable(int code, struct sb_error *err)
{
	if (code != SB_E_HTTP && code != SB_E_JSON && code != SB_E_SHAPE && code != SB_E_NOTFOUND)
		return code;
	if (err)
		err->code = SB_E_NET;
	return SB_E_NET;
}

void sb_http_cancel(struct sb_http *http, const void *arg)
{
	struct http_server *server;
	struct http_node *node;
	struct http_job *job, *next;
	size_t i;

	for (server = http->servers; server; server = server->next)
		for (node = server->nodes; node; node = node->next)
			for (i = 0; i < SB_HTTP_CLASSES; i++)
				cancel_queued(http, &node->queues[i], arg);
	for (job = http->in_flight; job; job = next) {
		next = job->next;
		if (job->arg != arg)
			continue;
		http->io->ops->cancel(http->io, job);
		remove_in_flight(job);
		job_destroy(job);
	}
	note_idle(http);
}

/* After two failed hops to a node its other requests would only wait for the same failure. */
static void note_hop(struct http_node *node, const struct sb_io_answer *answer)
{
	if ((answer->status != 595 && answer->status != 596) || !*node->name || node->dead_status)
		return;
	if (++node->failed_hops < 2)
		return;
	node->dead_reason = strdup(answer->reason);
	node->dead_body = strdup(answer->body);
	node->dead_status = answer->status;
}

static void finish_dead(struct http_job *job)
{
	const struct http_node *node = job->node;
	struct sb_io_answer answer = {
		.status = node->dead_status,
		.reason = node->dead_reason ? node->dead_reason : "",
		.body = node->dead_body ? node->dead_body : "",
		.content_type = "",
		.api_version = "",
	};

	answer.len = strlen(answer.body);
	finish_job(job, &answer);
}

static void finish_unsent(struct http_job *job, const struct sb_error *why)
{
	struct sb_io_answer answer = {
		.reason = "",
		.body = "",
		.content_type = "",
		.api_version = "",
		.err = *why,
		.not_sent = true,
	};

	finish_job(job, &answer);
}

static void on_answer(void *arg, const struct sb_io_answer *answer)
{
	struct http_job *job = arg;
	struct sb_http *http = job->http;
	int64_t delay_ms;

	remove_in_flight(job);
	note_idle(http);
	http->counts.bytes_in += answer->len;
	http->delivered++;
	http->took_ms = http->io->ops->now_ms(http->io) - job->started_ms;
	note_hop(job->node, answer);
	if (!job->server->knows_date && answer->date && *answer->date)
		sb_http_note_date(job->server, http->io, answer->date);
	delay_ms = sb_http_retry_delay(job, answer);
	if (delay_ms < 0) {
		finish_job(job, answer);
		return;
	}
	http->counts.retries++;
	job->not_before_ms = http->io->ops->now_ms(http->io) + delay_ms;
	queue_add_front(&job->node->queues[job->cost], job);
	http->n_queued++;
	note_idle(http);
}

/* Removes and returns the first job of a node that may start now. */
static struct http_job *take_from_node(struct http_node *node, const struct sb_http_limits *limits,
				       int64_t now_ms, int64_t *wake_ms)
{
	size_t i;

	for (i = 0; i < SB_HTTP_CLASSES; i++) {
		struct http_job *job = node->queues[i].first, *before = NULL;

		if (!node->dead_status && limits->per_class[i] &&
		    node->in_flight[i] >= limits->per_class[i])
			continue;
		for (; job; before = job, job = job->next) {
			if (job->not_before_ms <= now_ms || node->dead_status) {
				queue_remove(&node->queues[i], job, before);
				return job;
			}
			if (*wake_ms < 0 || job->not_before_ms < *wake_ms)
				*wake_ms = job->not_before_ms;
		}
	}
	return NULL;
}

/* Round-robin over the nodes of a server, in the order in which they were first seen. */
static struct http_job *take_next(struct http_server *server, int64_t now_ms, int64_t *wake_ms)
{
	struct http_node *start = server->next_node ? server->next_node : server->nodes;
	struct http_node *node = start;

	if (!start || (server->limits.in_flight && server->in_flight >= server->limits.in_flight))
		return NULL;
	do {
		struct http_job *job = take_from_node(node, &server->limits, now_ms, wake_ms);

		if (job) {
			server->next_node = node->next;
			return job;
		}
		node = node->next ? node->next : server->nodes;
	} while (node != start);
	return NULL;
}

static void start_job(struct http_job *job)
{
	struct sb_http *http = job->http;
	struct sb_io_request request = {
		.server = job->server->id,
		.url = job->url ? job->url - 1 : job->server->url,
		.method = job->method,
		.path = job->path,
		.body = job->body,
		.body_len = job->body_len,
		.headers = job->headers,
		.timeout_ms = job->timeout_ms,
		.max_bytes = job->max_bytes,
	};
	struct sb_error err = SB_ERROR_INIT;

	if (job->node->dead_status) {
		http->delivered++;
		finish_dead(job);
		return;
	}
	if (http->io->ops->send(http->io, &request, on_answer, job, &err) < 0) {
		http->delivered++;
		finish_unsent(job, &err);
		return;
	}
	job->started_ms = http->io->ops->now_ms(http->io);
	job->next = http->in_flight;
	http->in_flight = job;
	http->n_in_flight++;
	job->server->in_flight++;
	job->node->in_flight[job->cost]++;
	http->counts.requests++;
	http->counts.writes += job->is_write;
	http->counts.bytes_out += job->body_len;
}

/* Starts each job that may start. Returns the earliest time at which a retry may start, or -1. */
static int64_t start_all(struct sb_http *http)
{
	struct http_server *server;
	int64_t wake_ms = -1;

	for (server = http->servers; server; server = server->next) {
		int64_t now_ms = http->io->ops->now_ms(http->io);
		struct http_job *job;

		while ((job = take_next(server, now_ms, &wake_ms))) {
			http->n_queued--;
			start_job(job);
			note_idle(http);
		}
	}
	return wake_ms;
}

int sb_http_turn(struct sb_http *http, int64_t timeout_ms, struct sb_error *err)
{
	int64_t wake_ms, wait_ms = timeout_ms;
	int rc;

	http->delivered = 0;
	wake_ms = start_all(http);
	if (http->delivered)
		wait_ms = 0;
	if (wake_ms >= 0) {
		int64_t left = wake_ms - http->io->ops->now_ms(http->io);

		if (left < wait_ms)
			wait_ms = left > 0 ? left : 0;
	}
	rc = http->io->ops->wait(http->io, wait_ms, err);
	if (!rc)
		start_all(http);
	return rc;
}

size_t sb_http_outstanding(const struct sb_http *http)
{
	return http->n_queued + http->n_in_flight;
}

const struct sb_http_counts *sb_http_counts(const struct sb_http *http)
{
	return &http->counts;
}

int64_t sb_http_took_ms(const struct sb_http *http)
{
	return http->took_ms;
}

int64_t sb_http_idle_ms(const struct sb_http *http)
{
	int64_t now_ms = http->io->ops->now_ms(http->io);

	return http->idle_ms + (http->idle_since_ms >= 0 ? now_ms - http->idle_since_ms : 0);
}

struct sb_io *sb_http_io(struct sb_http *http)
{
	return http->io;
}
