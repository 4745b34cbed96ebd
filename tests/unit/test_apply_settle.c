/* SPDX-License-Identifier: Apache-2.0 */
/* Settling requests of an earlier run that got no answer: when, and with which outcome. */
#include "test_apply_fixture.h"

#include "apply/settle.h"

/* The reported outcome of one open request, "" when it stays open. */
static const char *outcome_of(const char *method, const char *kind, const char *keys)
{
	sb_autojson *of = parse_quoted(keys);
	sb_autojson *task =
		json_pack("{s:[{s:i, s:i, s:s, s:s, s:O, s:i}]}", "open_requests", "run", 3, "id",
			  9, "method", method, "kind", kind, "keys", of, "since", 5);
	const json_t *entry;
	size_t i;

	sb_settle_report(fx->run, task);
	take_events();
	json_array_foreach (io->events, i, entry) {
		if (!sb_streq(sb_json_str(entry, "ev"), "settled"))
			continue;
		assert_int_equal(json_integer_value(json_object_get(entry, "run")), 3);
		assert_int_equal(json_integer_value(json_object_get(entry, "id")), 9);
		return sb_json_str(entry, "outcome");
	}
	return "";
}

static void add_row(const char *place, const char *text)
{
	json_object_set_new(io->rows, place, parse_quoted(text));
}

static void a_create_is_committed_when_all_its_keys_exist(void **state)
{
	(void)state;
	put_netbox("vm", "lab/qemu/101", "{'id': 7, 'name': 'a'}");
	put_netbox("vm", "lab/qemu/102", "{'id': 8, 'name': 'b'}");
	assert_string_equal(outcome_of("POST", "vm", "['lab/qemu/101', 'lab/qemu/102']"),
			    "settled-committed");
}

static void a_create_is_dropped_when_a_key_is_missing(void **state)
{
	(void)state;
	put_netbox("vm", "lab/qemu/101", "{'id': 7, 'name': 'a'}");
	assert_string_equal(outcome_of("POST", "vm", "['lab/qemu/101', 'lab/qemu/102']"),
			    "settled-dropped");
}

static void a_create_stays_open_while_the_list_is_incomplete(void **state)
{
	(void)state;
	get_list("vm")->known = SB_KNOWN_PARTIAL;
	assert_string_equal(outcome_of("POST", "vm", "['lab/qemu/101']"), "");
	assert_int_equal(io->n, 0);
}

static void a_shared_kind_is_read_to_settle_when_no_stage_read_it(void **state)
{
	(void)state;
	get_list("custom-field")->known = SB_KNOWN_NOT;
	add_row("extras/custom-fields#1", "{'id': 1, 'name': 'stagebox_key'}");
	assert_string_equal(
		outcome_of("POST", "custom-field", "['shared/custom-field/stagebox_key']"),
		"settled-committed");
}

#define SENT "[{'key': 'lab/qemu/101', 'id': 7, 'sent': {'id': 7, 'memory': 2, 'description': ''}}]"

static void a_change_is_committed_when_netbox_holds_its_values(void **state)
{
	(void)state;
	add_row("virtualization/virtual-machines#7", "{'id': 7, 'memory': 2, 'name': 'a'}");
	assert_string_equal(outcome_of("PATCH", "vm", SENT), "settled-committed");
}

static void a_change_is_dropped_when_netbox_holds_another_value(void **state)
{
	(void)state;
	add_row("virtualization/virtual-machines#7", "{'id': 7, 'memory': 1, 'name': 'a'}");
	assert_string_equal(outcome_of("PATCH", "vm", SENT), "settled-dropped");
}

static void a_change_without_recorded_values_stays_open(void **state)
{
	(void)state;
	add_row("virtualization/virtual-machines#7", "{'id': 7, 'memory': 1}");
	assert_string_equal(outcome_of("PATCH", "vm", "[{'key': 'lab/qemu/101', 'id': 7}]"), "");
}

static void a_delete_is_committed_when_its_object_is_gone(void **state)
{
	(void)state;
	add_row("dcim/mac-addresses#6", "{'id': 6}");
	assert_string_equal(
		outcome_of("DELETE", "mac", "[{'key': 'lab/qemu/101/net0/mac/A', 'id': 5}]"),
		"settled-committed");
}

static void a_delete_is_dropped_when_its_object_exists(void **state)
{
	(void)state;
	add_row("dcim/mac-addresses#5", "{'id': 5}");
	assert_string_equal(
		outcome_of("DELETE", "mac", "[{'key': 'lab/qemu/101/net0/mac/A', 'id': 5}]"),
		"settled-dropped");
}

static void requests_are_settled_after_the_settle_time_of_the_last_one(void **state)
{
	sb_autojson *task = parse_quoted("{'conf': {'netbox': {'settle': 130}}, 'open_requests':"
					 " [{'since': 1000}, {'since': 1005}, {'since': 900}]}");
	sb_autojson *none =
		parse_quoted("{'conf': {'netbox': {'settle': 130}}, 'open_requests': []}");

	(void)state;
	assert_int_equal(sb_settle_at(task), 1005 + 130 + 1);
	assert_int_equal(sb_settle_at(none), 0);
	assert_int_equal(sb_settle_wait(fx->run, 1750000000 + 12, NULL), 0);
	assert_true(io->now_ms >= 12000);
}

/* Each run would otherwise wait for a day, until its deadline. */
static void a_time_that_a_wrong_clock_recorded_is_not_in_the_future(void **state)
{
	sb_autojson *task = parse_quoted("{'conf': {'netbox': {'settle': 130}}, 'now_s': 1000,"
					 " 'open_requests': [{'since': 87400}]}");

	(void)state;
	assert_int_equal(sb_settle_at(task), 1000 + 130 + 1);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup_apply, teardown_apply)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_create_is_committed_when_all_its_keys_exist),
		T(a_create_is_dropped_when_a_key_is_missing),
		T(a_create_stays_open_while_the_list_is_incomplete),
		T(a_shared_kind_is_read_to_settle_when_no_stage_read_it),
		T(a_change_is_committed_when_netbox_holds_its_values),
		T(a_change_is_dropped_when_netbox_holds_another_value),
		T(a_change_without_recorded_values_stays_open),
		T(a_delete_is_committed_when_its_object_is_gone),
		T(a_delete_is_dropped_when_its_object_exists),
		T(requests_are_settled_after_the_settle_time_of_the_last_one),
		T(a_time_that_a_wrong_clock_recorded_is_not_in_the_future),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
