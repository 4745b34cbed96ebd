/* SPDX-License-Identifier: Apache-2.0 */
/* A module that ends its job before the first write: the run goes on without it, and after two such
 * runs its file is set aside. */
#include "test_parent_fixture.h"

#include "model/module_fault.h"

static json_t *read_fault(struct fixture *f)
{
	sb_autofree char *text = NULL;
	char name[SB_MODULE_FAULT_NAME];

	assert_int_equal(
		sb_store_fact_get(f->store, sb_module_fault_name("cluster", name), &text, &f->err),
		0);
	return sb_module_fault_parse(text);
}

static void goes_on(struct fixture *f, const char *part, const char *text)
{
	const json_t *task, *entry;

	sync_part(f, part);
	assert_string_equal(f->result.status, "ok"); /* what the second job said */
	assert_int_equal(f->result.err.code, 0);
	task = json_object_get(json_object_get(f->result.plan, "task"), "task");
	entry = json_array_get(json_object_get(task, "dead"), 0);
	assert_string_equal(sb_json_str(entry, "module"), "cluster");
	assert_string_equal(sb_json_str(entry, "stage"), "cluster.nodes");
	assert_contains(sb_json_str(entry, "text"), text);
	assert_int_equal(json_array_size(json_object_get(task, "dead")), 1);
}

static void a_run_goes_on_without_a_module_that_crashed(void **state)
{
	goes_on(*state, "first-dies", "signal 11");
}

static void the_job_without_the_module_may_ask_for_the_lease_again(void **state)
{
	goes_on(*state, "first-leases", "signal 11");
}

static void a_run_goes_on_without_a_module_that_exited(void **state)
{
	goes_on(*state, "first-exits", "exited with status 0");
}

static void a_run_goes_on_without_a_module_that_wrote_into_the_events(void **state)
{
	goes_on(*state, "first-garbage", "not an event");
}

static void a_job_that_has_written_is_not_repeated(void **state)
{
	struct fixture *f = *state;
	sb_autojson *fault = NULL;

	sync_part(f, "written-dies");
	assert_string_equal(f->result.status, "failed");
	assert_contains(f->result.err.text, "signal 11");
	fault = read_fault(f);
	assert_null(fault);
}

static void a_module_is_set_aside_after_two_runs_with_one_file(void **state)
{
	struct fixture *f = *state;
	sb_autojson *fault = NULL;

	json_object_set_new(f->conf, "modules", json_pack("[s]", "cluster"));
	sync_part(f, "first-dies");
	fault = read_fault(f);
	assert_int_equal(json_integer_value(json_object_get(fault, "runs")), 1);
	assert_false(sb_module_is_aside(fault, "aa"));
	sb_job_result_finish(&f->result);
	sync_part(f, "first-dies");
	json_decref(sb_steal(fault));
	fault = read_fault(f);
	assert_int_equal(json_integer_value(json_object_get(fault, "runs")), 2);
	assert_true(sb_module_is_aside(fault, "aa"));
	assert_true(sb_module_is_aside(fault, ""));
	assert_false(sb_module_is_aside(fault, "bb")); /* another file */
}

static void a_module_that_uses_all_memory_has_ended_the_run(void **state)
{
	struct fixture *f = *state;
	sb_autojson *fault = NULL;

	json_object_set_new(f->conf, "modules", json_pack("[s]", "cluster"));
	goes_on(f, "first-no-memory", "ran out of memory");
	fault = read_fault(f);
	assert_int_equal(json_integer_value(json_object_get(fault, "runs")), 1);
}

static void a_good_run_forgets_one_fault(void **state)
{
	struct fixture *f = *state;
	sb_autojson *fault = NULL;

	json_object_set_new(f->conf, "modules", json_pack("[s]", "cluster"));
	sync_part(f, "first-dies");
	sb_job_result_finish(&f->result);
	sync_part(f, "good");
	assert_string_equal(f->result.status, "ok");
	fault = read_fault(f);
	assert_null(fault);
}

static void a_plan_goes_on_too_but_counts_nothing(void **state)
{
	struct fixture *f = *state;
	struct sb_job_spec spec = make_spec(f, SB_JOB_PLAN, "first-dies");
	sb_autojson *fault = NULL;

	assert_int_equal(run_job(f, &spec), 0);
	assert_string_equal(f->result.status, "ok");
	fault = read_fault(f);
	assert_null(fault);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_run_goes_on_without_a_module_that_crashed),
		T(the_job_without_the_module_may_ask_for_the_lease_again),
		T(a_run_goes_on_without_a_module_that_exited),
		T(a_run_goes_on_without_a_module_that_wrote_into_the_events),
		T(a_job_that_has_written_is_not_repeated),
		T(a_module_is_set_aside_after_two_runs_with_one_file),
		T(a_good_run_forgets_one_fault),
		T(a_module_that_uses_all_memory_has_ended_the_run),
		T(a_plan_goes_on_too_but_counts_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
