/* SPDX-License-Identifier: Apache-2.0 */
/* The table of custom fields, and what bootstrap has to write for one of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_definition_is_one_that_netbox_takes),
		cmocka_unit_test(every_custom_field_of_a_kind_is_in_the_table),
		cmocka_unit_test(
			every_owned_kind_carries_key_and_adopted_but_rows_without_a_key_do_not),
		cmocka_unit_test(a_field_that_netbox_lacks_gets_its_whole_definition),
		cmocka_unit_test(
			the_definition_of_the_first_release_gets_label_group_and_visibility),
		cmocka_unit_test(what_people_changed_in_a_definition_stays),
		cmocka_unit_test(object_types_are_added_and_none_is_removed),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
