/* SPDX-License-Identifier: Apache-2.0 */
/* The table of custom fields, and what bootstrap has to write for one of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "model/added_field.h"
#include "model/custom_fields.h"
#include "model/value.h"
#include "stagebox/json.h"

static struct sb_kinds *kinds;

static int setup(void **state)
{
	(void)state;
	kinds = sb_kinds_create();
	return kinds ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	sb_kinds_destroy(kinds);
	return 0;
}

/* A JSON text with ' instead of ". */
static json_t *parse_text(const char *text)
{
	sb_autofree char *quoted = strdup(text);
	json_t *value;
	char *c;

	for (c = quoted; *c; c++)
		if (*c == '\'')
			*c = '"';
	value = json_loads(quoted, JSON_DECODE_ANY, NULL);
	assert_non_null(value);
	return value;
}

/* Checks the members that bootstrap would write for a field. */
static void missing_is(const char *name, const char *row_text, const char *types_text,
		       const char *expected_text)
{
	sb_autojson *row = row_text ? parse_text(row_text) : NULL, *types = parse_text(types_text);
	sb_autojson *expected = parse_text(expected_text);
	sb_autojson *set = sb_custom_field_missing(sb_custom_field_find(name), row, types);
	sb_autofree char *text = json_dumps(set, JSON_COMPACT | JSON_SORT_KEYS);

	if (!json_equal(set, expected))
		fail_msg("%s: got %s, expected %s", name, text, expected_text);
}

static void every_definition_is_one_that_netbox_takes(void **state)
{
	const struct sb_custom_field *field;
	size_t i;

	(void)state;
	for (i = 0; (field = sb_custom_field_at(i)); i++) {
		assert_true(sb_custom_field_is(field->name));
		assert_ptr_equal(sb_custom_field_find(field->name), field); /* used once */
		assert_true(strlen(field->name) <= 50 && strlen(field->label) <= 50);
		assert_true(strlen(field->description) <= 200);
		assert_true(!field->kind_flags != !field->object_types);
		assert_true(sb_streq(field->visible, "if-set") ||
			    sb_streq(field->visible, "hidden"));
		assert_true(sb_streq(field->editable, "no") || sb_streq(field->editable, "yes"));
	}
	assert_int_equal(sb_custom_field_find("stagebox_key")->use, SB_CUSTOM_REFLECTION);
	assert_int_equal(sb_custom_field_find("stagebox_manage")->use, SB_CUSTOM_INTENT);
	assert_null(sb_custom_field_find("stagebox_other"));
}

static void every_custom_field_of_a_kind_is_in_the_table(void **state)
{
	size_t i, n = 0;

	(void)state;
	for (i = 0; i < sb_kinds_count(kinds); i++) {
		const struct sb_kind *kind = sb_kinds_at(kinds, i);
		const struct sb_kind_field *field;

		for (field = kind->fields; field->name; field++) {
			const struct sb_custom_field *found;

			if (!sb_custom_field_is(field->name))
				continue;
			found = sb_custom_field_find(field->name);
			assert_non_null(found);
			assert_int_equal(found->use, SB_CUSTOM_REFLECTION);
			assert_true(sb_custom_field_on(found, kind));
			n++;
		}
	}
	assert_int_equal(n, 3);
}

static void every_owned_kind_carries_key_and_adopted_but_rows_without_a_key_do_not(void **state)
{
	const struct sb_custom_field *key = sb_custom_field_find("stagebox_key");
	const struct sb_custom_field *adopted = sb_custom_field_find("stagebox_adopted");
	const struct sb_custom_field *vmid = sb_custom_field_find("stagebox_vmid");

	(void)state;
	assert_true(sb_custom_field_on(key, sb_kinds_find(kinds, "ip")));
	assert_true(sb_custom_field_on(adopted, sb_kinds_find(kinds, "ip")));
	assert_true(sb_custom_field_on(adopted, sb_kinds_find(kinds, "cluster")));
	assert_false(sb_custom_field_on(key, sb_kinds_find(kinds, "mac")));
	assert_false(sb_custom_field_on(adopted, sb_kinds_find(kinds, "tag")));
	assert_true(sb_custom_field_on(vmid, sb_kinds_find(kinds, "vm")));
	assert_false(sb_custom_field_on(vmid, sb_kinds_find(kinds, "vm-interface")));
}

static void a_field_that_netbox_lacks_gets_its_whole_definition(void **state)
{
	(void)state;
	missing_is("stagebox_vmid", NULL, "['virtualization.virtualmachine']",
		   "{'name': 'stagebox_vmid', 'label': 'VMID', 'group_name': 'Proxmox VE', "
		   "'type': 'integer', 'object_types': ['virtualization.virtualmachine'], "
		   "'filter_logic': 'exact', 'ui_visible': 'if-set', 'ui_editable': 'no', "
		   "'search_weight': 200}");
}

static void the_definition_of_the_first_release_gets_label_group_and_visibility(void **state)
{
	(void)state;
	missing_is("stagebox_key",
		   "{'label': 'stagebox key', 'group_name': '', 'ui_visible': 'if-set', "
		   "'object_types': ['dcim.device']}",
		   "['dcim.device']", "{'label': 'Key', 'group_name': 'Proxmox VE'}");
	missing_is("stagebox_birth",
		   "{'label': 'stagebox birth', 'group_name': '', 'ui_visible': 'if-set', "
		   "'object_types': ['virtualization.virtualmachine']}",
		   "['virtualization.virtualmachine']",
		   "{'label': 'Instance id', 'group_name': 'Proxmox VE', 'ui_visible': 'hidden'}");
}

static void what_people_changed_in_a_definition_stays(void **state)
{
	(void)state;
	missing_is("stagebox_birth",
		   "{'label': 'UUID of the VM', 'group_name': 'Virtual', 'ui_visible': 'always', "
		   "'object_types': ['virtualization.virtualmachine']}",
		   "['virtualization.virtualmachine']", "{}");
	/* After the migration the group belongs to people. */
	missing_is("stagebox_key",
		   "{'label': 'Key', 'group_name': '', 'ui_visible': 'hidden', "
		   "'object_types': ['dcim.device']}",
		   "['dcim.device']", "{}");
	missing_is("stagebox_vmid",
		   "{'label': 'Number', 'group_name': '', 'ui_visible': 'always', "
		   "'search_weight': 0, 'object_types': ['virtualization.virtualmachine']}",
		   "['virtualization.virtualmachine']", "{}");
}

static void object_types_are_added_and_none_is_removed(void **state)
{
	(void)state;
	missing_is("stagebox_key", "{'label': 'Key', 'object_types': ['tenancy.tenant']}",
		   "['dcim.device', 'tenancy.tenant']",
		   "{'object_types': ['tenancy.tenant', 'dcim.device']}");
}

static const char *const on_guests[] = {"vm", "device", NULL};
static const char *const on_nothing[] = {NULL};
static const char *const on_tags[] = {"tag", NULL};
static const char *const on_unknown[] = {"wm", NULL};
static const char *const some[] = {"a", "b", NULL};

static struct sb_field good_field(void)
{
	return (struct sb_field){.size = sizeof(struct sb_field),
				 .name = "stagebox_shelf_rack",
				 .label = "Rack",
				 .description = "where it is",
				 .type = SB_FIELD_TEXT,
				 .kinds = on_guests};
}

static void a_field_of_a_module_is_a_field_of_its_kinds(void **state)
{
	struct sb_field field = good_field();
	struct sb_error err = SB_ERROR_INIT;
	sb_autojson *names = NULL, *flat = NULL;
	sb_autojson *row = parse_text("{'id': 1, 'custom_fields': {'stagebox_shelf_state':"
				      " {'value': 'a', 'label': 'A'}, 'theirs': 'x'}}");

	(void)state;
	assert_int_equal(sb_added_field(kinds, "shelf", &field, &err), 0);
	assert_non_null(sb_kind_field(sb_kinds_find(kinds, "vm"), "stagebox_shelf_rack"));
	assert_non_null(sb_kind_field(sb_kinds_find(kinds, "vm"), "memory"));
	assert_non_null(sb_kind_field(sb_kinds_find(kinds, "device"), "stagebox_shelf_rack"));
	assert_null(sb_kind_field(sb_kinds_find(kinds, "cluster"), "stagebox_shelf_rack"));
	names = sb_custom_field_names(kinds);
	assert_string_equal(json_string_value(json_array_get(names, 0)), "stagebox_key");
	assert_string_equal(json_string_value(json_array_get(names, json_array_size(names) - 1)),
			    "stagebox_shelf_rack");
	assert_string_equal(sb_kinds_custom(kinds, 0)->object_types,
			    "virtualization.virtualmachine dcim.device");

	field.name = "stagebox_shelf";
	assert_int_equal(sb_added_field(kinds, "shelf", &field, &err), 0);
	field.name = "stagebox_shelf_state";
	field.type = SB_FIELD_CHOICE;
	field.choices = some;
	assert_int_equal(sb_added_field(kinds, "shelf", &field, &err), 0);
	flat = sb_value_flatten(sb_kinds_find(kinds, "vm"), row);
	assert_string_equal(sb_json_str(flat, "stagebox_shelf_state"), "a");
}

static void a_field_that_cannot_be_right_is_refused(void **state)
{
	static const char long_name[] = "stagebox_shelf_0123456789012345678901234567890123456";
	static const char *const twice[] = {"a", "a", NULL}, *const blank[] = {"", NULL};
	struct sb_field wrong[19];
	static const char *const says[19] = {
		"too short",   "begin with",   "begin with",  "not made of",  "single _",
		"50 char",     "label",        "description", "kinds is",     "no custom fields of",
		"choices are", "choices",      "traits",      "stagebox_key", "no such kind",
		"reserved",    "listed twice", "1 to 100",    "UTF-8"};
	size_t i;

	(void)state;
	for (i = 0; i < SB_ARRAY_LEN(wrong); i++)
		wrong[i] = good_field();
	wrong[0].size = 8;
	wrong[1].name = "rack";
	wrong[2].name = "stagebox_shelf_";
	wrong[3].name = "stagebox_shelf_Rack";
	wrong[4].name = "stagebox_shelf__rack";
	wrong[5].name = long_name;
	wrong[6].label = "";
	wrong[7].description = NULL;
	wrong[8].kinds = on_nothing;
	wrong[9].type = SB_FIELD_REFS;
	wrong[10].type = SB_FIELD_CHOICE;
	wrong[11].choices = some;
	wrong[12].traits = SB_TRAIT_TITLE;
	wrong[13].kinds = on_tags;
	wrong[14].kinds = on_unknown;
	wrong[15].name = "stagebox_vmid";
	wrong[16].type = wrong[17].type = SB_FIELD_CHOICE;
	wrong[16].choices = twice;
	wrong[17].choices = blank;
	wrong[18].label = "\xff";
	for (i = 0; i < SB_ARRAY_LEN(wrong); i++) {
		struct sb_error err = SB_ERROR_INIT;

		assert_int_equal(sb_added_field(kinds, "shelf", &wrong[i], &err), SB_E_CONFIG);
		if (!strstr(err.text, says[i]))
			fail_msg("case %zu: %s", i, err.text);
	}
	assert_null(sb_kinds_custom(kinds, 0));
}

static void one_name_is_added_once_and_reserved_names_by_their_feature_only(void **state)
{
	struct sb_field field = good_field();
	struct sb_error err = SB_ERROR_INIT;

	(void)state;
	assert_int_equal(sb_added_field(kinds, "shelf", &field, &err), 0);
	assert_int_equal(sb_added_field(kinds, "shelf", &field, &err), SB_E_CONFIG);
	assert_non_null(strstr(err.text, "added already"));
	field.name = "stagebox_ha_group";
	assert_int_equal(sb_added_field(kinds, "shelf", &field, &err), SB_E_CONFIG);
	assert_int_equal(sb_added_field(kinds, "ha", &field, &err), 0);
	field.name = "stagebox_ha_managed"; /* a boolean */
	assert_int_equal(sb_added_field(kinds, "ha", &field, &err), SB_E_CONFIG);
	assert_non_null(strstr(err.text, "type"));
}

static void a_kind_has_at_most_63_fields(void **state)
{
	struct sb_error err = SB_ERROR_INIT;
	char names[64][32];
	size_t i, n = 0;
	int rc = 0;

	(void)state;
	for (i = 0; !rc && i < SB_ARRAY_LEN(names); i++) {
		struct sb_field field = good_field();

		snprintf(names[i], sizeof(names[i]), "stagebox_shelf_n%zu", i);
		field.name = names[i];
		rc = sb_added_field(kinds, "shelf", &field, &err);
	}
	assert_int_equal(rc, SB_E_CONFIG);
	assert_non_null(strstr(err.text, "as many fields as a kind may have"));
	while (sb_kinds_find(kinds, "vm")->fields[n].name)
		n++;
	assert_int_equal(n, 63);
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(every_definition_is_one_that_netbox_takes),
		T(every_custom_field_of_a_kind_is_in_the_table),
		T(every_owned_kind_carries_key_and_adopted_but_rows_without_a_key_do_not),
		T(a_field_that_netbox_lacks_gets_its_whole_definition),
		T(the_definition_of_the_first_release_gets_label_group_and_visibility),
		T(what_people_changed_in_a_definition_stays),
		T(object_types_are_added_and_none_is_removed),
		T(a_field_of_a_module_is_a_field_of_its_kinds),
		T(a_field_that_cannot_be_right_is_refused),
		T(one_name_is_added_once_and_reserved_names_by_their_feature_only),
		T(a_kind_has_at_most_63_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
