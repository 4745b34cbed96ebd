/* SPDX-License-Identifier: Apache-2.0 */
/* The parent keeps each step of a branch of NetBox before the job takes it, and the values that
 * were applied in it apart from those of main. */
#include "test_parent_fixture.h"

#include "model/apart.h"

static json_t *make_settings(void)
{
	return json_pack("{s:s, s:s}", "mode", "required", "prefix", "stagebox");
}

/* Runs a part of job.sh as a sync of one module into a branch. */
static void run_part(struct fixture *f, const char *part)
{
	struct sb_job_spec spec = make_spec(f, SB_JOB_SYNC, part);
	sb_autojson *settings = make_settings(), *modules = json_pack("[s]", "cluster");

	spec.branch = settings;
	spec.modules = modules;
	assert_int_equal(run_job(f, &spec), 0);
}

static json_t *list_branches(struct fixture *f)
{
	json_t *branches = NULL;

	assert_int_equal(sb_store_branch_list(f->store, "lab", &branches, &f->err), 0);
	return branches;
}

static int count_main(void *arg, const char *key, const char *text)
{
	(void)key;
	(void)text;
	++*(size_t *)arg;
	return 0;
}

static int count_branch(void *arg, const char *key, const char *text, bool replaces)
{
	(void)replaces;
	return count_main(arg, key, text);
}

static size_t values_of_main(struct fixture *f)
{
	size_t n = 0;

	assert_int_equal(sb_store_applied_each(f->store, "lab", count_main, &n, &f->err), 0);
	return n;
}

static size_t values_of_branch(struct fixture *f)
{
	size_t n = 0;

	assert_int_equal(sb_store_branch_applied_each(f->store, "lab", "ab12cd34", count_branch, &n,
						      &f->err),
			 0);
	return n;
}

static void what_is_applied_in_a_branch_is_of_main_when_it_is_merged(void **state)
{
	struct fixture *f = *state;
	sb_autojson *branches = NULL;

	run_part(f, "branch");
	assert_string_equal(f->result.status, "ok");
	assert_int_equal(values_of_main(f), 1);
	branches = list_branches(f);
	assert_string_equal(sb_json_str(json_array_get(branches, 0), "step"), "merged");
}

static void what_is_applied_in_an_open_branch_is_not_of_main(void **state)
{
	struct fixture *f = *state;
	sb_autojson *branches = NULL;
	const json_t *branch;

	run_part(f, "branch-open");
	assert_int_equal(values_of_main(f), 0);
	assert_int_equal(values_of_branch(f), 2);
	branches = list_branches(f);
	branch = json_array_get(branches, 0);
	assert_string_equal(sb_json_str(branch, "step"), "open");
	assert_string_equal(sb_json_str(branch, "schema"), "ab12cd34");
	assert_string_equal(
		json_string_value(json_array_get(json_object_get(branch, "modules"), 0)),
		"cluster");
	assert_string_equal(sb_json_str(json_object_get(branch, "settings"), "prefix"), "stagebox");
}

static void the_next_job_gets_branches_and_their_values(void **state)
{
	struct fixture *f = *state;
	struct sb_job_spec spec = make_spec(f, SB_JOB_SYNC, "counts");
	const json_t *task;

	run_part(f, "branch-open");
	sb_job_result_finish(&f->result);
	assert_int_equal(run_job(f, &spec), 0);
	task = json_object_get(json_object_get(f->result.plan, "task"), "task");
	assert_int_equal(json_array_size(json_object_get(task, "branches")), 1);
	assert_true(json_is_null(json_object_get(task, "branch")));
	assert_true(json_is_null(json_object_get(task, "modules")));
}

static void a_job_has_no_branch_but_its_own_and_those_of_its_task(void **state)
{
	static const char *const parts[] = {"branch-run", "branch-name", "branch-schema",
					    "branch-early", "branch-step"};
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(parts); i++) {
		sb_autojson *branches = NULL;

		run_part(f, parts[i]);
		if (!sb_streq(f->result.status, "failed"))
			fail_msg("%s: %s", parts[i], f->result.status);
		branches = list_branches(f);
		assert_int_equal(json_array_size(branches), 0);
		sb_job_result_finish(&f->result);
	}
}

static void a_job_to_main_has_no_branch(void **state)
{
	struct fixture *f = *state;
	struct sb_job_spec spec = make_spec(f, SB_JOB_SYNC, "branch");

	assert_int_equal(run_job(f, &spec), 0);
	assert_string_equal(f->result.status, "failed");
	assert_non_null(strstr(f->result.err.text, "not among those of this job"));
}

static void a_plan_changes_no_branch(void **state)
{
	struct fixture *f = *state;
	struct sb_job_spec spec = make_spec(f, SB_JOB_PLAN, "branch");
	sb_autojson *settings = make_settings();

	spec.branch = settings;
	assert_int_equal(run_job(f, &spec), 0);
	assert_string_equal(f->result.status, "failed");
	assert_non_null(strstr(f->result.err.text, "plan mode"));
}

static void the_record_of_a_job_that_died_names_its_branch(void **state)
{
	struct fixture *f = *state;
	sb_autojson *open = NULL;
	const json_t *branch;

	run_part(f, "branch-dies");
	branch = json_object_get(f->result.record, "branch");
	assert_string_equal(sb_json_str(branch, "name"), "stagebox-1");
	assert_string_equal(sb_json_str(branch, "state"), "writes");
	assert_int_equal(sb_store_request_open(f->store, "lab", 0, &open, &f->err), 0);
	assert_string_equal(sb_json_str(json_array_get(open, 0), "schema"), "ab12cd34");
}

/* The store has the fact, or not, after a job that sends an answer. */
static char *read_answer(struct fixture *f, enum sb_job_mode mode, const char *endpoint)
{
	struct sb_job_spec spec = make_spec(f, mode, "apart");
	char *text = NULL;

	spec.endpoint = endpoint;
	sb_job_result_finish(&f->result);
	assert_int_equal(run_job(f, &spec), 0);
	assert_int_equal(sb_store_fact_get(f->store, SB_APART_FACT, &text, &f->err), 0);
	return text;
}

static void only_a_trial_finds_out_whether_branches_keep_custom_objects_apart(void **state)
{
	struct fixture *f = *state;
	sb_autofree char *of_sync = read_answer(f, SB_JOB_SYNC, "lab"), *of_trial = NULL;

	assert_null(of_sync);
	assert_string_equal(f->result.status, "failed");
	of_trial = read_answer(f, SB_JOB_TRIAL, "");
	assert_string_equal(f->result.status, "ok");
	assert_string_equal(of_trial, "{\"apart\":true,\"branching\":\"1.2.2\",\"netbox\":"
				      "\"9d1f\",\"objects\":\"0.7.1\"}");
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_is_applied_in_a_branch_is_of_main_when_it_is_merged),
		T(what_is_applied_in_an_open_branch_is_not_of_main),
		T(the_next_job_gets_branches_and_their_values),
		T(a_job_has_no_branch_but_its_own_and_those_of_its_task),
		T(a_job_to_main_has_no_branch),
		T(a_plan_changes_no_branch),
		T(only_a_trial_finds_out_whether_branches_keep_custom_objects_apart),
		T(the_record_of_a_job_that_died_names_its_branch),
	};

	return cmocka_run_group_tests_name("parent_branch", tests, NULL, NULL);
}
