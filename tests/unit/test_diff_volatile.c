/* SPDX-License-Identifier: Apache-2.0 */
/* Values that change by themselves are written with other changes, or when NetBox's are old. */
#include "test_diff_fixture.h"

#define KEY "lab/gauge/a"
/* In seconds since 1970 the runs of these tests are at 100000: 1970-01-02T03:46:40. */
#define RECENT "1970-01-02T03:00:00.123456Z"
#define OLD    "1970-01-01T03:00:00Z"

static void put_gauge(const char *wanted, const char *updated)
{
	char text[200];

	with_gauges();
	json_object_set_new(fx->conf, "netbox", json_pack("{s:i}", "refresh_s", 86400));
	put_row("gauge", KEY, wanted);
	snprintf(text, sizeof(text),
		 "{'id': 7, 'name': 'a', 'used': 10, 'size': 100, 'last_updated': '%s'}", updated);
	put_netbox("t-gauge", KEY, text);
}

static void a_volatile_difference_alone_is_not_written(void **state)
{
	(void)state;
	put_gauge("{'set': {'name': 'a', 'used': 11, 'size': 100}}", RECENT);
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("t-gauge")->same, 1);
}

static void a_first_value_is_written_alone(void **state)
{
	(void)state;
	put_gauge("{'set': {'name': 'a', 'used': 11, 'size': 100}}", RECENT);
	put_netbox("t-gauge", KEY,
		   "{'id': 7, 'name': 'a', 'used': null, 'size': 100, 'last_updated': '" RECENT
		   "'}");
	run_diff();
	assert_json(op_of(KEY, SB_UPDATE)->set, "{'used': 11}");
}

static void it_is_written_with_another_change(void **state)
{
	(void)state;
	put_gauge("{'set': {'name': 'a', 'used': 11, 'size': 200}}", RECENT);
	run_diff();
	assert_json(op_of(KEY, SB_UPDATE)->set, "{'used': 11, 'size': 200}");
	assert_json(op_of(KEY, SB_UPDATE)->was, "{'used': 10, 'size': 100}");
}

static void it_is_written_when_netbox_has_an_old_value(void **state)
{
	(void)state;
	put_gauge("{'set': {'name': 'a', 'used': 11, 'size': 100}}", OLD);
	run_diff();
	assert_json(op_of(KEY, SB_UPDATE)->set, "{'used': 11}");
}

static void a_module_may_say_what_is_old(void **state)
{
	(void)state;
	put_gauge("{'set': {'name': 'a', 'used': 11, 'size': 100}}", OLD);
	part_refresh_s = 1000000;
	run_diff();
	assert_int_equal(n_ops(), 0);
	part_refresh_s = 1000;
	put_gauge("{'set': {'name': 'a', 'used': 11, 'size': 100}}", RECENT);
	run_diff();
	part_refresh_s = 0;
	assert_json(op_of(KEY, SB_UPDATE)->set, "{'used': 11}");
}

static void an_old_object_without_a_difference_is_not_written(void **state)
{
	(void)state;
	put_gauge("{'set': {'name': 'a', 'used': 10, 'size': 100}}", OLD);
	run_diff();
	assert_int_equal(n_ops(), 0);
}

/* NetBox's value is not there, because it was not read. */
static void what_is_not_read_is_written_with_another_change_only(void **state)
{
	(void)state;
	put_gauge("{'set': {'name': 'a', 'used': 10, 'size': 100, 'answer': {'x': 1}}}", RECENT);
	run_diff();
	assert_int_equal(n_ops(), 0);
	put_gauge("{'set': {'name': 'a', 'used': 10, 'size': 200, 'answer': {'x': 1}}}", RECENT);
	run_diff();
	assert_json(op_of(KEY, SB_UPDATE)->set, "{'size': 200, 'answer': {'x': 1}}");
	assert_json(op_of(KEY, SB_UPDATE)->was, "{'size': 100}");
}

static void what_is_not_read_is_no_reason_to_write_an_old_object(void **state)
{
	(void)state;
	put_gauge("{'set': {'name': 'a', 'used': 10, 'size': 100, 'answer': {'x': 1}}}", OLD);
	run_diff();
	assert_int_equal(n_ops(), 0);
}

static void it_goes_with_an_old_value_that_is_written(void **state)
{
	(void)state;
	put_gauge("{'set': {'name': 'a', 'used': 11, 'size': 100, 'answer': {'x': 1}}}", OLD);
	run_diff();
	assert_json(op_of(KEY, SB_UPDATE)->set, "{'used': 11, 'answer': {'x': 1}}");
}

static void people_may_own_a_field_that_is_not_read(void **state)
{
	(void)state;
	put_gauge("{'set': {'name': 'a', 'used': 10, 'size': 200, 'answer': {'x': 1}}}", RECENT);
	set_policy("answer", "never");
	run_diff();
	assert_json(op_of(KEY, SB_UPDATE)->set, "{'size': 200}");
}

#define RULE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RULE(a_volatile_difference_alone_is_not_written),
		RULE(a_first_value_is_written_alone),
		RULE(it_is_written_with_another_change),
		RULE(it_is_written_when_netbox_has_an_old_value),
		RULE(a_module_may_say_what_is_old),
		RULE(an_old_object_without_a_difference_is_not_written),
		RULE(what_is_not_read_is_written_with_another_change_only),
		RULE(what_is_not_read_is_no_reason_to_write_an_old_object),
		RULE(it_goes_with_an_old_value_that_is_written),
		RULE(people_may_own_a_field_that_is_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
