/* SPDX-License-Identifier: Apache-2.0 */
/* Internals of the request queues, shared by queueing, the retry rule and the clock skew. */
#pragma once

#include "net/http.h"

enum { SB_HTTP_CLASSES = 4 };

struct http_job {
	struct http_job *next;
	struct sb_http *http;
	struct http_server *server;
	struct http_node *node;
	char *method, *path, *body, *headers;
	size_t body_len, max_bytes;
	unsigned cost, timeout_ms, url;
	bool is_write, repeatable, once;
	unsigned retries, dead_repeats;
	int64_t not_before_ms, started_ms;
	sb_http_done *done;
	void *arg;
};

struct http_queue {
	struct http_job *first, *last;
};

struct http_node {
	struct http_node *next;
	char *name;
	struct http_queue queues[SB_HTTP_CLASSES];
	unsigned in_flight[SB_HTTP_CLASSES];
	unsigned failed_hops;
	int dead_status; /* 0 = alive; else the answer for all further requests */
	char *dead_reason, *dead_body;
};

struct http_server {
	struct http_server *next;
	char *id;
	struct sb_http_limits limits;
	unsigned url, in_flight;
	bool knows_date, has_skew;
	int64_t skew_s;
	struct http_node *nodes, *next_node;
};

struct sb_http {
	struct sb_io *io;
	struct http_server *servers; /* in the order of their first request */
	struct http_job *in_flight;
	size_t n_queued, n_in_flight, delivered;
	struct sb_http_counts counts;
	int64_t idle_ms;       /* without anything queued or in flight, up to idle_since_ms */
	int64_t took_ms;       /* of the request whose callback runs */
	int64_t idle_since_ms; /* -1 = something is queued or in flight */
};

/** Milliseconds until the job is sent again (the retry is counted), or -1: deliver this answer. */
int64_t sb_http_retry_delay(struct http_job *job, const struct sb_io_answer *answer);

/** Note the clock skew of a server from the Date of its first answer. */
void sb_http_note_date(struct http_server *server, struct sb_io *io, const char *date);
