/* SPDX-License-Identifier: Apache-2.0 */
/* A few reads whose answers are wanted together: each is kept until all are in. */
#pragma once

#include "net/http.h"

enum { SB_GATHER_MAX = 4 };

struct sb_gather;

/* One answer: data (owned) or why there is none. Both are empty until it is asked for. */
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

/** The place that the answer number what goes to: the argument of sb_gather_take(). */
struct sb_reply *sb_gather_expect(struct sb_gather *gather, unsigned what);

/** Nothing was sent after all. */
void sb_gather_forget(struct sb_gather *gather);

/** Keeps an answer; fits the callbacks of both clients. */
void sb_gather_take(void *reply, const json_t *data, const struct sb_error *why);

/** Run the http loop until all are in. */
int sb_gather_wait(struct sb_gather *gather, struct sb_error *err);

/** Release the answers. What is still under way points in here: cancel it first. */
void sb_gather_finish(struct sb_gather *gather);
