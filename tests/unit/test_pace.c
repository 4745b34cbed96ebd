/* SPDX-License-Identifier: Apache-2.0 */
/* How many write requests NetBox takes best at once, against servers with so many workers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/pace.h"

enum { SORTS = 3, MS_PER_OBJECT = 12 };

/* A server whose workers share the requests under way, each sort at its own cost. More than it has
 * workers for cost it a little. */
static int64_t took(unsigned workers, unsigned level, size_t sort, size_t objects)
{
	unsigned load = level > workers ? level : workers;
	double wait = (double)load / workers;

	if (level > workers)
		wait *= 1.0 + 0.03 * (level - workers);
	return (int64_t)(wait * MS_PER_OBJECT * (double)(sort + 1) * (double)objects);
}

static void done(struct sb_pace *pace, size_t sort, size_t objects, int64_t ms)
{
	sb_pace_done(pace, sb_pace_sent(pace, pace->level), sort, objects, ms);
}

/* So many requests of all sorts, a run of each in turn; ret_most is the highest level on the way.
 */
static struct sb_pace work(unsigned workers, unsigned fixed, unsigned n, unsigned *ret_most)
{
	struct sb_pace pace;
	unsigned i;

	*ret_most = 0;
	assert_int_equal(sb_pace_init(&pace, fixed, SORTS), 0);
	for (i = 0; i < n; i++) {
		size_t sort = i / 15 % SORTS, objects = 60 + i * 7 % 40;

		if (pace.level > *ret_most)
			*ret_most = pace.level;
		done(&pace, sort, objects, took(workers, pace.level, sort, objects));
	}
	return pace;
}

static void a_server_with_eight_workers_gets_eight(void **state)
{
	unsigned most;
	struct sb_pace pace = work(8, 0, 60, &most);

	(void)state;
	assert_int_equal(pace.level, 8);
	assert_true(pace.is_settled);
	assert_int_equal(most, 16);
	sb_pace_finish(&pace);
}

static void a_server_with_two_workers_gets_two(void **state)
{
	unsigned most;
	struct sb_pace pace = work(2, 0, 30, &most);

	(void)state;
	assert_int_equal(pace.level, 2);
	assert_true(pace.is_settled);
	assert_int_equal(most, 4); /* tried once */
	sb_pace_finish(&pace);
}

static void a_server_with_one_worker_is_not_asked_for_more(void **state)
{
	unsigned most;
	struct sb_pace pace = work(1, 0, 30, &most);

	(void)state;
	assert_int_equal(pace.level, 2);
	assert_true(pace.is_settled);
	sb_pace_finish(&pace);
}

static void no_server_gets_more_than_sixteen(void **state)
{
	unsigned most;
	struct sb_pace pace = work(64, 0, 200, &most);

	(void)state;
	assert_int_equal(pace.level, 16);
	assert_int_equal(most, 16);
	sb_pace_finish(&pace);
}

static void a_number_of_the_operator_is_not_changed(void **state)
{
	unsigned most;
	struct sb_pace pace = work(8, 3, 60, &most);

	(void)state;
	assert_int_equal(pace.level, 3);
	assert_int_equal(most, 3);
	sb_pace_finish(&pace);
}

/* What tells nothing of how busy the server is. */
static void small_quick_and_lonely_requests_are_no_measure(void **state)
{
	struct sb_pace pace;
	unsigned i;

	(void)state;
	assert_int_equal(sb_pace_init(&pace, 0, SORTS), 0);
	for (i = 0; i < 50; i++) {
		done(&pace, 0, 5, 400);
		done(&pace, 0, 100, 20);
		done(&pace, SORTS, 100, 1200);
		sb_pace_done(&pace, sb_pace_sent(&pace, 1), 0, 100, 1200);
	}
	assert_int_equal(pace.level, SB_PACE_START);
	assert_int_equal(pace.n, 0);
	sb_pace_finish(&pace);
}

/* Sorts are not compared with each other. */
static void dearer_objects_are_no_slower_server(void **state)
{
	struct sb_pace pace;
	unsigned i;

	(void)state;
	assert_int_equal(sb_pace_init(&pace, 0, SORTS), 0);
	for (i = 0; i < 4; i++)
		done(&pace, 0, 100, 1000);
	assert_int_equal(pace.level, 4);
	for (i = 0; i < 5; i++)
		done(&pace, 1, 100, 3000);
	assert_int_equal(pace.level, 4);
	assert_false(pace.is_settled);
	for (i = 0; i < 3; i++)
		done(&pace, 0, 100, 1000);
	assert_int_equal(pace.best, 4);
	sb_pace_finish(&pace);
}

/* Sent while there were two, and come back while there may be four: it says nothing of four. Nor
 * does what fills the queue first. */
static void requests_of_the_level_before_do_not_count(void **state)
{
	struct sb_pace pace;
	unsigned i, old, first;

	(void)state;
	assert_int_equal(sb_pace_init(&pace, 0, SORTS), 0);
	for (i = 0; i < 3; i++)
		done(&pace, 0, 100, 1000);
	old = sb_pace_sent(&pace, 2);
	done(&pace, 0, 100, 1000);
	assert_int_equal(pace.level, 4);
	first = sb_pace_sent(&pace, 4);
	assert_int_equal(first, 0);
	sb_pace_done(&pace, old, 0, 100, 1000);
	sb_pace_done(&pace, first, 0, 100, 1000);
	assert_int_equal(pace.n, 0);
	assert_int_equal(sb_pace_sent(&pace, 4), 4);
	sb_pace_finish(&pace);
}

/* A trial that finds nothing to compare with ends by itself. */
static void a_trial_without_a_verdict_ends(void **state)
{
	struct sb_pace pace;
	unsigned i;

	(void)state;
	assert_int_equal(sb_pace_init(&pace, 0, SORTS), 0);
	for (i = 0; i < 4; i++)
		done(&pace, 0, 100, 1000);
	assert_int_equal(pace.level, 4);
	for (i = 0; i < 17; i++)
		done(&pace, 1, 100, 2000);
	assert_int_equal(pace.level, 2);
	for (i = 0; i < 4; i++)
		done(&pace, 1, 100, 1000);
	assert_int_equal(pace.level, 2);
	assert_true(pace.is_settled);
	sb_pace_finish(&pace);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_server_with_eight_workers_gets_eight),
		cmocka_unit_test(a_server_with_two_workers_gets_two),
		cmocka_unit_test(a_server_with_one_worker_is_not_asked_for_more),
		cmocka_unit_test(no_server_gets_more_than_sixteen),
		cmocka_unit_test(a_number_of_the_operator_is_not_changed),
		cmocka_unit_test(small_quick_and_lonely_requests_are_no_measure),
		cmocka_unit_test(dearer_objects_are_no_slower_server),
		cmocka_unit_test(requests_of_the_level_before_do_not_count),
		cmocka_unit_test(a_trial_without_a_verdict_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
