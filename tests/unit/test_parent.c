/* SPDX-License-Identifier: Apache-2.0 */
/* The parent of a job stores its results and handles jobs that fail. */
#include "test_parent_fixture.h"

static void a_good_job_is_stored_and_acknowledged(void **state)
{
	struct fixture *f = *state;
	sb_autojson *row = NULL, *misses = NULL, *agents = NULL;
	sb_autofree char *identity = NULL;
	json_t *request;
	int n = 0;

	sync_part(f, "good");
	assert_string_equal(f->result.status, "ok");
	assert_int_equal(f->result.exit_code, 0);
	assert_int_equal(f->result.err.code, 0);
	assert_non_null(json_object_get(f->result.record, "cluster_sync"));
	assert_non_null(json_object_get(f->result.plan, "ops"));
	assert_int_equal(f->n_events, 11);
	row = last_run(f);
	assert_string_equal(sb_json_str(row, "status"), "ok");
	assert_string_equal(sb_json_str(row, "mode"), "sync");
	assert_non_null(json_object_get(json_object_get(row, "record"), "cluster_sync"));
	request = json_array_get(json_object_get(row, "requests"), 0);
	assert_string_equal(sb_json_str(request, "outcome"), "done");
	assert_int_equal(sb_store_fact_get(f->store, "identity:lab", &identity, &f->err), 0);
	assert_string_equal(identity, "node:a");
	assert_int_equal(sb_store_misses_get(f->store, "lab", &misses, &f->err), 0);
	assert_int_equal(json_object_size(misses), 1);
	assert_int_equal(sb_store_agents_get(f->store, "lab", &agents, &f->err), 0);
	assert_int_equal(json_object_size(agents), 1);
	assert_int_equal(sb_store_applied_each(f->store, "lab", count_applied, &n, &f->err), 0);
	assert_int_equal(n, 1);
}

static void check_sigpipe(void *arg, const json_t *event)
{
	struct sigaction now;

	on_event(arg, event);
	assert_int_equal(sigaction(SIGPIPE, NULL, &now), 0);
	assert_true(now.sa_handler == SIG_DFL);
}

static void signal_handlers_of_the_process_are_unchanged(void **state)
{
	struct fixture *f = *state;
	struct sb_job_spec spec = make_spec(f, SB_JOB_SYNC, "good");

	signal(SIGPIPE, SIG_DFL);
	spec.on_event = check_sigpipe;
	assert_int_equal(sb_job_execute_program(SB_TEST_JOB, f->store, &spec, &f->result, &f->err),
			 0);
	assert_true(f->n_events > 0);
}

static void a_job_that_reads_nothing_raises_no_signal(void **state)
{
	struct fixture *f = *state;
	struct sb_job_spec spec = make_spec(f, SB_JOB_SYNC, "good");
	sb_autofree char *long_target = malloc(8 << 20); /* more than any buffer holds */

	signal(SIGPIPE, SIG_DFL);
	memset(long_target, 'x', 8 << 20);
	long_target[(8 << 20) - 1] = '\0';
	spec.target = long_target;
	assert_int_equal(sb_job_execute_program("/bin/true", f->store, &spec, &f->result, &f->err),
			 0);
	assert_string_equal(f->result.status, "failed");
}

static void the_lease_is_released_after_a_crash(void **state)
{
	struct fixture *f = *state;

	sync_part(f, "crash");
	sb_job_result_finish(&f->result);
	sync_part(f, "good");
	assert_string_equal(f->result.status, "ok");
}

static void a_crash_is_recorded_with_signal_stage_and_module(void **state)
{
	struct fixture *f = *state;
	sb_autojson *row = NULL;
	json_t *entry, *asked;

	sync_part(f, "crash");
	assert_string_equal(f->result.status, "failed");
	assert_int_equal(f->result.exit_code, 1);
	assert_contains(f->result.err.text, "signal 11");
	assert_contains(f->result.err.text, "stage \"cluster.nodes\" (module \"cluster\")");
	row = last_run(f);
	assert_string_equal(sb_json_str(row, "status"), "failed");
	entry = json_array_get(
		json_object_get(json_object_get(json_object_get(json_object_get(row, "record"),
								"cluster_sync"),
						"response"),
				"stages"),
		0);
	asked = json_object_get(
		json_object_get(json_object_get(json_object_get(row, "record"), "cluster_sync"),
				"params"),
		"resources");
	assert_int_equal(json_array_size(asked), 1);
	assert_string_equal(json_string_value(json_array_get(asked, 0)), "full");
	assert_string_equal(sb_json_str(entry, "resource"), "nodes");
	assert_string_equal(sb_json_str(entry, "status"), "failed");
	assert_contains(sb_json_str(entry, "error"), "signal 11");
	assert_int_equal(json_integer_value(
				 json_object_get(json_object_get(entry, "error_detail"), "signal")),
			 11);
}

static void a_crash_between_stages_keeps_the_finished_stages(void **state)
{
	struct fixture *f = *state;
	json_t *stages;

	sync_part(f, "crash-later");
	assert_string_equal(f->result.status, "failed");
	stages = json_object_get(
		json_object_get(json_object_get(f->result.record, "cluster_sync"), "response"),
		"stages");
	assert_int_equal(json_array_size(stages), 1);
	assert_string_equal(sb_json_str(json_array_get(stages, 0), "status"), "ok");
	assert_contains(sb_json_str(f->result.record, "error"), "signal 11");
}

static void a_crash_before_the_first_stage_is_recorded(void **state)
{
	struct fixture *f = *state;

	sync_part(f, "early");
	assert_string_equal(f->result.status, "failed");
	assert_contains(f->result.err.text, "signal 6");
	assert_contains(f->result.err.text, "before its first stage");
}

static void a_job_that_exits_without_an_end_event_has_failed(void **state)
{
	struct fixture *f = *state;

	sync_part(f, "exit");
	assert_string_equal(f->result.status, "failed");
	assert_int_equal(f->result.exit_code, 1);
	assert_contains(f->result.err.text, "exited with status 0 before its end event");
}

static void a_malformed_line_kills_the_job(void **state)
{
	struct fixture *f = *state;

	sync_part(f, "garbage");
	assert_string_equal(f->result.status, "failed");
	assert_contains(f->result.err.text, "not an event");
	assert_int_equal(json_array_size(json_object_get(
				 json_object_get(json_object_get(f->result.record, "cluster_sync"),
						 "response"),
				 "stages")),
			 1);
	sb_job_result_finish(&f->result);
	sync_part(f, "unknown");
	assert_string_equal(f->result.status, "failed");
	sb_job_result_finish(&f->result);
	sync_part(f, "lacking");
	assert_contains(f->result.err.text,
			"event \"stage_begin\" of the job: member \"module\" is missing");
}

static void a_job_past_its_deadline_is_killed(void **state)
{
	struct fixture *f = *state;
	struct sb_job_spec spec = make_spec(f, SB_JOB_SYNC, "hang");

	spec.deadline_s = 1;
	assert_int_equal(run_job(f, &spec), 0);
	assert_string_equal(f->result.status, "failed");
	assert_int_equal(f->result.err.code, SB_E_TIMEOUT);
	assert_contains(f->result.err.text, "deadline of 1 s");
	assert_contains(f->result.err.text, "cluster.nodes");
}

static void a_stop_cancels_the_run(void **state)
{
	struct fixture *f = *state;
	struct sb_job_spec spec = make_spec(f, SB_JOB_SYNC, "hang");
	sb_autojson *row = NULL;

	spec.on_event = stop_at_stage;
	spec.stop = &f->stop;
	assert_int_equal(run_job(f, &spec), 0);
	assert_string_equal(f->result.status, "cancelled");
	assert_int_equal(f->result.err.code, SB_E_CANCELLED);
	row = last_run(f);
	assert_string_equal(sb_json_str(row, "status"), "cancelled");
}

static void a_job_above_its_limit_of_cpu_time_is_reported(void **state)
{
	struct fixture *f = *state;

	json_object_set_new(json_object_get(f->conf, "limits"), "cpu_s", json_integer(1));
	sync_part(f, "spin");
	assert_string_equal(f->result.status, "failed");
	assert_contains(f->result.err.text, "limits.cpu is used up");
}

static void a_job_that_ignores_the_stop_is_killed(void **state)
{
	struct fixture *f = *state;
	struct sb_job_spec spec = make_spec(f, SB_JOB_SYNC, "stubborn");

	spec.on_event = stop_at_stage;
	spec.stop = &f->stop;
	assert_int_equal(run_job(f, &spec), 0);
	assert_string_equal(f->result.status, "cancelled");
}

static void a_request_without_an_answer_stays_open(void **state)
{
	struct fixture *f = *state;
	struct sb_job_spec spec = make_spec(f, SB_JOB_SYNC, "in-flight");
	sb_autojson *open = NULL;

	spec.on_event = stop_at_progress;
	spec.stop = &f->stop;
	assert_int_equal(run_job(f, &spec), 0);
	assert_string_equal(f->result.status, "cancelled");
	assert_int_equal(sb_store_request_open(f->store, "lab", 0, &open, &f->err), 0);
	assert_int_equal(json_array_size(open), 1);
	assert_string_equal(sb_json_str(json_array_get(open, 0), "kind"), "vm");
}

static void a_plan_writes_nothing_to_the_store(void **state)
{
	struct fixture *f = *state;
	struct sb_job_spec spec = make_spec(f, SB_JOB_PLAN, "counts");
	sb_autojson *runs = NULL;

	assert_int_equal(run_job(f, &spec), 0);
	assert_string_equal(f->result.status, "ok");
	assert_int_equal(f->result.run, 0);
	assert_int_equal(sb_store_run_list(f->store, NULL, 0, &runs, &f->err), 0);
	assert_int_equal(json_array_size(runs), 0);
}

static void a_plan_that_announces_a_write_is_killed(void **state)
{
	struct fixture *f = *state;
	struct sb_job_spec spec = make_spec(f, SB_JOB_PLAN, "writes");

	assert_int_equal(run_job(f, &spec), 0);
	assert_string_equal(f->result.status, "failed");
	assert_contains(f->result.err.text, "asked to write");
}

static int collect_key(void *arg, const char *key, const char *text)
{
	(void)text;
	return json_array_append_new(arg, json_string(key));
}

static void put_description(struct fixture *f, const char *key)
{
	sb_autojson *fields = json_pack("{s:s}", "description", "of the former object");

	assert_int_equal(sb_store_applied_put(f->store, "lab", key, fields, &f->err), 0);
}

/* Before it is sent, because its answer may never come: else a field that the new object lacks
 * would count as cleared by people. */
static void a_key_for_another_object_forgets_the_values_of_the_former_one(void **state)
{
	struct fixture *f = *state;
	sb_autojson *keys = json_array();
	sb_autofree char *text = NULL;

	put_description(f, "lab/1");
	put_description(f, "lab/2");
	put_description(f, "lab/3");
	put_description(f, "shared/tag/x");
	sync_part(f, "creates-again"); /* no answer is noted */
	assert_string_equal(f->result.status, "failed");
	assert_int_equal(sb_store_applied_each(f->store, "lab", collect_key, keys, &f->err), 0);
	text = json_dumps(keys, JSON_COMPACT);
	assert_string_equal(text, "[\"lab/2\"]");
}

static void many_applied_values_are_sent_to_the_job(void **state)
{
	struct fixture *f = *state;
	struct sb_job_spec spec = make_spec(f, SB_JOB_PLAN, "counts");
	sb_autojson *fields = json_pack("{s:s}", "name", "a value that fills a pipe");
	int64_t applied = 0;
	char key[32];
	int i;

	assert_int_equal(sb_store_begin(f->store, &f->err), 0);
	for (i = 0; i < 3000; i++) {
		snprintf(key, sizeof(key), "lab/x/%d", i);
		assert_int_equal(sb_store_applied_put(f->store, "lab", key, fields, &f->err), 0);
	}
	assert_int_equal(sb_store_commit(f->store, &f->err), 0);
	assert_int_equal(run_job(f, &spec), 0);
	assert_int_equal(sb_json_int(f->result.plan, "applied", &applied), 0);
	assert_int_equal(applied, 3000);
}

static void many_events_are_received(void **state)
{
	struct fixture *f = *state;

	sync_part(f, "flood");
	assert_string_equal(f->result.status, "ok");
	assert_int_equal(f->n_events, 3001);
}

static void a_job_inherits_its_pipes_and_its_lease_and_no_core_file(void **state)
{
	struct fixture *f = *state;

	sync_part(f, "fds");
	assert_string_equal(sb_json_str(f->result.plan, "fds"), " 0 1 2 3 4 5 10");
	assert_string_equal(sb_json_str(f->result.plan, "core"), "0");
}

static void a_child_that_a_job_leaves_behind_does_not_delay_the_parent(void **state)
{
	struct fixture *f = *state;
	int64_t began = sb_clock_ms();

	sync_part(f, "orphan");
	assert_string_equal(f->result.status, "ok");
	assert_true(sb_clock_ms() - began < 20000);
}

static void the_error_of_the_job_is_the_error_of_the_run(void **state)
{
	struct fixture *f = *state;

	sync_part(f, "refused");
	assert_string_equal(f->result.status, "failed");
	assert_int_equal(f->result.exit_code, 78);
	assert_int_equal(f->result.err.code, SB_E_CONFIG);
	assert_string_equal(f->result.err.text, "run bootstrap first");
	assert_string_equal(sb_json_str(f->result.record, "error"), "run bootstrap first");
}

static void a_busy_endpoint_is_refused_without_a_run(void **state)
{
	struct fixture *f = *state;
	struct sb_job_spec spec = make_spec(f, SB_JOB_SYNC, "good");
	struct sb_store *other = NULL;
	sb_autojson *where = NULL, *runs = NULL;
	int64_t token;
	char path[64];

	snprintf(path, sizeof(path), "%s/store.db", f->folder);
	where = json_pack("{s:s, s:s}", "kind", "sqlite", "path", path);
	assert_int_equal(sb_store_open(where, &other, &f->err), 0);
	assert_int_equal(sb_store_lease_take(other, "endpoint:lab", &token, &f->err), 0);
	assert_int_equal(run_job(f, &spec), SB_E_BUSY);
	assert_int_equal(sb_exit_of(&f->err), SB_EXIT_BUSY);
	assert_int_equal(sb_store_run_list(f->store, NULL, 0, &runs, &f->err), 0);
	assert_int_equal(json_array_size(runs), 0);
	sb_store_close(other);
}

static void a_missing_program_is_an_error(void **state)
{
	struct fixture *f = *state;
	struct sb_job_spec spec = make_spec(f, SB_JOB_SYNC, "good");
	sb_autojson *row = NULL;

	assert_int_equal(
		sb_job_execute_program("/nowhere/job", f->store, &spec, &f->result, &f->err),
		SB_E_STATE);
	assert_contains(f->err.text, "/nowhere/job");
	row = last_run(f);
	assert_string_equal(sb_json_str(row, "status"), "failed");
}

static void a_recording_contains_inputs_and_answers_but_no_secret(void **state)
{
	struct fixture *f = *state;
	struct sb_job_spec spec = make_spec(f, SB_JOB_PLAN, "recorded");
	sb_autofree char *text = NULL;
	const json_t *inputs;

	spec.on_recorded = on_recorded;
	assert_int_equal(run_job(f, &spec), 0);
	assert_int_equal(json_array_size(f->recorded), 3);
	inputs = json_object_get(json_array_get(f->recorded, 0), "inputs");
	assert_int_equal(
		json_array_size(json_object_get(json_object_get(inputs, "conf"), "endpoints")), 1);
	assert_non_null(json_object_get(inputs, "now_s"));
	assert_string_equal(sb_json_str(json_array_get(f->recorded, 2), "path"), "/status");
	text = json_dumps(f->recorded, 0);
	assert_null(strstr(text, "secret"));
	assert_null(strstr(text, f->folder));
}

static void a_replay_gets_the_recorded_inputs(void **state)
{
	struct fixture *f = *state;
	struct sb_job_spec spec = make_spec(f, SB_JOB_PLAN, "counts");
	sb_autojson *lines = json_pack("[{s:s}, {s:s}]", "path", "/a", "path", "/b");
	sb_autojson *inputs = json_pack("{s:i, s:s, s:{s:{s:s}}}", "now_s", 1234, "identity",
					"node:z", "applied", "lab/1", "name", "x");
	const json_t *task;
	int64_t value = 0;

	spec.replay = lines;
	spec.replay_inputs = inputs;
	assert_int_equal(run_job(f, &spec), 0);
	assert_int_equal(sb_json_int(f->result.plan, "replayed", &value), 0);
	assert_int_equal(value, 2);
	assert_int_equal(sb_json_int(f->result.plan, "applied", &value), 0);
	assert_int_equal(value, 1);
	task = json_object_get(json_object_get(f->result.plan, "task"), "task");
	assert_int_equal(sb_json_int(task, "replay_wall_s", &value), 0);
	assert_int_equal(value, 1234);
	assert_string_equal(sb_json_str(task, "identity"), "node:z");
}

static void apply_document(struct fixture *f, const char *part)
{
	struct sb_job_spec spec = make_spec(f, SB_JOB_APPLY, part);
	sb_autojson *plan = json_pack("{s:[], s:{s:s, s:s}, s:[s]}", "ops", "hashes", "plan", "aa",
				      "document", "bb", "changed", "program");

	spec.plan = plan;
	assert_int_equal(run_job(f, &spec), 0);
}

static void assert_names_document(struct fixture *f)
{
	sb_autojson *row = last_run(f);
	const json_t *plan = json_object_get(json_object_get(row, "record"), "plan");

	assert_string_equal(sb_json_str(plan, "document"), "bb");
	assert_string_equal(sb_json_str(plan, "plan"), "aa");
	assert_int_equal(json_array_size(json_object_get(plan, "changed")), 1);
}

static void the_record_of_an_apply_names_its_document(void **state)
{
	struct fixture *f = *state;

	apply_document(f, "good");
	assert_string_equal(f->result.status, "ok");
	assert_names_document(f);
}

static void so_does_the_record_of_an_apply_that_died(void **state)
{
	struct fixture *f = *state;

	apply_document(f, "crash");
	assert_string_equal(f->result.status, "failed");
	assert_names_document(f);
}

static void the_result_has_the_files_of_the_modules_and_the_clock_of_the_job(void **state)
{
	struct fixture *f = *state;

	sync_part(f, "first-dies");
	assert_string_equal(sb_json_str(f->result.files, "cluster"), "aa");
	assert_true(f->result.now_s >= 1700000000);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_good_job_is_stored_and_acknowledged),
		T(the_lease_is_released_after_a_crash),
		T(signal_handlers_of_the_process_are_unchanged),
		T(a_job_that_reads_nothing_raises_no_signal),
		T(a_crash_is_recorded_with_signal_stage_and_module),
		T(a_crash_between_stages_keeps_the_finished_stages),
		T(a_crash_before_the_first_stage_is_recorded),
		T(a_job_that_exits_without_an_end_event_has_failed),
		T(a_malformed_line_kills_the_job),
		T(a_job_past_its_deadline_is_killed),
		T(a_job_that_ignores_the_stop_is_killed),
		T(a_job_above_its_limit_of_cpu_time_is_reported),
		T(a_stop_cancels_the_run),
		T(a_request_without_an_answer_stays_open),
		T(a_plan_writes_nothing_to_the_store),
		T(a_plan_that_announces_a_write_is_killed),
		T(a_key_for_another_object_forgets_the_values_of_the_former_one),
		T(many_applied_values_are_sent_to_the_job),
		T(many_events_are_received),
		T(a_job_inherits_its_pipes_and_its_lease_and_no_core_file),
		T(a_child_that_a_job_leaves_behind_does_not_delay_the_parent),
		T(the_error_of_the_job_is_the_error_of_the_run),
		T(a_busy_endpoint_is_refused_without_a_run),
		T(a_missing_program_is_an_error),
		T(a_recording_contains_inputs_and_answers_but_no_secret),
		T(a_replay_gets_the_recorded_inputs),
		T(the_record_of_an_apply_names_its_document),
		T(so_does_the_record_of_an_apply_that_died),
		T(the_result_has_the_files_of_the_modules_and_the_clock_of_the_job),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
