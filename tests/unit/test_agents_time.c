/* SPDX-License-Identifier: Apache-2.0 */
/* How long a run asks guest agents: the time of those that answer is not limited, and for silent
 * ones it waits at most limits.agent_wait. */
#include "test_agents_fixture.h"

static void agents_that_answer_are_all_asked_however_many_nodes_there_are(void **state)
{
	static const struct {
		unsigned nodes, guests, ms, parallel;
	} rows[] = {
		{1, 300, 100, 2},  {1, 60, 3000, 2},  {3, 300, 500, 6},  {7, 100, 3000, 6},
		{12, 480, 500, 6}, {20, 200, 100, 6}, {20, 50, 3000, 6},
	};
	size_t i;

	(void)state;
	for (i = 0; i < SB_ARRAY_LEN(rows); i++) {
		unsigned n = rows[i].nodes * rows[i].guests;
		unsigned rounds = (n + rows[i].parallel - 1) / rows[i].parallel;

		script_answer("*", 200, "OK", rows[i].ms);
		ask_nodes(rows[i].nodes, rows[i].guests);
		assert_int_equal(finish_all(), rounds * rows[i].ms);
		assert_int_equal(count_results("answered"), n);
		close_run();
		open_run(NOW);
	}
}

static void agents_that_are_refused_at_once_are_all_asked(void **state)
{
	(void)state;
	script_answer("*", 500, "QEMU guest agent is not running", 50);
	ask_nodes(12, 480);
	finish_all();
	assert_int_equal(count_results("absent"), 12 * 480);
}

static void agents_that_hang_behind_many_that_answer_are_waited_for_once(void **state)
{
	unsigned i;

	(void)state;
	for (i = 900; i < 960; i++)
		hang_guest(1, i);
	script_answer("*", 200, "OK", 100);
	ask_nodes(1, 960);
	assert_int_equal(finish_all(), 900 / 2 * 100 + 10000);
	assert_int_equal(count_results("answered"), 900);
	assert_int_equal(count_results("silent"), 4);
}

static void agents_that_hang_do_not_end_the_ones_that_answer_behind_them(void **state)
{
	static const unsigned delays_ms[] = {100, 500, 3000};
	size_t i;

	(void)state;
	for (i = 0; i < SB_ARRAY_LEN(delays_ms); i++) {
		hang_guest(1, 0); /* both slots of the node */
		hang_guest(1, 1);
		script_answer("*", 200, "OK", delays_ms[i]);
		ask_nodes(1, 202);
		assert_true(finish_all() <= 100 * (int64_t)delays_ms[i] + 10000);
		assert_int_equal(count_results("answered"), 200);
		close_run();
		json_object_clear(fx.memory);
		open_run(NOW);
	}
}

static void agents_that_hang_on_all_slots_do_not_end_the_ones_that_answer(void **state)
{
	unsigned n;

	(void)state;
	for (n = 1; n <= 6; n++)
		hang_guest(n, 0);
	script_answer("*", 200, "OK", 3000);
	ask_nodes(12, 21);
	assert_true(finish_all() <= 12 * 21 / 6 * 3000 + 10000);
	assert_int_equal(count_results("answered"), 12 * 21 - 6);
	assert_int_equal(count_results("silent"), 6);
}

static void few_agents_that_hang_among_many_cost_nothing(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < 400; i += 20)
		hang_guest(3, i); /* 20 on one node, 66 s with both of its slots */
	script_answer("*", 200, "OK", 500);
	ask_nodes(12, 400);
	assert_true(finish_all() <= (12 * 400 / 4 * 500) + 10000);
	assert_int_equal(count_results("answered"), 12 * 400 - 20);
	assert_int_equal(count_results("silent"), 20);
}

static void nodes_whose_agents_hang_leave_slots_to_the_other_nodes(void **state)
{
	unsigned n;

	(void)state;
	for (n = 1; n <= 5; n++)
		hang_node(n);
	script_answer("*", 200, "OK", 1000);
	ask_nodes(12, 60);
	assert_true(finish_all() <= 7 * 60 / 3 * 1000 + 2 * 10000);
	assert_int_equal(count_results("answered"), 7 * 60);
}

/* Runs in which all agents hang. */
static void in_each_run_other_agents_are_asked_until_all_were(void **state)
{
	int64_t now_s = NOW;
	unsigned runs;

	(void)state;
	for (runs = 0; runs < 6; runs++) {
		ask_list();
		HANGS("*");
		ask_nodes(20, 3);
		assert_true(finish_all() <= 10010);
		if (runs < 4)
			assert_int_equal(count_results("silent"), 12);
		close_run();
		now_s += 60;
		open_run(now_s);
	}
	assert_int_equal(json_object_size(fx.memory), 60);
}

static void an_agent_that_was_not_asked_comes_before_the_silent_ones(void **state)
{
	(void)state;
	HANGS("*");
	ask_nodes(1, 6);
	finish_all();
	assert_string_equal(result_of(1005), "unsent");
	close_run();
	open_run(NOW + 60);
	ask_list();
	ANSWERS("*");
	ask_nodes(1, 6);
	finish_all();
	assert_int_equal(fake_io_sent_at(fx.fake, find_request("/1004/")), 0);
	assert_int_equal(fake_io_sent_at(fx.fake, find_request("/1005/")), 0);
	assert_int_equal(count_results("answered"), 6);
}

static void of_silent_agents_the_one_asked_least_recently_comes_first(void **state)
{
	static const int ages_s[] = {30000, 40000, 26000, 50000, 28000};
	unsigned i;

	(void)state;
	for (i = 0; i < SB_ARRAY_LEN(ages_s); i++) {
		char key[16];

		snprintf(key, sizeof(key), "lab/g/%u", 1000 + i);
		json_object_set_new(fx.memory, key,
				    json_pack("{s:s, s:i, s:I, s:i, s:s}", "outcome", "silent",
					      "runs", 5, "asked", (json_int_t)(NOW - ages_s[i]),
					      "ms", 8000, "config", "c"));
	}
	assert_int_equal(sb_agents_take(fx.run, fx.memory), 0);
	ask_list();
	script_answer("*", 200, "OK", 60000);
	ask_nodes(1, 5);
	finish_all();
	assert_string_equal(result_of(1002), "unsent limit");
	assert_int_equal(count_results("limit"), 4);
	assert_true(find_request("/1003/") < find_request("/1001/"));
	assert_true(find_request("/1001/") < find_request("/1000/"));
	assert_true(find_request("/1000/") < find_request("/1004/"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RULE(agents_that_answer_are_all_asked_however_many_nodes_there_are),
		RULE(agents_that_are_refused_at_once_are_all_asked),
		RULE(agents_that_hang_behind_many_that_answer_are_waited_for_once),
		RULE(agents_that_hang_do_not_end_the_ones_that_answer_behind_them),
		RULE(agents_that_hang_on_all_slots_do_not_end_the_ones_that_answer),
		RULE(few_agents_that_hang_among_many_cost_nothing),
		RULE(nodes_whose_agents_hang_leave_slots_to_the_other_nodes),
		RULE(in_each_run_other_agents_are_asked_until_all_were),
		RULE(an_agent_that_was_not_asked_comes_before_the_silent_ones),
		RULE(of_silent_agents_the_one_asked_least_recently_comes_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
