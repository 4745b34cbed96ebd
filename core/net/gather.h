/* SPDX-License-Identifier: Apache-2.0 */
/* Sends a few reads and keeps their answers until all have arrived. */
#pragma once

#include "net/http.h"

enum { SB_GATHER_MAX = 4 };

struct sb_gather;

/* One answer: data (owned) or why there is none. Both are empty until the answer arrives. */
struct sb_reply {
	struct sb_gather *gather;
	json_t *data;
	struct sb_error why;
};

struct sb_gather {
	struct sb_http *http; /* borrowed */
	unsigned outstanding;
	struct sb_reply replies[SB_GATHER_MAX];
};

void sb_gather_init(struct sb_gather *gather, struct sb_http *http);

/** The place for answer number what; the argument to pass to sb_gather_take(). */
struct sb_reply *sb_gather_expect(struct sb_gather *gather, unsigned what);

/** Take back one sb_gather_expect() whose request was not sent. */
void sb_gather_forget(struct sb_gather *gather);

/** Keep an answer; has the type of the callbacks of both clients. */
void sb_gather_take(void *reply, const json_t *data, const struct sb_error *why);

/** Run the http loop until all answers have arrived. */
int sb_gather_wait(struct sb_gather *gather, struct sb_error *err);

/** Release the answers. Cancel outstanding requests first: they point into the gather. */
void sb_gather_finish(struct sb_gather *gather);
