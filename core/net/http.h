/* SPDX-License-Identifier: Apache-2.0 */
/* Requests with queues, limits and retries above the io seam. */
#pragma once

#include "net/io.h"

struct sb_http;

struct sb_http_limits {
	unsigned in_flight;    /* per server, over all classes */
	unsigned per_class[4]; /* per server, node and class; 0 = no limit of its own */
};

struct sb_http_request {
	const char *server;
	const char *method;
	const char *path;
	const char *body; /* copied; NULL = none */
	size_t body_len;
	const char *headers;
	const char *node;    /* queue within the server; "" = none */
	unsigned cost;       /* class 0..3 */
	unsigned timeout_ms; /* 0 = 35 s */
	size_t max_bytes;    /* 0 = 64 MiB */
	bool repeatable;     /* GET, or a write that may safely be sent twice */
	bool once;           /* never retried: the caller decides (failover, agents) */
	bool ahead;          /* sent before those of its node and class that are queued */
	unsigned url;        /* which of the base URLs, from 1; 0 = the one in use */
};

typedef void sb_http_done(void *arg, const struct sb_io_answer *answer);

struct sb_http_counts {
	uint64_t requests, retries, bytes_in, bytes_out, writes;
};

/** Queues over an io (borrowed). */
int sb_http_create(struct sb_io *io, struct sb_http **ret_http, struct sb_error *err);
void sb_http_destroy(struct sb_http *http);

/** Limits of one server; may be changed at any time. Default: 8 in flight; 4, 2, 1, 2. */
int sb_http_limit(struct sb_http *http, const char *server, const struct sb_http_limits *limits,
		  struct sb_error *err);

/**
 * Queue one request. done is called once from sb_http_turn(), after at most two retries with
 * backoff (0.5 s, 2 s; +-25 % jitter; Retry-After holds when longer, up to 30 s).
 *
 * Retried: proven-unsent requests always; the rest only when repeatable: dead connection, no
 * answer, 429, 502, 503, 504, 595 to 599. An attempt on a dead kept-alive connection is repeated at
 * once and not counted. An error that waiting does not fix (certificate, redirect) is not retried.
 * 429 and 503 with Retry-After are retried for every method (the server did nothing). Two 595/596
 * of one node: its queued and further requests fail with that answer.
 */
int sb_http_send(struct sb_http *http, const struct sb_http_request *request, sb_http_done *done,
		 void *arg, struct sb_error *err);

/** Drop all requests with this arg: done is not called for them. */
void sb_http_cancel(struct sb_http *http, const void *arg);

/** Start the requests that may start, wait up to timeout_ms and deliver the answers that arrive. */
int sb_http_turn(struct sb_http *http, int64_t timeout_ms, struct sb_error *err);

/** Requests queued or in flight. */
size_t sb_http_outstanding(const struct sb_http *http);

/** Use this base URL (from 0) of a server for all later requests that name none. */
void sb_http_use_url(struct sb_http *http, const char *server, unsigned url);

/**
 * How many seconds the clock of a server is ahead of ours (negative: behind), by the header Date of
 * its first answer: exact to about the time of one request. False: not known.
 */
bool sb_http_skew(const struct sb_http *http, const char *server, int64_t *ret_s);

const struct sb_http_counts *sb_http_counts(const struct sb_http *http);

/** In a done callback: how long the request was under way, without its time in the queue. */
int64_t sb_http_took_ms(const struct sb_http *http);

/** A server whose first answer cannot be used counts as one that cannot be reached, so that the
 * exit code is the same: of code and err (may be NULL) HTTP, JSON, SHAPE and NOTFOUND become
 * SB_E_NET. Errors that a person must fix keep their own code. Returns the code. */
int sb_http_as_unreachable(int code, struct sb_error *err);

/** Time since sb_http_create() during which nothing was outstanding. */
int64_t sb_http_idle_ms(const struct sb_http *http);
struct sb_io *sb_http_io(struct sb_http *http);
