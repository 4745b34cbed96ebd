/* SPDX-License-Identifier: Apache-2.0 */
/* Collections of custom objects: lists and writes as of any collection. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>

#include "test_netbox_home_fixture.h"

#define OSDS  "stagebox/osd"
#define TABLE "/api/plugins/custom-objects/stagebox-osd/"
#define OURS                                                                                       \
	TABLE "?stagebox_key__isw=lab%2F&fields=id,title,stagebox_key,stagebox_adopted"            \
	      "&limit=100&ordering=id"

static const struct sb_netbox_home osds = {.path = OSDS,
					   .objects = "plugins/custom-objects/stagebox-osd",
					   .name = "osd",
					   .parent = "cluster",
					   .parent_path = "virtualization/clusters",
					   .field = "stagebox_ceph"};

static int setup(void **ret_state)
{
	return setup_home(ret_state, &osds);
}

static void serve_rows(struct state *state, const char *rows, int count)
{
	snprintf(state->answer, sizeof(state->answer),
		 "{\"count\":%d,\"next\":null,\"results\":[%s]}", count, rows);
	fake_io_once(state->fake, "GET", OURS, 200, state->answer);
}

static void list_ours(struct state *state)
{
	list_path(state, OSDS, "cf_stagebox_key__isw=lab%2F", "id,title,custom_fields");
}

static void our_plain_fields_are_custom_fields_of_a_row(void **arg)
{
	struct state *state = *arg;
	const json_t *row, *custom;

	serve_rows(state,
		   "{\"id\":5,\"title\":\"a\",\"stagebox_key\":\"lab/osd/1\",\"stagebox_adopted\":"
		   "null}",
		   1);
	list_ours(state);
	assert_int_equal(state->known, SB_NETBOX_COMPLETE);
	row = json_array_get(state->rows, 0);
	custom = json_object_get(row, "custom_fields");
	assert_string_equal(sb_json_str(custom, "stagebox_key"), "lab/osd/1");
	assert_non_null(json_object_get(custom, "stagebox_adopted"));
	assert_null(json_object_get(row, "stagebox_key"));
	assert_string_equal(sb_json_str(row, "title"), "a");
}

static void a_filter_that_netbox_ignores_makes_the_list_unread(void **arg)
{
	struct state *state = *arg;

	serve_rows(state,
		   "{\"id\":5,\"stagebox_key\":\"lab/osd/1\"},{\"id\":6,\"stagebox_key\":"
		   "\"labor/osd/1\"}",
		   2);
	list_ours(state);
	assert_int_equal(state->known, SB_NETBOX_UNREAD);
	assert_non_null(strstr(state->why.text, "ignores the filter stagebox_key__isw"));
	assert_int_equal(json_array_size(state->rows), 1);
}

static void an_object_without_a_key_is_not_one_that_was_asked_for(void **arg)
{
	struct state *state = *arg;

	serve_rows(state, "{\"id\":6,\"stagebox_key\":null}", 1);
	list_ours(state);
	assert_int_equal(state->known, SB_NETBOX_UNREAD);
	assert_int_equal(json_array_size(state->rows), 0);
}

static void a_list_by_id_may_have_objects_of_any_key(void **arg)
{
	struct state *state = *arg;

	fake_io_once(state->fake, "GET",
		     TABLE "?id=6&fields=id,stagebox_key,stagebox_adopted&limit=100&ordering=id",
		     200,
		     "{\"count\":1,\"next\":null,\"results\":[{\"id\":6,\"stagebox_key\":null}]}");
	list_path(state, OSDS, "id=6", "id,custom_fields");
	assert_int_equal(state->known, SB_NETBOX_COMPLETE);
	assert_int_equal(json_array_size(state->rows), 1);
}

static void a_create_sends_our_fields_as_plain_ones(void **arg)
{
	struct state *state = *arg;

	fake_io_once(state->fake, "POST", TABLE "?fields=id,title,stagebox_key,stagebox_adopted",
		     201, "[{\"id\":7}]");
	write_path(state, OSDS, "POST", "id,title,custom_fields",
		   "[{\"title\":\"a\",\"custom_fields\":{\"stagebox_key\":\"lab/osd/1\","
		   "\"stagebox_adopted\":false},\"changelog_message\":\"m\"}]");
	assert_int_equal(state->outcome, SB_NETBOX_DONE);
	assert_int_equal(state->ids[0], 7);
	assert_body(state, 0,
		    "[{\"title\":\"a\",\"stagebox_key\":\"lab/osd/1\",\"stagebox_adopted\":false,"
		    "\"changelog_message\":\"m\"}]");
}

static void an_update_without_our_fields_sends_none(void **arg)
{
	struct state *state = *arg;

	fake_io_once(state->fake, "PATCH", TABLE "?fields=id,title", 200, "[{\"id\":7}]");
	write_path(state, OSDS, "PATCH", "id,title", "[{\"id\":7,\"title\":\"b\"}]");
	assert_int_equal(state->outcome, SB_NETBOX_DONE);
	assert_body(state, 0, "[{\"id\":7,\"title\":\"b\"}]");
}

static void a_key_that_exists_is_a_conflict(void **arg)
{
	struct state *state = *arg;

	fake_io_once(state->fake, "POST", TABLE "?fields=id", 500,
		     "{\"error\":\"duplicate key value\",\"exception\":\"IntegrityError\"}");
	write_path(state, OSDS, "POST", "id", "[{\"title\":\"a\"},{\"title\":\"b\"}]");
	assert_int_equal(state->outcome, SB_NETBOX_CONFLICT);
	assert_int_equal(state->n_items, 0);
}

static void objects_are_deleted_by_id(void **arg)
{
	struct state *state = *arg;

	fake_io_once(state->fake, "DELETE", TABLE, 204, "");
	write_path(state, OSDS, "DELETE", "", "[{\"id\":7}]");
	assert_int_equal(state->outcome, SB_NETBOX_DONE);
	assert_body(state, 0, "[{\"id\":7}]");
}

static void netbox_has_it_under_another_path(void **arg)
{
	struct state *state = *arg;

	assert_string_equal(sb_netbox_path(state->netbox, OSDS),
			    "plugins/custom-objects/stagebox-osd");
	assert_string_equal(sb_netbox_path(state->netbox, "dcim/devices"), "dcim/devices");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(our_plain_fields_are_custom_fields_of_a_row, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_filter_that_netbox_ignores_makes_the_list_unread,
						setup, teardown),
		cmocka_unit_test_setup_teardown(
			an_object_without_a_key_is_not_one_that_was_asked_for, setup, teardown),
		cmocka_unit_test_setup_teardown(a_list_by_id_may_have_objects_of_any_key, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_create_sends_our_fields_as_plain_ones, setup,
						teardown),
		cmocka_unit_test_setup_teardown(an_update_without_our_fields_sends_none, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_key_that_exists_is_a_conflict, setup, teardown),
		cmocka_unit_test_setup_teardown(objects_are_deleted_by_id, setup, teardown),
		cmocka_unit_test_setup_teardown(netbox_has_it_under_another_path, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
