/* SPDX-License-Identifier: Apache-2.0 */
/* The number of concurrent write requests, against servers with different numbers of workers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "apply/pace.h"

enum { SORTS = 3, MS_PER_OBJECT = 12 };

/* A server whose workers share the requests in flight, each sort at its own cost. Requests beyond
 * the number of workers cost a little extra. */
static int64_t time_of(unsigned workers, unsigned level, size_t sort, size_t objects)
{
	unsigned load = level > workers ? level : workers;
	double wait = (double)load / workers;

	if (level > workers)
		wait *= 1.0 + 0.03 * (level - workers);
	return (int64_t)(wait * MS_PER_OBJECT * (double)(sort + 1) * (double)objects);
}

static void finish_request(struct sb_pace *pace, size_t sort, size_t objects, int64_t ms)
{
	sb_pace_done(pace, sb_pace_sent(pace, pace->level), sort, objects, ms);
}

/* Sends n requests of all sorts, a series of each in turn; ret_most is the highest level. */
static struct sb_pace send_requests(unsigned workers, unsigned fixed, unsigned n,
				    unsigned *ret_most)
{
	struct sb_pace pace;
	unsigned i;

	*ret_most = 0;
	assert_int_equal(sb_pace_init(&pace, fixed, SORTS), 0);
	for (i = 0; i < n; i++) {
		size_t sort = i / 15 % SORTS, objects = 60 + i * 7 % 40;

		if (pace.level > *ret_most)
			*ret_most = pace.level;
		finish_request(&pace, sort, objects, time_of(workers, pace.level, sort, objects));
	}
	return pace;
}

/* Expects that after n requests no further level is tried. */
static void expect_level(unsigned workers, unsigned fixed, unsigned n, unsigned level,
			 unsigned most)
{
	unsigned highest;
	struct sb_pace pace = send_requests(workers, fixed, n, &highest);

	assert_int_equal(pace.level, level);
	assert_true(pace.is_settled);
	if (most)
		assert_int_equal(highest, most);
	sb_pace_finish(&pace);
}

static void a_server_with_eight_workers_gets_eight(void **state)
{
	(void)state;
	expect_level(8, 0, 60, 8, 16);
}

static void a_server_with_two_workers_gets_two(void **state)
{
	(void)state;
	expect_level(2, 0, 30, 2, 4); /* tried once */
}

static void a_server_with_one_worker_is_not_asked_for_more(void **state)
{
	(void)state;
	expect_level(1, 0, 30, 2, 0);
}

static void no_server_gets_more_than_sixteen(void **state)
{
	(void)state;
	expect_level(64, 0, 200, 16, 16);
}

static void a_number_of_the_operator_is_not_changed(void **state)
{
	(void)state;
	expect_level(8, 3, 60, 3, 3);
}

static int setup(void **state)
{
	struct sb_pace *pace = calloc(1, sizeof(*pace));

	*state = pace;
	return sb_pace_init(pace, 0, SORTS);
}

static int teardown(void **state)
{
	sb_pace_finish(*state);
	free(*state);
	return 0;
}

static void done_times(struct sb_pace *pace, unsigned n, size_t sort, int64_t ms)
{
	while (n--)
		finish_request(pace, sort, 100, ms);
}

/* Requests that do not show how busy the server is. */
static void small_quick_and_lonely_requests_are_not_measured(void **state)
{
	struct sb_pace *pace = *state;
	unsigned i;

	for (i = 0; i < 50; i++) {
		finish_request(pace, 0, 5, 400);
		finish_request(pace, 0, 100, 20);
		finish_request(pace, SORTS, 100, 1200);
		sb_pace_done(pace, sb_pace_sent(pace, 1), 0, 100, 1200);
	}
	assert_int_equal(pace->level, SB_PACE_START);
	assert_int_equal(pace->n, 0);
}

/* Different sorts of requests are not compared with each other. */
static void expensive_objects_do_not_mean_a_slower_server(void **state)
{
	struct sb_pace *pace = *state;

	done_times(pace, 4, 0, 1000);
	assert_int_equal(pace->level, 4);
	done_times(pace, 5, 1, 3000);
	assert_int_equal(pace->level, 4);
	assert_false(pace->is_settled);
	done_times(pace, 3, 0, 1000);
	assert_int_equal(pace->best, 4);
}

/* A request that was sent at level two and answered at level four does not measure level four.
 * Neither do the first requests that fill the queue. */
static void requests_of_the_previous_level_do_not_count(void **state)
{
	struct sb_pace *pace = *state;
	unsigned old, first;

	done_times(pace, 3, 0, 1000);
	old = sb_pace_sent(pace, 2);
	finish_request(pace, 0, 100, 1000);
	assert_int_equal(pace->level, 4);
	first = sb_pace_sent(pace, 4);
	assert_int_equal(first, 0);
	sb_pace_done(pace, old, 0, 100, 1000);
	sb_pace_done(pace, first, 0, 100, 1000);
	assert_int_equal(pace->n, 0);
	assert_int_equal(sb_pace_sent(pace, 4), 4);
}

/* A trial without comparable requests ends by itself. */
static void a_trial_without_a_verdict_ends(void **state)
{
	struct sb_pace *pace = *state;

	done_times(pace, 4, 0, 1000);
	assert_int_equal(pace->level, 4);
	done_times(pace, 17, 1, 2000);
	assert_int_equal(pace->level, 2);
	done_times(pace, 4, 1, 1000);
	assert_int_equal(pace->level, 2);
	assert_true(pace->is_settled);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_server_with_eight_workers_gets_eight),
		cmocka_unit_test(a_server_with_two_workers_gets_two),
		cmocka_unit_test(a_server_with_one_worker_is_not_asked_for_more),
		cmocka_unit_test(no_server_gets_more_than_sixteen),
		cmocka_unit_test(a_number_of_the_operator_is_not_changed),
		T(small_quick_and_lonely_requests_are_not_measured),
		T(expensive_objects_do_not_mean_a_slower_server),
		T(requests_of_the_previous_level_do_not_count),
		T(a_trial_without_a_verdict_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
