/* SPDX-License-Identifier: Apache-2.0 */
/* Reasons of a stage: equal ones are one, and the order of the answers decides nothing. */
#include "test_diff_fixture.h"

static void note_limit(const char *prefix, const char *text)
{
	struct sb_error why = SB_ERROR_INIT;

	sb_fail(&why, SB_E_FORBIDDEN, "%s", text);
	assert_int_equal(sb_rows_limited(get_stage(0), "ip", prefix, &why), 0);
}

static const char *reason_of(const char *source, const char *key)
{
	static struct sb_error why;

	sb_reason_get(sb_source_unknown(sb_snapshot_find_source(fx->run->snap, source), key), &why);
	return why.text;
}

static void equal_reasons_of_many_guests_are_one_cause_with_their_keys(void **state)
{
	sb_autojson *causes = NULL, *keys = parse_quoted("['lab/qemu/101', 'lab/qemu/102']");
	const json_t *cause;

	(void)state;
	put_unknown("ip", "lab/qemu/102/", "addresses: no answer");
	put_unknown("ip", "lab/qemu/101/", "addresses: no answer");
	put_unknown("guest", "lab/qemu/101", "addresses: no answer");
	causes = sb_run_causes(fx->run, 0);
	assert_int_equal(json_array_size(causes), 1);
	cause = json_array_get(causes, 0);
	assert_int_equal(json_integer_value(json_object_get(cause, "objects")), 2);
	assert_true(json_equal(json_object_get(cause, "keys"), keys));
}

/* Orders of three answers. */
static void the_error_is_the_reason_of_the_smallest_key_in_any_order(void **state)
{
	static const char first[] = "lab/qemu/101: z: it is locked";
	static const char *const rows[][2] = {{"lab/qemu/101", "z: it is locked"},
					      {"lab/qemu/108", "a: HTTP 403"},
					      {"lab/qemu/109", "b: HTTP 500"}};
	static const unsigned orders[][3] = {{0, 1, 2}, {2, 1, 0}, {1, 0, 2}};
	size_t i, j;

	for (i = 0; i < SB_ARRAY_LEN(orders); i++) {
		for (j = 0; j < 3; j++)
			put_unknown("guest", rows[orders[i][j]][0], rows[orders[i][j]][1]);
		assert_int_equal(get_stage(0)->status, SB_STAGE_PARTIAL);
		assert_string_equal(get_stage(0)->why.text, first);
		teardown(state);
		setup(state);
	}
}

static void a_reason_that_concerns_more_than_one_object_comes_first(void **state)
{
	(void)state;
	put_unknown("guest", "lab/qemu/101", "a: it is locked");
	put_unknown("guest", "", "the list of guests contains no node");
	put_unknown("guest", "lab/qemu/100", "a: it is locked");
	assert_string_equal(get_stage(0)->why.text, "the list of guests contains no node");
}

static void of_two_reasons_of_one_part_the_order_keeps_the_same(void **state)
{
	(void)state;
	put_unknown("guest", "lab/qemu/101", "b");
	put_unknown("guest", "lab/qemu/101", "a");
	put_unknown("guest", "lab/qemu/102", "a");
	put_unknown("guest", "lab/qemu/102", "b");
	assert_string_equal(reason_of("guest", "lab/qemu/101"), "a");
	assert_string_equal(reason_of("guest", "lab/qemu/102"), "a");
}

static void a_failure_is_kept_before_a_limit_of_the_same_part(void **state)
{
	(void)state;
	put_unknown("ip", "lab/qemu/101/", "z: no answer");
	note_limit("lab/qemu/101/", "a: the token lacks a privilege");
	note_limit("lab/qemu/102/", "a: the token lacks a privilege");
	put_unknown("ip", "lab/qemu/102/", "z: no answer");
	assert_string_equal(reason_of("ip", "lab/qemu/101/net0"), "z: no answer");
	assert_string_equal(reason_of("ip", "lab/qemu/102/net0"), "z: no answer");
}

static void limits_are_sorted_by_text(void **state)
{
	const json_t *list;

	(void)state;
	note_limit("lab/qemu/103/", "c");
	note_limit("lab/qemu/102/", "a");
	note_limit("lab/qemu/101/", "b");
	note_limit("lab/qemu/100/", "c");
	list = json_object_get(fx->run->limits, "t.guests");
	assert_int_equal(json_array_size(list), 3);
	assert_string_equal(sb_json_str(json_array_get(list, 0), "text"), "a");
	assert_string_equal(sb_json_str(json_array_get(list, 1), "text"), "b");
	assert_string_equal(sb_json_str(json_array_get(list, 2), "text"), "c");
	assert_int_equal(json_integer_value(json_object_get(json_array_get(list, 2), "parts")), 2);
}

static void of_two_failures_of_a_stage_the_order_keeps_the_same(void **state)
{
	struct sb_error a = SB_ERROR_INIT, b = SB_ERROR_INIT;

	(void)state;
	sb_fail(&a, SB_E_SHAPE, "a");
	sb_fail(&b, SB_E_SHAPE, "b");
	sb_run_fail_stage(fx->run, 0, &b);
	sb_run_fail_stage(fx->run, 0, &a);
	sb_run_fail_stage(fx->run, 1, &a);
	sb_run_fail_stage(fx->run, 1, &b);
	assert_string_equal(get_stage(0)->why.text, "a");
	assert_string_equal(get_stage(1)->why.text, "a");
}

#define RULE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RULE(equal_reasons_of_many_guests_are_one_cause_with_their_keys),
		RULE(the_error_is_the_reason_of_the_smallest_key_in_any_order),
		RULE(a_reason_that_concerns_more_than_one_object_comes_first),
		RULE(of_two_reasons_of_one_part_the_order_keeps_the_same),
		RULE(a_failure_is_kept_before_a_limit_of_the_same_part),
		RULE(limits_are_sorted_by_text),
		RULE(of_two_failures_of_a_stage_the_order_keeps_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
