/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the number of parallel write requests at which NetBox is fastest. */
#include "apply/pace.h"

#include <stdlib.h>

#include "stagebox/error.h"

enum {
	MIN_OBJECTS = 20,  /* with fewer, the fixed cost of a request distorts the rate */
	MIN_MS = 200,      /* a server that answers faster waits for us, not we for it */
	MIN_REQUESTS = 3,  /* of one sort at each of the two levels compared */
	TRIAL_REQUESTS = 4 /* times the level: a trial without a result then ends */
};

/* A level with twice the requests is kept when objects are written a fifth faster. */
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

/* Objects per ms of the whole server; 0 = too few requests were measured. */
static double measured_rate(const struct sb_pace *pace, unsigned level, size_t sort)
{
	const struct sb_pace_seen *seen = seen_at(pace, level, sort);

	return seen->n < MIN_REQUESTS ? 0 : level * seen->objects / seen->ms;
}

static void compare_levels(struct sb_pace *pace, size_t sort)
{
	unsigned next = 2 * pace->best;
	double proved = measured_rate(pace, pace->best, sort),
	       tried = measured_rate(pace, next, sort);

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

void sb_pace_done(struct sb_pace *pace, unsigned level, size_t sort, size_t n_objects, int64_t ms)
{
	struct sb_pace_seen *seen;

	pace->is_primed = true;
	if (pace->is_settled || !level || level != pace->level || sort >= pace->n_sorts ||
	    n_objects < MIN_OBJECTS || ms < MIN_MS)
		return;
	seen = seen_at(pace, level, sort);
	seen->n++;
	seen->objects += (double)n_objects;
	seen->ms += (double)ms;
	pace->n++;
	compare_levels(pace, sort);
}
