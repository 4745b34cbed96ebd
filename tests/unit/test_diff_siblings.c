/* SPDX-License-Identifier: Apache-2.0 */
/* Objects of one kind that refer to each other: bonds and members, bridges and ports, VLANs and
 * what they stand on; and fields that another member of the object holds fast. */
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
	asked("interface?cf_stagebox_key__empty=true&device_id=3");
	return 0;
}

static size_t place(const char *key)
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
	const struct sb_op *first = &fx->run->diff->plan.ops[place(other)];
	size_t i;

	for (i = 0; i < first->n_blocks; i++) {
		if (first->blocks[i] == place(key))
			return true;
	}
	return false;
}

static void what_others_refer_to_is_made_first_whatever_its_name(void **state)
{
	(void)state;
	row("port", "lab/node/pve1/a-vlan",
	    PORT("a-vlan", "virtual", "'parent': ['interface', 'lab/node/pve1/eno1']"));
	row("port", "lab/node/pve1/eno1",
	    PORT("eno1", "other", "'lag': ['interface', 'lab/node/pve1/zbond']"));
	row("port", "lab/node/pve1/zbond",
	    PORT("zbond", "lag", "'bridge': ['interface', 'lab/node/pve1/zbridge']"));
	row("port", "lab/node/pve1/zbridge", PORT("zbridge", "bridge", ""));
	diff();
	assert_int_equal(n_ops(), 4);
	assert_json(op_of("lab/node/pve1/eno1", SB_CREATE)->set,
		    "{'name': 'eno1', 'type': 'other', 'device': 3,"
		    " 'lag': {'$ref': 'lab/node/pve1/zbond'}}");
	assert_true(waits_for("lab/node/pve1/eno1", "lab/node/pve1/zbond"));
	assert_true(waits_for("lab/node/pve1/zbond", "lab/node/pve1/zbridge"));
	assert_true(waits_for("lab/node/pve1/a-vlan", "lab/node/pve1/eno1"));
	assert_int_equal(account("interface")->created, 4);
	assert_int_equal(account("interface")->seen, 4);
	assert_status(4, SB_STAGE_OK);
}

static void one_that_is_there_is_referred_to_by_id(void **state)
{
	(void)state;
	row("port", "lab/node/pve1/eno1", PORT("eno1", "other", BOND));
	row("port", "lab/node/pve1/bond0", PORT("bond0", "lag", ""));
	netbox("interface", "lab/node/pve1/bond0", PORT_IN_NETBOX(8, "bond0", "lag", ""));
	netbox("interface", "lab/node/pve1/eno1", PORT_IN_NETBOX(9, "eno1", "other", ""));
	diff();
	assert_int_equal(n_ops(), 1);
	assert_json(op_of("lab/node/pve1/eno1", SB_UPDATE)->set, "{'lag': 8}");
}

static void what_is_skipped_takes_those_with_it_that_refer_to_it(void **state)
{
	(void)state;
	row("port", "lab/node/pve1/eno1",
	    PORT("eno1", "other", "'lag': ['interface', 'lab/node/pve1/zbond']"));
	row("port", "lab/node/pve1/zbond",
	    "{'set': {'name': 'zbond', 'type': 'lag', 'device': 3}, 'skip': 'not wanted'}");
	diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(account("interface")->skipped, 2);
	assert_says(&stage(4)->why, "not wanted");
}

static void those_that_refer_to_each_other_in_a_ring_are_skipped_and_it_ends(void **state)
{
	(void)state;
	row("port", "lab/node/pve1/a",
	    PORT("a", "bridge", "'bridge': ['interface', 'lab/node/pve1/b']"));
	row("port", "lab/node/pve1/b",
	    PORT("b", "bridge", "'bridge': ['interface', 'lab/node/pve1/a']"));
	row("port", "lab/node/pve1/c", PORT("c", "bridge", ""));
	diff();
	assert_int_equal(n_ops(), 1);
	assert_int_equal(account("interface")->skipped, 2);
	assert_status(4, SB_STAGE_PARTIAL);
}

static void a_reference_to_what_the_source_has_not_is_not_waited_for(void **state)
{
	(void)state;
	row("port", "lab/node/pve1/eno1", PORT("eno1", "other", BOND));
	diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(account("interface")->skipped, 1);
	assert_says(&stage(4)->why, "lab/node/pve1/bond0");
}

static void a_parent_goes_after_its_children(void **state)
{
	(void)state;
	read_empty("port");
	netbox("interface", "lab/node/pve1/vmbr0", PORT_IN_NETBOX(8, "vmbr0", "bridge", ""));
	netbox("interface", "lab/node/pve1/vmbr0.5",
	       PORT_IN_NETBOX(9, "vmbr0.5", "virtual", ", 'parent': {'id': 8}"));
	netbox("interface", "lab/node/pve1/vmbr0.6",
	       PORT_IN_NETBOX(10, "vmbr0.6", "virtual", ", 'parent': {'id': 8}"));
	diff();
	assert_int_equal(n_ops(), 3);
	assert_true(waits_for("lab/node/pve1/vmbr0", "lab/node/pve1/vmbr0.5"));
	assert_true(waits_for("lab/node/pve1/vmbr0", "lab/node/pve1/vmbr0.6"));
}

static void a_parent_goes_after_its_child_has_another(void **state)
{
	(void)state;
	row("port", "lab/node/pve1/vlan5",
	    PORT("vlan5", "virtual", "'parent': ['interface', 'lab/node/pve1/vmbr1']"));
	row("port", "lab/node/pve1/vmbr1", PORT("vmbr1", "bridge", ""));
	netbox("interface", "lab/node/pve1/vmbr0", PORT_IN_NETBOX(8, "vmbr0", "bridge", ""));
	netbox("interface", "lab/node/pve1/vlan5",
	       PORT_IN_NETBOX(9, "vlan5", "virtual", ", 'parent': {'id': 8}"));
	diff();
	assert_int_equal(n_ops(), 3);
	assert_true(waits_for("lab/node/pve1/vlan5", "lab/node/pve1/vmbr1"));
	assert_true(waits_for("lab/node/pve1/vmbr0", "lab/node/pve1/vlan5"));
}

static void a_cabled_interface_is_not_retyped_and_the_plan_says_so(void **state)
{
	(void)state;
	policy("type", "always");
	row("port", "lab/node/pve1/eno1", PORT("eno1", "lag", ""));
	netbox("interface", "lab/node/pve1/eno1",
	       "{'id': 9, 'name': 'eno1', 'type': {'value': '1000base-t'}, 'device': {'id': 3},"
	       " '_occupied': true}");
	diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(account("interface")->same, 1);
	assert_json(fx->run->diff->kept,
		    "[{'key': 'lab/node/pve1/eno1', 'kind': 'interface', 'field': 'type',"
		    " 'why': 'it has a cable or is marked as connected',"
		    " 'ours': 'lag', 'theirs': '1000base-t'}]");
	assert_int_equal(json_array_size(fx->run->diff->conflicts), 0);
}

static void an_interface_without_a_cable_is_retyped(void **state)
{
	(void)state;
	policy("type", "always");
	row("port", "lab/node/pve1/eno1", PORT("eno1", "lag", ""));
	netbox("interface", "lab/node/pve1/eno1", PORT_IN_NETBOX(9, "eno1", "1000base-t", ""));
	diff();
	assert_json(op_of("lab/node/pve1/eno1", SB_UPDATE)->set, "{'type': 'lag'}");
	assert_int_equal(json_array_size(fx->run->diff->kept), 0);
}

static void a_type_that_a_person_chose_holds_what_netbox_would_refuse(void **state)
{
	(void)state;
	applied("lab/node/pve1/vmbr0.5", "{'type': 'virtual'}");
	applied("lab/node/pve1/eno1", "{'type': 'other'}");
	row("port", "lab/node/pve1/vmbr0", PORT("vmbr0", "bridge", ""));
	row("port", "lab/node/pve1/vmbr0.5",
	    PORT("vmbr0.5", "virtual", "'parent': ['interface', 'lab/node/pve1/vmbr0']"));
	row("port", "lab/node/pve1/eno1",
	    PORT("eno1", "other", "'lag': ['interface', 'lab/node/pve1/vmbr0']"));
	netbox("interface", "lab/node/pve1/vmbr0", PORT_IN_NETBOX(8, "vmbr0", "bridge", ""));
	netbox("interface", "lab/node/pve1/vmbr0.5", PORT_IN_NETBOX(9, "vmbr0.5", "bridge", ""));
	netbox("interface", "lab/node/pve1/eno1", PORT_IN_NETBOX(10, "eno1", "virtual", ""));
	diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(json_array_size(fx->run->diff->kept), 2);
}

static void what_the_new_type_cannot_have_goes_with_the_old(void **state)
{
	(void)state;
	policy("type", "always");
	row("port", "lab/node/pve1/x",
	    "{'set': {'name': 'x', 'type': 'virtual', 'device': 3, 'lag': null}}");
	netbox("interface", "lab/node/pve1/x",
	       PORT_IN_NETBOX(9, "x", "other", ", 'lag': {'id': 8}"));
	diff();
	assert_json(op_of("lab/node/pve1/x", SB_UPDATE)->set, "{'type': 'virtual', 'lag': null}");
	assert_int_equal(json_array_size(fx->run->diff->kept), 0);
}

static void a_guess_counts_for_new_objects_only(void **state)
{
	(void)state;
	policy("description", "always");
	row("port", "lab/node/pve1/a",
	    "{'set': {'name': 'a', 'type': 'other', 'device': 3}, 'guess': {'description': 'x'}}");
	row("port", "lab/node/pve1/b",
	    "{'set': {'name': 'b', 'type': 'other', 'device': 3}, 'guess': {'description': 'x'}}");
	netbox("interface", "lab/node/pve1/b",
	       PORT_IN_NETBOX(9, "b", "other", ", 'description': 'known better'"));
	diff();
	assert_int_equal(n_ops(), 1);
	assert_string_equal(sb_json_str(op_of("lab/node/pve1/a", SB_CREATE)->set, "description"),
			    "x");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, with_device, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_others_refer_to_is_made_first_whatever_its_name),
		CASE(one_that_is_there_is_referred_to_by_id),
		CASE(what_is_skipped_takes_those_with_it_that_refer_to_it),
		CASE(those_that_refer_to_each_other_in_a_ring_are_skipped_and_it_ends),
		CASE(a_reference_to_what_the_source_has_not_is_not_waited_for),
		CASE(a_parent_goes_after_its_children),
		CASE(a_parent_goes_after_its_child_has_another),
		CASE(a_cabled_interface_is_not_retyped_and_the_plan_says_so),
		CASE(an_interface_without_a_cable_is_retyped),
		CASE(a_type_that_a_person_chose_holds_what_netbox_would_refuse),
		CASE(what_the_new_type_cannot_have_goes_with_the_old),
		CASE(a_guess_counts_for_new_objects_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
