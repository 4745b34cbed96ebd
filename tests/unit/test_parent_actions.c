/* SPDX-License-Identifier: Apache-2.0 */
/* The parent gives the write token to a job that applies actions only, and checks what that sends.
 */
#include "test_parent_fixture.h"

/* A plan with an action, or without one. */
static json_t *make_plan(bool has_action)
{
	return json_pack("{s:{s:s}, s:[{s:s, s:s, s:s, s:s}]}", "hashes", "document", "d0", "ops",
			 "key", "lab/shelf/1", "kind", "vm", "verb",
			 has_action ? "start" : "update", has_action ? "system" : "stage",
			 has_action ? "pve" : "s");
}

static void apply_part(struct fixture *f, const char *part)
{
	struct sb_job_spec spec = make_spec(f, SB_JOB_APPLY, part);
	sb_autojson *plan = make_plan(true);

	spec.plan = plan;
	assert_int_equal(run_job(f, &spec), 0);
}

/* The endpoint in the configuration that a job got. Borrowed from the result. */
static const json_t *endpoint_of(struct fixture *f)
{
	const json_t *task = json_object_get(json_object_get(f->result.plan, "task"), "task");

	return json_array_get(json_object_get(json_object_get(task, "conf"), "endpoints"), 0);
}

static void only_a_job_that_applies_actions_gets_the_write_token(void **state)
{
	static const struct {
		enum sb_job_mode mode;
		bool has_plan, has_action, gets_it;
	} cases[] = {
		{SB_JOB_PLAN, false, false, false}, {SB_JOB_SYNC, false, false, false},
		{SB_JOB_APPLY, true, false, false}, {SB_JOB_APPLY, true, true, true},
		{SB_JOB_AUDIT, true, true, false},
	};
	struct fixture *f = *state;
	size_t i;

	json_object_set_new(json_array_get(json_object_get(f->conf, "endpoints"), 0), "write_token",
			    json_string("w@pve!w=1"));
	for (i = 0; i < SB_ARRAY_LEN(cases); i++) {
		struct sb_job_spec spec = make_spec(f, cases[i].mode, "counts");
		sb_autojson *plan = cases[i].has_plan ? make_plan(cases[i].has_action) : NULL;

		spec.plan = plan;
		assert_int_equal(run_job(f, &spec), 0);
		assert_non_null(endpoint_of(f));
		if ((json_object_get(endpoint_of(f), "write_token") != NULL) != cases[i].gets_it)
			fail_msg("case %zu", i);
		sb_job_result_finish(&f->result);
	}
}

static void an_action_is_in_the_journal_with_its_calls(void **state)
{
	struct fixture *f = *state;
	sb_autojson *rows = NULL;
	const json_t *row, *call;

	apply_part(f, "action");
	assert_string_equal(f->result.status, "ok");
	assert_int_equal(sb_store_action_list(f->store, "lab", "d0", &rows, &f->err), 0);
	row = json_array_get(rows, 0);
	assert_string_equal(sb_json_str(row, "state"), "done");
	assert_string_equal(sb_json_str(row, "cause"), "it runs");
	call = json_array_get(json_object_get(row, "calls"), 0);
	assert_string_equal(sb_json_str(call, "outcome"), "done");
	assert_string_equal(sb_json_str(call, "task"), "UPID:a");
	assert_string_equal(sb_json_str(call, "exit"), "OK");
}

static void a_job_that_applies_no_plan_has_no_actions(void **state)
{
	struct fixture *f = *state;

	sync_part(f, "action");
	assert_string_equal(f->result.status, "failed");
	assert_contains(f->result.err.text, "applies no plan");
}

static void an_action_event_that_no_honest_job_sends_ends_the_run(void **state)
{
	static const struct {
		const char *part, *reason;
	} cases[] = {
		{"action-foreign", "is not a key of endpoint \"lab\""},
		{"action-notes", "member \"notes\" is not an object"},
		{"call-unknown", "member \"call\" is not a word"},
		{"call-older", "member \"older\" has what is not a task"},
		{"call-foreign", "is not a key of endpoint \"lab\""},
		{"called-other", "is not among those that the job may settle"},
		{"called-word", "member \"outcome\" is not a word"},
		{"called-twice", "was never begun"},
		{"end-word", "member \"state\" is not a word"},
	};
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(cases); i++) {
		sb_autojson *rows = NULL, *open = NULL;

		apply_part(f, cases[i].part);
		if (!strstr(f->result.err.text, cases[i].reason))
			fail_msg("%s: \"%s\"", cases[i].part, f->result.err.text);
		assert_string_equal(f->result.status, "failed");
		assert_int_equal(sb_store_action_list(f->store, "lab", "d0", &rows, &f->err), 0);
		assert_int_equal(json_array_size(rows), 0);
		assert_int_equal(sb_store_call_open(f->store, "lab", &open, &f->err), 0);
		assert_int_equal(json_array_size(open), 0);
		sb_job_result_finish(&f->result);
	}
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(only_a_job_that_applies_actions_gets_the_write_token),
		T(an_action_is_in_the_journal_with_its_calls),
		T(a_job_that_applies_no_plan_has_no_actions),
		T(an_action_event_that_no_honest_job_sends_ends_the_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
