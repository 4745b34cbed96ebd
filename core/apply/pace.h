/* SPDX-License-Identifier: Apache-2.0 */
/* The number of parallel write requests at which NetBox is fastest, measured while a plan is
 * carried out. */
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
 * n requests keep a server with n workers busy; more only wait for each other. NetBox does not
 * report its number of workers, so twice as many requests are tried, and kept when objects are
 * written faster. Two levels are compared by requests of one sort (a bucket), because objects of
 * different sorts cost differently.
 */
struct sb_pace {
	unsigned level;  /* requests at once, now */
	unsigned best;   /* the highest level that was measured as faster */
	bool is_settled; /* the level no longer changes */
	bool is_primed;  /* a request has been answered since the level was set */
	unsigned n;      /* requests measured at this level */
	size_t n_sorts;
	struct sb_pace_seen *seen; /* per level and sort */
};

/** @fixed  use this level and measure nothing; 0 = measure. SB_E_NOMEM. */
int sb_pace_init(struct sb_pace *pace, unsigned fixed, size_t n_sorts);
void sb_pace_finish(struct sb_pace *pace);

/** Note that a request is sent.
 *  @under_way  requests under way, including this one
 *  Returns the level that the request measures, for sb_pace_done(); 0 = it measures nothing. */
unsigned sb_pace_sent(const struct sb_pace *pace, unsigned under_way);

/** Note that a request was answered. Small and fast requests are not measured. */
void sb_pace_done(struct sb_pace *pace, unsigned level, size_t sort, size_t n_objects, int64_t ms);
