/* SPDX-License-Identifier: Apache-2.0 */
/* Questions to guest agents: their order and number, and what is remembered. */
#include "test_agents_fixture.h"

static void an_agent_that_hangs_does_not_block_the_ones_behind_it(void **state)
{
	unsigned i;

	(void)state;
	HANGS("/api2/json/nodes/pve1/g/1/agent");
	ANSWERS("/api2/json/nodes/pve1/*");
	for (i = 1; i <= 5; i++)
		assert_true(ask_guest("pve1", i));
	assert_int_equal(finish_all(), 6500);
	assert_string_equal(result_of(1), "silent");
	assert_int_equal(count_results("answered"), 4);
	assert_true(fake_io_sent_at(fx.fake, find_request("/g/5/")) <= 200);
	assert_int_equal(fake_io_max_in_flight(fx.fake), 2);
}

static void at_most_six_agents_of_an_endpoint_are_asked_at_once(void **state)
{
	static const char *const nodes[] = {"a", "b", "c", "d", "e"};
	unsigned i;

	(void)state;
	ANSWERS("*");
	for (i = 0; i < 30; i++)
		ask_guest(nodes[i % 5], i);
	assert_int_equal(finish_all(), 250); /* all six are used to the end */
	assert_int_equal(count_results("answered"), 30);
	assert_int_equal(fake_io_max_in_flight(fx.fake), 6);
}

static void agents_that_were_silent_are_asked_when_nothing_else_is_outstanding(void **state)
{
	struct sb_error err = SB_ERROR_INIT;

	(void)state;
	HANGS("/api2/json/nodes/pve1/g/1/agent");
	script_answer("/api2/json/list", 200, "OK", 700);
	ANSWERS("*");
	ask_guest("pve1", 1);
	finish_all();
	close_run();
	open_run(NOW + 60);
	script_answer("/api2/json/list", 200, "OK", 700);
	ANSWERS("*");
	assert_int_equal(
		sb_pve_ask(fx.run->stages, on_other, NULL, "", SB_PVE_INLINE, &err, "/list"), 0);
	ask_guest("pve1", 1);
	ask_guest("pve2", 2);
	ask_guest("pve1", 3);
	finish_all();
	assert_int_equal(fake_io_sent_at(fx.fake, find_request("/g/3/")), 0);
	assert_int_equal(fake_io_sent_at(fx.fake, find_request("/g/1/")), 700);
	assert_int_equal(count_results("answered"), 3);
	assert_null(row_of(1));
}

static void a_run_waits_for_agents_no_longer_than_agent_wait(void **state)
{
	unsigned i;

	(void)state;
	script_answer("*", 200, "OK", 60000);
	for (i = 0; i < 8; i++)
		ask_guest("pve1", i);
	assert_true(finish_all() <= 10000);
	assert_int_equal(count_results("silent"), 4); /* two for 6.5 s, two for the rest */
	assert_int_equal(count_results("unsent"), 4);
	assert_null(row_of(7)); /* it was not asked, so nothing is known of it */
	assert_int_equal(fake_io_count(fx.fake), 4);
}

static void the_time_begins_when_everything_else_is_read(void **state)
{
	struct sb_error err = SB_ERROR_INIT;

	(void)state;
	script_answer("/api2/json/list", 200, "OK", 20000);
	script_answer("*", 500, "VM 1 qga command failed - got timeout", 4000);
	assert_int_equal(
		sb_pve_ask(fx.run->stages, on_other, NULL, "", SB_PVE_INLINE, &err, "/list"), 0);
	ask_guest("pve1", 1);
	ask_guest("pve1", 2);
	ask_guest("pve1", 3);
	assert_int_equal(finish_all(), 20000); /* 4 s and 4 s, beside the list */
	assert_int_equal(count_results("silent"), 3);
}

static void agents_that_answer_are_waited_for(void **state)
{
	unsigned i;

	(void)state;
	script_answer("*", 200, "OK", 100);
	for (i = 0; i < 300; i++)
		ask_guest("pve1", i);
	assert_int_equal(finish_all(), 15000);
	assert_int_equal(count_results("answered"), 300);
}

static void the_third_silence_running_is_a_limit_and_the_next_run_does_not_ask(void **state)
{
	static const char *const results[] = {"silent", "silent", "limit"};
	int64_t now_s = NOW;
	size_t i;

	(void)state;
	for (i = 0; i < SB_ARRAY_LEN(results); i++) {
		HANGS("*");
		assert_true(ask_guest("pve1", 1));
		finish_all();
		assert_string_equal(result_of(1), results[i]);
		assert_int_equal(json_integer_value(json_object_get(row_of(1), "ms")), 6500);
		close_run();
		now_s += 301;
		open_run(now_s);
	}
	assert_int_equal(sb_agent_turn(fx.run->stages, "lab/g/1", 1000000, "c"), SB_AGENT_SILENT);
	assert_int_equal(sb_agent_turn(fx.run->stages, "lab/g/1", 5, "c"), SB_AGENT_ASK);
	assert_int_equal(sb_agent_turn(fx.run->stages, "lab/g/1", 1000000, "d"), SB_AGENT_ASK);
}

static void an_agent_that_was_silent_and_is_not_reached_is_like_one_that_is_not_asked(void **state)
{
	unsigned i;

	(void)state;
	for (i = 1; i <= 9; i++) {
		char key[16];

		snprintf(key, sizeof(key), "lab/g/%u", i);
		json_object_set_new(
			fx.memory, key,
			json_pack("{s:s, s:i, s:I, s:i, s:s}", "outcome", "silent", "runs", 5,
				  "asked", (json_int_t)(NOW - 30000), "ms", 8000, "config", "c"));
	}
	assert_int_equal(sb_agents_take(fx.run, fx.memory), 0);
	script_answer("*", 200, "OK", 60000);
	for (i = 1; i <= 9; i++)
		assert_true(ask_guest("pve1", i));
	assert_true(finish_all() <= 10000);
	assert_int_equal(count_results("limit"), 4);
	assert_int_equal(count_results("unsent limit"), 5);
	assert_int_equal(json_integer_value(json_object_get(row_of(9), "runs")), 5);
}

static void an_agent_that_does_not_run_is_remembered_only_if_that_took_time(void **state)
{
	(void)state;
	script_answer("/api2/json/nodes/pve1/g/1/agent", 500, "QEMU guest agent is not running",
		      3000);
	script_answer("/api2/json/nodes/pve1/g/2/agent", 500, "QEMU guest agent is not running",
		      10);
	ask_guest("pve1", 1);
	ask_guest("pve1", 2);
	finish_all();
	assert_string_equal(result_of(1), "absent");
	assert_string_equal(sb_json_str(row_of(1), "outcome"), "absent");
	assert_null(row_of(2));
}

static void rows_that_are_old_or_not_valid_are_dropped(void **state)
{
	sb_autojson *memory =
		json_pack("{s:{s:s, s:i, s:I, s:i, s:s}, s:{s:s}}", "lab/g/1", "outcome", "silent",
			  "runs", 3, "asked", (json_int_t)(NOW - 8 * 86400), "ms", 1, "config", "c",
			  "lab/g/2", "outcome", "silent");

	(void)state;
	assert_int_equal(sb_agents_take(fx.run, memory), 0);
	assert_null(row_of(1));
	assert_null(row_of(2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RULE(an_agent_that_hangs_does_not_block_the_ones_behind_it),
		RULE(at_most_six_agents_of_an_endpoint_are_asked_at_once),
		RULE(agents_that_were_silent_are_asked_when_nothing_else_is_outstanding),
		RULE(a_run_waits_for_agents_no_longer_than_agent_wait),
		RULE(the_time_begins_when_everything_else_is_read),
		RULE(agents_that_answer_are_waited_for),
		RULE(the_third_silence_running_is_a_limit_and_the_next_run_does_not_ask),
		RULE(an_agent_that_was_silent_and_is_not_reached_is_like_one_that_is_not_asked),
		RULE(an_agent_that_does_not_run_is_remembered_only_if_that_took_time),
		RULE(rows_that_are_old_or_not_valid_are_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
