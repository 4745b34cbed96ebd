/* SPDX-License-Identifier: Apache-2.0 */
/* Branches of NetBox: which requests carry the header, and what the plugin's answers mean. Their
 * forms are those that netbox-branching 1.2.2 was seen to give. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "netbox/branch.h"
#include "netbox/branch_header.h"
#include "netbox/client_priv.h"
#include "stagebox/json.h"
#include "test_netbox_session.h"

#define BRANCH_5                                                                                   \
	"{\"id\":5,\"name\":\"stagebox-7\",\"status\":{\"value\":\"ready\",\"label\":\"Ready\"},"  \
	"\"schema_id\":\"ab12cd34\",\"merged_time\":null}"
#define TEXT_PAGE "text/html; charset=utf-8"

struct state {
	struct fake_io *fake;
	struct sb_http *http;
	struct sb_netbox *netbox;
	struct sb_netbox_branch branch;
	struct sb_error err;
};

static int setup(void **ret_state)
{
	struct state *state = calloc(1, sizeof(*state));

	session_open(&state->fake, &state->http, &state->netbox);
	*ret_state = state;
	return 0;
}

static int teardown(void **state_arg)
{
	struct state *state = *state_arg;

	session_close(state->fake, state->http, state->netbox);
	free(state);
	return 0;
}

static void answer_text(struct state *state, const char *method, const char *path, const char *text)
{
	const struct fake_answer answer = {.method = method,
					   .path = path,
					   .status = 400,
					   .body = text,
					   .type = TEXT_PAGE,
					   .times = 1};

	fake_io_add(state->fake, &answer);
}

/* The headers of a read of this path. */
static const char *headers_of(struct state *state, const char *path)
{
	size_t at = fake_io_count(state->fake);
	json_t *data = NULL;

	fake_io_once(state->fake, "GET", path, 200, "{}");
	assert_int_equal(sb_netbox_get_wait(state->netbox, path, &data, NULL), 0);
	json_decref(data);
	return fake_io_headers(state->fake, at);
}

static void on_written(void *arg, const struct sb_netbox_written *written)
{
	struct sb_netbox_written *copy = arg;

	copy->outcome = written->outcome;
	copy->why = written->why;
}

static struct sb_netbox_written write_sites(struct state *state)
{
	struct sb_netbox_written written = {0};
	json_t *body = json_pack("[{s:s}]", "name", "a");

	assert_int_equal(sb_netbox_write(state->netbox, "POST", "dcim/sites", "", body, on_written,
					 &written, NULL),
			 0);
	json_decref(body);
	while (sb_http_outstanding(state->http))
		assert_int_equal(sb_http_turn(state->http, 60000, NULL), 0);
	return written;
}

static void reads_and_writes_of_objects_carry_the_schema_id(void **arg)
{
	struct state *state = *arg;
	json_t *rows = NULL;

	assert_int_equal(sb_netbox_use_branch(state->netbox, "ab12cd34", NULL), 0);
	fake_io_once(state->fake, "POST", "/api/dcim/sites/", 201, "[{\"id\":1}]");
	assert_int_equal(write_sites(state).outcome, SB_NETBOX_DONE);
	assert_string_equal(fake_io_headers(state->fake, 0), "X-NetBox-Branch: ab12cd34");
	assert_string_equal(headers_of(state, "/api/virtualization/clusters/?limit=1"),
			    "X-NetBox-Branch: ab12cd34");
	assert_string_equal(headers_of(state, "/api/plugins/custom-objects/stagebox-osd/?limit=1"),
			    "X-NetBox-Branch: ab12cd34");
	fake_io_once(state->fake, "GET", "/api/dcim/sites/?limit=100&ordering=id", 200,
		     "{\"count\":0,\"next\":null,\"results\":[]}");
	assert_int_equal(sb_netbox_list_wait(state->netbox, "dcim/sites", "", "", &rows, NULL), 0);
	json_decref(rows);
	assert_string_equal(fake_io_headers(state->fake, 3), "X-NetBox-Branch: ab12cd34");
}

static void what_is_kept_in_main_alone_is_asked_without_the_header(void **arg)
{
	static const char *const paths[] = {
		"/api/status/",
		"/api/core/jobs/7/",
		"/api/core/object-changes/?limit=1",
		"/api/users/tokens/",
		"/api/plugins/branching/branches/5/",
		"/api/extras/custom-fields/?name=stagebox_key",
		"/api/extras/custom-field-choice-sets/",
		"/api/extras/custom-links/",
		"/api/plugins/custom-objects/schema/export/",
		"/api/plugins/custom-objects/custom-object-types/?slug=a",
		"/api/plugins/custom-objects/custom-object-type-fields/",
	};
	struct state *state = *arg;
	size_t i;

	assert_int_equal(sb_netbox_use_branch(state->netbox, "ab12cd34", NULL), 0);
	for (i = 0; i < SB_ARRAY_LEN(paths); i++)
		assert_string_equal(headers_of(state, paths[i]), "");
}

#define SITES "/api/dcim/sites/?limit=1&fields=id"

static void a_header_that_netbox_does_not_see_is_noticed_before_a_write(void **arg)
{
	struct state *state = *arg;

	answer_text(state, "GET", SITES, "Invalid branch identifier");
	assert_int_equal(sb_netbox_branch_prove(state->netbox, &state->err), 0);
	assert_string_equal(fake_io_headers(state->fake, 0), "X-NetBox-Branch: 00000000");
	fake_io_once(state->fake, "GET", SITES, 200, "{\"count\":0,\"results\":[]}");
	assert_int_equal(sb_netbox_branch_prove(state->netbox, &state->err), SB_E_STATE);
	assert_non_null(strstr(state->err.text, "header X-NetBox-Branch does not arrive"));
	fake_io_once(state->fake, "GET", SITES, 403, "{\"detail\":\"no\"}");
	assert_int_equal(sb_netbox_branch_prove(state->netbox, &state->err), SB_E_STATE);
	fake_io_once(state->fake, "GET", SITES, 401, "{\"detail\":\"no\"}");
	assert_int_equal(sb_netbox_branch_prove(state->netbox, &state->err), SB_E_AUTH);
	assert_string_equal(headers_of(state, "/api/dcim/sites/?limit=2"), "");
}

static void a_plugin_whose_merges_lose_values_is_refused(void **arg)
{
	static const char *const old[] = {"0.8.0", "1.0.4", "1.1", "1.1.2"};
	static const char *const good[] = {"1.1.3", "1.1.10", "1.2.0", "1.2.2", "2.0"};
	struct sb_branch_lack lack;
	size_t i;

	(void)arg;
	for (i = 0; i < SB_ARRAY_LEN(old); i++) {
		struct sb_netbox_caps caps = {.workers = 1};

		snprintf(caps.branching_version, sizeof(caps.branching_version), "%s", old[i]);
		assert_true(sb_netbox_lacks_branches(&caps, &lack));
		assert_int_equal(lack.code, SB_E_CONFIG);
	}
	for (i = 0; i < SB_ARRAY_LEN(good); i++) {
		struct sb_netbox_caps caps = {.workers = 1};

		snprintf(caps.branching_version, sizeof(caps.branching_version), "%s", good[i]);
		assert_false(sb_netbox_lacks_branches(&caps, &lack));
	}
}

static void an_answer_about_another_branch_is_not_ours(void **arg)
{
	struct state *state = *arg;

	fake_io_once(state->fake, "POST", "/api/plugins/branching/branches/", 201, BRANCH_5);
	assert_int_equal(sb_netbox_branch_create(state->netbox, "stagebox-8", "about",
						 &state->branch, &state->err),
			 SB_E_SHAPE);
}

static void without_a_branch_nothing_carries_the_header(void **arg)
{
	struct state *state = *arg;

	assert_string_equal(headers_of(state, "/api/dcim/sites/1/"), "");
	assert_int_equal(sb_netbox_use_branch(state->netbox, "ab12cd34", NULL), 0);
	assert_int_equal(sb_netbox_use_branch(state->netbox, "", NULL), 0);
	assert_string_equal(headers_of(state, "/api/dcim/sites/2/"), "");
}

static void a_schema_id_that_could_be_another_header_is_refused(void **arg)
{
	struct state *state = *arg;

	assert_int_equal(sb_netbox_use_branch(state->netbox, "ab\nX-Evil: 1", NULL), SB_E_ARG);
	assert_int_equal(sb_netbox_use_branch(state->netbox, "AB12", NULL), SB_E_ARG);
	assert_int_equal(sb_netbox_use_branch(state->netbox, "abcdefghabcdefghabcdefgh", NULL),
			 SB_E_ARG);
	fake_io_once(state->fake, "GET", "/api/plugins/branching/branches/5/", 200,
		     "{\"id\":5,\"name\":\"x\",\"status\":{\"value\":\"ready\"},"
		     "\"schema_id\":\"ab\\nX-Evil: 1\"}");
	assert_int_equal(sb_netbox_branch_read(state->netbox, 5, &state->branch, NULL), SB_E_SHAPE);
}

static void a_created_branch_has_id_schema_and_status(void **arg)
{
	struct state *state = *arg;

	fake_io_once(state->fake, "POST", "/api/plugins/branching/branches/", 201, BRANCH_5);
	assert_int_equal(
		sb_netbox_branch_create(state->netbox, "stagebox-7", "run 7", &state->branch, NULL),
		0);
	assert_int_equal(state->branch.id, 5);
	assert_string_equal(state->branch.name, "stagebox-7");
	assert_string_equal(state->branch.schema, "ab12cd34");
	assert_string_equal(state->branch.status, "ready");
	assert_string_equal(state->branch.merged, "");
	assert_string_equal(fake_io_body(state->fake, 0),
			    "{\"description\":\"run 7\",\"name\":\"stagebox-7\"}");
}

static void a_name_that_is_taken_is_a_conflict_and_a_full_netbox_is_not(void **arg)
{
	struct state *state = *arg;

	fake_io_once(state->fake, "POST", "/api/plugins/branching/branches/", 400,
		     "{\"name\":[\"branch with this name already exists.\"]}");
	assert_int_equal(
		sb_netbox_branch_create(state->netbox, "a", "", &state->branch, &state->err),
		SB_E_CONFLICT);
	assert_non_null(strstr(state->err.text, "already exists"));
	fake_io_once(state->fake, "POST", "/api/plugins/branching/branches/", 400,
		     "{\"__all__\":[\"The configured maximum number of working branches (2) "
		     "cannot be exceeded.\"]}");
	assert_int_equal(
		sb_netbox_branch_create(state->netbox, "a", "", &state->branch, &state->err),
		SB_E_HTTP);
	assert_non_null(strstr(state->err.text, "cannot be exceeded"));
}

static void a_create_is_never_sent_twice(void **arg)
{
	struct state *state = *arg;
	const struct fake_answer answer = {.method = "POST",
					   .path = "/api/plugins/branching/branches/",
					   .err = SB_E_NET,
					   .retryable = true};

	fake_io_add(state->fake, &answer);
	assert_int_equal(
		sb_netbox_branch_create(state->netbox, "a", "", &state->branch, &state->err),
		SB_E_NET);
	assert_int_equal(fake_io_count(state->fake), 1);
}

static void a_branch_is_found_by_its_whole_name_alone(void **arg)
{
	struct state *state = *arg;

	fake_io_once(state->fake, "GET", "/api/plugins/branching/branches/?limit=100&name=stage*",
		     200, "{\"count\":1,\"results\":[" BRANCH_5 "]}");
	assert_int_equal(sb_netbox_branch_find(state->netbox, "stagebox-7", &state->branch, NULL),
			 0);
	fake_io_once(state->fake, "GET", "/api/plugins/branching/branches/?limit=100&name=stage*",
		     200, "{\"count\":1,\"results\":[" BRANCH_5 "]}");
	assert_int_equal(sb_netbox_branch_find(state->netbox, "stagebox", &state->branch, NULL),
			 SB_E_NOTFOUND);
}

static void a_branch_that_is_gone_is_deleted(void **arg)
{
	struct state *state = *arg;

	fake_io_once(state->fake, "DELETE", "/api/plugins/branching/branches/5/", 204, "");
	assert_int_equal(sb_netbox_branch_delete(state->netbox, 5, NULL), 0);
	fake_io_once(state->fake, "DELETE", "/api/plugins/branching/branches/5/", 404,
		     "{\"detail\":\"No Branch matches the given query.\"}");
	assert_int_equal(sb_netbox_branch_delete(state->netbox, 5, NULL), 0);
}

static void a_merge_sends_booleans_and_gives_its_job(void **arg)
{
	struct state *state = *arg;
	json_t *conflicts = NULL;
	int64_t job = 0;

	fake_io_once(state->fake, "POST", "/api/plugins/branching/branches/5/merge/", 200,
		     "{\"id\":31,\"status\":{\"value\":\"pending\"}}");
	assert_int_equal(
		sb_netbox_branch_act(state->netbox, 5, "merge", true, &job, &conflicts, NULL), 0);
	assert_int_equal(job, 31);
	assert_null(conflicts);
	assert_string_equal(fake_io_body(state->fake, 0),
			    "{\"acknowledge_conflicts\":true,\"commit\":true}");
}

static void conflicts_of_a_merge_are_handed_over(void **arg)
{
	struct state *state = *arg;
	json_t *conflicts = NULL;
	int64_t job = 0;

	fake_io_once(state->fake, "POST", "/api/plugins/branching/branches/5/merge/", 409,
		     "{\"detail\":\"All conflicts must be acknowledged before this action can "
		     "proceed.\",\"conflicts\":[{\"id\":6,\"object_type\":\"dcim.device\"}]}");
	assert_int_equal(sb_netbox_branch_act(state->netbox, 5, "merge", false, &job, &conflicts,
					      &state->err),
			 SB_E_CONFLICT);
	assert_int_equal(json_array_size(conflicts), 1);
	json_decref(conflicts);
}

static void an_action_that_does_not_fit_the_status_is_an_error_of_its_own(void **arg)
{
	struct state *state = *arg;
	json_t *conflicts = NULL;
	int64_t job = 0;

	answer_text(state, "POST", "/api/plugins/branching/branches/5/revert/",
		    "Only merged branches can be reverted.");
	assert_int_equal(sb_netbox_branch_act(state->netbox, 5, "revert", false, &job, &conflicts,
					      &state->err),
			 SB_E_STATE);
	assert_non_null(strstr(state->err.text, "Only merged branches can be reverted."));
	assert_string_equal(fake_io_body(state->fake, 0), "{\"commit\":true}");
}

static void a_write_into_a_branch_that_people_merged_is_denied_and_says_so(void **arg)
{
	struct state *state = *arg;
	struct sb_netbox_written written;

	assert_int_equal(sb_netbox_use_branch(state->netbox, "ab12cd34", NULL), 0);
	answer_text(state, "POST", "/api/dcim/sites/", "Selected branch is not ready.");
	written = write_sites(state);
	assert_int_equal(written.outcome, SB_NETBOX_DENIED);
	assert_int_equal(written.why.code, SB_E_CONFLICT);
	assert_non_null(strstr(written.why.text, "Selected branch is not ready."));
}

static void the_newest_job_of_the_branch_is_found_whatever_filters_netbox_ignores(void **arg)
{
	struct state *state = *arg;
	struct sb_netbox_job job = {0};

	fake_io_once(state->fake, "GET", "/api/core/jobs/?limit=100&ordering=-id*", 200,
		     "{\"count\":2,\"results\":["
		     "{\"id\":9,\"object_type\":\"netbox_branching.branch\",\"object_id\":4,"
		     "\"status\":{\"value\":\"running\"}},"
		     "{\"id\":8,\"object_type\":\"netbox_branching.branch\",\"object_id\":5,"
		     "\"status\":{\"value\":\"errored\"},\"error\":\"name must be unique\"}]}");
	assert_int_equal(sb_netbox_job_find(state->netbox, 5, &job, NULL), 0);
	assert_int_equal(job.id, 8);
	assert_string_equal(job.error, "name must be unique");
	assert_true(sb_netbox_job_is_over(&job));
	fake_io_once(state->fake, "GET", "/api/core/jobs/?limit=100&ordering=-id*", 200,
		     "{\"count\":0,\"results\":[]}");
	assert_int_equal(sb_netbox_job_find(state->netbox, 5, &job, NULL), SB_E_NOTFOUND);
}

static void the_status_names_the_plugin_and_counts_its_workers(void **arg)
{
	struct state *state = *arg;

	fake_io_once(state->fake, "GET", "/api/status/", 200,
		     "{\"netbox-version\":\"4.7.3\",\"plugins\":{\"netbox_branching\":\"1.2.2\"},"
		     "\"rq-workers-running\":2}");
	fake_io_once(state->fake, "GET", "/api/virtualization/", 200, "{}");
	assert_int_equal(sb_netbox_open(state->netbox, NULL), 0);
	assert_string_equal(sb_netbox_caps(state->netbox)->branching_version, "1.2.2");
	assert_int_equal(sb_netbox_caps(state->netbox)->workers, 2);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(reads_and_writes_of_objects_carry_the_schema_id),
		T(what_is_kept_in_main_alone_is_asked_without_the_header),
		T(a_header_that_netbox_does_not_see_is_noticed_before_a_write),
		T(a_plugin_whose_merges_lose_values_is_refused),
		T(an_answer_about_another_branch_is_not_ours),
		T(without_a_branch_nothing_carries_the_header),
		T(a_schema_id_that_could_be_another_header_is_refused),
		T(a_created_branch_has_id_schema_and_status),
		T(a_name_that_is_taken_is_a_conflict_and_a_full_netbox_is_not),
		T(a_create_is_never_sent_twice),
		T(a_branch_is_found_by_its_whole_name_alone),
		T(a_branch_that_is_gone_is_deleted),
		T(a_merge_sends_booleans_and_gives_its_job),
		T(conflicts_of_a_merge_are_handed_over),
		T(an_action_that_does_not_fit_the_status_is_an_error_of_its_own),
		T(a_write_into_a_branch_that_people_merged_is_denied_and_says_so),
		T(the_newest_job_of_the_branch_is_found_whatever_filters_netbox_ignores),
		T(the_status_names_the_plugin_and_counts_its_workers),
	};

	return cmocka_run_group_tests_name("netbox_branch", tests, NULL, NULL);
}
