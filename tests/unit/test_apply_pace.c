/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the number of parallel write requests, against servers with a given number of workers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "apply/pace.h"

enum { SORTS = 3, MS_PER_OBJECT = 12 };

/* The duration of a request at a server whose workers share the requests under way; each sort has
 * its own cost, and more requests than workers slow the server down a little. */
static int64_t request_ms(unsigned workers, unsigned level, size_t sort, size_t objects)
{
	unsigned load = level > workers ? level : workers;
	double wait = (double)load / workers;

	if (level > workers)
		wait *= 1.0 + 0.03 * (level - workers);
	return (int64_t)(wait * MS_PER_OBJECT * (double)(sort + 1) * (double)objects);
}

static void answer_request(struct sb_pace *pace, size_t sort, size_t objects, int64_t ms)
{
	sb_pace_done(pace, sb_pace_sent(pace, pace->level), sort, objects, ms);
}

/* Run n requests, 15 of each sort in turn; *ret_most is the highest level that was used. */
static struct sb_pace run_requests(unsigned workers, unsigned fixed, unsigned n, unsigned *ret_most)
{
	struct sb_pace pace;
	unsigned i;

	*ret_most = 0;
	assert_int_equal(sb_pace_init(&pace, fixed, SORTS), 0);
	for (i = 0; i < n; i++) {
		size_t sort = i / 15 % SORTS, objects = 60 + i * 7 % 40;

		if (pace.level > *ret_most)
			*ret_most = pace.level;
		answer_request(&pace, sort, objects,
			       request_ms(workers, pace.level, sort, objects));
	}
	return pace;
}

/* Check that the level is settled after n requests. */
static void expect_level(unsigned workers, unsigned fixed, unsigned n, unsigned level,
			 unsigned most)
{
	unsigned highest;
	struct sb_pace pace = run_requests(workers, fixed, n, &highest);

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

static void a_server_with_one_worker_is_not_tried_with_more(void **state)
{
	(void)state;
	expect_level(1, 0, 30, 2, 0);
}

static void no_server_gets_more_than_sixteen(void **state)
{
	(void)state;
	expect_level(64, 0, 200, 16, 16);
}

static void a_configured_level_is_not_changed(void **state)
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

static void answer_requests(struct sb_pace *pace, unsigned n, size_t sort, int64_t ms)
{
	while (n--)
		answer_request(pace, sort, 100, ms);
}

/* These requests say nothing about how busy the server is. */
static void small_fast_and_single_requests_are_not_measured(void **state)
{
	struct sb_pace *pace = *state;
	unsigned i;

	for (i = 0; i < 50; i++) {
		answer_request(pace, 0, 5, 400);
		answer_request(pace, 0, 100, 20);
		answer_request(pace, SORTS, 100, 1200);
		sb_pace_done(pace, sb_pace_sent(pace, 1), 0, 100, 1200);
	}
	assert_int_equal(pace->level, SB_PACE_START);
	assert_int_equal(pace->n, 0);
}

/* Requests of different sorts are not compared with each other. */
static void costlier_objects_do_not_count_as_a_slower_server(void **state)
{
	struct sb_pace *pace = *state;

	answer_requests(pace, 4, 0, 1000);
	assert_int_equal(pace->level, 4);
	answer_requests(pace, 5, 1, 3000);
	assert_int_equal(pace->level, 4);
	assert_false(pace->is_settled);
	answer_requests(pace, 3, 0, 1000);
	assert_int_equal(pace->best, 4);
}

/* A request that was sent at level 2 and answered at level 4 does not measure level 4, nor do the
 * requests that first fill the new level. */
static void requests_of_the_previous_level_do_not_count(void **state)
{
	struct sb_pace *pace = *state;
	unsigned old, first;

	answer_requests(pace, 3, 0, 1000);
	old = sb_pace_sent(pace, 2);
	answer_request(pace, 0, 100, 1000);
	assert_int_equal(pace->level, 4);
	first = sb_pace_sent(pace, 4);
	assert_int_equal(first, 0);
	sb_pace_done(pace, old, 0, 100, 1000);
	sb_pace_done(pace, first, 0, 100, 1000);
	assert_int_equal(pace->n, 0);
	assert_int_equal(sb_pace_sent(pace, 4), 4);
}

/* A trial whose requests cannot be compared ends after a limited number of them. */
static void a_trial_without_a_result_ends(void **state)
{
	struct sb_pace *pace = *state;

	answer_requests(pace, 4, 0, 1000);
	assert_int_equal(pace->level, 4);
	answer_requests(pace, 17, 1, 2000);
	assert_int_equal(pace->level, 2);
	answer_requests(pace, 4, 1, 1000);
	assert_int_equal(pace->level, 2);
	assert_true(pace->is_settled);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_server_with_eight_workers_gets_eight),
		cmocka_unit_test(a_server_with_two_workers_gets_two),
		cmocka_unit_test(a_server_with_one_worker_is_not_tried_with_more),
		cmocka_unit_test(no_server_gets_more_than_sixteen),
		cmocka_unit_test(a_configured_level_is_not_changed),
		T(small_fast_and_single_requests_are_not_measured),
		T(costlier_objects_do_not_count_as_a_slower_server),
		T(requests_of_the_previous_level_do_not_count),
		T(a_trial_without_a_result_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
