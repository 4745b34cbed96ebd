/* SPDX-License-Identifier: Apache-2.0 */
/* How many write requests NetBox takes best at once. */
#include "apply/pace.h"

#include <stdlib.h>

#include "stagebox/error.h"

enum {
	MIN_OBJECTS = 20,  /* fewer cost more each: what a request costs itself shows */
	MIN_MS = 200,      /* a server that answers sooner waits for us, not we for it */
	MIN_REQUESTS = 3,  /* of one sort at each of two levels */
	TRIAL_REQUESTS = 4 /* times the level, without a verdict: back to what is proved */
};

/* Twice the requests are worth it when the work gets done a fifth faster. */
#define GAIN 1.2

int sb_pace_init(struct sb_pace *pace, unsigned fixed, size_t n_sorts)
{
	*pace = (struct sb_pace){
		.level = fixed ? fixed : SB_PACE_START,
		.best = fixed ? fixed : SB_PACE_START,
		.is_settled = fixed != 0,
		.n_sorts = n_sorts,
	};
	pace->seen = calloc(SB_PACE_LEVELS * n_sorts + 1, sizeof(*pace->seen));
	return pace->seen ? 0 : SB_E_NOMEM;
}

void sb_pace_finish(struct sb_pace *pace)
{
	free(pace->seen);
	pace->seen = NULL;
}

static struct sb_pace_seen *seen_at(const struct sb_pace *pace, unsigned level, size_t sort)
{
	size_t i = 0;

	for (; level > SB_PACE_START; level /= 2)
		i++;
	return &pace->seen[i * pace->n_sorts + sort];
}

static void move_to(struct sb_pace *pace, unsigned level)
{
	pace->level = level;
	pace->is_primed = false;
	pace->n = 0;
}

/* Objects per ms of the whole server; 0 = too little was seen. */
static double rate(const struct sb_pace *pace, unsigned level, size_t sort)
{
	const struct sb_pace_seen *seen = seen_at(pace, level, sort);

	return seen->n < MIN_REQUESTS ? 0 : level * seen->objects / seen->ms;
}

static void judge(struct sb_pace *pace, size_t sort)
{
	unsigned next = 2 * pace->best;
	double proved = rate(pace, pace->best, sort), tried = rate(pace, next, sort);

	if (proved > 0 && tried > 0) {
		if (tried < GAIN * proved) {
			pace->is_settled = true;
			move_to(pace, pace->best);
			return;
		}
		pace->best = next;
		pace->is_settled = next == SB_PACE_START << (SB_PACE_LEVELS - 1);
		move_to(pace, pace->is_settled ? next : 2 * next);
	} else if (pace->level == pace->best && proved > 0) {
		move_to(pace, next);
	} else if (pace->level == next && pace->n >= TRIAL_REQUESTS * next) {
		move_to(pace, pace->best);
	}
}

unsigned sb_pace_sent(const struct sb_pace *pace, unsigned under_way)
{
	return !pace->is_settled && pace->is_primed && under_way == pace->level ? pace->level : 0;
}

void sb_pace_done(struct sb_pace *pace, unsigned mark, size_t sort, size_t n_objects, int64_t ms)
{
	struct sb_pace_seen *seen;

	pace->is_primed = true;
	if (pace->is_settled || !mark || mark != pace->level || sort >= pace->n_sorts ||
	    n_objects < MIN_OBJECTS || ms < MIN_MS)
		return;
	seen = seen_at(pace, mark, sort);
	seen->n++;
	seen->objects += (double)n_objects;
	seen->ms += (double)ms;
	pace->n++;
	judge(pace, sort);
}
