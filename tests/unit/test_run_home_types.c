/* SPDX-License-Identifier: Apache-2.0 */
/* The types of custom objects that kinds need, and those that NetBox has. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "model/home_type.h"
#include "run/home_types.h"
#include "stagebox/json.h"

#define INSTANCE "11111111-2222-4333-8444-555555555555"

struct state {
	struct sb_kinds *kinds;
	json_t *want, *row, *merged;
	struct sb_error err;
	char text[400];
};

static const struct sb_home_field fields[] = {
	{.name = "title",
	 .id = 1,
	 .label = "Title",
	 .type = SB_FIELD_TEXT,
	 .traits = SB_TRAIT_TITLE},
	{.name = "cluster",
	 .id = 2,
	 .label = "Cluster",
	 .type = SB_FIELD_REF,
	 .kind = "cluster",
	 .traits = SB_TRAIT_NEEDED},
	{.name = "device", .id = 3, .label = "Node", .type = SB_FIELD_REF, .kind = "device"},
	{.name = "height", .id = 4, .label = "Height", .type = SB_FIELD_INT},
	{.name = "note", .id = 5, .label = "Note", .type = SB_FIELD_TEXT, .traits = SB_TRAIT_NOTE},
	{.name = "data", .id = 6, .label = "Data", .type = SB_FIELD_JSON},
	{0},
};
static const unsigned removed[] = {7, 8, 0};

static int setup(void **ret_state)
{
	static const struct sb_home home = {.size = sizeof(home),
					    .kind = "disk-shelf",
					    .label = "Disk shelf",
					    .labels = "Disk shelves",
					    .description = "a shelf",
					    .parent = "cluster",
					    .custom_field = "stagebox_shelf",
					    .fields = fields,
					    .field_size = sizeof(fields[0]),
					    .removed = removed};
	struct state *state = calloc(1, sizeof(*state));

	state->kinds = sb_kinds_create();
	assert_int_equal(sb_home_register(state->kinds, "shelf", &home, &state->err), 0);
	state->want = sb_home_type(state->kinds, sb_kinds_home(state->kinds, 0));
	state->row = json_deep_copy(state->want);
	json_object_del(state->row, "removed");
	json_object_set_new(state->row, "id", json_integer(5));
	json_object_set_new(state->row, "description", json_string("a shelf (" INSTANCE ")"));
	*ret_state = state;
	return 0;
}

static int teardown(void **state_arg)
{
	struct state *state = *state_arg;

	json_decref(state->want);
	json_decref(state->row);
	json_decref(state->merged);
	sb_kinds_destroy(state->kinds);
	free(state);
	return 0;
}

static json_t *field_of(const json_t *type, const char *name)
{
	return json_object_get(json_object_get(type, "schema_fields"), name);
}

static void put_field(json_t *type, const char *name, const char *json)
{
	json_object_set_new(json_object_get(type, "schema_fields"), name,
			    json_loads(json, 0, NULL));
}

static void rename_field(json_t *type, const char *name, const char *to)
{
	json_t *all = json_object_get(type, "schema_fields");

	json_object_set(all, to, json_object_get(all, name));
	json_object_del(all, name);
}

static int merge_type(struct state *state)
{
	return sb_home_type_merge(state->want, state->row, INSTANCE, &state->merged, &state->err);
}

static const char *find_fault(struct state *state)
{
	return sb_home_type_fault(state->want, state->row, INSTANCE, state->text,
				  sizeof(state->text));
}

static void assert_field(const json_t *type, const char *name, const char *expected)
{
	sb_autojson *wanted = json_loads(expected, 0, NULL);
	sb_autofree char *text = json_dumps(field_of(type, name), JSON_SORT_KEYS);

	assert_non_null(wanted);
	if (!json_equal(field_of(type, name), wanted))
		fail_msg("%s is %s", name, text ? text : "missing");
}

static void a_kind_is_a_type_with_plain_names(void **arg)
{
	const json_t *want = ((struct state *)*arg)->want;

	assert_string_equal(sb_json_str(want, "slug"), "stagebox-disk-shelf");
	assert_string_equal(sb_json_str(want, "name"), "stagebox_disk_shelf");
	assert_string_equal(sb_json_str(want, "verbose_name"), "Disk shelf");
	assert_string_equal(sb_json_str(want, "verbose_name_plural"), "Disk shelves");
	assert_string_equal(sb_json_str(want, "group_name"), "Proxmox VE");
}

static void fields_have_the_numbers_of_the_module(void **arg)
{
	const json_t *want = ((struct state *)*arg)->want;

	assert_field(want, "title",
		     "{\"id\":1,\"type\":\"text\",\"label\":\"Title\",\"primary\":true,"
		     "\"weight\":101,\"search_weight\":100}");
	assert_field(want, "cluster",
		     "{\"id\":2,\"type\":\"object\",\"label\":\"Cluster\",\"required\":true,"
		     "\"weight\":102,\"search_weight\":0,\"related_object_type\":"
		     "\"virtualization/cluster\",\"on_delete_behavior\":\"cascade\"}");
	assert_field(want, "device",
		     "{\"id\":3,\"type\":\"object\",\"label\":\"Node\",\"weight\":103,"
		     "\"search_weight\":0,\"related_object_type\":\"dcim/device\"}");
	assert_field(want, "height",
		     "{\"id\":4,\"type\":\"integer\",\"label\":\"Height\",\"weight\":104,"
		     "\"search_weight\":0}");
	assert_string_equal(sb_json_str(field_of(want, "note"), "type"), "longtext");
	assert_string_equal(sb_json_str(field_of(want, "data"), "filter_logic"), "disabled");
}

static void our_own_fields_have_numbers_above_those_of_modules(void **arg)
{
	const json_t *want = ((struct state *)*arg)->want;
	const json_t *key = field_of(want, "stagebox_key"),
		     *adopted = field_of(want, "stagebox_adopted");

	assert_int_equal(json_integer_value(json_object_get(key, "id")), 10001);
	assert_int_equal(json_integer_value(json_object_get(adopted, "id")), 10002);
	assert_true(json_is_true(json_object_get(key, "unique")));
	assert_true(json_is_true(json_object_get(key, "required")));
	assert_null(json_object_get(key, "primary"));
	assert_string_equal(sb_json_str(key, "filter_logic"), "exact");
	assert_string_equal(sb_json_str(adopted, "type"), "boolean");
}

static void a_type_that_is_as_wanted_needs_nothing(void **arg)
{
	struct state *state = *arg;

	assert_null(find_fault(state));
	assert_int_equal(merge_type(state), 0);
	assert_true(json_equal(state->merged, state->row));
}

static void a_type_of_somebody_else_is_refused(void **arg)
{
	struct state *state = *arg;

	json_object_set_new(state->row, "description", json_string("a shelf"));
	assert_int_equal(merge_type(state), SB_E_CONFIG);
	assert_non_null(strstr(state->err.text, "not one of stagebox"));
	assert_non_null(strstr(find_fault(state), "not one of stagebox"));
	assert_int_equal(
		sb_home_type_merge(state->want, state->row, NULL, &state->merged, &state->err),
		SB_E_CONFIG);
}

static void what_people_changed_stays(void **arg)
{
	struct state *state = *arg;

	json_object_set_new(state->row, "verbose_name", json_string("Shelf"));
	json_object_set_new(state->row, "group_name", json_string("Storage"));
	json_object_set_new(field_of(state->row, "height"), "label", json_string("Units"));
	json_object_set_new(field_of(state->row, "height"), "ui_visible", json_string("hidden"));
	put_field(state->row, "theirs", "{\"id\":10003,\"type\":\"text\"}");
	assert_null(find_fault(state));
	assert_int_equal(merge_type(state), 0);
	assert_true(json_equal(state->merged, state->row));
}

static void our_part_of_a_field_is_set_again(void **arg)
{
	struct state *state = *arg;

	json_object_del(field_of(state->row, "cluster"), "required");
	json_object_del(field_of(state->row, "stagebox_key"), "filter_logic");
	json_object_set_new(field_of(state->row, "height"), "unique", json_true());
	assert_int_equal(merge_type(state), 0);
	assert_true(json_equal(json_object_get(state->merged, "schema_fields"),
			       json_object_get(state->want, "schema_fields")));
}

static void a_field_that_is_missing_is_added(void **arg)
{
	struct state *state = *arg;

	json_object_del(json_object_get(state->row, "schema_fields"), "height");
	assert_non_null(strstr(find_fault(state), "has no field \"height\""));
	assert_int_equal(merge_type(state), 0);
	assert_true(json_equal(field_of(state->merged, "height"), field_of(state->want, "height")));
}

static void a_field_is_renamed_by_its_number(void **arg)
{
	struct state *state = *arg;

	rename_field(state->row, "height", "tallness");
	assert_non_null(strstr(find_fault(state), "has no field \"height\""));
	assert_int_equal(merge_type(state), 0);
	assert_null(field_of(state->merged, "tallness"));
	assert_non_null(field_of(state->merged, "height"));
}

static void two_fields_change_their_names(void **arg)
{
	struct state *state = *arg;

	rename_field(state->row, "note", "swap");
	rename_field(state->row, "height", "note");
	rename_field(state->row, "swap", "height");
	assert_int_equal(merge_type(state), 0);
	assert_true(json_equal(json_object_get(state->merged, "schema_fields"),
			       json_object_get(state->want, "schema_fields")));
}

static void a_field_of_another_type_is_refused(void **arg)
{
	struct state *state = *arg;

	json_object_set_new(field_of(state->row, "height"), "type", json_string("text"));
	assert_non_null(strstr(find_fault(state), "the type text instead of integer"));
	assert_int_equal(merge_type(state), SB_E_CONFIG);
	assert_non_null(strstr(state->err.text, "the type text instead of integer"));
}

static void a_reference_to_another_kind_is_refused(void **arg)
{
	struct state *state = *arg;

	json_object_set_new(field_of(state->row, "device"), "related_object_type",
			    json_string("dcim/site"));
	assert_int_equal(merge_type(state), SB_E_CONFIG);
}

static void a_field_of_people_is_not_taken_by_its_name(void **arg)
{
	struct state *state = *arg;

	json_object_del(json_object_get(state->row, "schema_fields"), "height");
	put_field(state->row, "height", "{\"id\":10003,\"type\":\"integer\"}");
	assert_non_null(find_fault(state));
	assert_int_equal(merge_type(state), SB_E_CONFIG);
	assert_non_null(strstr(state->err.text, "another field \"height\""));
}

static void a_removed_field_stays_and_is_not_required(void **arg)
{
	struct state *state = *arg;

	put_field(state->row, "old", "{\"id\":7,\"type\":\"text\",\"required\":true}");
	assert_null(find_fault(state));
	assert_int_equal(merge_type(state), 0);
	assert_field(state->merged, "old", "{\"id\":7,\"type\":\"text\",\"deprecated\":true}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_kind_is_a_type_with_plain_names, setup, teardown),
		cmocka_unit_test_setup_teardown(fields_have_the_numbers_of_the_module, setup,
						teardown),
		cmocka_unit_test_setup_teardown(our_own_fields_have_numbers_above_those_of_modules,
						setup, teardown),
		cmocka_unit_test_setup_teardown(a_type_that_is_as_wanted_needs_nothing, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_type_of_somebody_else_is_refused, setup,
						teardown),
		cmocka_unit_test_setup_teardown(what_people_changed_stays, setup, teardown),
		cmocka_unit_test_setup_teardown(our_part_of_a_field_is_set_again, setup, teardown),
		cmocka_unit_test_setup_teardown(a_field_that_is_missing_is_added, setup, teardown),
		cmocka_unit_test_setup_teardown(a_field_is_renamed_by_its_number, setup, teardown),
		cmocka_unit_test_setup_teardown(two_fields_change_their_names, setup, teardown),
		cmocka_unit_test_setup_teardown(a_field_of_another_type_is_refused, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_reference_to_another_kind_is_refused, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_field_of_people_is_not_taken_by_its_name, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_removed_field_stays_and_is_not_required, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
