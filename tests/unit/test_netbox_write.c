/* SPDX-License-Identifier: Apache-2.0 */
/* Bulk writes of NetBox: the outcome that each answer proves, and the items that it names. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "netbox/client_priv.h"
#include "stagebox/json.h"
#include "test_netbox_session.h"

enum { MAX_ITEMS = 4 };

struct state {
	struct fake_io *fake;
	struct sb_http *http;
	struct sb_netbox *netbox;
	unsigned ends;
	enum sb_netbox_outcome outcome;
	int64_t ids[MAX_ITEMS];
	size_t n_ids, n_items;
	struct sb_netbox_item_error items[MAX_ITEMS];
	struct sb_error why;
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

static void on_written(void *arg, const struct sb_netbox_written *written)
{
	struct state *state = arg;
	size_t i;

	state->ends++;
	state->outcome = written->outcome;
	state->n_ids = written->n_ids;
	for (i = 0; i < written->n_ids && i < MAX_ITEMS; i++)
		state->ids[i] = written->ids[i];
	state->n_items = written->n_items;
	for (i = 0; i < written->n_items && i < MAX_ITEMS; i++)
		state->items[i] = written->items[i];
	state->why = written->why;
}

static void write_body(struct state *state, const char *method, const char *body)
{
	json_t *list = json_loads(body, 0, NULL);
	unsigned turns = 0;

	assert_int_equal(sb_netbox_write(state->netbox, method, "dcim/sites", "", list, on_written,
					 state, NULL),
			 0);
	json_decref(list);
	while (sb_http_outstanding(state->http)) {
		assert_int_equal(sb_http_turn(state->http, 60000, NULL), 0);
		assert_true(turns++ < 1000);
	}
	assert_int_equal(state->ends, 1);
}

/* Writes two objects, and gets this answer. */
static void write_and_answer(struct state *state, const char *method, int status, const char *body)
{
	const char *request = sb_streq(method, "POST") ? "[{\"name\":\"a\"},{\"name\":\"b\"}]"
						       : "[{\"id\":41},{\"id\":42}]";

	fake_io_once(state->fake, method, "/api/dcim/sites/", status, body);
	write_body(state, method, request);
}

static void post_with_a_row_per_item_is_done(void **arg)
{
	struct state *state = *arg;

	write_and_answer(state, "POST", 201, "[{\"id\":1},{\"id\":2}]");
	assert_int_equal(state->outcome, SB_NETBOX_DONE);
	assert_int_equal(state->n_ids, 2);
	assert_int_equal(state->ids[0], 1);
	assert_int_equal(state->ids[1], 2);
	assert_string_equal(fake_io_body(state->fake, 0), "[{\"name\":\"a\"},{\"name\":\"b\"}]");
}

static void post_with_other_rows_is_unsettled(void **arg)
{
	struct state *state = *arg;

	write_and_answer(state, "POST", 201, "[{\"id\":1}]");
	assert_int_equal(state->outcome, SB_NETBOX_UNSETTLED);
}

static void ids_are_those_of_the_rows_themselves(void **arg)
{
	struct state *state = *arg;

	write_and_answer(
		state, "POST", 201,
		" [ {\"a\": {\"id\": 7, \"x\": [[1, {\"id\": 8}], -1.5e+3, null]}, \"id\" : 5,\n"
		"   \"b\": \"\\\"id\\\": 9, }]\\\\\"}, {\"id\": 900719925474099, \"c\": []} ]\n");
	assert_int_equal(state->outcome, SB_NETBOX_DONE);
	assert_int_equal(state->ids[0], 5);
	assert_int_equal(state->ids[1], 900719925474099);
}

/* An answer without proof is not a success, in whatever way it is broken. */
static void an_answer_that_is_not_a_list_of_two_objects_is_unsettled(void **arg)
{
	static const char *const answers[] = {
		"",
		"null",
		"{\"id\":1}",
		"[]",
		"[1,2]",
		"[{},{}]",
		"[{\"id\":1},{\"name\":\"b\"}]",
		"[{\"id\":1},{\"id\":0}]",
		"[{\"id\":1},{\"id\":-2}]",
		"[{\"id\":1},{\"id\":2.5}]",
		"[{\"id\":1},{\"id\":\"2\"}]",
		"[{\"id\":1},{\"id\":99999999999999999999}]",
		"[{\"id\":1},{\"id\":2},{\"id\":3}]",
		"[{\"id\":1},{\"id\":2}",
		"[{\"id\":1},{\"id\":2}]]",
		"[{\"id\":1},{\"id\":2},]",
		"[{\"id\":1}{\"id\":2}]",
		"[{\"id\":1},{\"id\":2,\"a\":[}]}]",
		"[{\"id\":1},{\"id\":2,\"a\":\"}]",
		"[{\"id\":1},{\"id\":2,\"a\":\"\\",
		"[{\"id\":1},{\"id\":2,\"a\"}]",
		"[{\"id\":1},{\"id\":2,\"a\":}]",
	};
	struct state *state = *arg;
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(answers); i++) {
		state->ends = 0;
		write_and_answer(state, "POST", 201, answers[i]);
		assert_int_equal(state->outcome, SB_NETBOX_UNSETTLED);
		assert_int_equal(state->why.code, SB_E_SHAPE);
	}
}

static void post_with_half_an_answer_is_unsettled(void **arg)
{
	struct state *state = *arg;

	write_and_answer(state, "POST", 201, "[{\"id\":1},{\"i");
	assert_int_equal(state->outcome, SB_NETBOX_UNSETTLED);
}

static void patch_and_delete_are_done(void **arg)
{
	struct state *state = *arg;

	write_and_answer(state, "PATCH", 200, "[{\"id\":42},{\"id\":41}]");
	assert_int_equal(state->outcome, SB_NETBOX_DONE);
	state->ends = 0;
	write_and_answer(state, "DELETE", 204, "");
	assert_int_equal(state->outcome, SB_NETBOX_DONE);
}

static void items_are_named_by_index(void **arg)
{
	struct state *state = *arg;

	write_and_answer(
		state, "POST", 400,
		"{\"detail\":\"1 of 2 objects could not be created.\",\"errors\":[{\"index\":1,"
		"\"errors\":{\"name\":[\"This field is required.\"],\"tags\":{\"0\":[\"x\"]}}}]}");
	assert_int_equal(state->outcome, SB_NETBOX_REJECTED);
	assert_int_equal(state->n_items, 1);
	assert_int_equal(state->items[0].index, 1);
	assert_string_equal(state->items[0].text, "name: This field is required.; tags.0: x");
}

static void items_are_named_by_id(void **arg)
{
	struct state *state = *arg;

	write_and_answer(
		state, "PATCH", 400,
		"{\"detail\":\"x\",\"errors\":[{\"id\":42,\"errors\":{\"__all__\":[\"no\"]}}]}");
	assert_int_equal(state->n_items, 1);
	assert_int_equal(state->items[0].index, 1);
	assert_string_equal(state->items[0].text, "no");
}

static void items_are_named_by_position_up_to_4_6(void **arg)
{
	struct state *state = *arg;

	write_and_answer(state, "POST", 400,
			 "[{},{\"custom_fields\":{\"foo\":\"does not exist\"}}]");
	assert_int_equal(state->n_items, 1);
	assert_int_equal(state->items[0].index, 1);
	assert_string_equal(state->items[0].text, "custom_fields.foo: does not exist");
}

static void a_custom_field_that_the_words_quote_is_named(void **arg)
{
	sb_autojson *errors = json_pack("{s:[s, s]}", "__all__",
					"Invalid value for custom field 'stagebox_a_b': no",
					"also 'their_field' and 'stagebox_");
	sb_autojson *fields = sb_netbox_error_fields(errors);

	(void)arg;
	assert_int_equal(json_object_size(fields), 1);
	assert_non_null(sb_json_str(fields, "custom_fields.stagebox_a_b"));
}

static void a_refusal_without_names_names_no_item(void **arg)
{
	struct state *state = *arg;

	write_and_answer(state, "PATCH", 400, "{\"disk\":[\"must match\"]}");
	assert_int_equal(state->outcome, SB_NETBOX_REJECTED);
	assert_int_equal(state->n_items, 0);
	assert_non_null(strstr(state->why.text, "disk: must match"));
}

static void a_bare_list_of_texts_names_no_item(void **arg)
{
	struct state *state = *arg;

	write_and_answer(state, "POST", 400, "[\"one text\",\"another\"]");
	assert_int_equal(state->outcome, SB_NETBOX_REJECTED);
	assert_int_equal(state->n_items, 0);
	assert_non_null(strstr(state->why.text, "one text; another"));
}

static void a_single_object_is_the_refused_item(void **arg)
{
	struct state *state = *arg;

	fake_io_once(state->fake, "PATCH", "/api/dcim/sites/", 400, "{\"disk\":[\"must match\"]}");
	write_body(state, "PATCH", "[{\"id\":7}]");
	assert_int_equal(state->n_items, 1);
	assert_string_equal(state->items[0].text, "disk: must match");
}

static void protected_objects_are_named(void **arg)
{
	struct state *state = *arg;

	write_and_answer(
		state, "DELETE", 409,
		"{\"detail\":\"1 of 2 objects could not be deleted.\",\"errors\":[{\"id\":41,"
		"\"errors\":{\"__all__\":[\"Unable to delete: 38 dependent object(s)\"]}}]}");
	assert_int_equal(state->outcome, SB_NETBOX_REJECTED);
	assert_int_equal(state->n_items, 1);
	assert_int_equal(state->items[0].index, 0);
}

static void exceptions_distinguish_race_retry_and_refusal(void **arg)
{
	struct state *state = *arg;

	write_and_answer(state, "POST", 500,
			 "{\"error\":\"duplicate key\",\"exception\":\"IntegrityError\"}");
	assert_int_equal(state->outcome, SB_NETBOX_CONFLICT);
	state->ends = 0;
	write_and_answer(state, "POST", 500,
			 "{\"error\":\"deadlock detected\",\"exception\":\"OperationalError\"}");
	assert_int_equal(state->outcome, SB_NETBOX_RETRY);
	state->ends = 0;
	write_and_answer(state, "POST", 500,
			 "{\"error\":\"integer out of range\",\"exception\":\"DataError\"}");
	assert_int_equal(state->outcome, SB_NETBOX_REJECTED);
	assert_int_equal(state->n_items, 0);
	assert_non_null(strstr(state->why.text, "DataError: integer out of range"));
}

static void an_answer_of_the_proxy_is_unsettled(void **arg)
{
	static const int statuses[] = {500, 502, 503, 504};
	struct state *state = *arg;
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(statuses); i++) {
		state->ends = 0;
		write_and_answer(state, i % 2 ? "POST" : "DELETE", statuses[i],
				 "<html>sorry</html>");
		assert_int_equal(state->outcome, SB_NETBOX_UNSETTLED);
	}
	assert_int_equal(fake_io_count(state->fake), 4);
}

static void no_answer_is_unsettled(void **arg)
{
	struct state *state = *arg;

	fake_io_add(state->fake, &(struct fake_answer){"PATCH", "/api/dcim/sites/",
						       .err = SB_E_TIMEOUT, .retryable = true});
	write_body(state, "PATCH", "[{\"id\":7}]");
	assert_int_equal(state->outcome, SB_NETBOX_UNSETTLED);
	assert_int_equal(fake_io_count(state->fake), 1);
}

static void an_unsent_write_may_be_sent_again(void **arg)
{
	struct state *state = *arg;

	fake_io_add(state->fake, &(struct fake_answer){"POST", "/api/dcim/sites/", .err = SB_E_NET,
						       .retryable = true, .not_sent = true});
	write_body(state, "POST", "[{\"name\":\"a\"}]");
	assert_int_equal(state->outcome, SB_NETBOX_RETRY);
	assert_int_equal(fake_io_count(state->fake), 3);
}

static void missing_permissions_are_denied_with_the_fix(void **arg)
{
	struct state *state = *arg;

	write_and_answer(state, "POST", 403,
			 "{\"detail\":\"You do not have permission to perform this action.\"}");
	assert_int_equal(state->outcome, SB_NETBOX_DENIED);
	assert_int_equal(state->why.code, SB_E_FORBIDDEN);
	assert_non_null(strstr(state->why.text, "(add)"));
	state->ends = 0;
	write_and_answer(state, "POST", 403, "{\"detail\":\"Token expired\"}");
	assert_int_equal(state->outcome, SB_NETBOX_DENIED);
	assert_int_equal(state->why.code, SB_E_AUTH);
}

static void a_403_that_names_items_is_about_them(void **arg)
{
	struct state *state = *arg;

	write_and_answer(
		state, "POST", 403,
		"{\"detail\":\"1 of 2\",\"errors\":[{\"index\":0,\"errors\":{\"__all__\":[\"You do "
		"not "
		"have permission\"]}}]}");
	assert_int_equal(state->outcome, SB_NETBOX_REJECTED);
	assert_int_equal(state->n_items, 1);
}

static void an_answer_that_is_not_of_netbox_blocks_all_writes(void **arg)
{
	static const int statuses[] = {400, 401, 403, 404, 405, 409, 410, 412, 451};
	static const char *const bodies[] = {"404 page not found",
					     "<html>sorry</html>",
					     "",
					     "{\"message\":\"Forbidden\",\"code\":403}",
					     "[]",
					     "[1,2]",
					     "\"no\""};
	struct state *state = *arg;
	size_t i, j;

	for (i = 0; i < SB_ARRAY_LEN(statuses); i++) {
		for (j = 0; j < SB_ARRAY_LEN(bodies); j++) {
			state->ends = 0;
			write_and_answer(state, j % 2 ? "POST" : "PATCH", statuses[i], bodies[j]);
			assert_int_equal(state->outcome, SB_NETBOX_BLOCKED);
			assert_int_equal(state->n_items, 0);
			assert_int_equal(state->why.code, SB_E_NET);
			assert_non_null(strstr(state->why.text,
					       j % 2 ? "in front of NetBox (a proxy, a firewall) "
						       "refuses POST"
						     : "refuses PATCH"));
			assert_null(strstr(state->why.text, "set the URL"));
		}
	}
}

static void a_request_that_is_too_large_is_divided_until_it_is_one_object(void **arg)
{
	struct state *state = *arg;

	write_and_answer(state, "PATCH", 413, "<html>413</html>");
	assert_int_equal(state->outcome, SB_NETBOX_REJECTED);
	assert_int_equal(state->n_items, 0);
	state->ends = 0;
	fake_io_once(state->fake, "PATCH", "/api/dcim/sites/", 413, "<html>413</html>");
	write_body(state, "PATCH", "[{\"id\":7}]");
	assert_int_equal(state->outcome, SB_NETBOX_BLOCKED);
}

static void a_method_that_netbox_does_not_take_is_no_refused_value(void **arg)
{
	struct state *state = *arg;

	write_and_answer(state, "PATCH", 405, "{\"detail\":\"Method not allowed.\"}");
	assert_int_equal(state->outcome, SB_NETBOX_BLOCKED);
}

static void a_stale_object_is_a_conflict(void **arg)
{
	struct state *state = *arg;

	write_and_answer(state, "PATCH", 412, "{\"detail\":\"Precondition failed.\"}");
	assert_int_equal(state->outcome, SB_NETBOX_CONFLICT);
}

static void a_patch_item_without_id_is_refused_before_it_is_sent(void **arg)
{
	struct state *state = *arg;
	json_t *body = json_pack("[{s:s}]", "name", "a");

	assert_int_equal(sb_netbox_write(state->netbox, "PATCH", "dcim/sites", "", body, on_written,
					 state, NULL),
			 SB_E_ARG);
	json_decref(body);
	assert_int_equal(sb_http_outstanding(state->http), 0);
}

static void a_body_that_the_server_cannot_take_is_refused_before_it_is_sent(void **arg)
{
	struct state *state = *arg;
	char *text = malloc(2600001);
	json_t *body;

	memset(text, 'a', 2600000);
	text[2600000] = '\0';
	body = json_pack("[{s:s}]", "name", text);
	free(text);
	assert_int_equal(sb_netbox_write(state->netbox, "POST", "dcim/sites", "", body, on_written,
					 state, NULL),
			 SB_E_ARG);
	json_decref(body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(post_with_a_row_per_item_is_done),
		T(post_with_other_rows_is_unsettled),
		T(ids_are_those_of_the_rows_themselves),
		T(an_answer_that_is_not_a_list_of_two_objects_is_unsettled),
		T(post_with_half_an_answer_is_unsettled),
		T(patch_and_delete_are_done),
		T(items_are_named_by_index),
		T(items_are_named_by_id),
		T(items_are_named_by_position_up_to_4_6),
		T(a_custom_field_that_the_words_quote_is_named),
		T(a_refusal_without_names_names_no_item),
		T(a_bare_list_of_texts_names_no_item),
		T(a_single_object_is_the_refused_item),
		T(protected_objects_are_named),
		T(exceptions_distinguish_race_retry_and_refusal),
		T(an_answer_of_the_proxy_is_unsettled),
		T(no_answer_is_unsettled),
		T(an_unsent_write_may_be_sent_again),
		T(missing_permissions_are_denied_with_the_fix),
		T(a_403_that_names_items_is_about_them),
		T(an_answer_that_is_not_of_netbox_blocks_all_writes),
		T(a_request_that_is_too_large_is_divided_until_it_is_one_object),
		T(a_method_that_netbox_does_not_take_is_no_refused_value),
		T(a_stale_object_is_a_conflict),
		T(a_patch_item_without_id_is_refused_before_it_is_sent),
		T(a_body_that_the_server_cannot_take_is_refused_before_it_is_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
