/* SPDX-License-Identifier: Apache-2.0 */
/* Objects that people made: which addresses are adopted, and that they are released, not deleted.
 */
#include "test_diff_address.h"

#include "run/run.h"

static void wanted_address(void)
{
	put_row("ip", IP_KEY,
		"{'set': {'address': '10.0.0.1/24'},"
		" 'ref': {'assigned_object': ['vm-interface', 'lab/qemu/101/net0']}}");
	mark_asked("ip?address=10.0.0.1");
}

static const char *conflict_text(void)
{
	assert_int_equal(json_array_size(fx->run->diff->conflicts), 1);
	return sb_json_str(json_array_get(fx->run->diff->conflicts, 0), "why");
}

static void left_alone_with(const char *row, const char *word)
{
	guest_with_interface();
	json_object_set_new(fx->conf, "netbox",
			    json_pack("{s:s}", "url", "https://netbox.example.com/"));
	wanted_address();
	put_unowned("ip", row);
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("ip")->skipped, 1);
	assert_non_null(strstr(conflict_text(), word));
	assert_non_null(
		strstr(conflict_text(), "https://netbox.example.com/ipam/ip-addresses/50/"));
}

static void left_alone(const char *row, const char *word)
{
	left_alone_with(row, word);
	assert_non_null(strstr(conflict_text(), "assign it"));
	assert_non_null(strstr(conflict_text(), "delete it"));
}

static void an_address_in_a_vrf_is_left_alone(void **state)
{
	(void)state;
	left_alone("{'id': 50, 'address': '10.0.0.1/24', 'status': {'value': 'active'},"
		   " 'vrf': {'id': 3}}",
		   "VRF");
}

static void an_address_with_a_role_is_left_alone(void **state)
{
	(void)state;
	left_alone("{'id': 50, 'address': '10.0.0.1/24', 'status': {'value': 'active'},"
		   " 'role': {'value': 'vrrp'}}",
		   "role vrrp");
}

static void a_deprecated_address_is_left_alone(void **state)
{
	(void)state;
	left_alone("{'id': 50, 'address': '10.0.0.1/24', 'status': {'value': 'deprecated'}}",
		   "deprecated");
}

static void an_address_of_another_device_is_left_alone_and_its_owner_named(void **state)
{
	(void)state;
	left_alone("{'id': 50, 'address': '10.0.0.1/24', 'status': {'value': 'active'},"
		   " 'assigned_object_type': 'dcim.interface', 'assigned_object_id': 3,"
		   " 'assigned_object': {'id': 3, 'display': 'eth0', 'device': {'id': 4,"
		   " 'name': 'fw1'}}}",
		   "eth0 of fw1");
}

/* Such an address moves by itself when it is gone there: nothing is to be done by hand. */
static void an_address_of_another_endpoint_waits_for_the_next_run_of_that_one(void **state)
{
	(void)state;
	left_alone_with("{'id': 50, 'address': '10.0.0.1/24', 'custom_fields':"
			" {'stagebox_key': 'edge/qemu/5/net0/ip/10.0.0.1'}}",
			"edge/qemu/5/net0/ip/10.0.0.1 was there in the last run of edge: when it "
			"is gone there, the next sync moves");
	assert_null(strstr(conflict_text(), "assign it"));
}

static void an_adopted_address_of_another_endpoint_is_left_alone_and_its_key_named(void **state)
{
	(void)state;
	left_alone("{'id': 50, 'address': '10.0.0.1/24', 'custom_fields':"
		   " {'stagebox_key': 'edge/qemu/5/net0/ip/10.0.0.1', 'stagebox_adopted': true}}",
		   "edge/qemu/5/net0/ip/10.0.0.1");
}

static void assert_adopted(const char *row)
{
	const struct sb_op *op;

	guest_with_interface();
	wanted_address();
	put_unowned("ip", row);
	run_diff();
	assert_int_equal(n_ops(), 1);
	op = op_of(IP_KEY, SB_UPDATE);
	assert_int_equal(op->target, 50);
	assert_true(json_is_true(json_object_get(op->set, "stagebox_adopted")));
	assert_string_equal(sb_json_str(op->set, "stagebox_key"), IP_KEY);
}

static void a_reserved_address_is_adopted_and_marked(void **state)
{
	(void)state;
	assert_adopted("{'id': 50, 'address': '10.0.0.1/24', 'status': {'value': 'reserved'},"
		       " 'dns_name': 'www'}");
}

static void a_dhcp_address_is_adopted_and_marked(void **state)
{
	(void)state;
	assert_adopted("{'id': 50, 'address': '10.0.0.1/24', 'status': {'value': 'dhcp'}}");
}

static void an_address_on_that_very_interface_is_adopted_whatever_it_is(void **state)
{
	(void)state;
	assert_adopted("{'id': 50, 'address': '10.0.0.1/24', 'status': {'value': 'deprecated'},"
		       " 'role': {'value': 'vrrp'}, 'vrf': {'id': 3}, " ASSIGNED(70) "}");
}

static void an_adopted_address_that_vanished_is_released(void **state)
{
	const struct sb_op *op;

	(void)state;
	guest_with_interface();
	read_empty("ip");
	put_part("ip", IP_KEY, ADDRESS("true"));
	run_diff();
	assert_int_equal(n_ops(), 1);
	op = op_of(IP_KEY, SB_UPDATE);
	assert_int_equal(op->target, 50);
	assert_string_equal(op->why, "released");
	assert_json(op->set, "{'stagebox_key': null, 'stagebox_adopted': null,"
			     " 'assigned_object': null}");
	assert_json(op->was, "{'stagebox_key': '" IP_KEY "', 'stagebox_adopted': true,"
			     " 'assigned_object': {'type': 'virtualization.vminterface',"
			     " 'id': 70}}");
	assert_int_equal(find_account("ip")->released, 1);
	assert_int_equal(find_account("ip")->before, 1);
	assert_int_equal(find_account("ip")->updated, 0);
	assert_int_equal(find_account("ip")->seen, 0);
}

static void an_address_that_we_created_is_deleted(void **state)
{
	(void)state;
	guest_with_interface();
	read_empty("ip");
	put_part("ip", IP_KEY, ADDRESS("false"));
	run_diff();
	assert_int_equal(n_ops(), 1);
	op_of(IP_KEY, SB_DELETE);
}

static void prune_adopted_deletes_what_was_adopted(void **state)
{
	(void)state;
	prune_set("adopted", json_string("delete"));
	guest_with_interface();
	read_empty("ip");
	put_part("ip", IP_KEY, ADDRESS("true"));
	run_diff();
	assert_int_equal(n_ops(), 1);
	op_of(IP_KEY, SB_DELETE);
}

static void put_made(const char *index, const char *answer)
{
	assert_int_equal(sb_table_put(fx->run->snap->made, index, answer), 0);
}

static void an_unmarked_address_that_the_change_log_shows_as_ours_is_deleted(void **state)
{
	(void)state;
	guest_with_interface();
	read_empty("ip");
	put_part("ip", IP_KEY, ADDRESS("null"));
	put_made("ip#50", "1");
	run_diff();
	op_of(IP_KEY, SB_DELETE);
}

static void an_unmarked_address_that_the_change_log_does_not_show_is_released(void **state)
{
	(void)state;
	guest_with_interface();
	read_empty("ip");
	put_part("ip", IP_KEY, ADDRESS("null"));
	put_made("ip#50", "0");
	run_diff();
	assert_true(op_of(IP_KEY, SB_UPDATE)->releases);
}

static void an_unmarked_address_is_kept_while_the_change_log_cannot_be_read(void **state)
{
	struct sb_error why = SB_ERROR_INIT;

	(void)state;
	guest_with_interface();
	read_empty("ip");
	put_part("ip", IP_KEY, ADDRESS("null"));
	sb_fail(&why, SB_E_STATE, "no answer in 30 s");
	assert_int_equal(sb_reason_put(fx->run->snap->made, "ip#50", &why), 0);
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("ip")->kept, 1);
	assert_status(2, SB_STAGE_PARTIAL);
}

/* net0 of guest 101 vanished; its address is still in NetBox. */
static void interface_vanished(const char *address)
{
	put_row("guest", "lab/qemu/101", GUEST("web"));
	put_netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "web"));
	read_empty("nic");
	put_part("vm-interface", "lab/qemu/101/net0",
		 "{'id': 70, 'name': 'net0', 'virtual_machine': {'id': 7}}");
	read_empty("ip");
	put_part("ip", IP_KEY, address);
	mark_all_asked();
}

static void the_delete_of_an_interface_waits_for_the_release_of_its_address(void **state)
{
	const struct sb_op *release, *op;

	(void)state;
	interface_vanished(ADDRESS("true"));
	run_diff();
	assert_int_equal(n_ops(), 2);
	release = op_of(IP_KEY, SB_UPDATE);
	op = op_of("lab/qemu/101/net0", SB_DELETE);
	assert_int_equal(release->n_needs, 0);
	assert_int_equal(op->n_needs, 1);
	assert_int_equal(release->blocks[0], op->seq);
	assert_int_equal(find_account("ip")->released, 1);
	assert_int_equal(find_account("vm-interface")->deleted, 1);
}

static void an_interface_is_kept_while_its_addresses_are_not_known(void **state)
{
	struct sb_error why = SB_ERROR_INIT;

	(void)state;
	interface_vanished(ADDRESS("true"));
	get_list("ip")->known = SB_KNOWN_PARTIAL;
	sb_fail(&why, SB_E_TIMEOUT, "no answer in 30 s");
	assert_int_equal(sb_reason_put(fx->run->snap->asked,
				       "ip?cf_stagebox_key__isw=lab%2Fqemu%2F101%2Fnet0%2F", &why),
			 0);
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("vm-interface")->kept, 1);
	assert_says(&get_stage(1)->why, "released first");
}

static void an_address_is_released_when_its_own_stage_does_not_run(void **state)
{
	(void)state;
	interface_vanished(ADDRESS("true"));
	get_list("ip")->known = SB_KNOWN_NOT;
	mark_asked("ip?cf_stagebox_key__isw=lab%2Fqemu%2F101%2Fnet0%2F");
	get_stage(2)->needed = get_stage(3)->needed = false;
	get_stage(2)->selected = get_stage(3)->selected = false;
	run_diff();
	assert_int_equal(n_ops(), 2);
	assert_string_equal(op_of(IP_KEY, SB_UPDATE)->stage, "t.nics");
	assert_int_equal(find_account("ip")->released, 1);
}

/* Guest 102 (id 8) vanished beyond all limits; net0 (id 80) and 10.0.0.2 (id 60) are below it. */
static void guest_vanished(const char *guest, const char *nic, const char *address)
{
	prune_set("enabled", json_true());
	put_missed("lab/qemu/102", 2, 3600);
	put_row("guest", "lab/qemu/101", GUEST("web"));
	put_netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "web"));
	put_netbox("vm", "lab/qemu/102", guest);
	read_empty("nic");
	put_part("vm-interface", "lab/qemu/102/net0", nic);
	read_empty("ip");
	put_netbox("ip", "lab/qemu/102/net0/ip/10.0.0.2", address);
	mark_all_asked();
}

#define GUEST_102(adopted)                                                                         \
	"{'id': 8, 'name': 'db', 'cluster': {'id': 1}, 'device': {'id': 5}, 'adopted': " adopted   \
	", 'primary_ip4': {'id': 60}, 'birth': 'bb'}"
#define NIC_102(adopted)                                                                           \
	"{'id': 80, 'name': 'net0', 'virtual_machine': {'id': 8}, 'adopted': " adopted "}"
#define ADDRESS_102(adopted)                                                                       \
	"{'id': 60, 'address': '10.0.0.2/24', 'adopted': " adopted ", " ASSIGNED(80) "}"

static void a_guest_gives_its_adopted_primary_address_up_before_it_is_deleted(void **state)
{
	const struct sb_op *primary, *release, *op;

	(void)state;
	guest_vanished(GUEST_102("false"), NIC_102("true"), ADDRESS_102("true"));
	run_diff();
	assert_int_equal(n_ops(), 3);
	primary = op_of("lab/qemu/102", SB_UPDATE);
	release = op_of("lab/qemu/102/net0/ip/10.0.0.2", SB_UPDATE);
	op = op_of("lab/qemu/102", SB_DELETE);
	assert_json(primary->set, "{'primary_ip4': null}");
	assert_int_equal(primary->n_needs, 0);
	assert_int_equal(release->n_needs, 1);
	assert_int_equal(op->n_needs, 2);
	assert_int_equal(find_account("vm")->deleted, 1);
	assert_int_equal(find_account("vm-interface")->deleted, 1); /* with its guest */
	assert_int_equal(find_account("ip")->released, 1);
}

static void an_adopted_guest_is_released_and_what_we_put_below_it_is_deleted(void **state)
{
	const struct sb_op *op;

	(void)state;
	guest_vanished(GUEST_102("true"), NIC_102("false"), ADDRESS_102("false"));
	run_diff();
	assert_int_equal(n_ops(), 2); /* the address is deleted with the interface */
	op = op_of("lab/qemu/102", SB_UPDATE);
	assert_json(op->set, "{'stagebox_key': null, 'stagebox_adopted': null,"
			     " 'stagebox_birth': null, 'device': null}");
	op_of("lab/qemu/102/net0", SB_DELETE);
	assert_int_equal(find_account("vm")->released, 1);
	assert_int_equal(find_account("vm-interface")->deleted, 1);
	assert_int_equal(find_account("ip")->deleted, 1);
}

static void an_adopted_part_of_an_adopted_guest_stays_in_its_place(void **state)
{
	(void)state;
	guest_vanished(GUEST_102("true"), NIC_102("true"), ADDRESS_102("true"));
	run_diff();
	assert_int_equal(n_ops(), 3);
	assert_json(op_of("lab/qemu/102", SB_UPDATE)->set,
		    "{'stagebox_key': null, 'stagebox_adopted': null, 'stagebox_birth': null,"
		    " 'device': null, 'primary_ip4': null}");
	assert_json(op_of("lab/qemu/102/net0", SB_UPDATE)->set,
		    "{'stagebox_key': null, 'stagebox_adopted': null}");
	assert_int_equal(op_of("lab/qemu/102/net0/ip/10.0.0.2", SB_UPDATE)->n_needs, 1);
}

static void releases_count_in_the_limit_of_deletes(void **state)
{
	(void)state;
	prune_set("max_count", json_integer(0));
	guest_vanished(GUEST_102("true"), NIC_102("false"), ADDRESS_102("false"));
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_true(fx->run->diff->gate_refused);
}

static void an_adopted_guest_is_not_replaced_by_another_with_its_vmid(void **state)
{
	(void)state;
	prune_set("enabled", json_true());
	put_row("guest", "lab/qemu/102",
		"{'set': {'name': 'db', 'status': 'active', 'cluster': 1}, 'birth': 'cc'}");
	put_netbox("vm", "lab/qemu/102", GUEST_102("true"));
	mark_all_asked();
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_non_null(strstr(conflict_text(), "adopted"));
}

static void the_release_of_a_primary_address_waits_for_the_guest(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/101", GUEST("web"));
	put_netbox("vm", "lab/qemu/101",
		   "{'id': 7, 'name': 'web', 'status': {'value': 'active'}, 'cluster': {'id': 1},"
		   " 'memory': 2048, 'primary_ip4': {'id': 50}}");
	put_row("nic", "lab/qemu/101/net0",
		"{'set': {'name': 'net0'}, 'ref': {'virtual_machine': ['vm', 'lab/qemu/101']}}");
	put_part("vm-interface", "lab/qemu/101/net0",
		 "{'id': 70, 'name': 'net0', 'virtual_machine': {'id': 7}}");
	read_empty("ip");
	put_part("ip", IP_KEY, ADDRESS("true"));
	mark_all_asked();
	run_diff();
	assert_int_equal(n_ops(), 2);
	assert_json(op_of("lab/qemu/101", SB_UPDATE)->set, "{'primary_ip4': null}");
	assert_int_equal(op_of(IP_KEY, SB_UPDATE)->n_needs, 1);
	assert_int_equal(find_account("vm")->same, 1);
	assert_int_equal(find_fields_account("t.ips", "vm")->updated, 1);
}

static void the_release_waits_for_the_update_that_sets_another_primary_address(void **state)
{
	(void)state;
	the_release_of_a_primary_address_waits_for_the_guest(state);
	put_row("primary", "lab/qemu/101", "{'set': {'primary_ip4': null}}");
	put_applied("lab/qemu/101", "{'primary_ip4': 50}");
	run_diff();
	assert_int_equal(n_ops(), 2);
	assert_int_equal(op_of(IP_KEY, SB_UPDATE)->n_needs, 1);
	assert_int_equal(find_fields_account("t.primary", "vm")->updated, 1);
}

/* 10.0.0.1 of people moved from guest 101 to guest 103. */
static void a_released_address_is_adopted_by_its_next_guest_in_the_same_plan(void **state)
{
	const struct sb_op *release, *op;

	(void)state;
	guest_with_interface();
	put_netbox("ip", IP_KEY, ADDRESS("true"));
	put_row("guest", "lab/qemu/103", GUEST("new"));
	put_row("nic", "lab/qemu/103/net0",
		"{'set': {'name': 'net0'}, 'ref': {'virtual_machine': ['vm', 'lab/qemu/103']}}");
	put_row("ip", "lab/qemu/103/net0/ip/10.0.0.1",
		"{'set': {'address': '10.0.0.1/24'},"
		" 'ref': {'assigned_object': ['vm-interface', 'lab/qemu/103/net0']}}");
	put_unowned("ip", "{'id': 50, 'address': '10.0.0.1/24', 'status': {'value': 'active'},"
			  " 'custom_fields': {'stagebox_key': '" IP_KEY "',"
			  " 'stagebox_adopted': true}, " ASSIGNED(70) "}");
	mark_asked("ip?address=10.0.0.1");
	run_diff();
	assert_int_equal(n_ops(), 4);
	release = op_of(IP_KEY, SB_UPDATE);
	op = op_of("lab/qemu/103/net0/ip/10.0.0.1", SB_UPDATE);
	assert_true(release->releases);
	assert_int_equal(op->target, 50);
	assert_int_equal(op->n_needs, 2); /* the release and the new interface */
	assert_true(json_is_null(json_object_get(op->was, "assigned_object")));
	assert_true(json_is_null(json_object_get(op->was, "stagebox_key")));
	assert_int_equal(find_account("ip")->released, 1);
	assert_int_equal(find_account("ip")->updated, 1);
}

static void a_kept_address_of_people_stays_with_its_guest(void **state)
{
	(void)state;
	guest_with_interface();
	put_part("ip", IP_KEY, ADDRESS("true"));
	read_empty("ip");
	assert_int_equal(sb_rows_keep(get_stage(0), "ip", "lab/qemu/101/"), 0);
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("ip")->same, 1);
}

static void a_younger_duplicate_of_people_is_released(void **state)
{
	(void)state;
	guest_with_interface();
	wanted_address();
	put_part("ip", IP_KEY, ADDRESS("false"));
	put_part("ip", IP_KEY, "{'id': 51, 'address': '10.0.0.1/24', 'adopted': true}");
	put_made("ip#51", "0");
	put_change_log(IP_KEY "#51", "{}");
	run_diff();
	assert_int_equal(n_ops(), 1);
	assert_int_equal(op_of(IP_KEY, SB_UPDATE)->target, 51);
	assert_true(op_of(IP_KEY, SB_UPDATE)->releases);
	assert_int_equal(find_account("ip")->released, 1);
	assert_int_equal(find_account("ip")->same, 1);
}

static void a_reference_to_an_adopted_address_waits_for_its_adoption(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/101", GUEST("web"));
	put_row("nic", "lab/qemu/101/net0",
		"{'set': {'name': 'net0'}, 'ref': {'virtual_machine': ['vm', 'lab/qemu/101']}}");
	wanted_address();
	put_unowned("ip", "{'id': 50, 'address': '10.0.0.1/24', 'status': {'value': 'reserved'}}");
	put_row("primary", "lab/qemu/101", "{'ref': {'primary_ip4': ['ip', '" IP_KEY "']}}");
	mark_all_asked();
	run_diff();
	assert_int_equal(n_ops(), 4);
	assert_json(op_of("lab/qemu/101", SB_UPDATE)->set, "{'primary_ip4': 50}");
	assert_int_equal(op_of("lab/qemu/101", SB_UPDATE)->n_needs, 2); /* guest and address */
	assert_int_equal(op_of(IP_KEY, SB_UPDATE)->n_needs, 1);
}

static void the_primary_address_is_no_part_of_an_update_that_the_adoption_waits_for(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/101", GUEST("web"));
	put_unowned("vm", GUEST_IN_NETBOX(7, "web"));
	put_row("nic", "lab/qemu/101/net0",
		"{'set': {'name': 'net0'}, 'ref': {'virtual_machine': ['vm', 'lab/qemu/101']}}");
	wanted_address();
	put_unowned("ip", "{'id': 50, 'address': '10.0.0.1/24', 'status': {'value': 'reserved'}}");
	put_row("primary", "lab/qemu/101", "{'ref': {'primary_ip4': ['ip', '" IP_KEY "']}}");
	mark_all_asked();
	run_diff(); /* no ring */
	assert_int_equal(n_ops(), 4);
}

static void without_the_custom_field_nothing_is_adopted(void **state)
{
	(void)state;
	fx->run->custom_types = json_pack("{s:[]}", "stagebox_adopted");
	guest_with_interface();
	wanted_address();
	put_unowned("ip", "{'id': 50, 'address': '10.0.0.1/24', 'status': {'value': 'active'}}");
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("ip")->unknown, 1);
	assert_says(&get_stage(2)->why, "stagebox bootstrap");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_address_in_a_vrf_is_left_alone),
		TEST(an_address_with_a_role_is_left_alone),
		TEST(a_deprecated_address_is_left_alone),
		TEST(an_address_of_another_device_is_left_alone_and_its_owner_named),
		TEST(an_address_of_another_endpoint_waits_for_the_next_run_of_that_one),
		TEST(an_adopted_address_of_another_endpoint_is_left_alone_and_its_key_named),
		TEST(a_reserved_address_is_adopted_and_marked),
		TEST(a_dhcp_address_is_adopted_and_marked),
		TEST(an_address_on_that_very_interface_is_adopted_whatever_it_is),
		TEST(an_adopted_address_that_vanished_is_released),
		TEST(an_address_that_we_created_is_deleted),
		TEST(prune_adopted_deletes_what_was_adopted),
		TEST(an_unmarked_address_that_the_change_log_shows_as_ours_is_deleted),
		TEST(an_unmarked_address_that_the_change_log_does_not_show_is_released),
		TEST(an_unmarked_address_is_kept_while_the_change_log_cannot_be_read),
		TEST(the_delete_of_an_interface_waits_for_the_release_of_its_address),
		TEST(an_interface_is_kept_while_its_addresses_are_not_known),
		TEST(an_address_is_released_when_its_own_stage_does_not_run),
		TEST(a_guest_gives_its_adopted_primary_address_up_before_it_is_deleted),
		TEST(an_adopted_guest_is_released_and_what_we_put_below_it_is_deleted),
		TEST(an_adopted_part_of_an_adopted_guest_stays_in_its_place),
		TEST(releases_count_in_the_limit_of_deletes),
		TEST(an_adopted_guest_is_not_replaced_by_another_with_its_vmid),
		TEST(the_release_of_a_primary_address_waits_for_the_guest),
		TEST(the_release_waits_for_the_update_that_sets_another_primary_address),
		TEST(a_released_address_is_adopted_by_its_next_guest_in_the_same_plan),
		TEST(a_kept_address_of_people_stays_with_its_guest),
		TEST(a_younger_duplicate_of_people_is_released),
		TEST(a_reference_to_an_adopted_address_waits_for_its_adoption),
		TEST(the_primary_address_is_no_part_of_an_update_that_the_adoption_waits_for),
		TEST(without_the_custom_field_nothing_is_adopted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
