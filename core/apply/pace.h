/* SPDX-License-Identifier: Apache-2.0 */
/* How many write requests NetBox takes best at once: found while it works. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SB_PACE_START = 2, SB_PACE_LEVELS = 4 }; /* 2, 4, 8, 16 */

struct sb_pace_seen {
	double ms, objects;
	unsigned n;
};

/*
 * A server with n workers is used by n requests; more only wait for each other. How many workers
 * there are nobody tells: so twice as many are tried, and kept when the work gets done faster. Two
 * levels are compared by requests of one sort (verb and kind), for objects of different sorts cost
 * differently.
 */
struct sb_pace {
	unsigned level;  /* requests at once, now */
	unsigned best;   /* the highest level that has proved itself */
	bool is_settled; /* nothing is tried any more */
	bool is_primed;  /* one has come back since the level is as it is */
	unsigned n;      /* that were counted since then */
	size_t n_sorts;
	struct sb_pace_seen *seen; /* per level and sort */
};

/** @fixed  this many, nothing is measured; 0 = measure. SB_E_NOMEM. */
int sb_pace_init(struct sb_pace *pace, unsigned fixed, size_t n_sorts);
void sb_pace_finish(struct sb_pace *pace);

/** A request goes out.
 *  @under_way  how many there are with it
 *  Returns a mark for sb_pace_done(); 0 = it will tell nothing. */
unsigned sb_pace_sent(const struct sb_pace *pace, unsigned under_way);

/** It has come back. Small and quick ones tell nothing. */
void sb_pace_done(struct sb_pace *pace, unsigned mark, size_t sort, size_t n_objects, int64_t ms);
