/* SPDX-License-Identifier: Apache-2.0 */
/* Objects of one kind that refer to each other: bonds and members, bridges and ports, VLANs and
 * their parents; and fields that another member of the object forbids to change. */
#include "run/run.h"
#include "test_diff_fixture.h"

#define PORT(name, type, refs)                                                                     \
	"{'set': {'name': '" name "', 'type': '" type "', 'device': 3}, 'ref': {" refs "}}"
#define PORT_IN_NETBOX(id, name, type, more)                                                       \
	"{'id': " #id ", 'name': '" name "', 'type': {'value': '" type "'}, 'device': {'id': 3}"   \
	", '_occupied': false" more "}"
#define BOND "'lag': ['interface', 'lab/node/pve1/bond0']"

static int with_device(void **state)
{
	setup(state);
	with_ports();
	mark_asked("interface?cf_stagebox_key__empty=true&device_id=3");
	return 0;
}

static size_t find_place(const char *key)
{
	const struct sb_plan *plan = &fx->run->diff->plan;
	size_t i;

	for (i = 0; i < plan->n; i++) {
		if (sb_streq(plan->ops[i].key, key))
			return i;
	}
	fail_msg("no op for %s", key);
	return 0;
}

static bool waits_for(const char *key, const char *other)
{
	const struct sb_op *first = &fx->run->diff->plan.ops[find_place(other)];
	size_t i;

	for (i = 0; i < first->n_blocks; i++) {
		if (first->blocks[i] == find_place(key))
			return true;
	}
	return false;
}

static void referenced_objects_are_created_first_whatever_their_names(void **state)
{
	(void)state;
	put_row("port", "lab/node/pve1/a-vlan",
		PORT("a-vlan", "virtual", "'parent': ['interface', 'lab/node/pve1/eno1']"));
	put_row("port", "lab/node/pve1/eno1",
		PORT("eno1", "other", "'lag': ['interface', 'lab/node/pve1/zbond']"));
	put_row("port", "lab/node/pve1/zbond",
		PORT("zbond", "lag", "'bridge': ['interface', 'lab/node/pve1/zbridge']"));
	put_row("port", "lab/node/pve1/zbridge", PORT("zbridge", "bridge", ""));
	run_diff();
	assert_int_equal(n_ops(), 4);
	assert_json(op_of("lab/node/pve1/eno1", SB_CREATE)->set,
		    "{'name': 'eno1', 'type': 'other', 'device': 3,"
		    " 'lag': {'$ref': 'lab/node/pve1/zbond'}}");
	assert_true(waits_for("lab/node/pve1/eno1", "lab/node/pve1/zbond"));
	assert_true(waits_for("lab/node/pve1/zbond", "lab/node/pve1/zbridge"));
	assert_true(waits_for("lab/node/pve1/a-vlan", "lab/node/pve1/eno1"));
	assert_int_equal(find_account("interface")->created, 4);
	assert_int_equal(find_account("interface")->seen, 4);
	assert_status(4, SB_STAGE_OK);
}

static void an_existing_object_is_referred_to_by_id(void **state)
{
	(void)state;
	put_row("port", "lab/node/pve1/eno1", PORT("eno1", "other", BOND));
	put_row("port", "lab/node/pve1/bond0", PORT("bond0", "lag", ""));
	put_netbox("interface", "lab/node/pve1/bond0", PORT_IN_NETBOX(8, "bond0", "lag", ""));
	put_netbox("interface", "lab/node/pve1/eno1", PORT_IN_NETBOX(9, "eno1", "other", ""));
	run_diff();
	assert_int_equal(n_ops(), 1);
	assert_json(op_of("lab/node/pve1/eno1", SB_UPDATE)->set, "{'lag': 8}");
}

static void a_reference_to_a_skipped_object_is_left_out(void **state)
{
	(void)state;
	put_row("port", "lab/node/pve1/eno1",
		PORT("eno1", "other", "'lag': ['interface', 'lab/node/pve1/zbond']"));
	put_row("port", "lab/node/pve1/zbond",
		"{'set': {'name': 'zbond', 'type': 'lag', 'device': 3}, 'skip': 'not wanted'}");
	run_diff();
	assert_json(op_of("lab/node/pve1/eno1", SB_CREATE)->set,
		    "{'name': 'eno1', 'type': 'other', 'device': 3}");
	assert_int_equal(find_account("interface")->skipped, 1);
	assert_says(&get_stage(4)->why, "not wanted");
}

static void of_a_ring_of_references_one_is_left_out(void **state)
{
	(void)state;
	put_row("port", "lab/node/pve1/a",
		PORT("a", "bridge", "'bridge': ['interface', 'lab/node/pve1/b']"));
	put_row("port", "lab/node/pve1/b",
		PORT("b", "bridge", "'bridge': ['interface', 'lab/node/pve1/a']"));
	put_row("port", "lab/node/pve1/c", PORT("c", "bridge", ""));
	run_diff();
	assert_int_equal(n_ops(), 3);
	assert_json(op_of("lab/node/pve1/a", SB_CREATE)->set,
		    "{'name': 'a', 'type': 'bridge', 'device': 3}");
	assert_json(op_of("lab/node/pve1/b", SB_CREATE)->set,
		    "{'name': 'b', 'type': 'bridge', 'device': 3, 'bridge': {'$ref':"
		    " 'lab/node/pve1/a'}}");
	assert_status(4, SB_STAGE_PARTIAL);
}

static void a_reference_to_an_object_that_the_source_does_not_have_is_left_out(void **state)
{
	(void)state;
	put_row("port", "lab/node/pve1/eno1", PORT("eno1", "other", BOND));
	run_diff();
	assert_json(op_of("lab/node/pve1/eno1", SB_CREATE)->set,
		    "{'name': 'eno1', 'type': 'other', 'device': 3}");
	assert_says(&get_stage(4)->why, "lab/node/pve1/bond0");
}

static void a_parent_is_deleted_after_its_children(void **state)
{
	(void)state;
	read_empty("port");
	put_part("interface", "lab/node/pve1/vmbr0", PORT_IN_NETBOX(8, "vmbr0", "bridge", ""));
	put_part("interface", "lab/node/pve1/vmbr0.5",
		 PORT_IN_NETBOX(9, "vmbr0.5", "virtual", ", 'parent': {'id': 8}"));
	put_part("interface", "lab/node/pve1/vmbr0.6",
		 PORT_IN_NETBOX(10, "vmbr0.6", "virtual", ", 'parent': {'id': 8}"));
	run_diff();
	assert_int_equal(n_ops(), 3);
	assert_true(waits_for("lab/node/pve1/vmbr0", "lab/node/pve1/vmbr0.5"));
	assert_true(waits_for("lab/node/pve1/vmbr0", "lab/node/pve1/vmbr0.6"));
}

static void a_parent_is_deleted_after_its_child_has_another_parent(void **state)
{
	(void)state;
	put_row("port", "lab/node/pve1/vlan5",
		PORT("vlan5", "virtual", "'parent': ['interface', 'lab/node/pve1/vmbr1']"));
	put_row("port", "lab/node/pve1/vmbr1", PORT("vmbr1", "bridge", ""));
	put_part("interface", "lab/node/pve1/vmbr0", PORT_IN_NETBOX(8, "vmbr0", "bridge", ""));
	put_netbox("interface", "lab/node/pve1/vlan5",
		   PORT_IN_NETBOX(9, "vlan5", "virtual", ", 'parent': {'id': 8}"));
	run_diff();
	assert_int_equal(n_ops(), 3);
	assert_true(waits_for("lab/node/pve1/vlan5", "lab/node/pve1/vmbr1"));
	assert_true(waits_for("lab/node/pve1/vmbr0", "lab/node/pve1/vlan5"));
}

static void a_cabled_interface_is_not_retyped_and_the_plan_lists_it(void **state)
{
	(void)state;
	set_policy("type", "always");
	put_row("port", "lab/node/pve1/eno1", PORT("eno1", "lag", ""));
	put_netbox("interface", "lab/node/pve1/eno1",
		   "{'id': 9, 'name': 'eno1', 'type': {'value': '1000base-t'}, 'device': {'id': 3},"
		   " '_occupied': true}");
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("interface")->same, 1);
	assert_json(fx->run->diff->kept,
		    "[{'key': 'lab/node/pve1/eno1', 'kind': 'interface', 'field': 'type',"
		    " 'why': 'it has a cable or is marked as connected',"
		    " 'ours': 'lag', 'theirs': '1000base-t'}]");
	assert_int_equal(json_array_size(fx->run->diff->conflicts), 0);
}

static void an_interface_without_a_cable_is_retyped(void **state)
{
	(void)state;
	set_policy("type", "always");
	put_row("port", "lab/node/pve1/eno1", PORT("eno1", "lag", ""));
	put_netbox("interface", "lab/node/pve1/eno1", PORT_IN_NETBOX(9, "eno1", "1000base-t", ""));
	run_diff();
	assert_json(op_of("lab/node/pve1/eno1", SB_UPDATE)->set, "{'type': 'lag'}");
	assert_int_equal(json_array_size(fx->run->diff->kept), 0);
}

static void a_type_that_a_person_chose_keeps_fields_that_netbox_would_refuse(void **state)
{
	(void)state;
	put_applied("lab/node/pve1/vmbr0.5", "{'type': 'virtual'}");
	put_applied("lab/node/pve1/eno1", "{'type': 'other'}");
	put_row("port", "lab/node/pve1/vmbr0", PORT("vmbr0", "bridge", ""));
	put_row("port", "lab/node/pve1/vmbr0.5",
		PORT("vmbr0.5", "virtual", "'parent': ['interface', 'lab/node/pve1/vmbr0']"));
	put_row("port", "lab/node/pve1/eno1",
		PORT("eno1", "other", "'lag': ['interface', 'lab/node/pve1/vmbr0']"));
	put_netbox("interface", "lab/node/pve1/vmbr0", PORT_IN_NETBOX(8, "vmbr0", "bridge", ""));
	put_netbox("interface", "lab/node/pve1/vmbr0.5",
		   PORT_IN_NETBOX(9, "vmbr0.5", "bridge", ""));
	put_netbox("interface", "lab/node/pve1/eno1", PORT_IN_NETBOX(10, "eno1", "virtual", ""));
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(json_array_size(fx->run->diff->kept), 2);
}

static void a_field_that_the_new_type_forbids_is_cleared_with_the_type(void **state)
{
	(void)state;
	set_policy("type", "always");
	put_row("port", "lab/node/pve1/x",
		"{'set': {'name': 'x', 'type': 'virtual', 'device': 3, 'lag': null}}");
	put_netbox("interface", "lab/node/pve1/x",
		   PORT_IN_NETBOX(9, "x", "other", ", 'lag': {'id': 8}"));
	run_diff();
	assert_json(op_of("lab/node/pve1/x", SB_UPDATE)->set, "{'type': 'virtual', 'lag': null}");
	assert_int_equal(json_array_size(fx->run->diff->kept), 0);
}

static void a_guess_applies_to_new_objects_only(void **state)
{
	(void)state;
	set_policy("description", "always");
	put_row("port", "lab/node/pve1/a",
		"{'set': {'name': 'a', 'type': 'other', 'device': 3}, 'guess': {'description': "
		"'x'}}");
	put_row("port", "lab/node/pve1/b",
		"{'set': {'name': 'b', 'type': 'other', 'device': 3}, 'guess': {'description': "
		"'x'}}");
	put_netbox("interface", "lab/node/pve1/b",
		   PORT_IN_NETBOX(9, "b", "other", ", 'description': 'known better'"));
	run_diff();
	assert_int_equal(n_ops(), 1);
	assert_string_equal(sb_json_str(op_of("lab/node/pve1/a", SB_CREATE)->set, "description"),
			    "x");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, with_device, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(referenced_objects_are_created_first_whatever_their_names),
		CASE(an_existing_object_is_referred_to_by_id),
		CASE(a_reference_to_a_skipped_object_is_left_out),
		CASE(of_a_ring_of_references_one_is_left_out),
		CASE(a_reference_to_an_object_that_the_source_does_not_have_is_left_out),
		CASE(a_parent_is_deleted_after_its_children),
		CASE(a_parent_is_deleted_after_its_child_has_another_parent),
		CASE(a_cabled_interface_is_not_retyped_and_the_plan_lists_it),
		CASE(an_interface_without_a_cable_is_retyped),
		CASE(a_type_that_a_person_chose_keeps_fields_that_netbox_would_refuse),
		CASE(a_field_that_the_new_type_forbids_is_cleared_with_the_type),
		CASE(a_guess_applies_to_new_objects_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
