/* SPDX-License-Identifier: Apache-2.0 */
/* Parts that have another key at the source now keep NetBox's object. */
#include "test_diff_fixture.h"

#define MAC_A "BC:24:11:00:00:0A"
#define MAC_B "BC:24:11:00:00:0B"

/* Guest 101 (id 7) is at the source and in NetBox. */
static void put_guest(void)
{
	put_row("guest", "lab/qemu/101", GUEST("web"));
	put_netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "web"));
	mark_all_asked();
}

static void put_nic(const char *key, const char *name, const char *mac)
{
	char text[300];

	snprintf(text, sizeof(text),
		 "{'set': {'name': '%s', 'mac_address': '%s'},"
		 " 'ref': {'virtual_machine': ['vm', 'lab/qemu/101']}}",
		 name, mac);
	put_row("nic", key, text);
}

static void put_netbox_nic(const char *key, int id, const char *name, const char *mac)
{
	char text[300];

	snprintf(text, sizeof(text),
		 "{'id': %d, 'name': '%s', 'mac_address': '%s', 'virtual_machine': {'id': 7}}", id,
		 name, mac);
	put_part("vm-interface", key, text);
}

static void put_address(const char *nic)
{
	char key[100], text[300];

	snprintf(key, sizeof(key), "%s/ip/10.0.0.1", nic);
	snprintf(text, sizeof(text),
		 "{'set': {'address': '10.0.0.1/24'},"
		 " 'ref': {'assigned_object': ['vm-interface', '%s']}}",
		 nic);
	put_row("ip", key, text);
}

static void put_netbox_address(const char *key, int id, int nic)
{
	char text[300];

	snprintf(text, sizeof(text),
		 "{'id': %d, 'address': '10.0.0.1/24', 'assigned_object_type':"
		 " 'virtualization.vminterface', 'assigned_object_id': %d}",
		 id, nic);
	put_part("ip", key, text);
}

static void an_interface_with_the_same_mac_moves_with_its_key(void **state)
{
	const struct sb_op *op;

	(void)state;
	put_guest();
	put_nic("lab/qemu/101/net1", "net1", MAC_A);
	put_netbox_nic("lab/qemu/101/net0", 70, "net0", MAC_A);
	run_diff();
	assert_int_equal(n_ops(), 1);
	op = op_of("lab/qemu/101/net1", SB_UPDATE);
	assert_int_equal(op->target, 70);
	assert_json(op->set, "{'name': 'net1', 'stagebox_key': 'lab/qemu/101/net1'}");
	assert_json(op->was, "{'name': 'net0', 'stagebox_key': 'lab/qemu/101/net0'}");
	assert_int_equal(find_account("vm-interface")->updated, 1);
	assert_int_equal(find_account("vm-interface")->matched, 1);
	assert_int_equal(find_account("vm-interface")->before, 1);
}

static void an_interface_with_another_mac_is_new(void **state)
{
	(void)state;
	put_guest();
	put_nic("lab/qemu/101/net1", "net1", MAC_B);
	put_netbox_nic("lab/qemu/101/net0", 70, "net0", MAC_A);
	run_diff();
	op_of("lab/qemu/101/net1", SB_CREATE);
	op_of("lab/qemu/101/net0", SB_DELETE);
}

static void two_interfaces_that_swap_their_macs_are_two_updates(void **state)
{
	(void)state;
	put_guest();
	put_nic("lab/qemu/101/net0", "net0", MAC_B);
	put_nic("lab/qemu/101/net1", "net1", MAC_A);
	put_netbox_nic("lab/qemu/101/net0", 70, "net0", MAC_A);
	put_netbox_nic("lab/qemu/101/net1", 71, "net1", MAC_B);
	run_diff();
	assert_json(op_of("lab/qemu/101/net0", SB_UPDATE)->set, "{'mac_address': '" MAC_B "'}");
	assert_json(op_of("lab/qemu/101/net1", SB_UPDATE)->set, "{'mac_address': '" MAC_A "'}");
}

static void a_row_that_two_interfaces_claim_moves_to_none(void **state)
{
	(void)state;
	put_guest();
	put_nic("lab/qemu/101/net1", "net1", MAC_A);
	put_nic("lab/qemu/101/net2", "net2", MAC_A);
	put_netbox_nic("lab/qemu/101/net0", 70, "net0", MAC_A);
	run_diff();
	op_of("lab/qemu/101/net1", SB_CREATE);
	op_of("lab/qemu/101/net2", SB_CREATE);
	op_of("lab/qemu/101/net0", SB_DELETE);
}

static void an_interface_that_is_still_at_the_source_does_not_move(void **state)
{
	(void)state;
	put_guest();
	put_nic("lab/qemu/101/net0", "net0", MAC_A);
	put_nic("lab/qemu/101/net1", "net1", MAC_A);
	put_netbox_nic("lab/qemu/101/net0", 70, "net0", MAC_A);
	run_diff();
	assert_int_equal(n_ops(), 1);
	op_of("lab/qemu/101/net1", SB_CREATE);
}

static void an_interface_with_the_mac_of_two_rows_is_new(void **state)
{
	(void)state;
	put_guest();
	put_nic("lab/qemu/101/net5", "net5", MAC_A);
	put_netbox_nic("lab/qemu/101/net0", 70, "net0", MAC_A);
	put_netbox_nic("lab/qemu/101/net1", 71, "net1", MAC_A);
	run_diff();
	op_of("lab/qemu/101/net5", SB_CREATE);
}

static void an_interface_of_another_guest_does_not_move(void **state)
{
	(void)state;
	put_guest();
	put_row("guest", "lab/qemu/102", GUEST("db"));
	put_netbox("vm", "lab/qemu/102", GUEST_IN_NETBOX(8, "db"));
	put_nic("lab/qemu/101/net1", "net1", MAC_A);
	put_part("vm-interface", "lab/qemu/102/net0",
		 "{'id': 80, 'name': 'net0', 'mac_address': '" MAC_A "',"
		 " 'virtual_machine': {'id': 8}}");
	run_diff();
	op_of("lab/qemu/101/net1", SB_CREATE);
	op_of("lab/qemu/102/net0", SB_DELETE);
}

static void addresses_move_with_their_interface(void **state)
{
	(void)state;
	put_guest();
	put_nic("lab/qemu/101/net1", "net1", MAC_A);
	put_netbox_nic("lab/qemu/101/net0", 70, "net0", MAC_A);
	put_address("lab/qemu/101/net1");
	put_netbox_address("lab/qemu/101/net0/ip/10.0.0.1", 90, 70);
	run_diff();
	assert_int_equal(n_ops(), 2);
	assert_json(op_of("lab/qemu/101/net1/ip/10.0.0.1", SB_UPDATE)->set,
		    "{'stagebox_key': 'lab/qemu/101/net1/ip/10.0.0.1'}");
	assert_int_equal(find_account("ip")->updated, 1);
	assert_int_equal(find_account("ip")->matched, 1);
}

static void addresses_that_are_kept_get_the_key_of_their_interface(void **state)
{
	(void)state;
	put_guest();
	put_nic("lab/qemu/101/net1", "net1", MAC_A);
	put_netbox_nic("lab/qemu/101/net0", 70, "net0", MAC_A);
	assert_int_equal(sb_rows_keep(get_stage(0), "ip", "lab/qemu/101/"), 0);
	put_netbox_address("lab/qemu/101/net0/ip/10.0.0.1", 90, 70);
	run_diff();
	assert_int_equal(n_ops(), 2);
	assert_int_equal(op_of("lab/qemu/101/net1/ip/10.0.0.1", SB_UPDATE)->target, 90);
}

static void after_an_interrupted_move_the_address_follows(void **state)
{
	(void)state;
	put_guest();
	put_nic("lab/qemu/101/net1", "net1", MAC_A);
	put_netbox_nic("lab/qemu/101/net1", 70, "net1", MAC_A);
	put_address("lab/qemu/101/net1");
	put_netbox_address("lab/qemu/101/net0/ip/10.0.0.1", 90, 70);
	run_diff();
	assert_int_equal(n_ops(), 1);
	assert_int_equal(op_of("lab/qemu/101/net1/ip/10.0.0.1", SB_UPDATE)->target, 90);
}

static void values_of_a_moved_object_are_compared_with_its_stored_ones(void **state)
{
	(void)state;
	put_guest();
	put_nic("lab/qemu/101/net1", "net1", MAC_A);
	put_row("nic", "lab/qemu/101/net1",
		"{'set': {'name': 'net1', 'mac_address': '" MAC_A "', 'description': 'new'},"
		" 'ref': {'virtual_machine': ['vm', 'lab/qemu/101']}}");
	put_part("vm-interface", "lab/qemu/101/net0",
		 "{'id': 70, 'name': 'net0', 'mac_address': '" MAC_A "', 'description': 'old',"
		 " 'virtual_machine': {'id': 7}}");
	put_applied("lab/qemu/101/net0", "{'description': 'old'}");
	run_diff();
	assert_json(json_object_get(op_of("lab/qemu/101/net1", SB_UPDATE)->set, "description"),
		    "'new'");
}

static void an_address_moves_between_the_interfaces_of_a_guest(void **state)
{
	const struct sb_op *op;

	(void)state;
	put_guest();
	put_nic("lab/qemu/101/net0", "net0", MAC_A);
	put_nic("lab/qemu/101/net1", "net1", MAC_B);
	put_netbox_nic("lab/qemu/101/net0", 70, "net0", MAC_A);
	put_netbox_nic("lab/qemu/101/net1", 71, "net1", MAC_B);
	put_address("lab/qemu/101/net1");
	put_netbox_address("lab/qemu/101/net0/ip/10.0.0.1", 90, 70);
	run_diff();
	assert_int_equal(n_ops(), 1);
	op = op_of("lab/qemu/101/net1/ip/10.0.0.1", SB_UPDATE);
	assert_json(json_object_get(op->set, "assigned_object"),
		    "{'type': 'virtualization.vminterface', 'id': 71}");
}

/* Guest 102 (id 8) vanished; its address 90 is its primary one, and guest 101 has it now. */
static void put_heir(void)
{
	put_row("guest", "lab/qemu/101", GUEST("web"));
	put_netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "web"));
	put_netbox("vm", "lab/qemu/102",
		   "{'id': 8, 'name': 'db', 'cluster': {'id': 1}, 'primary_ip4': {'id': 90}}");
	mark_all_asked();
	put_nic("lab/qemu/101/net0", "net0", MAC_A);
	put_netbox_nic("lab/qemu/101/net0", 70, "net0", MAC_A);
	put_netbox("vm-interface", "lab/qemu/102/net0",
		   "{'id': 80, 'name': 'net0', 'virtual_machine': {'id': 8}}");
	put_address("lab/qemu/101/net0");
	put_netbox_address("lab/qemu/102/net0/ip/10.0.0.1", 90, 80);
}

static void the_address_of_a_vanished_guest_moves_to_its_heir(void **state)
{
	const struct sb_op *clear, *move;

	(void)state;
	put_heir();
	put_row("primary", "lab/qemu/101",
		"{'ref': {'primary_ip4': ['ip', 'lab/qemu/101/net0/ip/10.0.0.1']}}");
	put_change_log("lab/qemu/101", "{}");
	run_diff();
	assert_int_equal(n_ops(), 3);
	clear = op_of("lab/qemu/102", SB_UPDATE);
	assert_json(clear->set, "{'primary_ip4': null}");
	assert_int_equal(clear->n_needs, 0);
	move = op_of("lab/qemu/101/net0/ip/10.0.0.1", SB_UPDATE);
	assert_int_equal(move->target, 90);
	assert_int_equal(move->n_needs, 1);
	assert_json(op_of("lab/qemu/101", SB_UPDATE)->set, "{'primary_ip4': 90}");
	assert_int_equal(op_of("lab/qemu/101", SB_UPDATE)->n_needs, 1);
	assert_int_equal(find_account("vm")->kept, 1);
}

static void an_address_is_deleted_with_its_guest_and_does_not_move(void **state)
{
	(void)state;
	put_heir();
	put_unowned("ip", "{'id': 90, 'address': '10.0.0.1/24', 'custom_fields':"
			  " {'stagebox_key': 'lab/qemu/102/net0/ip/10.0.0.1'}}");
	mark_asked("ip?address=10.0.0.1");
	prune_set("enabled", json_true());
	put_missed("lab/qemu/102", 2, 3600);
	run_diff();
	assert_int_equal(n_ops(), 2);
	op_of("lab/qemu/102", SB_DELETE);
	assert_int_equal(op_of("lab/qemu/101/net0/ip/10.0.0.1", SB_CREATE)->n_needs, 1);
	assert_int_equal(find_account("ip")->deleted, 1);
}

/* An interface is replaced by another one, which has the address now. */
static void the_delete_of_an_interface_waits_for_the_address_that_moves(void **state)
{
	(void)state;
	put_guest();
	put_nic("lab/qemu/101/net1", "net1", MAC_B);
	put_netbox_nic("lab/qemu/101/net0", 70, "net0", MAC_A);
	put_address("lab/qemu/101/net1");
	put_netbox_address("lab/qemu/101/net0/ip/10.0.0.1", 90, 70);
	run_diff();
	assert_int_equal(n_ops(), 3);
	assert_int_equal(op_of("lab/qemu/101/net0", SB_DELETE)->n_needs, 1);
	assert_int_equal(op_of("lab/qemu/101/net1/ip/10.0.0.1", SB_UPDATE)->target, 90);
	assert_int_equal(find_account("ip")->matched, 1);
	assert_int_equal(find_account("ip")->deleted, 0);
}

static void an_unknown_address_does_not_move(void **state)
{
	(void)state;
	put_heir();
	put_row("guest", "lab/qemu/102", GUEST("db"));
	put_unknown("ip", "lab/qemu/102/", "the agent hangs");
	put_unowned("ip", "{'id': 90, 'address': '10.0.0.1/24', 'custom_fields':"
			  " {'stagebox_key': 'lab/qemu/102/net0/ip/10.0.0.1'}}");
	mark_asked("ip?address=10.0.0.1");
	put_change_log("lab/qemu/102", "{}");
	read_empty("nic");
	put_row("nic", "lab/qemu/102/net0", "{'set': {'name': 'net0'}}");
	run_diff();
	assert_int_equal(find_account("ip")->unknown, 2);
}

static void two_guests_that_exchange_addresses_are_no_ring(void **state)
{
	(void)state;
	put_guest();
	put_row("guest", "lab/qemu/102", GUEST("db"));
	put_netbox("vm", "lab/qemu/102",
		   "{'id': 8, 'name': 'db', 'status': {'value': 'active'}, 'cluster': {'id': 1},"
		   " 'memory': 2048, 'primary_ip4': {'id': 91}}");
	put_netbox("vm", "lab/qemu/101",
		   "{'id': 7, 'name': 'web', 'status': {'value': 'active'}, 'cluster': {'id': 1},"
		   " 'memory': 2048, 'primary_ip4': {'id': 90}}");
	put_nic("lab/qemu/101/net0", "net0", MAC_A);
	put_netbox_nic("lab/qemu/101/net0", 70, "net0", MAC_A);
	put_row("nic", "lab/qemu/102/net0", "{'set': {'name': 'net0'}}");
	put_netbox("vm-interface", "lab/qemu/102/net0",
		   "{'id': 80, 'name': 'net0', 'virtual_machine': {'id': 8}}");
	put_row("ip", "lab/qemu/101/net0/ip/10.0.0.2",
		"{'set': {'address': '10.0.0.2/24'},"
		" 'ref': {'assigned_object': ['vm-interface', 'lab/qemu/101/net0']}}");
	put_row("ip", "lab/qemu/102/net0/ip/10.0.0.1",
		"{'set': {'address': '10.0.0.1/24'},"
		" 'ref': {'assigned_object': ['vm-interface', 'lab/qemu/102/net0']}}");
	put_netbox_address("lab/qemu/101/net0/ip/10.0.0.1", 90, 70);
	put_part("ip", "lab/qemu/102/net0/ip/10.0.0.2",
		 "{'id': 91, 'address': '10.0.0.2/24', 'assigned_object_type':"
		 " 'virtualization.vminterface', 'assigned_object_id': 80}");
	put_row("primary", "lab/qemu/101",
		"{'ref': {'primary_ip4': ['ip', 'lab/qemu/101/net0/ip/10.0.0.2']}}");
	put_row("primary", "lab/qemu/102",
		"{'ref': {'primary_ip4': ['ip', 'lab/qemu/102/net0/ip/10.0.0.1']}}");
	put_applied("lab/qemu/101", "{'primary_ip4': 90}");
	put_applied("lab/qemu/102", "{'primary_ip4': 91}");
	run_diff();
	assert_int_equal(n_ops(), 6);
	assert_int_equal(find_account("vm")->same, 2);
	assert_int_equal(find_fields_account("t.ips", "vm")->updated, 2);
	assert_int_equal(find_fields_account("t.primary", "vm")->updated, 2);
}

static void a_port_moves_by_a_name_that_it_had(void **state)
{
	const struct sb_op *op;

	(void)state;
	with_ports();
	put_row("port", "lab/node/pve1/nic0",
		"{'set': {'name': 'nic0'}, 'was': ['lab/node/pve1/eno1', 'lab/node/pve1/enp1s0']}");
	put_part("interface", "lab/node/pve1/eno1", "{'id': 70, 'name': 'eno1'}");
	run_diff();
	assert_int_equal(n_ops(), 1);
	op = op_of("lab/node/pve1/nic0", SB_UPDATE);
	assert_json(op->set, "{'name': 'nic0', 'stagebox_key': 'lab/node/pve1/nic0'}");
}

static void a_port_moves_although_the_list_of_ports_is_incomplete(void **state)
{
	(void)state;
	with_ports();
	put_row("port", "lab/node/pve1/nic0",
		"{'set': {'name': 'nic0'}, 'was': ['lab/node/pve1/eno1']}");
	put_unknown("port", "lab/node/pve1/", "bridges may be hidden");
	put_part("interface", "lab/node/pve1/eno1", "{'id': 70, 'name': 'eno1'}");
	run_diff();
	assert_int_equal(n_ops(), 1);
	assert_int_equal(op_of("lab/node/pve1/nic0", SB_UPDATE)->target, 70);
}

static void a_port_that_is_still_at_the_source_does_not_move(void **state)
{
	(void)state;
	with_ports();
	put_row("port", "lab/node/pve1/nic0",
		"{'set': {'name': 'nic0'}, 'was': ['lab/node/pve1/eno1']}");
	put_row("port", "lab/node/pve1/eno1", "{'set': {'name': 'eno1'}}");
	put_part("interface", "lab/node/pve1/eno1", "{'id': 70, 'name': 'eno1'}");
	run_diff();
	assert_int_equal(n_ops(), 1);
	op_of("lab/node/pve1/nic0", SB_CREATE);
}

static void a_former_name_on_another_node_is_not_believed(void **state)
{
	(void)state;
	with_ports();
	put_row("port", "lab/node/pve1/nic0",
		"{'set': {'name': 'nic0'}, 'was': ['lab/node/pve2/eno1']}");
	put_part("interface", "lab/node/pve2/eno1", "{'id': 70, 'name': 'eno1'}");
	run_diff();
	op_of("lab/node/pve1/nic0", SB_CREATE);
	op_of("lab/node/pve2/eno1", SB_DELETE);
}

static void a_vanished_guest_gives_its_name_to_a_new_one(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/103", GUEST("db"));
	put_netbox("vm", "lab/qemu/102", GUEST_IN_NETBOX(8, "db"));
	put_applied("lab/qemu/102", "{'name': 'db'}");
	mark_all_asked();
	run_diff();
	assert_int_equal(n_ops(), 2);
	assert_json(op_of("lab/qemu/102", SB_UPDATE)->set, "{'name': 'db (102)'}");
	assert_int_equal(op_of("lab/qemu/103", SB_CREATE)->n_needs, 1);
	assert_int_equal(find_account("vm")->kept, 1);
}

static void a_vanished_guest_keeps_the_name_that_a_person_gave_it(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/103", GUEST("db"));
	put_netbox("vm", "lab/qemu/102", GUEST_IN_NETBOX(8, "db"));
	put_applied("lab/qemu/102", "{'name': 'old'}");
	mark_all_asked();
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("vm")->unknown, 1);
}

/* Guest 5 of endpoint "edge" has the address in NetBox, as its primary one. */
static void put_elsewhere(const char *vanished)
{
	sb_autojson *row = parse_quoted("{'id': 7, 'name': 'old', 'custom_fields': {'stagebox_key':"
					" 'edge/qemu/5'}, 'primary_ip4': {'id': 90}}");

	put_guest();
	put_nic("lab/qemu/101/net0", "net0", MAC_A);
	put_netbox_nic("lab/qemu/101/net0", 70, "net0", MAC_A);
	put_address("lab/qemu/101/net0");
	put_unowned("ip", "{'id': 90, 'address': '10.0.0.1/24', 'custom_fields':"
			  " {'stagebox_key': 'edge/qemu/5/net0/ip/10.0.0.1'}}");
	mark_asked("ip?address=10.0.0.1");
	fx->run->snap->vanished = parse_quoted(vanished);
	assert_int_equal(sb_origin_take_attached(fx->run, get_list("vm")->kind, row), 0);
	mark_asked("vm?primary_ip4_id=90");
	mark_asked("vm?primary_ip6_id=90");
	mark_asked("device?primary_ip4_id=90");
	mark_asked("device?primary_ip6_id=90");
}

static void the_address_of_a_guest_that_vanished_in_another_endpoint_moves(void **state)
{
	const struct sb_op *op;

	(void)state;
	put_elsewhere("{'edge/qemu/5': true}");
	run_diff();
	assert_int_equal(n_ops(), 2);
	op = op_of("lab/qemu/101/net0/ip/10.0.0.1", SB_UPDATE);
	assert_int_equal(op->target, 90);
	assert_int_equal(op->n_needs, 1);
	assert_json(json_object_get(op->was, "stagebox_key"), "'edge/qemu/5/net0/ip/10.0.0.1'");
	assert_json(op_of("edge/qemu/5", SB_UPDATE)->set, "{'primary_ip4': null}");
	assert_int_equal(find_account("ip")->updated, 1);
	assert_int_equal(find_account("ip")->before, 0);
}

static void the_address_of_a_guest_in_another_endpoint_does_not_move(void **state)
{
	(void)state;
	put_elsewhere("{'edge/qemu/55': true}");
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(json_array_size(fx->run->diff->conflicts), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(an_interface_with_the_same_mac_moves_with_its_key),
		T(an_interface_with_another_mac_is_new),
		T(two_interfaces_that_swap_their_macs_are_two_updates),
		T(a_row_that_two_interfaces_claim_moves_to_none),
		T(an_interface_that_is_still_at_the_source_does_not_move),
		T(an_interface_with_the_mac_of_two_rows_is_new),
		T(an_interface_of_another_guest_does_not_move),
		T(addresses_move_with_their_interface),
		T(addresses_that_are_kept_get_the_key_of_their_interface),
		T(after_an_interrupted_move_the_address_follows),
		T(values_of_a_moved_object_are_compared_with_its_stored_ones),
		T(an_address_moves_between_the_interfaces_of_a_guest),
		T(the_address_of_a_vanished_guest_moves_to_its_heir),
		T(an_address_is_deleted_with_its_guest_and_does_not_move),
		T(the_delete_of_an_interface_waits_for_the_address_that_moves),
		T(an_unknown_address_does_not_move),
		T(two_guests_that_exchange_addresses_are_no_ring),
		T(a_port_moves_by_a_name_that_it_had),
		T(a_port_moves_although_the_list_of_ports_is_incomplete),
		T(a_port_that_is_still_at_the_source_does_not_move),
		T(a_former_name_on_another_node_is_not_believed),
		T(the_address_of_a_guest_that_vanished_in_another_endpoint_moves),
		T(the_address_of_a_guest_in_another_endpoint_does_not_move),
		T(a_vanished_guest_gives_its_name_to_a_new_one),
		T(a_vanished_guest_keeps_the_name_that_a_person_gave_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
