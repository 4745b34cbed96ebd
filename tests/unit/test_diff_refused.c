/* SPDX-License-Identifier: Apache-2.0 */
/* A value that NetBox would refuse is not planned: it costs the value and not the object. */
#include "test_diff_fixture.h"

#include "run/refusal.h"
#include "run/required.h"

#define WANTED_GUEST "{'set': {'name': 'web', 'status': 'active', 'memory': 512}}"
#define IN_NETBOX                                                                                  \
	"{'id': 7, 'name': 'web', 'status': {'value': 'active'}, 'memory': 256,"                   \
	" 'custom_fields': {'stagebox_key': 'lab/qemu/101'}}"

static void remember_refusal(const char *key, const char *field, const char *value)
{
	sb_autojson *parsed = value ? parse_quoted(value) : NULL;
	const struct sb_kind *kind = get_list("vm")->kind;

	assert_int_equal(sb_refusal_add(fx->run, kind, key, field, parsed, "not allowed here"), 0);
}

/* The entries of a stage as "field: number of objects". */
static void assert_left_out(const char *stage, const char *expected)
{
	sb_autojson *entries = sb_left_out_entries(fx->run, stage);
	const json_t *entry;
	char text[400] = "";
	size_t i;

	json_array_foreach (entries, i, entry)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s:%zu", i ? " " : "",
			 sb_json_str(entry, "field"),
			 json_array_size(json_object_get(entry, "objects")));
	assert_string_equal(text, expected);
}

static void a_refused_value_is_not_planned_again(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/101", WANTED_GUEST);
	put_netbox("vm", "lab/qemu/101", IN_NETBOX);
	remember_refusal("lab/qemu/101", "memory", "512");
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("vm")->same, 1);
	assert_left_out("t.guests", "memory:1");
	assert_status(0, SB_STAGE_PARTIAL);
	assert_says(&get_stage(0)->why, "not allowed here");
}

static void another_value_is_planned(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/101", WANTED_GUEST);
	put_netbox("vm", "lab/qemu/101", IN_NETBOX);
	remember_refusal("lab/qemu/101", "memory", "1024");
	remember_refusal("lab/qemu/102", "memory", "512");
	run_diff();
	assert_json(op_of("lab/qemu/101", SB_UPDATE)->set, "{'memory': 512}");
	assert_left_out("t.guests", "");
	assert_status(0, SB_STAGE_OK);
}

/* Version 0.1.0 stored such rows, which stopped a field of all guests for a day. */
static void a_refusal_of_the_kind_is_not_remembered(void **state)
{
	sb_autojson *rows = parse_quoted("[{'kind': 'vm', 'key': '', 'field': 'memory', 'value': "
					 "'', 'words': 'no', 'netbox': '',"
					 " 'since': 99999}]");

	(void)state;
	put_row("guest", "lab/qemu/101", WANTED_GUEST);
	assert_int_equal(sb_refusals_take(fx->run, rows), 0);
	mark_all_asked();
	run_diff();
	assert_json(op_of("lab/qemu/101", SB_CREATE)->set,
		    "{'name': 'web', 'status': 'active', 'memory': 512}");
	assert_left_out("t.guests", "");
}

static void a_refused_name_of_an_update_costs_the_name(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/101", "{'set': {'name': 'db', 'memory': 512}}");
	put_netbox("vm", "lab/qemu/101", IN_NETBOX);
	put_applied("lab/qemu/101", "{'name': 'web'}");
	remember_refusal("lab/qemu/101", "name", "'db'");
	run_diff();
	assert_json(op_of("lab/qemu/101", SB_UPDATE)->set, "{'memory': 512}");
	assert_left_out("t.guests", "name:1");
}

static void an_object_that_was_refused_for_its_name_is_not_created_again(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/101", WANTED_GUEST);
	put_row("nic", "lab/qemu/101/net0",
		"{'set': {'name': 'net0'}, 'ref': {'virtual_machine': ['vm', 'lab/qemu/101']}}");
	remember_refusal("lab/qemu/101", "name", "'web'");
	mark_all_asked();
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_left_out("t.guests", "");
	assert_int_equal(find_account("vm")->skipped, 1);
	assert_int_equal(find_account("vm-interface")->skipped, 1);
	assert_status(0, SB_STAGE_PARTIAL);
	assert_says(&get_stage(0)->why, "not allowed here");
}

static void a_refused_object_is_tried_with_another_name_or_when_a_person_asks(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/101", WANTED_GUEST);
	put_row("guest", "lab/qemu/102", "{'set': {'name': 'db'}}");
	remember_refusal("lab/qemu/101", "name", "'other'");
	remember_refusal("lab/qemu/102", "name", "'db'");
	sb_refusals_forget(fx->run, "lab/qemu/102");
	mark_all_asked();
	run_diff();
	op_of("lab/qemu/101", SB_CREATE);
	op_of("lab/qemu/102", SB_CREATE);
}

static void remember_address(const char *key, const char *value)
{
	sb_autojson *parsed = parse_quoted(value);

	assert_int_equal(sb_refusal_add(fx->run, get_list("ip")->kind, key, SB_REFUSAL_OBJECT,
					parsed, "Duplicate IP address found"),
			 0);
}

/* NetBox takes a second object of one address when both have a role such as vip. */
static void a_refused_address_is_tried_again_when_its_role_changes(void **state)
{
	(void)state;
	put_row("ip", "lab/qemu/101/net0/ip/10.0.0.1", "{'set': {'address': '10.0.0.1/24'}}");
	put_row("ip", "lab/qemu/101/net0/ip/10.0.0.2",
		"{'set': {'address': '10.0.0.2/24', 'role': 'vip'}}");
	remember_address("lab/qemu/101/net0/ip/10.0.0.1", "{'address': '10.0.0.1/24'}");
	remember_address("lab/qemu/101/net0/ip/10.0.0.2", "{'address': '10.0.0.2/24'}");
	mark_asked("ip?address=10.0.0.1");
	mark_asked("ip?address=10.0.0.2");
	run_diff();
	assert_int_equal(n_ops(), 1);
	op_of("lab/qemu/101/net0/ip/10.0.0.2", SB_CREATE);
	assert_int_equal(find_account("ip")->skipped, 1);
}

static void a_refusal_that_names_no_field_is_about_all_values_that_decide(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/101", WANTED_GUEST);
	put_row("guest", "lab/qemu/102", "{'set': {'name': 'db'}}");
	remember_refusal("lab/qemu/101", SB_REFUSAL_OBJECT, "{'name': 'web', 'status': 'active'}");
	remember_refusal("lab/qemu/102", SB_REFUSAL_OBJECT, "{'name': 'old'}");
	mark_all_asked();
	run_diff();
	assert_int_equal(n_ops(), 1);
	op_of("lab/qemu/102", SB_CREATE);
}

static void a_refused_update_is_not_sent_again_until_it_differs(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/101", "{'set': {'name': 'web', 'memory': 512}}");
	put_row("guest", "lab/qemu/102", "{'set': {'name': 'db', 'memory': 512}}");
	put_netbox("vm", "lab/qemu/101", "{'id': 7, 'name': 'web', 'memory': 256}");
	put_netbox("vm", "lab/qemu/102", "{'id': 8, 'name': 'db', 'memory': 256}");
	remember_refusal("lab/qemu/101", SB_REFUSAL_OBJECT, "{'memory': 512}");
	remember_refusal("lab/qemu/102", SB_REFUSAL_OBJECT, "{'memory': 1024}");
	run_diff();
	assert_int_equal(n_ops(), 1);
	op_of("lab/qemu/102", SB_UPDATE);
	assert_int_equal(find_account("vm")->skipped, 1);
	assert_int_equal(find_account("vm")->matched, 2);
	assert_status(0, SB_STAGE_PARTIAL);
}

static void a_memory_of_another_version_or_day_is_forgotten(void **state)
{
	json_t *kept;
	sb_autojson *rows = NULL;

	(void)state;
	remember_refusal("lab/qemu/101", "memory", "512");
	rows = sb_refusals_after(fx->run);
	assert_int_equal(json_array_size(rows), 1);

	json_object_clear(fx->run->refusals);
	fx->run->now_s += 86399;
	assert_int_equal(sb_refusals_take(fx->run, rows), 0);
	assert_int_equal(json_object_size(fx->run->refusals), 1);
	kept = sb_refusals_after(fx->run);
	assert_true(json_equal(kept, rows)); /* a run does not prolong it */
	json_decref(kept);

	json_object_clear(fx->run->refusals);
	fx->run->now_s++;
	assert_int_equal(sb_refusals_take(fx->run, rows), 0);
	assert_int_equal(json_object_size(fx->run->refusals), 0);

	fx->run->now_s -= 86400;
	json_object_set_new(json_array_get(rows, 0), "netbox", json_string("4.8.0"));
	assert_int_equal(sb_refusals_take(fx->run, rows), 0);
	assert_int_equal(json_object_size(fx->run->refusals), 0);
	fx->run->now_s -= 10; /* a clock that was ahead */
	json_object_set_new(json_array_get(rows, 0), "netbox", json_string(""));
	assert_int_equal(sb_refusals_take(fx->run, rows), 0);
	assert_int_equal(json_object_size(fx->run->refusals), 0);
}

static void a_tag_of_other_types_is_left_out(void **state)
{
	(void)state;
	put_netbox("tag", "",
		   "{'id': 3, 'name': 'prod', 'slug': 'prod', 'object_types':"
		   " ['dcim.device']}");
	put_netbox("tag", "", "{'id': 4, 'name': 'web', 'slug': 'web', 'object_types': []}");
	put_row("guest", "lab/qemu/101",
		"{'set': {'name': 'a'}, 'refs': {'tags': [['tag', 'shared/tag/prod'],"
		" ['tag', 'shared/tag/web']]}}");
	put_row("guest", "lab/qemu/102",
		"{'set': {'name': 'b'}, 'refs': {'tags': [['tag', 'shared/tag/prod']]}}");
	mark_all_asked();
	run_diff();
	assert_json(op_of("lab/qemu/101", SB_CREATE)->set, "{'name': 'a', 'tags': [4]}");
	assert_left_out("t.guests", "tags:2");
	assert_says(&get_stage(0)->why, "limits the tag \"prod\" to dcim.device");
}

static void a_tag_that_the_object_has_already_stays(void **state)
{
	(void)state;
	put_netbox("tag", "",
		   "{'id': 3, 'name': 'prod', 'slug': 'prod', 'object_types':"
		   " ['dcim.device']}");
	put_row("guest", "lab/qemu/101",
		"{'set': {'name': 'web', 'memory': 256}, 'refs': {'tags': [['tag',"
		" 'shared/tag/prod']]}}");
	put_netbox("vm", "lab/qemu/101",
		   "{'id': 7, 'name': 'web', 'memory': 256, 'tags': [{'id': 3}],"
		   " 'custom_fields': {'stagebox_key': 'lab/qemu/101'}}");
	put_applied("lab/qemu/101", "{'tags': []}");
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_status(0, SB_STAGE_OK);
}

static void a_reference_to_an_absent_object_is_left_out(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/101",
		"{'set': {'name': 'web'}, 'ref': {'device': ['device', 'lab/node/pve9']}}");
	put_row("guest", "lab/qemu/102",
		"{'set': {'name': 'db'}, 'ref': {'device': ['device', 'lab/node/pve9']}}");
	mark_all_asked();
	run_diff();
	assert_json(op_of("lab/qemu/101", SB_CREATE)->set, "{'name': 'web'}");
	op_of("lab/qemu/102", SB_CREATE);
	assert_left_out("t.guests", "device:2");
	assert_status(0, SB_STAGE_PARTIAL);
	assert_says(&get_stage(0)->why, "lab/node/pve9");
}

static void a_required_custom_field_without_a_default_holds_new_objects_back(void **state)
{
	(void)state;
	fx->run->snap->required =
		parse_quoted("{'virtualization.virtualmachine': {'monitoring': null}}");
	put_row("guest", "lab/qemu/101", WANTED_GUEST);
	put_row("guest", "lab/qemu/102", "{'set': {'name': 'db', 'memory': 256}}");
	put_netbox("vm", "lab/qemu/102",
		   "{'id': 8, 'name': 'db', 'memory': 128, 'custom_fields': {'stagebox_key':"
		   " 'lab/qemu/102'}}");
	mark_all_asked();
	run_diff();
	assert_int_equal(n_ops(), 1);
	op_of("lab/qemu/102", SB_UPDATE);
	assert_int_equal(find_account("vm")->unknown, 1);
	assert_says(&get_stage(0)->why, "\"monitoring\"");
}

static void only_missing_values_of_required_custom_fields_are_defaults(void **state)
{
	const struct sb_kind *kind = get_list("vm")->kind;
	sb_autojson *has = parse_quoted("{'monitoring': 'no', 'owner': null}"), *defaults = NULL;
	const char *missing;

	(void)state;
	fx->run->snap->required = parse_quoted(
		"{'virtualization.virtualmachine': {'monitoring': 'yes', 'owner': 'ops'}}");
	defaults = sb_required_defaults(fx->run, kind, has, &missing);
	assert_json(defaults, "{'owner': 'ops'}");
	assert_null(missing);
	json_object_set_new(
		json_object_get(fx->run->snap->required, "virtualization.virtualmachine"), "owner",
		json_null());
	assert_null(sb_required_defaults(fx->run, kind, has, &missing));
	assert_string_equal(missing, "owner");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_refused_value_is_not_planned_again),
		T(another_value_is_planned),
		T(a_refusal_of_the_kind_is_not_remembered),
		T(a_refused_name_of_an_update_costs_the_name),
		T(an_object_that_was_refused_for_its_name_is_not_created_again),
		T(a_refused_object_is_tried_with_another_name_or_when_a_person_asks),
		T(a_refused_address_is_tried_again_when_its_role_changes),
		T(a_refusal_that_names_no_field_is_about_all_values_that_decide),
		T(a_refused_update_is_not_sent_again_until_it_differs),
		T(a_memory_of_another_version_or_day_is_forgotten),
		T(a_tag_of_other_types_is_left_out),
		T(a_tag_that_the_object_has_already_stays),
		T(a_reference_to_an_absent_object_is_left_out),
		T(a_required_custom_field_without_a_default_holds_new_objects_back),
		T(only_missing_values_of_required_custom_fields_are_defaults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
