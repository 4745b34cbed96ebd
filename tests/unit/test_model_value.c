/* SPDX-License-Identifier: Apache-2.0 */
/* Flattening the forms of a value in NetBox's answers, and comparing values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/value.h"

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

static const struct sb_kind *kind_of(const char *name)
{
	const struct sb_kind *found = sb_kinds_find(kinds, name);

	assert_non_null(found);
	return found;
}

static json_t *parse_json(const char *text)
{
	json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);

	assert_non_null(value);
	return value;
}

static void address_of(const char *text, const char *expected)
{
	char canonical[64] = "";
	int rc = sb_address_canonical(text, canonical);

	if (!expected) {
		assert_int_equal(rc, SB_E_SHAPE);
		return;
	}
	assert_int_equal(rc, 0);
	assert_string_equal(canonical, expected);
}

static void addresses_have_one_canonical_form(void **state)
{
	(void)state;
	address_of("10.0.0.1/24", "10.0.0.1/24");
	address_of("10.0.0.1", "10.0.0.1/32");
	address_of("2001:DB8:0:0::1/64", "2001:db8::1/64");
	address_of("2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1/128");
	address_of("::/0", "::/0");
	address_of("::FFFF:10.0.0.1/96", "::ffff:10.0.0.1/96");
}

static void an_invalid_address_has_no_form(void **state)
{
	(void)state;
	address_of("", NULL);
	address_of("dhcp", NULL);
	address_of("10.0.0/24", NULL);
	address_of("10.0.0.1/33", NULL);
	address_of("10.0.0.1/-1", NULL);
	address_of("10.0.0.1/", NULL);
	address_of("10.0.0.1/24x", NULL);
	address_of("10.0.0.1/24/24", NULL);
	address_of("2001:db8::1/129", NULL);
	address_of("fe80::1%eth0/64", NULL);
	address_of("2001:db8:0000:0000:0000:0000:0000:0000:0000:0000:0000:0001/64", NULL);
}

static void check_flat(const char *kind_name, const char *answer, const char *expected)
{
	sb_autojson *row = parse_json(answer), *want = parse_json(expected);
	sb_autojson *flat = sb_value_flatten(kind_of(kind_name), row);
	char *text;

	assert_non_null(flat);
	if (json_equal(flat, want))
		return;
	text = json_dumps(flat, JSON_SORT_KEYS);
	print_error("flat: %s\nwanted: %s\n", text, expected);
	free(text);
	fail();
}

static void an_answer_is_flattened_to_the_written_form(void **state)
{
	(void)state;
	check_flat("vm",
		   "{\"id\": 7, \"url\": \"http://x/\", \"name\": \"web\","
		   " \"status\": {\"value\": \"active\", \"label\": \"Active\"},"
		   " \"cluster\": {\"id\": 3, \"name\": \"lab\"}, \"vcpus\": \"4.00\","
		   " \"memory\": 2048, \"device\": null, \"serial\": \"\","
		   " \"tags\": [{\"id\": 9, \"slug\": \"b\"}, {\"id\": 2, \"slug\": \"a\"}],"
		   " \"custom_fields\": {\"stagebox_key\": \"lab/qemu/101\","
		   "   \"stagebox_birth\": \"u1\", \"stagebox_vmid\": 101,"
		   "   \"stagebox_node\": null, \"other\": 1}}",
		   "{\"id\": 7, \"name\": \"web\", \"status\": \"active\", \"cluster\": 3,"
		   " \"vcpus\": 4.0, \"memory\": 2048, \"device\": null, \"serial\": \"\","
		   " \"tags\": [2, 9], \"stagebox_key\": \"lab/qemu/101\","
		   " \"stagebox_birth\": \"u1\", \"stagebox_vmid\": 101}");
}

static void fields_missing_in_an_answer_are_left_out(void **state)
{
	(void)state;
	check_flat("vm", "{\"id\": 7}", "{\"id\": 7}");
	check_flat("vm", "{\"id\": 7, \"custom_fields\": {\"stagebox_key\": null}}", "{\"id\": 7}");
	check_flat("vm", "{\"id\": 7, \"custom_fields\": {\"stagebox_key\": \"\"}}", "{\"id\": 7}");
}

static void a_row_without_an_id_is_refused(void **state)
{
	sb_autojson *none = parse_json("{\"name\": \"x\"}");
	sb_autojson *text = parse_json("{\"id\": \"7\"}");

	(void)state;
	assert_null(sb_value_flatten(kind_of("vm"), none));
	assert_null(sb_value_flatten(kind_of("vm"), text));
	assert_null(sb_value_flatten(kind_of("vm"), NULL));
}

static void generic_references_join_type_and_id(void **state)
{
	(void)state;
	check_flat("ip",
		   "{\"id\": 1, \"address\": \"2001:DB8::1/64\","
		   " \"assigned_object_type\": \"virtualization.vminterface\","
		   " \"assigned_object_id\": 12}",
		   "{\"id\": 1, \"address\": \"2001:db8::1/64\","
		   " \"assigned_object\": {\"type\": \"virtualization.vminterface\", \"id\": 12}}");
	check_flat("ip",
		   "{\"id\": 1, \"assigned_object_type\": null, \"assigned_object_id\": null}",
		   "{\"id\": 1, \"assigned_object\": null}");
}

static void macs_are_upper_case_and_their_rows_are_listed(void **state)
{
	(void)state;
	check_flat("vm-interface",
		   "{\"id\": 1, \"mac_address\": \"bc:24:11:00:00:0a\", \"mac_addresses\":"
		   " [{\"id\": 5, \"mac_address\": \"BC:24:11:00:00:0A\"}, {\"id\": 6}]}",
		   "{\"id\": 1, \"mac_address\": \"BC:24:11:00:00:0A\","
		   " \"mac_rows\": [[5, \"BC:24:11:00:00:0A\"]]}");
	check_flat("vm-interface", "{\"id\": 1, \"mac_address\": null}",
		   "{\"id\": 1, \"mac_address\": null}");
}

static void choices_in_every_form_are_their_value(void **state)
{
	const struct sb_kind_field *status = sb_kind_field(kind_of("vm"), "status");
	sb_autojson *object = parse_json("{\"value\": \"active\", \"label\": \"Active\"}");
	sb_autojson *plain = json_string("active"), *empty = json_string("");
	sb_autojson *odd = parse_json("{\"value\": \"\"}");
	sb_autojson *a = sb_value_flat(status, object), *b = sb_value_flat(status, plain);
	sb_autojson *c = sb_value_flat(status, empty), *d = sb_value_flat(status, odd);

	(void)state;
	assert_string_equal(json_string_value(a), "active");
	assert_string_equal(json_string_value(b), "active");
	assert_true(json_is_null(c));
	assert_true(json_is_null(d));
}

static void references_of_change_records_are_plain_ids(void **state)
{
	sb_autojson *five = json_integer(5), *list = parse_json("[9, {\"id\": 2}, null, \"x\"]");
	sb_autojson *ref = sb_value_flat(sb_kind_field(kind_of("vm"), "cluster"), five);
	sb_autojson *refs = sb_value_flat(sb_kind_field(kind_of("vm"), "tags"), list);
	sb_autojson *none = sb_value_flat(sb_kind_field(kind_of("vm"), "tags"), NULL);
	sb_autojson *sorted = parse_json("[2, 9]");

	(void)state;
	assert_int_equal(json_integer_value(ref), 5);
	assert_true(json_equal(refs, sorted));
	assert_true(json_is_array(none));
}

static bool are_same(const char *kind_name, const char *field, const char *a, const char *b)
{
	const struct sb_kind_field *row = sb_kind_field(kind_of(kind_name), field);
	sb_autojson *one = a ? parse_json(a) : NULL, *two = b ? parse_json(b) : NULL;
	bool forth, back;

	assert_non_null(row);
	forth = sb_value_same(row, one, two);
	back = sb_value_same(row, two, one);
	assert_int_equal(forth, back);
	return forth;
}

static void decimals_are_compared_by_value(void **state)
{
	(void)state;
	assert_true(are_same("vm", "vcpus", "4", "4.0"));
	assert_true(are_same("vm", "vcpus", "0.1", "0.10"));
	assert_false(are_same("vm", "vcpus", "4", "4.01"));
	assert_false(are_same("vm", "vcpus", "0", "null"));
	assert_false(are_same("vm", "memory", "2048", "2049"));
	assert_false(are_same("vm", "memory", "2048", "\"2048\""));
}

static void all_forms_of_an_empty_value_are_equal(void **state)
{
	(void)state;
	assert_true(are_same("vm", "description", "null", "\"\""));
	assert_true(are_same("vm", "description", NULL, "\"\""));
	assert_true(are_same("vm", "start_on_boot", NULL, "null"));
	assert_true(are_same("vm", "tags", "[]", NULL));
	assert_false(are_same("vm", "description", "\" \"", "\"\""));
	assert_false(are_same("vm-interface", "enabled", "false", "null"));
	assert_false(are_same("vm", "memory", "0", NULL));
}

static void macs_are_compared_without_case(void **state)
{
	(void)state;
	assert_true(are_same("vm-interface", "mac_address", "\"bc:24:11:00:00:0a\"",
			     "\"BC:24:11:00:00:0A\""));
	assert_false(are_same("vm-interface", "mac_address", "\"BC:24:11:00:00:0A\"",
			      "\"BC:24:11:00:00:0B\""));
	assert_false(are_same("vm-interface", "mac_address", "\"BC:24:11:00:00:0A\"", "null"));
}

static void a_name_in_another_case_is_another_value(void **state)
{
	(void)state;
	assert_false(are_same("vm", "name", "\"Web\"", "\"web\""));
	assert_true(are_same("vm", "name", "\"web\"", "\"web\""));
}

static void the_mac_address_of_an_interface_is_the_one_of_its_primary_object(void **state)
{
	sb_autojson *both = parse_json("{\"mac_address\": true, \"primary_mac_address\": true}");
	sb_autofree char *query = sb_value_query(kind_of("interface"), both);

	(void)state;
	assert_string_equal(query, "id,custom_fields,primary_mac_address,mac_addresses");
	check_flat(
		"vm-interface",
		"{\"id\": 7, \"primary_mac_address\": {\"id\": 3,"
		"  \"mac_address\": \"bc:24:11:00:00:01\"}}",
		"{\"id\": 7, \"primary_mac_address\": 3, \"mac_address\": \"BC:24:11:00:00:01\"}");
	check_flat("vm-interface", "{\"id\": 7, \"primary_mac_address\": null}",
		   "{\"id\": 7, \"primary_mac_address\": null, \"mac_address\": null}");
	/* Values that were sent, and answers to writes, have the address itself. */
	check_flat("vm-interface",
		   "{\"id\": 7, \"mac_address\": \"BC:24:11:00:00:02\","
		   " \"primary_mac_address\": null}",
		   "{\"id\": 7, \"primary_mac_address\": null, \"mac_address\": "
		   "\"BC:24:11:00:00:02\"}");
	check_flat("vm-interface", "{\"id\": 7}", "{\"id\": 7}");
}

static void generic_references_differ_by_type_too(void **state)
{
	(void)state;
	assert_true(are_same("ip", "assigned_object", "{\"type\": \"a.b\", \"id\": 1}",
			     "{\"id\": 1, \"type\": \"a.b\"}"));
	assert_false(are_same("ip", "assigned_object", "{\"type\": \"a.b\", \"id\": 1}",
			      "{\"type\": \"a.c\", \"id\": 1}"));
}

static void queries_name_declared_fields_and_identity(void **state)
{
	sb_autojson *names = parse_json("{\"status\": true, \"name\": true}");
	sb_autojson *ip = parse_json("{\"assigned_object\": true}");
	sb_autojson *mac = parse_json("{\"mac_address\": true}");
	sb_autofree char *vm = sb_value_query(kind_of("vm"), names);
	sb_autofree char *address_query = sb_value_query(kind_of("ip"), ip);
	sb_autofree char *nic = sb_value_query(kind_of("vm-interface"), mac);
	sb_autofree char *tag = sb_value_query(kind_of("tag"), NULL);
	sb_autojson *vmid = parse_json("{\"stagebox_vmid\": true, \"status\": true}");
	sb_autofree char *custom = sb_value_query(kind_of("vm"), vmid);

	(void)state;
	/* Custom fields are read as one member of the answer. */
	assert_string_equal(custom, "id,custom_fields,status");
	assert_string_equal(vm, "id,custom_fields,name,status");
	assert_string_equal(address_query,
			    "id,custom_fields,assigned_object_type,assigned_object_id");
	assert_string_equal(nic, "id,custom_fields,primary_mac_address,mac_addresses");
	assert_string_equal(tag, "id,name,slug,color,description,object_types");
}

static void shared_key(const char *name, const char *row, const char *want, const char *expected)
{
	sb_autojson *answer = parse_json(row), *fields = parse_json(want);
	sb_autofree char *of_row = sb_shared_key_of_row(kind_of(name), answer);
	sb_autofree char *of_want = sb_shared_key_of_want(kind_of(name), fields);

	assert_non_null(of_row);
	assert_non_null(of_want);
	assert_string_equal(of_row, expected);
	assert_string_equal(of_want, expected);
}

static void shared_keys_of_answers_and_wants_are_equal(void **state)
{
	(void)state;
	shared_key("tag", "{\"id\": 1, \"slug\": \"prod\"}", "{\"slug\": \"prod\"}",
		   "shared/tag/prod");
	shared_key("vlan", "{\"id\": 1, \"vid\": 20, \"group\": {\"id\": 4, \"slug\": \"lab\"}}",
		   "{\"vid\": 20, \"group\": {\"$ref\": \"shared/vlan-group/lab\"}}",
		   "shared/vlan/lab/20");
	shared_key(
		"device-type",
		"{\"id\": 1, \"slug\": \"node\", \"manufacturer\":"
		" {\"id\": 4, \"slug\": \"acme\"}}",
		"{\"slug\": \"node\", \"manufacturer\": {\"$ref\": \"shared/manufacturer/acme\"}}",
		"shared/device-type/acme/node");
}

static void a_shared_object_without_its_natural_key_has_no_key(void **state)
{
	sb_autojson *lone = parse_json("{\"id\": 1, \"vid\": 20, \"group\": null}");
	sb_autojson *bare = parse_json("{\"name\": \"x\"}");

	(void)state;
	assert_null(sb_shared_key_of_row(kind_of("vlan"), lone));
	assert_null(sb_shared_key_of_want(kind_of("tag"), bare));
}

static void a_shared_object_is_found_by_its_title(void **state)
{
	static const struct sb_kind_field fields[] = {
		{.name = "slug", .type = SB_FIELD_TEXT},
		{.name = "name", .type = SB_FIELD_TEXT},
		{.name = "sign", .type = SB_FIELD_TEXT, .traits = SB_TRAIT_TITLE},
		{0},
	};
	static const char *const natural[] = {"slug", NULL};
	struct sb_kind kind = {.name = "inn", .natural = natural, .fields = fields};
	sb_autojson *flat = parse_json("{\"name\": \"x\", \"sign\": \"The Bell\"}");
	sb_autofree char *by_title = sb_shared_name(&kind, flat), *without = NULL;

	(void)state;
	assert_string_equal(by_title, "The Bell");
	kind.fields = fields + 3;
	without = sb_shared_name(&kind, flat);
	assert_null(without);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_have_one_canonical_form),
		cmocka_unit_test(an_invalid_address_has_no_form),
		cmocka_unit_test(an_answer_is_flattened_to_the_written_form),
		cmocka_unit_test(fields_missing_in_an_answer_are_left_out),
		cmocka_unit_test(a_row_without_an_id_is_refused),
		cmocka_unit_test(generic_references_join_type_and_id),
		cmocka_unit_test(macs_are_upper_case_and_their_rows_are_listed),
		cmocka_unit_test(choices_in_every_form_are_their_value),
		cmocka_unit_test(references_of_change_records_are_plain_ids),
		cmocka_unit_test(decimals_are_compared_by_value),
		cmocka_unit_test(all_forms_of_an_empty_value_are_equal),
		cmocka_unit_test(macs_are_compared_without_case),
		cmocka_unit_test(a_name_in_another_case_is_another_value),
		cmocka_unit_test(the_mac_address_of_an_interface_is_the_one_of_its_primary_object),
		cmocka_unit_test(generic_references_differ_by_type_too),
		cmocka_unit_test(queries_name_declared_fields_and_identity),
		cmocka_unit_test(shared_keys_of_answers_and_wants_are_equal),
		cmocka_unit_test(a_shared_object_without_its_natural_key_has_no_key),
		cmocka_unit_test(a_shared_object_is_found_by_its_title),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
