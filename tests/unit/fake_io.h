/* SPDX-License-Identifier: Apache-2.0 */
/* A scripted io for tests: canned answers by method and path, a virtual clock, a request log. */
#pragma once

#include "net/io.h"

struct fake_io;

struct fake_answer {
	const char *method, *path; /* path as a whole; "*" at its end = any rest */
	int status;
	const char *body; /* "" when NULL */
	const char *reason, *type, *api_version;
	unsigned retry_after_ms;
	int err; /* enum sb_rc; 0 = a complete answer */
	bool retryable, not_sent, reused_dead;
	unsigned delay_ms; /* of virtual time; above the timeout of a request: SB_E_TIMEOUT */
	unsigned times;    /* how often it is used; 0 = always */
	unsigned url;      /* only of this base URL, from 1; 0 = of all */
	const char *date;
};

struct fake_io *fake_io_create(void);
struct sb_io *fake_io_io(struct fake_io *fake);

/** Add an answer. Of several that match, the first that is not used up is delivered. */
void fake_io_add(struct fake_io *fake, const struct fake_answer *answer);

/** Shorthand: an answer with status and body, once. */
void fake_io_once(struct fake_io *fake, const char *method, const char *path, int status,
		  const char *body);

/* The log: "METHOD path" per request, in the order of sending. */
size_t fake_io_count(const struct fake_io *fake);
const char *fake_io_request(const struct fake_io *fake, size_t at);
const char *fake_io_headers(const struct fake_io *fake, size_t at); /* "" = none */
const char *fake_io_body(const struct fake_io *fake, size_t at);
int64_t fake_io_sent_at(const struct fake_io *fake, size_t at);
unsigned fake_io_url(const struct fake_io *fake, size_t at);
size_t fake_io_max_in_flight(const struct fake_io *fake);
