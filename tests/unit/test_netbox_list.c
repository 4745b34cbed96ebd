/* SPDX-License-Identifier: Apache-2.0 */
/* Complete lists of NetBox: paging forms, the proof of completeness, contact. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "netbox/client.h"
#include "test_netbox_session.h"

#define FIRST "/api/dcim/sites/?limit=100&ordering=id"

struct state {
	struct fake_io *fake;
	struct sb_http *http;
	struct sb_netbox *netbox;
	unsigned rows, restarts, ends;
	char *bodies[8]; /* borrowed by the fake */
	size_t n_bodies;
	enum sb_netbox_list_state end;
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
	while (state->n_bodies)
		free(state->bodies[--state->n_bodies]);
	free(state);
	return 0;
}

static void on_row(void *arg, json_t *row)
{
	struct state *state = arg;

	assert_true(json_is_object(row));
	state->rows++;
}

static void on_restart(void *arg)
{
	struct state *state = arg;

	state->restarts++;
	state->rows = 0;
}

static void on_listed(void *arg, enum sb_netbox_list_state end, const struct sb_error *why)
{
	struct state *state = arg;

	state->ends++;
	state->end = end;
	if (why)
		state->why = *why;
}

static void list_of(struct state *state, const char *path, const char *query, const char *fields)
{
	unsigned turns = 0;

	assert_int_equal(sb_netbox_list(state->netbox, path, query, fields, on_row, on_restart,
					on_listed, state, NULL),
			 0);
	while (sb_http_outstanding(state->http)) {
		assert_int_equal(sb_http_turn(state->http, 60000, NULL), 0);
		assert_true(turns++ < 1000);
	}
	assert_int_equal(state->ends, 1);
}

static void list_all(struct state *state, const char *query, const char *fields)
{
	list_of(state, "dcim/sites", query, fields);
}

static void script_page(struct state *state, const char *path, const char *body)
{
	fake_io_once(state->fake, "GET", path, 200, body);
}

static void one_page_with_all_rows_is_complete(void **arg)
{
	struct state *state = *arg;

	script_page(state, FIRST,
		    "{\"count\":2,\"next\":null,\"results\":[{\"id\":1},{\"id\":7}]}");
	list_all(state, "", "");
	assert_int_equal(state->end, SB_NETBOX_COMPLETE);
	assert_int_equal(state->rows, 2);
}

/* A page of the ids from first to last; count < 0 = null. */
static void ids_text(struct state *state, const char *path, int count, bool has_next, int first,
		     int last)
{
	size_t room = 200 + 20 * (size_t)(last - first + 2), n;
	char *body = malloc(room);
	int id;

	n = (size_t)(count < 0 ? snprintf(body, room, "{\"count\":null,")
			       : snprintf(body, room, "{\"count\":%d,", count));
	n += (size_t)snprintf(body + n, room - n, "\"next\":%s,\"results\":[",
			      has_next ? "\"x\"" : "null");
	for (id = first; id <= last; id++)
		n += (size_t)snprintf(body + n, room - n, "%s{\"id\":%d}", id > first ? "," : "",
				      id);
	snprintf(body + n, room - n, "]}");
	script_page(state, path, body);
	assert_true(state->n_bodies < SB_ARRAY_LEN(state->bodies));
	state->bodies[state->n_bodies++] = body;
}

#define START(rest) "/api/dcim/sites/?limit=1000&start=" rest

static void a_long_list_is_read_in_two_ranges_that_meet(void **arg)
{
	struct state *state = *arg;

	ids_text(state, FIRST, 3300, true, 1, 100);
	ids_text(state, START("1701"), -1, true, 1701, 2700);
	ids_text(state, START("101&id__lt=1701"), -1, true, 101, 1100);
	ids_text(state, START("2701"), -1, false, 2701, 3300);
	ids_text(state, START("1101&id__lt=1701"), -1, false, 1101, 1700);
	list_all(state, "", "");
	assert_int_equal(state->end, SB_NETBOX_COMPLETE);
	assert_int_equal(state->rows, 3300);
	assert_int_equal(state->restarts, 0);
}

static void a_rest_no_longer_than_the_first_page_is_read_in_one_range(void **arg)
{
	struct state *state = *arg;

	ids_text(state, FIRST, 200, true, 1, 100);
	ids_text(state, START("101"), -1, false, 101, 200);
	list_all(state, "", "");
	assert_int_equal(state->end, SB_NETBOX_COMPLETE);
	assert_int_equal(state->rows, 200);
}

static void rows_in_both_ranges_count_once(void **arg)
{
	struct state *state = *arg;

	ids_text(state, FIRST, 1500, true, 1, 100);
	ids_text(state, START("801"), -1, false, 801, 1500);
	/* a server that ignores id__lt */
	ids_text(state, START("101&id__lt=801"), -1, true, 101, 1100);
	ids_text(state, START("1101&id__lt=801"), -1, false, 1101, 1500);
	list_all(state, "", "");
	assert_int_equal(state->end, SB_NETBOX_COMPLETE);
	assert_int_equal(state->rows, 1500);
}

static void a_long_list_with_too_few_rows_is_read_again_in_one_range(void **arg)
{
	struct state *state = *arg;

	ids_text(state, FIRST, 1600, true, 1, 100);
	ids_text(state, START("851"), -1, false, 852, 1600);
	ids_text(state, START("101&id__lt=851"), -1, false, 101, 850);
	ids_text(state, FIRST, 1600, true, 1, 100);
	ids_text(state, START("101"), -1, true, 101, 1100);
	ids_text(state, START("1101"), -1, false, 1101, 1600);
	list_all(state, "", "");
	assert_int_equal(state->end, SB_NETBOX_COMPLETE);
	assert_int_equal(state->rows, 1600);
	assert_int_equal(state->restarts, 1);
}

static void one_range_that_fails_makes_the_list_unread(void **arg)
{
	struct state *state = *arg;

	ids_text(state, FIRST, 1600, true, 1, 100);
	fake_io_once(state->fake, "GET", START("851"), 403, "{\"detail\":\"no\"}");
	ids_text(state, START("101&id__lt=851"), -1, false, 101, 850);
	list_all(state, "", "");
	assert_int_equal(state->end, SB_NETBOX_UNREAD);
}

static void ids_that_no_database_gives_make_the_list_unread(void **arg)
{
	struct state *state = *arg;

	script_page(state, FIRST,
		    "{\"count\":3,\"next\":\"x\",\"results\":[{\"id\":1},{\"id\":"
		    "9223372036854775807}]}");
	list_all(state, "", "");
	assert_int_equal(state->end, SB_NETBOX_UNREAD);
	assert_non_null(strstr(state->why.text, "row 1 has no id, or one that no database gives"));
}

static void the_largest_id_that_has_a_next_one_ends_no_list(void **arg)
{
	struct state *state = *arg;

	script_page(state, FIRST,
		    "{\"count\":1000000,\"next\":\"x\",\"results\":[{\"id\":1},{\"id\":"
		    "9223372036854775806}]}");
	script_page(state, START("9223372036854775807"),
		    "{\"count\":null,\"next\":null,\"results\":[]}");
	list_all(state, "", "");
	assert_int_not_equal(state->end, SB_NETBOX_COMPLETE);
}

static void a_count_below_zero_makes_the_list_unread(void **arg)
{
	struct state *state = *arg;

	script_page(state, FIRST,
		    "{\"count\":-9223372036854775808,\"next\":\"x\",\"results\":[{\"id\":1}]}");
	list_all(state, "", "");
	assert_int_equal(state->end, SB_NETBOX_UNREAD);
	assert_non_null(strstr(state->why.text, "no count"));
}

static void an_empty_list_is_complete(void **arg)
{
	struct state *state = *arg;

	script_page(state, FIRST, "{\"count\":0,\"next\":null,\"results\":[]}");
	list_all(state, "", "");
	assert_int_equal(state->end, SB_NETBOX_COMPLETE);
}

static void filter_and_fields_travel_and_the_id_is_always_among_them(void **arg)
{
	struct state *state = *arg;

	script_page(state,
		    "/api/dcim/sites/"
		    "?cf_stagebox_key__isw=lab%2F&fields=id,name&limit=100&ordering=id",
		    "{\"count\":0,\"next\":null,\"results\":[]}");
	list_all(state, "cf_stagebox_key__isw=lab%2F", "name");
	assert_int_equal(state->end, SB_NETBOX_COMPLETE);
}

static void the_rest_is_read_by_cursor(void **arg)
{
	struct state *state = *arg;

	script_page(state, FIRST,
		    "{\"count\":3,\"next\":\"http://wrong.example/"
		    "x\",\"results\":[{\"id\":1},{\"id\":7}]}");
	script_page(state, "/api/dcim/sites/?limit=1000&start=8",
		    "{\"count\":null,\"next\":null,\"results\":[{\"id\":9}]}");
	list_all(state, "", "");
	assert_int_equal(state->end, SB_NETBOX_COMPLETE);
	assert_int_equal(state->rows, 3);
}

static void a_server_without_cursor_is_read_by_offset(void **arg)
{
	struct state *state = *arg;

	script_page(state, FIRST,
		    "{\"count\":3,\"next\":\"x\",\"results\":[{\"id\":1},{\"id\":7}]}");
	script_page(state, "/api/dcim/sites/?limit=1000&start=8",
		    "{\"count\":3,\"next\":\"x\",\"results\":[{\"id\":7},{\"id\":1}]}");
	script_page(state, "/api/dcim/sites/?limit=1000&ordering=id&offset=2",
		    "{\"count\":3,\"next\":null,\"results\":[{\"id\":9}]}");
	list_all(state, "", "");
	assert_int_equal(state->end, SB_NETBOX_COMPLETE);
	assert_int_equal(state->rows, 3);
	assert_int_equal(state->restarts, 0);
}

static void a_short_page_is_read_once_more_and_then_partial(void **arg)
{
	struct state *state = *arg;

	script_page(state, FIRST, "{\"count\":5,\"next\":null,\"results\":[{\"id\":1}]}");
	script_page(state, FIRST,
		    "{\"count\":5,\"next\":null,\"results\":[{\"id\":1},{\"id\":2}]}");
	list_all(state, "", "");
	assert_int_equal(state->end, SB_NETBOX_PARTIAL);
	assert_int_equal(state->restarts, 1);
	assert_int_equal(state->rows, 2);
	assert_int_equal(fake_io_count(state->fake), 2);
}

static void a_second_reading_that_adds_up_is_complete(void **arg)
{
	struct state *state = *arg;

	script_page(state, FIRST, "{\"count\":2,\"next\":null,\"results\":[{\"id\":1}]}");
	script_page(state, FIRST,
		    "{\"count\":2,\"next\":null,\"results\":[{\"id\":1},{\"id\":2}]}");
	list_all(state, "", "");
	assert_int_equal(state->end, SB_NETBOX_COMPLETE);
	assert_int_equal(state->rows, 2);
}

static void a_row_on_two_pages_counts_once(void **arg)
{
	struct state *state = *arg;

	script_page(state, FIRST,
		    "{\"count\":3,\"next\":\"x\",\"results\":[{\"id\":1},{\"id\":7}]}");
	script_page(state, "/api/dcim/sites/?limit=1000&start=8",
		    "{\"count\":null,\"next\":null,\"results\":[{\"id\":7},{\"id\":9}]}");
	list_all(state, "", "");
	assert_int_equal(state->end, SB_NETBOX_COMPLETE);
	assert_int_equal(state->rows, 3);
}

static void more_rows_than_counted_are_a_mismatch(void **arg)
{
	struct state *state = *arg;

	fake_io_add(
		state->fake,
		&(struct fake_answer){"GET", FIRST, .status = 200,
				      .body = "{\"count\":1,\"next\":null,\"results\":[{\"id\":1}"
					      ",{\"id\":2}]}"});
	list_all(state, "", "");
	assert_int_equal(state->end, SB_NETBOX_PARTIAL);
}

static void pages_without_new_rows_end_the_reading(void **arg)
{
	struct state *state = *arg;

	fake_io_add(state->fake, &(struct fake_answer){
					 "GET", "*", .status = 200,
					 .body = "{\"count\":null,\"next\":\"x\",\"results\":[]}"});
	script_page(state, "/unused", "");
	list_all(state, "", "");
	assert_int_equal(state->end, SB_NETBOX_UNREAD);
}

static void a_next_link_without_new_rows_ends_as_partial(void **arg)
{
	struct state *state = *arg;

	fake_io_add(state->fake,
		    &(struct fake_answer){
			    "GET", FIRST, .status = 200,
			    .body = "{\"count\":3,\"next\":\"x\",\"results\":[{\"id\":1}]}"});
	fake_io_add(
		state->fake,
		&(struct fake_answer){"GET", "/api/dcim/sites/?limit=1000&start=2", .status = 200,
				      .body = "{\"count\":null,\"next\":\"x\",\"results\":[]}"});
	list_all(state, "", "");
	assert_int_equal(state->end, SB_NETBOX_PARTIAL);
	assert_int_equal(fake_io_count(state->fake), 4);
}

static void a_page_that_fails_makes_the_list_unread(void **arg)
{
	struct state *state = *arg;

	script_page(state, FIRST,
		    "{\"count\":3,\"next\":\"x\",\"results\":[{\"id\":1},{\"id\":7}]}");
	fake_io_add(state->fake, &(struct fake_answer){"GET", "/api/dcim/sites/?limit=1000&start=8",
						       .status = 502, .reason = "Bad Gateway",
						       .body = "<html>", .type = "text/html"});
	list_all(state, "", "");
	assert_int_equal(state->end, SB_NETBOX_UNREAD);
	assert_int_equal(state->why.http_status, 502);
	assert_int_equal(fake_io_count(state->fake), 4);
}

static void garbage_and_rows_without_id_make_the_list_unread(void **arg)
{
	struct state *state = *arg;

	script_page(state, FIRST, "{\"count\":1,\"next\":null,\"results\":[{\"name\":\"a\"}]}");
	list_all(state, "", "");
	assert_int_equal(state->end, SB_NETBOX_UNREAD);
	assert_int_equal(state->why.code, SB_E_SHAPE);
	state->ends = 0;
	script_page(state, FIRST, "{\"count\":1,\"nex");
	list_all(state, "", "");
	assert_int_equal(state->why.code, SB_E_JSON);
}

static void a_query_too_long_for_a_request_line_is_refused_at_once(void **arg)
{
	struct state *state = *arg;
	char query[4001];
	struct sb_error err;

	memset(query, 'a', sizeof(query) - 1);
	query[sizeof(query) - 1] = '\0';
	assert_int_equal(sb_netbox_list(state->netbox, "dcim/sites", query, "", on_row, on_restart,
					on_listed, state, &err),
			 SB_E_ARG);
	assert_int_equal(state->ends, 0);
}

static void a_session_that_ends_early_calls_no_callback(void **arg)
{
	struct state *state = *arg;

	assert_int_equal(sb_netbox_list(state->netbox, "dcim/sites", "", "", on_row, on_restart,
					on_listed, state, NULL),
			 0);
	sb_netbox_destroy(state->netbox);
	state->netbox = NULL;
	assert_int_equal(sb_http_outstanding(state->http), 0);
}

static void script_contact(struct state *state, const char *version)
{
	static char status[128];

	snprintf(status, sizeof(status), "{\"netbox-version\":\"%s\"}", version);
	script_page(state, "/api/status/", status);
	script_page(state, "/api/virtualization/", "{\"virtual-machine-types\":\"http://x/\"}");
}

static void contact_finds_the_capabilities_of_the_server(void **arg)
{
	struct state *state = *arg;
	const struct sb_netbox_caps *caps;

	script_contact(state, "4.7.3-Docker-3.5.0");
	assert_int_equal(sb_netbox_open(state->netbox, NULL), 0);
	caps = sb_netbox_caps(state->netbox);
	assert_string_equal(caps->version, "4.7.3");
	assert_true(caps->has_vm_types && caps->mac_writable && caps->item_errors &&
		    caps->tag_deltas);
}

static void a_read_only_mac_address_is_seen(void **arg)
{
	struct state *state = *arg;
	const struct sb_netbox_caps *caps;

	script_contact(state, "4.5.2");
	assert_int_equal(sb_netbox_open(state->netbox, NULL), 0);
	caps = sb_netbox_caps(state->netbox);
	assert_false(caps->mac_writable || caps->item_errors || caps->tag_deltas);
}

/* The last request of a list of this path after contact with that version. */
static const char *request_of(struct state *state, const char *version, const char *path)
{
	script_contact(state, version);
	assert_int_equal(sb_netbox_open(state->netbox, NULL), 0);
	fake_io_add(state->fake,
		    &(struct fake_answer){"GET", "*", .status = 200,
					  .body = "{\"count\":0,\"next\":null,\"results\":[]}"});
	list_of(state, path, "name=a", "name");
	return fake_io_request(state->fake, fake_io_count(state->fake) - 1);
}

static void up_to_46_guests_come_without_their_config_context(void **arg)
{
	assert_string_equal(request_of(*arg, "4.6.1", "virtualization/virtual-machines"),
			    "GET /api/virtualization/virtual-machines/"
			    "?exclude=config_context&name=a&fields=id,name&limit=100&ordering=id");
}

static void before_46_the_first_page_is_long_because_there_is_no_cursor(void **arg)
{
	assert_non_null(strstr(request_of(*arg, "4.5.9", "virtualization/clusters"), "limit=1000"));
}

static void up_to_46_other_objects_exclude_nothing(void **arg)
{
	assert_null(strstr(request_of(*arg, "4.6.1", "virtualization/clusters"), "exclude"));
}

static void since_47_fields_are_enough(void **arg)
{
	assert_null(strstr(request_of(*arg, "4.7.3", "dcim/devices"), "exclude"));
}

static void a_bad_token_is_reported_with_the_fix(void **arg)
{
	struct state *state = *arg;
	struct sb_error err;

	fake_io_once(state->fake, "GET", "/api/status/", 403, "{\"detail\":\"Invalid v1 token\"}");
	assert_int_equal(sb_netbox_open(state->netbox, &err), SB_E_AUTH);
	assert_int_equal(err.http_status, 403);
	assert_non_null(strstr(err.text, "unknown to this NetBox"));
}

static void a_web_page_is_reported_as_such(void **arg)
{
	struct state *state = *arg;
	struct sb_error err;

	fake_io_add(state->fake,
		    &(struct fake_answer){"GET", "/api/status/", .status = 200,
					  .body = "<!doctype html>", .type = "text/html"});
	assert_int_equal(sb_netbox_open(state->netbox, &err), SB_E_NET);
	assert_non_null(strstr(err.text, "web page"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(one_page_with_all_rows_is_complete),
		T(a_long_list_is_read_in_two_ranges_that_meet),
		T(a_rest_no_longer_than_the_first_page_is_read_in_one_range),
		T(rows_in_both_ranges_count_once),
		T(a_long_list_with_too_few_rows_is_read_again_in_one_range),
		T(one_range_that_fails_makes_the_list_unread),
		T(ids_that_no_database_gives_make_the_list_unread),
		T(the_largest_id_that_has_a_next_one_ends_no_list),
		T(a_count_below_zero_makes_the_list_unread),
		T(an_empty_list_is_complete),
		T(filter_and_fields_travel_and_the_id_is_always_among_them),
		T(the_rest_is_read_by_cursor),
		T(a_server_without_cursor_is_read_by_offset),
		T(a_short_page_is_read_once_more_and_then_partial),
		T(a_second_reading_that_adds_up_is_complete),
		T(a_row_on_two_pages_counts_once),
		T(more_rows_than_counted_are_a_mismatch),
		T(pages_without_new_rows_end_the_reading),
		T(a_next_link_without_new_rows_ends_as_partial),
		T(a_page_that_fails_makes_the_list_unread),
		T(garbage_and_rows_without_id_make_the_list_unread),
		T(a_query_too_long_for_a_request_line_is_refused_at_once),
		T(a_session_that_ends_early_calls_no_callback),
		T(contact_finds_the_capabilities_of_the_server),
		T(a_read_only_mac_address_is_seen),
		T(up_to_46_guests_come_without_their_config_context),
		T(before_46_the_first_page_is_long_because_there_is_no_cursor),
		T(up_to_46_other_objects_exclude_nothing),
		T(since_47_fields_are_enough),
		T(a_bad_token_is_reported_with_the_fix),
		T(a_web_page_is_reported_as_such),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
