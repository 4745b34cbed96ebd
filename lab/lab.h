/* SPDX-License-Identifier: Apache-2.0 */
/* A simulated server is a pure function from a state and a request to an answer and the next state.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

/* One HTTP request, as read by the front. All members are borrowed for the call. */
struct lab_request {
	const char *method;        /* "GET" */
	const char *path;          /* percent-decoded, no query: "/api2/json/version" */
	const char *raw_path;      /* as sent */
	const char *query;         /* raw, without '?'; "" when none */
	const char *authorization; /* header value or NULL */
	const char *cookie;
	const char *csrf;     /* CSRFPreventionToken */
	const char *if_match; /* If-Match */
	const char *branch;   /* X-NetBox-Branch */
	const char *content_type;
	const char *accept_language;
	const char *body; /* zero-terminated; NULL when none */
	size_t body_len;
	bool chunked; /* the body has no Content-Length */
};

struct lab_header {
	char *name, *value;
};

/* One answer. Zeroed before the handler is called; the handler fills it and the front releases it.
 */
struct lab_answer {
	int status;
	char *reason;          /* status line phrase; NULL = the standard one */
	json_t *json;          /* body; or */
	char *text;            /* body that is not JSON; both NULL = empty body */
	const char *text_type; /* "text/html" ...; static */
	struct lab_header headers[8];
	size_t n_headers;
	bool close;        /* Connection: close */
	unsigned delay_ms; /* send the answer after this delay (401 of Proxmox VE: 3000) */
};

/** Add a header; copies both. */
void lab_answer_header(struct lab_answer *answer, const char *name, const char *value);

/** Release everything and zero it. */
void lab_answer_finish(struct lab_answer *answer);

/* A query or form body, parsed: repeated keys stay repeated, in order. */
struct lab_params {
	size_t n;
	struct lab_param {
		char *key, *value;
	} * list;
};

/** Parse "a=1&b=2" ('+' is a space, percent escapes are decoded). Returns 0 or -1 (memory). */
int lab_params_parse(struct lab_params *params, const char *text);
void lab_params_finish(struct lab_params *params);

/** Append a pair; copies both. Returns 0 or -1 (memory). */
int lab_params_add(struct lab_params *params, const char *key, const char *value);

/** Remove every pair with a key. */
void lab_params_remove(struct lab_params *params, const char *key);

/** First value of a key or NULL; borrowed. */
const char *lab_param(const struct lab_params *params, const char *key);

/** Is the word one of a list like {"stall [SECONDS]", ..., NULL}, whatever its argument? */
bool lab_word_listed(const char *const *list, const char *word);

/* A deterministic source of numbers: same seed, same numbers, on every machine. */
struct lab_random {
	uint64_t state;
};

uint64_t lab_random_next(struct lab_random *random);
uint64_t lab_random_below(struct lab_random *random, uint64_t n);
