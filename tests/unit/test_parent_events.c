/* SPDX-License-Identifier: Apache-2.0 */
/* The parent believes no event of a job, because a job runs code of modules; and it holds the lease
 * of shared objects for it. */
#include "test_parent_fixture.h"

/* Each part of the scripted job sends something that only broken or hostile code of a module could:
 * the run fails with the reason, and nothing of it is stored. */
static void an_event_that_no_honest_job_sends_ends_the_run(void **state)
{
	static const struct {
		const char *part, *reason;
	} cases[] = {
		{"two-ends", "after its last event"},
		{"plan-after-end", "after its last event"},
		{"two-plans", "a second plan"},
		{"settles-others", "request 1 of run 4711 is not among"},
		{"settles-itself", "is not among those that the job may settle"},
		{"huge-exit", "exit code 4294967296 does not belong"},
		{"failed-but-0", "exit code 0 does not belong to status \"failed\""},
		{"odd-status", "member \"status\" is not a word"},
		{"negative-id", "member \"id\" is missing or out of bounds"},
		{"foreign-key", "\"edge/qemu/1\" is not a key of endpoint \"lab\""},
		{"foreign-request", "\"edge/qemu/1\" is not a key of endpoint \"lab\""},
		{"foreign-miss", "\"edge/qemu/1\" is not a key of endpoint \"lab\""},
		{"foreign-delete", "\"edge/qemu/1\" is not a key of endpoint \"lab\""},
		{"foreign-agent", "\"edge/x/1\" is not a key of endpoint \"lab\""},
		{"odd-keys", "member \"keys\" is not a key"},
		{"odd-miss", "a key is empty or not printable"},
		{"odd-agent-key", "a key is empty or not printable"},
		{"odd-refusal", "a key is empty or not printable"},
		{"foreign-refusal", "\"edge/x\" is not a key of endpoint \"lab\""},
		{"odd-agent", "member \"agents\" has a row that is not valid"},
		{"odd-gone", "member \"kind\" is missing or not a text"},
		{"nameless-gone", "member \"name\" or \"why\" is not a text"},
		{"odd-seen", "a key in \"values\" is not a text"},
		{"prefix-key", "\"labour/qemu/1\" is not a key of endpoint \"lab\""},
		{"odd-method", "member \"method\" is not a word"},
		{"escapes", "member \"stage\" is empty, too long or not printable"},
		{"long-name", "member \"stage\" is empty, too long or not printable"},
		{"long-line", "an event of more than 16 MiB"},
		{"lease-outside", "no instance id of NetBox"},
		{"lease-twice", "may not ask for a lease twice"},
		{"asks", "a job with a network asked for an answer"},
		{"view-hint", "the job is not that of a view"},
	};
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(cases); i++) {
		sb_autofree char *identity = NULL;
		sb_autojson *misses = NULL, *agents = NULL;
		int n = 0;

		sync_part(f, cases[i].part);
		if (!strstr(f->result.err.text, cases[i].reason))
			fail_msg("%s: \"%s\"", cases[i].part, f->result.err.text);
		assert_string_equal(f->result.status, "failed");
		assert_int_equal(f->result.exit_code, SB_EXIT_FAILED);
		assert_int_equal(sb_store_fact_get(f->store, "identity:lab", &identity, &f->err),
				 0);
		assert_null(identity);
		assert_int_equal(sb_store_misses_get(f->store, "lab", &misses, &f->err), 0);
		assert_int_equal(json_object_size(misses), 0);
		assert_int_equal(sb_store_agents_get(f->store, "lab", &agents, &f->err), 0);
		assert_int_equal(json_object_size(agents), 0);
		assert_int_equal(sb_store_applied_each(f->store, "lab", count_applied, &n, &f->err),
				 0);
		assert_int_equal(n, 0);
		sb_job_result_finish(&f->result);
	}
}

static void run_view(struct fixture *f, const char *part)
{
	struct sb_job_spec spec = make_spec(f, SB_JOB_VIEW, part);

	sb_job_result_finish(&f->result);
	assert_int_equal(run_job(f, &spec), 0);
}

static void the_document_of_a_view_is_checked_again(void **state)
{
	static const struct {
		const char *part, *reason;
	} cases[] = {
		{"two-views", "a second answer"},
		{"odd-view", "tables[0]: row 0: it is not an array of 2 values"},
		{"no-view", "neither a document nor a hint"},
	};
	struct fixture *f = *state;
	size_t i;

	run_view(f, "view");
	assert_string_equal(f->result.status, "ok");
	assert_int_equal(f->result.run, 0);
	assert_int_equal(json_object_size(json_object_get(f->result.view, "document")), 2);
	run_view(f, "view-hint");
	assert_string_equal(sb_json_str(f->result.view, "hint"), " (did you mean \"a\"?)");
	for (i = 0; i < SB_ARRAY_LEN(cases); i++) {
		run_view(f, cases[i].part);
		assert_contains(f->result.err.text, cases[i].reason);
		assert_string_equal(f->result.status, "failed");
	}
}

static void an_error_of_a_job_has_no_control_characters(void **state)
{
	struct fixture *f = *state;

	sync_part(f, "colored-error");
	assert_string_equal(f->result.err.text, "red?[31m text ? and ?");
	assert_int_equal(f->result.err.code, SB_E_STATE);
}

static void the_lease_of_shared_objects_is_waited_for_and_given_back(void **state)
{
	struct fixture *f = *state;
	int64_t token = 0;

	sync_part(f, "lease");
	assert_string_equal(f->result.status, "ok");
	assert_int_equal(sb_store_lease_take(f->store, SB_STORE_SHARED "0-1", &token, &f->err), 0);
	sb_job_result_finish(&f->result);
	json_object_set_new(json_object_get(f->conf, "limits"), "wall_s", json_integer(1));
	sync_part(f, "lease"); /* waits until its deadline */
	assert_contains(f->result.err.text, "deadline");
}

/* A dead run may have left a request for shared objects under way: the next holder gets its time.
 */
static void the_next_holder_learns_of_unsettled_shared_requests(void **state)
{
	struct fixture *f = *state;
	sb_autojson *keys = json_pack("[s]", "shared/tag/prod");
	int64_t run = 0;

	assert_int_equal(sb_store_run_begin(f->store, "edge", "sync", 1000, &run, &f->err), 0);
	assert_int_equal(sb_store_request_begin(f->store, run, 1, "POST", "extras/tags", "tag",
						keys, 1000, &f->err),
			 0);
	assert_int_equal(sb_store_run_recover(f->store, "edge", 1234, &f->err), 1);
	sync_part(f, "lease-since");
	assert_string_equal(f->result.status, "ok");
	assert_string_equal(sb_json_str(f->result.plan, "line"), "lease:1234");
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(an_event_that_no_honest_job_sends_ends_the_run),
		T(the_document_of_a_view_is_checked_again),
		T(an_error_of_a_job_has_no_control_characters),
		T(the_lease_of_shared_objects_is_waited_for_and_given_back),
		T(the_next_holder_learns_of_unsettled_shared_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
