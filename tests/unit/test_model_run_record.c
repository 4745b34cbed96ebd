/* SPDX-License-Identifier: Apache-2.0 */
/* Run records: names, rows and sums of stages, and the outcome of a run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/run_record.h"

static const char record_text[] =
	"{\"qemu_sync\": {\"response\": {\"stages\": ["
	"{\"resource\": \"guests\", \"status\": \"ok\", \"runtime_seconds\": 1.5, \"response\":"
	" {\"counts\": {\"create\": 2, \"same\": 1},"
	"  \"kinds\": {\"vm\": {\"create\": 2}, \"tag\": {\"create\": 0}}}},"
	"{\"resource\": \"shared\", \"response\":"
	" {\"counts\": {\"create\": 1}, \"kinds\": {\"tag\": {\"create\": 1}}}}]}},"
	"\"lxc_sync\": {\"response\": {\"stages\": ["
	"{\"resource\": \"lxc.guests\", \"status\": \"failed\", \"error\": \"HTTP 500\","
	" \"response\": {\"counts\": {\"create\": 3, \"failed\": 4},"
	"  \"kinds\": {\"vm\": {\"create\": 3}}}}]}}}";

static json_t *load_record(void)
{
	json_t *record = json_loads(record_text, 0, NULL);

	assert_non_null(record);
	return record;
}

static void assert_row(const json_t *row, const char *stage, const char *status, json_int_t created)
{
	assert_string_equal(json_string_value(json_object_get(row, "stage")), stage);
	assert_string_equal(json_string_value(json_object_get(row, "status")), status);
	assert_int_equal(json_integer_value(json_object_get(row, "create")), created);
}

static void test_each_stage_is_one_row_with_its_full_name(void **state)
{
	sb_autojson *record = load_record(), *rows = sb_run_record_rows(record);

	(void)state;
	assert_int_equal(json_array_size(rows), 3);
	assert_row(json_array_get(rows, 0), "qemu.guests", "ok", 2);
	assert_row(json_array_get(rows, 1), "shared", "?", 1);
	assert_row(json_array_get(rows, 2), "lxc.guests", "failed", 3);
	assert_true(json_real_value(json_object_get(json_array_get(rows, 0), "seconds")) == 1.5);
	assert_int_equal(json_object_size(json_array_get(rows, 1)), 12);
}

static void test_counts_are_added_over_stages_and_records(void **state)
{
	sb_autojson *record = load_record(), *sum = json_object();
	sb_autojson *expected = json_pack("{s:i, s:i, s:i}", "create", 12, "same", 2, "failed", 8);

	(void)state;
	sb_run_record_add_counts(record, sum);
	sb_run_record_add_counts(record, sum);
	assert_true(json_equal(sum, expected));
}

static void test_created_objects_are_counted_by_kind(void **state)
{
	sb_autojson *record = load_record(), *sum = json_object();
	sb_autojson *expected = json_pack("{s:i, s:i}", "vm", 5, "tag", 1);

	(void)state;
	sb_run_record_add_kinds(record, "create", sum);
	assert_true(json_equal(sum, expected));
}

static void test_an_object_that_two_stages_count_is_one_object_of_its_kind(void **state)
{
	sb_autojson *record = load_record(), *sum = json_object();
	sb_autojson *expected = json_pack("{s:i, s:i}", "vm", 4, "tag", 1);

	(void)state;
	json_object_set_new(record, "overlap", json_pack("{s:{s:i}}", "vm", "create", 1));
	sb_run_record_add_kinds(record, "create", sum);
	assert_true(json_equal(sum, expected));
}

static void test_an_error_that_a_stage_reports_is_not_the_run_s_own(void **state)
{
	sb_autojson *record = load_record();

	(void)state;
	assert_null(sb_run_record_error(record));
	json_object_set_new(record, "error", json_string("HTTP 500"));
	assert_null(sb_run_record_error(record));
	json_object_set_new(record, "error", json_string("killed"));
	assert_string_equal(sb_run_record_error(record), "killed");
}

static void test_a_missing_record_has_no_stages(void **state)
{
	sb_autojson *rows = sb_run_record_rows(NULL), *sum = json_object();

	(void)state;
	sb_run_record_add_counts(NULL, sum);
	sb_run_record_add_kinds(NULL, "create", sum);
	assert_int_equal(json_array_size(rows), 0);
	assert_int_equal(json_object_size(sum), 0);
	assert_null(sb_run_record_error(NULL));
}

static void test_an_outcome_names_its_error_only_when_there_is_one(void **state)
{
	struct sb_error err = SB_ERROR_INIT;
	struct sb_run_outcome outcome = {
		.id = 7, .endpoint = "lab", .status = "ok", .exit_code = 0, .err = &err};
	sb_autojson *good = sb_run_outcome_json(&outcome), *bad = NULL, *expected = NULL;

	(void)state;
	expected = json_pack("{s:i, s:s, s:s, s:i, s:o, s:n}", "id", 7, "endpoint", "lab", "status",
			     "ok", "exit", 0, "totals", sb_run_record_totals(NULL), "record");
	assert_true(json_equal(good, expected));
	sb_fail(&err, SB_E_BUSY, "endpoint busy");
	bad = sb_run_outcome_json(&outcome);
	json_object_set_new(expected, "error",
			    json_pack("{s:s, s:s}", "code", "busy", "text", "endpoint busy"));
	assert_true(json_equal(bad, expected));
}

static json_int_t get_number(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

static void the_journal_counts_each_object_once_by_its_first_verb(void **state)
{
	sb_autojson *requests = json_loads(
		"[{\"method\": \"POST\", \"outcome\": \"done\", \"keys\": [\"a\", \"b\"]},"
		" {\"method\": \"PATCH\", \"outcome\": \"done\", \"keys\": [{\"key\": \"a\"}]},"
		" {\"method\": \"PATCH\", \"outcome\": \"rejected\", \"keys\": [{\"key\": \"c\"}]},"
		" {\"method\": \"DELETE\", \"outcome\": \"settled-committed\","
		"  \"keys\": [{\"key\": \"d\"}]},"
		" {\"method\": \"POST\", \"outcome\": \"begun\", \"keys\": [\"e\"]}]",
		0, NULL);
	sb_autojson *written = sb_run_record_written(requests);

	(void)state;
	assert_int_equal(get_number(written, "create"), 2);
	assert_int_equal(get_number(written, "update"), 0);
	assert_int_equal(get_number(written, "delete"), 1);
	assert_int_equal(get_number(written, "unsettled"), 1);
}

static void the_totals_of_a_stopped_run_are_those_of_its_journal(void **state)
{
	sb_autojson *record = load_record(), *totals = NULL;

	(void)state;
	json_object_set_new(record, "written", json_pack("{s:i, s:i}", "create", 17, "update", 4));
	totals = sb_run_record_totals(record);
	assert_int_equal(get_number(totals, "changed"), 21);
	assert_int_equal(get_number(totals, "ok"), 1);
	assert_int_equal(get_number(totals, "failed"), 4);
}

static void equal_causes_of_several_stages_are_one(void **state)
{
	sb_autojson *record = json_loads(
		"{\"qemu_sync\": {\"response\": {\"stages\": [{\"response\": {\"causes\": ["
		" {\"text\": \"rare\", \"objects\": 1, \"keys\": [\"x\"]},"
		" {\"text\": \"off\", \"objects\": 2, \"unknown\": 2, \"keys\": [\"a\", \"b\"]}]}},"
		"{\"response\": {\"causes\": ["
		" {\"text\": \"off\", \"objects\": 1, \"failed\": 1, \"keys\": [\"c\"]}]}}]}}}",
		0, NULL);
	sb_autojson *causes = sb_run_record_causes(record);
	const json_t *first = json_array_get(causes, 0);

	(void)state;
	assert_int_equal(json_array_size(causes), 2);
	assert_string_equal(json_string_value(json_object_get(first, "text")), "off");
	assert_int_equal(get_number(first, "objects"), 3);
	assert_int_equal(get_number(first, "unknown"), 2);
	assert_int_equal(get_number(first, "failed"), 1);
	assert_int_equal(json_array_size(json_object_get(first, "keys")), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_journal_counts_each_object_once_by_its_first_verb),
		cmocka_unit_test(the_totals_of_a_stopped_run_are_those_of_its_journal),
		cmocka_unit_test(equal_causes_of_several_stages_are_one),
		cmocka_unit_test(test_each_stage_is_one_row_with_its_full_name),
		cmocka_unit_test(test_counts_are_added_over_stages_and_records),
		cmocka_unit_test(test_created_objects_are_counted_by_kind),
		cmocka_unit_test(test_an_object_that_two_stages_count_is_one_object_of_its_kind),
		cmocka_unit_test(test_an_error_that_a_stage_reports_is_not_the_run_s_own),
		cmocka_unit_test(test_a_missing_record_has_no_stages),
		cmocka_unit_test(test_an_outcome_names_its_error_only_when_there_is_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
