/* SPDX-License-Identifier: Apache-2.0 */
/* The session with Proxmox VE: contact, identity, permissions, error texts. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "fake_io.h"
#include "pve/client.h"

#define VERSION "{\"data\":{\"version\":\"9.1.7\",\"release\":\"9.1\"}}"
#define STATUS                                                                                     \
	"{\"data\":[{\"type\":\"cluster\",\"name\":\"prod1\",\"nodes\":2},"                        \
	"{\"type\":\"node\",\"name\":\"pve2\"},{\"type\":\"node\",\"name\":\"pve1\"}]}"
#define RIGHTS                                                                                     \
	"{\"data\":{\"/\":{\"Sys.Audit\":1,\"VM.Audit\":1},\"/vms\":{\"VM.Audit\":1},"             \
	"\"/vms/100\":{\"VM.Console\":0},\"/vms/200\":{\"VM.Console\":1},"                         \
	"\"/storage\":{\"Datastore.Audit\":0}}}"

struct state {
	struct fake_io *fake;
	struct sb_http *http;
	struct sb_pve *pve;
	unsigned answers;
	bool got_data;
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

static void script_answer(struct state *state, const char *path, int status, const char *body)
{
	fake_io_add(state->fake,
		    &(struct fake_answer){"GET", path, .status = status, .body = body});
}

static void script_contact(struct state *state)
{
	script_answer(state, "/api2/json/version", 200, VERSION);
	script_answer(state, "/api2/json/cluster/status", 200, STATUS);
	script_answer(state, "/api2/json/access/permissions", 200, RIGHTS);
}

static int open_as(struct state *state, const char *pinned, unsigned n_urls, struct sb_error *err)
{
	assert_int_equal(sb_pve_create(state->http, "lab", pinned, n_urls, &state->pve, NULL), 0);
	return sb_pve_open(state->pve, err);
}

static void on_done(void *arg, const json_t *data, const struct sb_error *why)
{
	struct state *state = arg;

	state->answers++;
	state->got_data = data != NULL;
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

static void ask_path(struct state *state, int status, const char *reason, const char *body)
{
	fake_io_add(state->fake, &(struct fake_answer){"GET", "/api2/json/x", .status = status,
						       .reason = reason, .body = body});
	get_path(state, "/x");
	finish_all(state);
	assert_int_equal(state->answers, 1);
}

static void open_default(struct state *state)
{
	script_contact(state);
	assert_int_equal(open_as(state, "", 1, NULL), 0);
}

static void contact_learns_version_name_and_sorted_identity(void **arg)
{
	struct state *state = *arg;

	open_default(state);
	assert_string_equal(sb_pve_version(state->pve), "9.1.7");
	assert_int_equal(sb_pve_version_major(state->pve), 9);
	assert_string_equal(sb_pve_identity(state->pve), "cluster:prod1:pve1,pve2");
	assert_string_equal(sb_pve_cluster_name(state->pve), "prod1");
	assert_true(sb_pve_clustered(state->pve));
}

static void a_standalone_node_is_its_own_name(void **arg)
{
	struct state *state = *arg;

	script_answer(state, "/api2/json/version", 200, VERSION);
	script_answer(state, "/api2/json/cluster/status", 200,
		      "{\"data\":[{\"type\":\"node\",\"name\":\"edge1\",\"nodeid\":0}]}");
	script_answer(state, "/api2/json/access/permissions", 200, RIGHTS);
	assert_int_equal(open_as(state, "", 1, NULL), 0);
	assert_string_equal(sb_pve_identity(state->pve), "node:edge1");
	assert_false(sb_pve_clustered(state->pve));
}

static void another_cluster_behind_the_url_is_refused(void **arg)
{
	struct state *state = *arg;
	struct sb_error err;

	script_contact(state);
	assert_int_equal(open_as(state, "cluster:other:pve1,pve2", 1, &err), SB_E_REFUSED);
	assert_non_null(strstr(err.text, "another cluster"));
}

static void a_cluster_of_that_name_without_a_known_node_is_refused(void **arg)
{
	struct state *state = *arg;

	script_contact(state);
	assert_int_equal(open_as(state, "cluster:prod1:pve7,pve8", 1, NULL), SB_E_REFUSED);
}

static void a_cluster_that_grew_or_shrank_is_the_same(void **arg)
{
	struct state *state = *arg;

	script_contact(state);
	assert_int_equal(open_as(state, "cluster:prod1:pve2,pve9", 1, NULL), 0);
}

static void an_unreachable_url_is_followed_by_the_next(void **arg)
{
	struct state *state = *arg;

	fake_io_add(state->fake,
		    &(struct fake_answer){"GET", "/api2/json/version", .err = SB_E_NET,
					  .retryable = true, .not_sent = true, .times = 1});
	script_contact(state);
	assert_int_equal(open_as(state, "", 2, NULL), 0);
	assert_int_equal(fake_io_url(state->fake, 0), 0);
	assert_int_equal(fake_io_url(state->fake, 1), 1);
	assert_int_equal(fake_io_sent_at(state->fake, 1), 0);
	get_path(state, "/x");
	finish_all(state);
	assert_int_equal(fake_io_url(state->fake, 4), 1);
}

static void a_wrong_token_is_reported_at_once_and_tried_on_one_url(void **arg)
{
	struct state *state = *arg;
	struct sb_error err;

	fake_io_add(state->fake, &(struct fake_answer){"GET", "*", .status = 401,
						       .reason = "Authentication failed!"});
	assert_int_equal(open_as(state, "", 3, &err), SB_E_AUTH);
	assert_int_equal(fake_io_count(state->fake), 1);
	assert_non_null(strstr(err.text, "user@realm!name=uuid"));
}

static void a_forbidden_cluster_status_names_the_privilege(void **arg)
{
	struct state *state = *arg;
	struct sb_error err;

	script_answer(state, "/api2/json/version", 200, VERSION);
	script_answer(state, "/api2/json/cluster/status", 403,
		      "{\"data\":null,\"message\":\"Permission check failed (/, Sys.Audit)\\n\"}");
	script_answer(state, "/api2/json/access/permissions", 200, RIGHTS);
	assert_int_equal(open_as(state, "", 1, &err), SB_E_FORBIDDEN);
	assert_non_null(strstr(err.text, "needs Sys.Audit on /"));
}

static void the_error_after_the_last_url_names_their_number(void **arg)
{
	struct state *state = *arg;
	struct sb_error err;

	fake_io_add(state->fake, &(struct fake_answer){"GET", "*", .err = SB_E_NET});
	assert_int_equal(open_as(state, "", 2, &err), SB_E_NET);
	assert_non_null(strstr(err.text, "none of its 2 URLs"));
}

static void privileges_follow_the_nearest_path_that_propagates(void **arg)
{
	struct state *state = *arg;

	open_default(state);
	assert_int_equal(sb_pve_holds(state->pve, "/", "Sys.Audit"), 1);
	assert_int_equal(sb_pve_holds(state->pve, "/nodes/pve1", "Sys.Audit"), 1);
	assert_int_equal(sb_pve_holds(state->pve, "/vms", "VM.Audit"), 1);
	assert_int_equal(sb_pve_holds(state->pve, "/vms", "Sys.Audit"), 0);
	assert_int_equal(sb_pve_holds(state->pve, "/vms/7", "VM.Audit"), 1);
	/* a deeper path replaces the privileges of its parents */
	assert_int_equal(sb_pve_holds(state->pve, "/vms/200", "VM.Audit"), 0);
	assert_int_equal(sb_pve_holds(state->pve, "/vms/100", "VM.Console"), 1);
	/* held there, but not propagated; those of the parent are */
	assert_int_equal(sb_pve_holds(state->pve, "/storage", "Datastore.Audit"), 1);
	assert_int_equal(sb_pve_holds(state->pve, "/storage/a", "Datastore.Audit"), 0);
	assert_int_equal(sb_pve_holds(state->pve, "/storage/a", "Sys.Audit"), 1);
}

static void privileges_that_could_not_be_read_are_unknown(void **arg)
{
	struct state *state = *arg;

	script_answer(state, "/api2/json/version", 200, VERSION);
	script_answer(state, "/api2/json/cluster/status", 200, STATUS);
	script_answer(state, "/api2/json/access/permissions", 500, "{}");
	assert_int_equal(open_as(state, "", 1, NULL), 0);
	assert_int_equal(sb_pve_holds(state->pve, "/", "Sys.Audit"), SB_E_STATE);
}

static void equal_asks_in_flight_are_one_request(void **arg)
{
	struct state *state = *arg;
	size_t before;

	open_default(state);
	before = fake_io_count(state->fake);
	script_answer(state, "/api2/json/x", 200, "{\"data\":[]}");
	get_path(state, "/x");
	get_path(state, "/x");
	get_path(state, "/x");
	finish_all(state);
	assert_int_equal(state->answers, 3);
	assert_int_equal(fake_io_count(state->fake), before + 1);
	get_path(state, "/x");
	finish_all(state);
	assert_int_equal(fake_io_count(state->fake), before + 2);
}

static void a_reason_is_the_same_for_all_guests_and_nodes(void **arg)
{
	static const struct {
		const char *path, *words, *wanted;
		int status;
	} rows[] = {
		{"/api2/json/nodes/pve1/qemu/500/config?current=1",
		 "Permission check failed (/vms/500, VM.Audit)",
		 "GET /nodes/{node}/qemu/{vmid}/config?current=1: HTTP 403: the token lacks "
		 "VM.Audit on /vms/{vmid} ",
		 403},
		{"/api2/json/nodes/pve1/qemu/500/agent/ping",
		 "VM 500 qga command 'guest-ping' failed",
		 "GET /nodes/{node}/qemu/{vmid}/agent/ping: HTTP 500: VM {vmid} qga command "
		 "'guest-ping' failed",
		 500},
		{"/api2/json/nodes/pve1/lxc/501/config",
		 "Configuration file 'nodes/pve1/lxc/501.conf' does not exist",
		 "GET /nodes/{node}/lxc/{vmid}/config: HTTP 500: Configuration file "
		 "'nodes/{node}/lxc/{vmid}.conf' does not exist",
		 500},
		{"/api2/json/nodes/pve1/lxc/502/config", "No route to host",
		 "GET /nodes/pve1/lxc/{vmid}/config: HTTP 595: ", 595}, /* the node is the cause */
		{"/api2/json/access/permissions?path=/vms/503", "odd 503 and 12 /vms/503x",
		 "GET /access/permissions?path=/vms/{vmid}: HTTP 500: odd 503 and 12 /vms/503x",
		 500},
	};
	struct state *state = *arg;
	size_t i;

	open_default(state);
	for (i = 0; i < SB_ARRAY_LEN(rows); i++) {
		fake_io_add(state->fake,
			    &(struct fake_answer){"GET", rows[i].path, .status = rows[i].status,
						  .reason = rows[i].words});
		get_path(state, rows[i].path + strlen("/api2/json"));
		finish_all(state);
		if (!sb_starts_with(state->why.text, rows[i].wanted))
			fail_msg("%s", state->why.text);
	}
}

static void forbidden_names_path_and_privilege(void **arg)
{
	struct state *state = *arg;

	open_default(state);
	ask_path(state, 403, "Permission check failed (/vms/100, VM.Audit)",
		 "{\"data\":null,\"message\":\"Permission check failed (/vms/100, VM.Audit)\\n\"}");
	assert_int_equal(state->why.code, SB_E_FORBIDDEN);
	assert_int_equal(state->why.http_status, 403);
	assert_non_null(strstr(state->why.text, "lacks VM.Audit on /vms/{vmid}"));
}

static void without_a_message_the_phrase_is_reported(void **arg)
{
	struct state *state = *arg;

	open_default(state);
	ask_path(state, 500, "unable to open file", "");
	assert_int_equal(state->why.code, SB_E_HTTP);
	assert_non_null(strstr(state->why.text, "unable to open file"));
}

static void parameter_errors_name_the_parameter(void **arg)
{
	struct state *state = *arg;

	open_default(state);
	ask_path(state, 400, "Parameter verification failed.",
		 "{\"data\":null,\"message\":\"Parameter verification failed.\\n\","
		 "\"errors\":{\"vmid\":\"VM 100 already exists\"}}");
	assert_non_null(strstr(state->why.text, "vmid: VM {vmid} already exists"));
}

static void a_node_that_is_down_is_a_network_failure(void **arg)
{
	struct state *state = *arg;

	open_default(state);
	ask_path(state, 595, "No route to host", "");
	assert_int_equal(state->why.code, SB_E_NET);
	assert_non_null(strstr(state->why.text, "No route to host"));
}

static void got_timeout_is_a_timeout(void **arg)
{
	struct state *state = *arg;

	open_default(state);
	ask_path(state, 500, "", "{\"data\":null,\"message\":\"got timeout\\n\"}");
	assert_int_equal(state->why.code, SB_E_TIMEOUT);
}

static void a_web_page_has_the_wrong_shape_and_half_a_json_is_invalid(void **arg)
{
	struct state *state = *arg;

	open_default(state);
	ask_path(state, 200, "OK", "<html>login</html>");
	assert_int_equal(state->why.code, SB_E_SHAPE);
	state->answers = 0;
	script_answer(state, "/api2/json/y", 200, "{\"data\":[{\"a\":");
	get_path(state, "/y");
	finish_all(state);
	assert_int_equal(state->why.code, SB_E_JSON);
	assert_false(state->got_data);
}

static void keep_data(void *arg, const json_t *data, const struct sb_error *why)
{
	(void)why;
	*(json_t **)arg = json_deep_copy(data);
}

/* Neither rows nor NetBox hold such a text: it ended the whole stage as "out of memory". */
static void a_zero_character_costs_only_itself(void **arg)
{
	struct state *state = *arg;
	sb_autojson *expected =
		json_pack("[{s:s, s:s}, {s:[s, s]}]", "name", "web", "node", "a", "list", "x", "");
	sb_autojson *data = NULL;

	open_default(state);
	script_answer(state, "/api2/json/z", 200,
		      "{\"data\":[{\"name\":\"w\\u0000eb\",\"node\":\"a\"},"
		      "{\"list\":[\"\\u0000x\",\"\\u0000\"]}]}");
	assert_int_equal(sb_pve_get(state->pve, SB_PVE_INLINE, "/z", keep_data, &data, NULL), 0);
	finish_all(state);
	assert_true(json_equal(data, expected));
}

static void an_agent_is_asked_once(void **arg)
{
	struct state *state = *arg;
	size_t before;

	open_default(state);
	before = fake_io_count(state->fake);
	script_answer(state, "/api2/json/nodes/pve1/g/1/agent", 596, "");
	assert_int_equal(
		sb_pve_get(state->pve, SB_PVE_AGENT, "/nodes/pve1/g/1/agent", on_done, state, NULL),
		0);
	finish_all(state);
	assert_int_equal(fake_io_count(state->fake), before + 1);
}

static void a_session_that_ends_early_calls_no_callback(void **arg)
{
	struct state *state = *arg;

	open_default(state);
	fake_io_add(state->fake,
		    &(struct fake_answer){"GET", "/api2/json/x", .status = 200, .delay_ms = 100});
	get_path(state, "/x");
	assert_int_equal(sb_http_turn(state->http, 1, NULL), 0);
	sb_pve_destroy(state->pve);
	state->pve = NULL;
	finish_all(state);
	assert_int_equal(state->answers, 0);
}

static char *path_of(struct sb_error *err, const char *fmt, ...)
{
	va_list ap;
	char *path;

	va_start(ap, fmt);
	path = sb_pve_path(err, fmt, ap);
	va_end(ap);
	return path;
}

static void a_path_encodes_text_from_a_server(void **arg)
{
	char *path = path_of(NULL, "/nodes/%s/x/%u?poolid=%s&n=%d", "a/../b", 7u, "ü;+ c", -3);

	(void)arg;
	assert_string_equal(path, "/nodes/a%2F..%2Fb/x/7?poolid=%C3%BC%3B%2B%20c&n=-3");
	free(path);
}

static void a_path_template_with_other_arguments_is_an_error(void **arg)
{
	struct sb_error err;

	(void)arg;
	assert_null(path_of(&err, "/nodes/%f", 1.0));
	assert_int_equal(err.code, SB_E_ARG);
	assert_null(path_of(&err, "nodes"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(contact_learns_version_name_and_sorted_identity),
		T(a_standalone_node_is_its_own_name),
		T(another_cluster_behind_the_url_is_refused),
		T(a_cluster_of_that_name_without_a_known_node_is_refused),
		T(a_cluster_that_grew_or_shrank_is_the_same),
		T(an_unreachable_url_is_followed_by_the_next),
		T(a_wrong_token_is_reported_at_once_and_tried_on_one_url),
		T(a_forbidden_cluster_status_names_the_privilege),
		T(the_error_after_the_last_url_names_their_number),
		T(privileges_follow_the_nearest_path_that_propagates),
		T(privileges_that_could_not_be_read_are_unknown),
		T(equal_asks_in_flight_are_one_request),
		T(a_reason_is_the_same_for_all_guests_and_nodes),
		T(forbidden_names_path_and_privilege),
		T(without_a_message_the_phrase_is_reported),
		T(parameter_errors_name_the_parameter),
		T(a_node_that_is_down_is_a_network_failure),
		T(got_timeout_is_a_timeout),
		T(a_web_page_has_the_wrong_shape_and_half_a_json_is_invalid),
		T(a_zero_character_costs_only_itself),
		T(an_agent_is_asked_once),
		T(a_session_that_ends_early_calls_no_callback),
		T(a_path_encodes_text_from_a_server),
		T(a_path_template_with_other_arguments_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
