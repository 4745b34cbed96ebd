/* SPDX-License-Identifier: Apache-2.0 */
/* Several base URLs of one endpoint: which one is used, and what happens when it dies. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "fake_io.h"
#include "pve/client.h"
#include "pve/credentials.h"

#define VERSION "{\"data\":{\"version\":\"9.1.7\",\"release\":\"9.1\"}}"
#define STATUS(name)                                                                               \
	"{\"data\":[{\"type\":\"cluster\",\"name\":\"" name "\",\"quorate\":1},"                   \
	"{\"type\":\"node\",\"name\":\"pve1\"}]}"
#define KNOWN "cluster:prod1:pve1"

struct state {
	struct fake_io *fake;
	struct sb_http *http;
	struct sb_pve *pve;
	unsigned answers, failures;
	struct sb_error why;
};

static int setup(void **ret_state)
{
	struct state *state = calloc(1, sizeof(*state));

	state->fake = fake_io_create();
	assert_int_equal(sb_http_create(fake_io_io(state->fake), &state->http, NULL), 0);
	*ret_state = state;
	return 0;
}

static int teardown(void **state_arg)
{
	struct state *state = *state_arg;

	sb_pve_destroy(state->pve);
	sb_http_destroy(state->http);
	sb_io_destroy(fake_io_io(state->fake));
	free(state);
	return 0;
}

/* url from 1 */
static void contact_of(struct state *state, unsigned url, const char *status)
{
	static const char *const paths[] = {"/api2/json/version", "/api2/json/cluster/status",
					    "/api2/json/access/permissions"};
	const char *const bodies[] = {VERSION, status, "{\"data\":{}}"};
	size_t i;

	for (i = 0; i < 3; i++)
		fake_io_add(state->fake, &(struct fake_answer){"GET", paths[i], .status = 200,
							       .body = bodies[i], .url = url});
}

static void script_dead(struct state *state, unsigned url, const char *path)
{
	fake_io_add(state->fake, &(struct fake_answer){"GET", path, .err = SB_E_NET,
						       .not_sent = true, .url = url});
}

static int open_with(struct state *state, const char *pinned, unsigned n_urls, struct sb_error *err)
{
	assert_int_equal(sb_pve_create(state->http, "lab", pinned, n_urls, &state->pve, NULL), 0);
	return sb_pve_open(state->pve, err);
}

static void on_done(void *arg, const json_t *data, const struct sb_error *why)
{
	struct state *state = arg;

	state->answers++;
	state->failures += data == NULL;
	if (why)
		state->why = *why;
}

static void get_path(struct state *state, const char *path)
{
	assert_int_equal(sb_pve_get(state->pve, SB_PVE_INLINE, path, on_done, state, NULL), 0);
}

static void finish_all(struct state *state)
{
	unsigned turns = 0;

	while (sb_http_outstanding(state->http)) {
		assert_int_equal(sb_http_turn(state->http, 60000, NULL), 0);
		assert_true(turns++ < 1000);
	}
}

static void a_url_of_another_cluster_is_skipped_for_the_next(void **arg)
{
	struct state *state = *arg;

	contact_of(state, 1, STATUS("other"));
	contact_of(state, 2, STATUS("prod1"));
	assert_int_equal(open_with(state, KNOWN, 2, NULL), 0);
	assert_int_equal(sb_pve_url(state->pve), 1);
	assert_string_equal(sb_pve_identity(state->pve), KNOWN);
}

static void when_no_url_is_ours_another_cluster_weighs_more_than_a_dead_one(void **arg)
{
	struct state *state = *arg;
	struct sb_error err = SB_ERROR_INIT;

	contact_of(state, 1, STATUS("other"));
	script_dead(state, 2, "*");
	assert_int_equal(open_with(state, KNOWN, 2, &err), SB_E_REFUSED);
	assert_non_null(strstr(err.text, "another cluster answers"));
}

static void a_url_that_dies_during_a_run_is_replaced_by_the_next(void **arg)
{
	struct state *state = *arg;

	contact_of(state, 1, STATUS("prod1"));
	contact_of(state, 2, STATUS("prod1"));
	script_dead(state, 1, "*");
	fake_io_add(state->fake, &(struct fake_answer){"GET", "*", .status = 200,
						       .body = "{\"data\":[]}", .url = 2});
	assert_int_equal(open_with(state, "", 2, NULL), 0);
	get_path(state, "/x");
	get_path(state, "/y");
	get_path(state, "/x");
	finish_all(state);
	assert_int_equal(state->answers, 3);
	assert_int_equal(state->failures, 0);
	assert_int_equal(sb_pve_url(state->pve), 1);
	get_path(state, "/z");
	finish_all(state);
	assert_int_equal(fake_io_url(state->fake, fake_io_count(state->fake) - 1), 1);
	assert_int_equal(state->failures, 0);
}

static void during_a_run_another_cluster_is_not_used_and_gets_no_ask(void **arg)
{
	struct state *state = *arg;
	size_t i;

	contact_of(state, 1, STATUS("prod1"));
	contact_of(state, 2, STATUS("other"));
	script_dead(state, 1, "*");
	fake_io_add(state->fake, &(struct fake_answer){"GET", "*", .status = 200,
						       .body = "{\"data\":[]}", .url = 2});
	assert_int_equal(open_with(state, "", 2, NULL), 0);
	get_path(state, "/x");
	finish_all(state);
	assert_int_equal(state->failures, 1);
	assert_int_equal(state->why.code, SB_E_NET);
	assert_int_equal(sb_pve_url(state->pve), 0);
	for (i = 0; i < fake_io_count(state->fake); i++)
		if (fake_io_url(state->fake, i) == 1)
			assert_string_equal(fake_io_request(state->fake, i),
					    "GET /api2/json/cluster/status");
}

static void the_third_url_is_taken_when_the_second_is_dead_too(void **arg)
{
	struct state *state = *arg;

	contact_of(state, 1, STATUS("prod1"));
	contact_of(state, 3, STATUS("prod1"));
	script_dead(state, 1, "*");
	script_dead(state, 2, "*");
	fake_io_add(state->fake, &(struct fake_answer){"GET", "*", .status = 200,
						       .body = "{\"data\":[]}", .url = 3});
	assert_int_equal(open_with(state, "", 3, NULL), 0);
	get_path(state, "/x");
	finish_all(state);
	assert_int_equal(state->failures, 0);
	assert_int_equal(sb_pve_url(state->pve), 2);
}

static void when_all_are_dead_each_ask_reports_its_own_reason_once(void **arg)
{
	struct state *state = *arg;
	size_t before;

	contact_of(state, 1, STATUS("prod1"));
	script_dead(state, 1, "*");
	script_dead(state, 2, "*");
	assert_int_equal(open_with(state, "", 2, NULL), 0);
	get_path(state, "/x");
	get_path(state, "/y");
	finish_all(state);
	assert_int_equal(state->failures, 2);
	/* and the dead URLs are not tried again for each later ask */
	before = fake_io_count(state->fake);
	get_path(state, "/z");
	finish_all(state);
	assert_int_equal(state->failures, 3);
	assert_int_equal(fake_io_count(state->fake), before + 1);
}

static void a_slow_answer_does_not_prove_the_url_dead(void **arg)
{
	struct state *state = *arg;

	contact_of(state, 1, STATUS("prod1"));
	fake_io_add(state->fake, &(struct fake_answer){"GET", "/api2/json/x", .err = SB_E_TIMEOUT});
	contact_of(state, 2, STATUS("prod1"));
	assert_int_equal(open_with(state, "", 2, NULL), 0);
	get_path(state, "/x");
	finish_all(state);
	assert_int_equal(state->why.code, SB_E_TIMEOUT);
	assert_int_equal(sb_pve_url(state->pve), 0);
}

static void a_session_that_ends_during_a_move_calls_no_callback(void **arg)
{
	struct state *state = *arg;

	contact_of(state, 1, STATUS("prod1"));
	script_dead(state, 1, "*");
	fake_io_add(state->fake, &(struct fake_answer){"GET", "*", .status = 200, .url = 2,
						       .body = "{}", .delay_ms = 60000});
	assert_int_equal(open_with(state, "", 2, NULL), 0);
	get_path(state, "/x");
	assert_int_equal(sb_http_turn(state->http, 10, NULL), 0);
	sb_pve_destroy(state->pve);
	state->pve = NULL;
	finish_all(state);
	assert_int_equal(state->answers, 0);
}

static void the_clock_of_a_server_is_known_by_its_first_answer(void **arg)
{
	struct state *state = *arg;
	int64_t skew = 0;

	assert_false(sb_http_skew(state->http, "pve:lab", &skew));
	fake_io_add(state->fake, &(struct fake_answer){"GET", "/api2/json/version", .status = 200,
						       .body = VERSION,
						       .date = "Thu, 01 Jan 2026 00:00:00 GMT"});
	contact_of(state, 0, STATUS("prod1"));
	assert_int_equal(open_with(state, "", 1, NULL), 0);
	assert_true(sb_http_skew(state->http, "pve:lab", &skew));
	assert_int_equal(
		skew, 1767225600 - fake_io_io(state->fake)->ops->wall_s(fake_io_io(state->fake)));
}

static void a_server_that_is_too_old_is_reported(void **arg)
{
	struct state *state = *arg;
	struct sb_error err = SB_ERROR_INIT;

	fake_io_add(state->fake,
		    &(struct fake_answer){"GET", "/api2/json/version", .status = 200,
					  .body = "{\"data\":{\"version\":\"7.4-3\"}}"});
	contact_of(state, 0, STATUS("prod1"));
	assert_int_equal(open_with(state, "", 1, &err), SB_E_CONFIG);
	assert_non_null(strstr(err.text, "7.4-3 is too old"));
}

static void quorum_is_read_by_the_contact(void **arg)
{
	struct state *state = *arg;

	contact_of(state, 0,
		   "{\"data\":[{\"type\":\"cluster\",\"name\":\"prod1\",\"quorate\":0},"
		   "{\"type\":\"node\",\"name\":\"pve1\"}]}");
	assert_int_equal(open_with(state, "", 1, NULL), 0);
	assert_false(sb_pve_has_quorum(state->pve));
}

static void the_form_of_a_token_is_reported_without_the_token(void **arg)
{
	static const struct {
		const char *token, *words;
	} cases[] = {
		{"00000000-1111-2222-3333-444444444444", "only the secret"},
		{"PVEAPIToken=a@pve!t=00000000-1111-2222-3333-444444444444",
		 "remove \"PVEAPIToken=\""},
		{"sync!t=s3same", "realm is missing"},
		{"sync@pve=s3same", "no \"!\""},
		{"sync@pve!t", "no \"=\""},
		{"sync@pve!t=", "secret is missing"},
		{"", "no \"!\""},
	};
	struct sb_error err;
	size_t i;

	(void)arg;
	for (i = 0; i < SB_ARRAY_LEN(cases); i++) {
		assert_int_equal(sb_pve_token_check(cases[i].token, &err), SB_E_AUTH);
		if (!strstr(err.text, cases[i].words))
			fail_msg("no \"%s\" in: %s", cases[i].words, err.text);
		assert_null(strstr(err.text, "s3same"));
		assert_null(strstr(err.text, "1111"));
	}
	assert_int_equal(sb_pve_token_check("a@b!c=00000000-1111-2222-3333-444444444444", &err), 0);
	assert_int_equal(sb_pve_token_check("root@pam!x=any", &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(a_url_of_another_cluster_is_skipped_for_the_next),
		T(when_no_url_is_ours_another_cluster_weighs_more_than_a_dead_one),
		T(a_url_that_dies_during_a_run_is_replaced_by_the_next),
		T(during_a_run_another_cluster_is_not_used_and_gets_no_ask),
		T(the_third_url_is_taken_when_the_second_is_dead_too),
		T(when_all_are_dead_each_ask_reports_its_own_reason_once),
		T(a_slow_answer_does_not_prove_the_url_dead),
		T(a_session_that_ends_during_a_move_calls_no_callback),
		T(the_clock_of_a_server_is_known_by_its_first_answer),
		T(a_server_that_is_too_old_is_reported),
		T(quorum_is_read_by_the_contact),
		T(the_form_of_a_token_is_reported_without_the_token),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
