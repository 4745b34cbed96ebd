/* SPDX-License-Identifier: Apache-2.0 */
/* When an agent is asked again that did not answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/agent_turn.h"
#include "stagebox/json.h"

#define MINUTE 60
#define HOUR   3600
#define T      INT64_C(1790000000) /* the time of the last question */

static json_t *make_row(const char *outcome, int runs)
{
	return json_pack("{s:s, s:i, s:I, s:i, s:s}", "outcome", outcome, "runs", runs, "asked",
			 (json_int_t)T, "ms", 8000, "config", "c");
}

/* The guest runs since long before the question, its config is the same. */
static enum sb_agent_due due_after(const json_t *row, int64_t seconds)
{
	struct sb_agent_guest guest = {T + seconds, 100 * HOUR + seconds, "c"};

	return sb_agent_due(row, &guest);
}

static void an_agent_that_was_never_silent_is_asked(void **state)
{
	(void)state;
	assert_int_equal(due_after(NULL, 0), SB_AGENT_DUE);
}

static void a_silent_agent_is_asked_again_with_growing_distance(void **state)
{
	static const struct {
		int runs;
		int64_t pause_s;
	} cases[] = {{2, 5 * MINUTE}, {3, 15 * MINUTE}, {4, HOUR}, {5, 6 * HOUR}, {99, 6 * HOUR}};
	size_t i;

	(void)state;
	for (i = 0; i < SB_ARRAY_LEN(cases); i++) {
		sb_autojson *row = make_row("silent", cases[i].runs);

		assert_int_equal(due_after(row, cases[i].pause_s - 1), SB_AGENT_NOT_DUE);
		assert_int_equal(due_after(row, cases[i].pause_s), SB_AGENT_DUE);
	}
}

static void after_its_first_silence_an_agent_is_asked_in_the_next_run(void **state)
{
	sb_autojson *row = make_row("silent", 1);

	(void)state;
	assert_int_equal(due_after(row, 0), SB_AGENT_DUE);
}

static void an_agent_is_asked_at_once_when_its_guest_restarted(void **state)
{
	sb_autojson *row = make_row("silent", 9);
	struct sb_agent_guest guest = {T + 2 * HOUR, 2 * HOUR - 1, "c"};

	(void)state;
	assert_int_equal(sb_agent_due(row, &guest), SB_AGENT_DUE_CHANGED);
	guest.uptime_s = 2 * HOUR + 1; /* it ran when it was asked */
	assert_int_equal(sb_agent_due(row, &guest), SB_AGENT_NOT_DUE);
	guest.uptime_s = 2 * HOUR + 11; /* an older list of guests */
	assert_int_equal(sb_agent_due(row, &guest), SB_AGENT_NOT_DUE);
}

static void an_unknown_uptime_is_no_restart(void **state)
{
	sb_autojson *row = make_row("silent", 9);
	struct sb_agent_guest guest = {T + HOUR, -1, "c"};

	(void)state;
	assert_int_equal(sb_agent_due(row, &guest), SB_AGENT_NOT_DUE);
}

static void an_agent_is_asked_at_once_when_the_config_changed(void **state)
{
	sb_autojson *row = make_row("silent", 9);
	struct sb_agent_guest guest = {T + 1, HOUR, "d"};

	(void)state;
	assert_int_equal(sb_agent_due(row, &guest), SB_AGENT_DUE_CHANGED);
}

static void a_clock_that_was_ahead_does_not_silence_an_agent(void **state)
{
	sb_autojson *row = make_row("silent", 9);

	(void)state;
	assert_int_equal(due_after(row, -1), SB_AGENT_DUE);
}

static json_t *make_row_after(const json_t *before, enum sb_agent_due due, const char *outcome)
{
	return sb_agent_row_after(before, due, outcome, T + 7, 5000, "e");
}

static void each_silence_is_counted_with_its_time_and_duration(void **state)
{
	sb_autojson *first = make_row_after(NULL, SB_AGENT_DUE, "silent");
	sb_autojson *second = make_row_after(first, SB_AGENT_DUE, "silent");

	(void)state;
	assert_int_equal(json_integer_value(json_object_get(first, "runs")), 1);
	assert_int_equal(json_integer_value(json_object_get(second, "runs")), 2);
	assert_int_equal(json_integer_value(json_object_get(second, "asked")), T + 7);
	assert_int_equal(json_integer_value(json_object_get(second, "ms")), 5000);
	assert_string_equal(sb_json_str(second, "config"), "e");
	assert_true(sb_agent_row_is_valid(second));
}

static void silent_in_three_runs_running_is_a_limit(void **state)
{
	sb_autojson *one = make_row("silent", 1), *two = make_row("silent", 2);

	(void)state;
	assert_false(sb_agent_is_limit(NULL, SB_AGENT_DUE));
	assert_false(sb_agent_is_limit(one, SB_AGENT_DUE));
	assert_true(sb_agent_is_limit(two, SB_AGENT_DUE));
}

static void a_restart_or_another_config_begins_a_new_count(void **state)
{
	sb_autojson *many = make_row("silent", 9);
	sb_autojson *row = make_row_after(many, SB_AGENT_DUE_CHANGED, "silent");

	(void)state;
	assert_false(sb_agent_is_limit(many, SB_AGENT_DUE_CHANGED));
	assert_int_equal(json_integer_value(json_object_get(row, "runs")), 1);
}

static void an_agent_that_does_not_run_was_not_silent(void **state)
{
	sb_autojson *many = make_row("absent", 9);
	sb_autojson *row = make_row_after(many, SB_AGENT_DUE, "silent");

	(void)state;
	assert_true(sb_agent_row_is_absent(many));
	assert_false(sb_agent_row_is_absent(row));
	assert_false(sb_agent_is_limit(many, SB_AGENT_DUE));
	assert_int_equal(json_integer_value(json_object_get(row, "runs")), 1);
}

static void a_row_that_no_question_renewed_for_a_week_is_old(void **state)
{
	sb_autojson *row = make_row("silent", 9);

	(void)state;
	assert_false(sb_agent_row_is_old(row, T + 7 * 24 * HOUR));
	assert_true(sb_agent_row_is_old(row, T + 7 * 24 * HOUR + 1));
	assert_false(sb_agent_row_is_old(row, T - 1));
}

static void a_row_of_another_form_is_not_valid(void **state)
{
	static const char *const names[] = {"outcome", "runs", "asked", "ms", "config"};
	size_t i;

	(void)state;
	assert_false(sb_agent_row_is_valid(NULL));
	for (i = 0; i < SB_ARRAY_LEN(names); i++) {
		sb_autojson *row = make_row("silent", 1), *odd = make_row("silent", 1);

		json_object_del(row, names[i]);
		json_object_set_new(odd, names[i], json_integer(-1));
		assert_false(sb_agent_row_is_valid(row));
		assert_false(sb_agent_row_is_valid(odd));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_agent_that_was_never_silent_is_asked),
		cmocka_unit_test(a_silent_agent_is_asked_again_with_growing_distance),
		cmocka_unit_test(after_its_first_silence_an_agent_is_asked_in_the_next_run),
		cmocka_unit_test(an_agent_is_asked_at_once_when_its_guest_restarted),
		cmocka_unit_test(an_unknown_uptime_is_no_restart),
		cmocka_unit_test(an_agent_is_asked_at_once_when_the_config_changed),
		cmocka_unit_test(a_clock_that_was_ahead_does_not_silence_an_agent),
		cmocka_unit_test(each_silence_is_counted_with_its_time_and_duration),
		cmocka_unit_test(silent_in_three_runs_running_is_a_limit),
		cmocka_unit_test(a_restart_or_another_config_begins_a_new_count),
		cmocka_unit_test(an_agent_that_does_not_run_was_not_silent),
		cmocka_unit_test(a_row_that_no_question_renewed_for_a_week_is_old),
		cmocka_unit_test(a_row_of_another_form_is_not_valid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
