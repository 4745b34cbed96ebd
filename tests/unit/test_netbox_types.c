/* SPDX-License-Identifier: Apache-2.0 */
/* Types of custom objects: their rows, and the documents by which they are changed. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "netbox/types.h"
#include "test_netbox_home_fixture.h"

#define TYPES "/api/plugins/custom-objects/custom-object-types/?limit=100&ordering=id"
#define APPLY "/api/plugins/custom-objects/schema/apply/"

/* clang-format off: its versions break nested texts differently */
/* As NetBox returns it, with the members that matter. */
#define FIELD(name, id, type, more)                                                                \
	"{\"id\":9,\"name\":\"" name "\",\"schema_id\":" id ",\"type\":\"" type                    \
	"\",\"label\":\"\",\"required\":false,\"weight\":100,\"filter_logic\":\"loose\","          \
	"\"on_delete_behavior\":null,\"related_object_type\":null" more "}"
#define OSD                                                                                              \
	"{\"id\":3,\"slug\":\"stagebox-osd\",\"name\":\"stagebox_osd\",\"verbose_name\":\"OSD\","        \
	"\"description\":\"d\",\"fields\":[" FIELD("title", "1", "text", ",\"primary\":true") "," FIELD( \
		"pool", "2", "object",                                                                   \
		",\"related_object_type\":{\"id\":1,\"app_"                                              \
		"label\":\"netbox_custom_objects\","                                                     \
		"\"model\":\"table4model\"},\"on_delete_"                                                \
		"behavior\":\"cascade\"") "," FIELD("devic"                                              \
						    "e",                                                 \
						    "3",                                                 \
						    "objec"                                              \
						    "t",                                                 \
						    ",\"re"                                              \
						    "lated"                                              \
						    "_obje"                                              \
						    "ct_"                                                \
						    "type"                                               \
						    "\":{"                                               \
						    "\"id"                                               \
						    "\":1,"                                              \
						    "\"app"                                              \
						    "_labe"                                              \
						    "l\":"                                               \
						    "\"dci"                                              \
						    "m\","                                               \
						    "\"mod"                                              \
						    "el\":"                                              \
						    "\"dev"                                              \
						    "ice\""                                              \
						    "},"                                                 \
						    "\"on_"                                              \
						    "delet"                                              \
						    "e_"                                                 \
						    "behav"                                              \
						    "ior\""                                              \
						    ":\"se"                                              \
						    "t_"                                                 \
						    "null"                                               \
						    "\"") "," FIELD("theirs", "10003", "text",           \
								    "") "," FIELD("old", "null",         \
										  "text", "") "]}"
#define POOL "{\"id\":4,\"slug\":\"stagebox-pool\",\"name\":\"stagebox_pool\",\"fields\":[]}"
/* clang-format on */

#define LIST(n, rows) "{\"count\":" n ",\"next\":null,\"results\":[" rows "]}"

static int setup(void **ret_state)
{
	static const struct sb_netbox_home none = {.path = "stagebox/none"};

	return setup_home(ret_state, &none);
}

static void serve_types(struct state *state, const char *list)
{
	fake_io_once(state->fake, "GET", TYPES, 200, list);
}

static void a_row_has_what_differs_from_the_defaults(void **arg)
{
	struct state *state = *arg;
	sb_autojson *expected =
		json_loads("{\"title\":{\"id\":1,\"type\":\"text\",\"primary\":true},"
			   "\"pool\":{\"id\":2,\"type\":\"object\",\"related_object_type\":"
			   "\"custom-objects/stagebox-pool\",\"on_delete_behavior\":\"cascade\"},"
			   "\"device\":{\"id\":3,\"type\":\"object\",\"related_object_type\":"
			   "\"dcim/device\"},\"theirs\":{\"id\":10003,\"type\":\"text\"},"
			   "\"old\":{\"type\":\"text\"}}",
			   0, NULL);
	const json_t *row;

	serve_types(state, LIST("2", OSD "," POOL));
	list_path(state, SB_TYPES_PATH, "", "");
	assert_int_equal(json_array_size(state->rows), 2);
	row = json_array_get(state->rows, 0);
	assert_string_equal(sb_json_str(row, "slug"), "stagebox-osd");
	assert_string_equal(sb_json_str(row, "group_name"), "");
	assert_true(json_equal(json_object_get(row, "schema_fields"), expected));
}

static void a_list_by_id_knows_the_slugs_of_the_others(void **arg)
{
	struct state *state = *arg;
	const json_t *fields;

	serve_types(state, LIST("2", OSD "," POOL));
	list_path(state, SB_TYPES_PATH, "id=33&id=3", "");
	assert_int_equal(json_array_size(state->rows), 1);
	fields = json_object_get(json_array_get(state->rows, 0), "schema_fields");
	assert_string_equal(sb_json_str(json_object_get(fields, "pool"), "related_object_type"),
			    "custom-objects/stagebox-pool");
}

static void a_new_type_is_applied_as_a_schema_and_its_id_read(void **arg)
{
	struct state *state = *arg;

	serve_types(state, LIST("1", POOL));
	fake_io_once(state->fake, "POST", APPLY, 200, "{\"applied\":true,\"diffs\":[]}");
	serve_types(state, LIST("2", OSD "," POOL));
	write_path(state, SB_TYPES_PATH, "POST", "",
		   "[{\"slug\":\"stagebox-osd\",\"name\":\"stagebox_osd\",\"marked_by\":5,\"schema_"
		   "fields\":"
		   "{\"title\":{\"id\":1,\"type\":\"text\",\"primary\":true}},"
		   "\"changelog_message\":\"m\"}]");
	assert_int_equal(state->outcome, SB_NETBOX_DONE);
	assert_int_equal(state->ids[0], 3);
	assert_body(state, 1,
		    "{\"allow_destructive\":false,\"schema\":{\"schema_version\":\"1\",\"types\":"
		    "[{\"slug\":\"stagebox-osd\",\"name\":\"stagebox_osd\",\"fields\":["
		    "{\"name\":\"title\",\"id\":1,\"type\":\"text\",\"primary\":true}]}]}}");
}

static void a_type_that_exists_is_not_created(void **arg)
{
	struct state *state = *arg;

	serve_types(state, LIST("1", POOL));
	write_path(
		state, SB_TYPES_PATH, "POST", "",
		"[{\"slug\":\"stagebox-pool\",\"name\":\"stagebox_pool\",\"schema_fields\":{}}]");
	assert_int_equal(state->outcome, SB_NETBOX_REJECTED);
	assert_int_equal(state->n_items, 1);
	assert_int_equal(fake_io_count(state->fake), 1);
}

static void a_change_sends_the_rest_of_the_type_as_it_is(void **arg)
{
	struct state *state = *arg;

	serve_types(state, LIST("2", OSD "," POOL));
	fake_io_once(state->fake, "POST", APPLY, 200, "{\"applied\":true,\"diffs\":[]}");
	write_path(state, SB_TYPES_PATH, "PATCH", "", "[{\"id\":3,\"verbose_name\":\"Disk\"}]");
	assert_int_equal(state->outcome, SB_NETBOX_DONE);
	assert_int_equal(state->ids[0], 3);
	assert_body(state, 1,
		    "{\"allow_destructive\":false,\"schema\":{\"schema_version\":\"1\",\"types\":"
		    "[{\"slug\":\"stagebox-osd\",\"name\":\"stagebox_osd\",\"verbose_name\":"
		    "\"Disk\",\"verbose_name_plural\":\"\",\"group_name\":\"\",\"description\":"
		    "\"d\",\"fields\":[{\"name\":\"title\",\"id\":1,\"type\":\"text\",\"primary\":"
		    "true},{\"name\":\"pool\",\"id\":2,\"type\":\"object\",\"related_object_type\":"
		    "\"custom-objects/stagebox-pool\",\"on_delete_behavior\":\"cascade\"},"
		    "{\"name\":\"device\",\"id\":3,\"type\":\"object\",\"related_object_type\":"
		    "\"dcim/device\"}]}]}}");
}

static void the_words_of_netbox_about_a_schema_are_reported(void **arg)
{
	struct state *state = *arg;

	serve_types(state, LIST("1", POOL));
	fake_io_once(state->fake, "POST", APPLY, 409,
		     "{\"error\":\"destructive_changes\",\"detail\":\"removes fields\","
		     "\"destructive_slugs\":[\"stagebox-pool\"]}");
	write_path(state, SB_TYPES_PATH, "PATCH", "", "[{\"id\":4,\"verbose_name\":\"Pool\"}]");
	assert_int_equal(state->outcome, SB_NETBOX_REJECTED);
	assert_non_null(strstr(state->why.text, "destructive_changes: removes fields"));
	assert_int_equal(state->n_items, 1);
}

static void a_schema_without_an_answer_is_unsettled(void **arg)
{
	struct state *state = *arg;

	serve_types(state, LIST("0", ""));
	fake_io_once(state->fake, "POST", APPLY, 502, "");
	write_path(state, SB_TYPES_PATH, "POST", "",
		   "[{\"slug\":\"stagebox-osd\",\"name\":\"stagebox_osd\",\"schema_fields\":{}}]");
	assert_int_equal(state->outcome, SB_NETBOX_UNSETTLED);
}

static void a_schema_whose_types_cannot_be_read_again_is_unsettled(void **arg)
{
	struct state *state = *arg;

	serve_types(state, LIST("0", ""));
	fake_io_once(state->fake, "POST", APPLY, 200, "{\"applied\":true,\"diffs\":[]}");
	fake_io_once(state->fake, "GET", TYPES, 403, "{\"detail\":\"no\"}");
	write_path(state, SB_TYPES_PATH, "POST", "",
		   "[{\"slug\":\"stagebox-osd\",\"name\":\"stagebox_osd\",\"schema_fields\":{}}]");
	assert_int_equal(state->outcome, SB_NETBOX_UNSETTLED);
}

static void types_that_cannot_be_read_are_not_written(void **arg)
{
	struct state *state = *arg;

	fake_io_once(state->fake, "GET", TYPES, 403,
		     "{\"detail\":\"You do not have permission to perform this action.\"}");
	write_path(state, SB_TYPES_PATH, "PATCH", "", "[{\"id\":3,\"verbose_name\":\"Disk\"}]");
	assert_int_equal(state->outcome, SB_NETBOX_DENIED);
	assert_int_equal(fake_io_count(state->fake), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_row_has_what_differs_from_the_defaults, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_list_by_id_knows_the_slugs_of_the_others, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_new_type_is_applied_as_a_schema_and_its_id_read,
						setup, teardown),
		cmocka_unit_test_setup_teardown(a_type_that_exists_is_not_created, setup, teardown),
		cmocka_unit_test_setup_teardown(a_change_sends_the_rest_of_the_type_as_it_is, setup,
						teardown),
		cmocka_unit_test_setup_teardown(the_words_of_netbox_about_a_schema_are_reported,
						setup, teardown),
		cmocka_unit_test_setup_teardown(a_schema_without_an_answer_is_unsettled, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
			a_schema_whose_types_cannot_be_read_again_is_unsettled, setup, teardown),
		cmocka_unit_test_setup_teardown(types_that_cannot_be_read_are_not_written, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
