/* SPDX-License-Identifier: Apache-2.0 */
/* The parent without memory, and a job without memory. */
#include "test_parent_fixture.h"

#include "base/memory.h"

static void a_job_without_memory_is_recorded_with_the_limit_to_raise(void **state)
{
	struct fixture *f = *state;
	sb_autojson *run = NULL;

	sync_part(f, "no-memory");
	assert_int_equal(f->result.err.code, SB_E_NOMEM);
	assert_string_equal(f->result.err.text,
			    "the job ran out of memory in stage \"cluster.nodes\" (module "
			    "\"cluster\"): raise limits.memory_mib, which is 512");
	assert_string_equal(f->result.status, "failed");
	assert_int_equal(f->result.exit_code, 1);
	run = last_run(f);
	assert_string_equal(
		sb_json_str(json_object_get(json_object_get(run, "record"), "error_detail"),
			    "code"),
		"nomem");
}

static void a_job_that_cannot_build_an_event_does_not_lack_memory(void **state)
{
	struct fixture *f = *state;

	sync_part(f, "bad-event");
	assert_int_equal(f->result.err.code, SB_E_STATE);
	assert_string_equal(f->result.err.text,
			    "the job could not report a result, because a text in it is not UTF-8 "
			    "(report this defect) in stage \"cluster.nodes\" (module \"cluster\")");
	assert_string_equal(f->result.status, "failed");
}

static void fail_once(void *arg, const json_t *line)
{
	struct fixture *f = arg;

	(void)line;
	if (f->n_events++ == 1) /* after the inputs */
		sb_memory_note_failure();
}

static void events_that_were_handled_without_memory_are_not_stored(void **state)
{
	struct fixture *f = *state;
	struct sb_job_spec spec = make_spec(f, SB_JOB_SYNC, "stores");
	sb_autofree char *identity = NULL;
	int n_applied = 0;

	spec.on_event = NULL;
	spec.on_recorded = fail_once;
	assert_int_equal(run_job(f, &spec), 0);
	assert_string_equal(f->result.status, "failed");
	assert_int_equal(f->result.err.code, SB_E_NOMEM);
	assert_int_equal(sb_store_fact_get(f->store, "identity:lab", &identity, &f->err), 0);
	assert_null(identity);
	assert_int_equal(sb_store_applied_each(f->store, "lab", count_applied, &n_applied, &f->err),
			 0);
	assert_int_equal(n_applied, 0);
}

static void fail_at_inputs(void *arg, const json_t *line)
{
	(void)arg;
	if (json_object_get(line, "inputs"))
		sb_memory_note_failure();
}

static void a_job_whose_task_may_lack_something_does_not_start(void **state)
{
	struct fixture *f = *state;
	struct sb_job_spec spec = make_spec(f, SB_JOB_SYNC, "good");
	sb_autofree char *identity = NULL;

	spec.on_recorded = fail_at_inputs;
	assert_int_equal(run_job(f, &spec), 0);
	assert_string_equal(f->result.status, "failed");
	assert_int_equal(f->result.err.code, SB_E_NOMEM);
	assert_int_equal(f->n_events, 0);
	assert_int_equal(sb_store_fact_get(f->store, "identity:lab", &identity, &f->err), 0);
	assert_null(identity);
}

static void fail_at_the_end(void *arg, const json_t *event)
{
	(void)arg;
	if (sb_streq(sb_json_str(event, "ev"), "end"))
		sb_memory_note_failure();
}

static void a_run_whose_record_may_lack_something_has_failed(void **state)
{
	struct fixture *f = *state;
	struct sb_job_spec spec = make_spec(f, SB_JOB_SYNC, "good");
	sb_autojson *run = NULL;

	spec.on_event = fail_at_the_end;
	assert_int_equal(run_job(f, &spec), 0);
	assert_string_equal(f->result.status, "failed");
	assert_int_equal(f->result.exit_code, 1);
	run = last_run(f);
	assert_string_equal(sb_json_str(run, "status"), "failed");
	assert_string_equal(sb_json_str(json_object_get(run, "record"), "error"), "out of memory");
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_job_without_memory_is_recorded_with_the_limit_to_raise),
		T(a_job_that_cannot_build_an_event_does_not_lack_memory),
		T(events_that_were_handled_without_memory_are_not_stored),
		T(a_job_whose_task_may_lack_something_does_not_start),
		T(a_run_whose_record_may_lack_something_has_failed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
