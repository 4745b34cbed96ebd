/* SPDX-License-Identifier: Apache-2.0 */
/* Parts on which people have worked are kept when they vanish, and addresses are not deleted at
 * once. */
#include "test_diff_fixture.h"

#define NIC     "lab/qemu/101/net0"
#define ADDRESS NIC "/ip/10.0.0.1"

/* Guest 101 (id 7) is at the source and in NetBox; its interface net0 (id 70) only in NetBox. */
static void put_guest(const char *nic)
{
	put_row("guest", "lab/qemu/101", GUEST("web"));
	put_netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "web"));
	read_empty("nic");
	put_part("vm-interface", NIC, nic);
}

#define NIC_WITH(members)                                                                          \
	"{'id': 70, 'name': 'net0', 'virtual_machine': {'id': 7}, 'mac_address': '02:00:00:00:00:" \
	"01'" members "}"

static void assert_kept(const char *key, const char *why)
{
	const json_t *entry = json_array_get(fx->run->diff->kept, 0);

	assert_int_equal(n_ops(), 0);
	assert_int_equal(json_array_size(fx->run->diff->kept), 1);
	assert_string_equal(sb_json_str(entry, "key"), key);
	if (!strstr(sb_json_str(entry, "why"), why))
		fail_msg("\"%s\" is not in \"%s\"", why, sb_json_str(entry, "why"));
	assert_int_equal(find_account("vm-interface")->kept, 1);
	assert_status(1, SB_STAGE_OK);
}

static void an_untouched_part_is_deleted_at_once(void **state)
{
	(void)state;
	put_guest(NIC_WITH(""));
	run_diff();
	assert_int_equal(n_ops(), 1);
	op_of(NIC, SB_DELETE);
	assert_int_equal(json_array_size(fx->run->diff->kept), 0);
}

static void a_description_by_people_keeps_the_part(void **state)
{
	(void)state;
	put_guest(NIC_WITH(", 'description': 'to the firewall'"));
	put_applied(NIC, "{'description': ''}");
	run_diff();
	assert_kept(NIC, "description");
}

static void a_description_that_we_wrote_does_not_keep_it(void **state)
{
	(void)state;
	put_guest(NIC_WITH(", 'description': 'ours'"));
	put_applied(NIC, "{'description': 'ours'}");
	run_diff();
	op_of(NIC, SB_DELETE);
}

static void the_change_log_replaces_the_store(void **state)
{
	(void)state;
	put_guest(NIC_WITH(", 'description': 'ours'"));
	put_change_log(NIC, "{'description': 'ours'}");
	run_diff();
	op_of(NIC, SB_DELETE);
}

static void a_description_of_unknown_origin_keeps_it(void **state)
{
	(void)state;
	put_guest(NIC_WITH(", 'description': 'whose?'"));
	put_change_log(NIC, "{}");
	run_diff();
	assert_kept(NIC, "description");
}

static void a_tag_of_people_keeps_it(void **state)
{
	(void)state;
	put_guest(NIC_WITH(", 'tags': [{'id': 1}, {'id': 2}]"));
	put_change_log(NIC, "{'tags': [1]}");
	run_diff();
	assert_kept(NIC, "tag");
}

static void a_tag_that_the_change_log_shows_as_ours_does_not_keep_it(void **state)
{
	(void)state;
	put_guest(NIC_WITH(", 'tags': [{'id': 1}]"));
	put_applied(NIC, "{'name': 'net0'}");
	put_change_log(NIC, "{'tags': [], 'tags:u.one': [1]}");
	run_diff();
	op_of(NIC, SB_DELETE);
}

static void tags_of_ours_do_not_keep_it(void **state)
{
	(void)state;
	put_guest(NIC_WITH(", 'tags': [{'id': 1}]"));
	put_applied(NIC, "{'tags': [1, 2]}");
	run_diff();
	op_of(NIC, SB_DELETE);
}

static void answer_defaults(const char *text)
{
	fx->run->snap->defaults = parse_quoted(text);
	mark_asked("custom-field?defaults");
}

static void the_value_of_a_custom_field_keeps_it(void **state)
{
	(void)state;
	put_guest(NIC_WITH(", 'custom_fields': {'rack': 'A1'}"));
	answer_defaults("{'rack': null}");
	run_diff();
	assert_kept(NIC, "rack");
}

static void a_default_value_does_not_keep_it(void **state)
{
	(void)state;
	put_guest(NIC_WITH(", 'custom_fields': {'monitoring': true, 'site': {'id': 3}}"));
	answer_defaults("{'monitoring': true, 'site': 3}");
	run_diff();
	op_of(NIC, SB_DELETE);
}

/* Answer which addresses are on the interface. */
static void answer_address(const char *text)
{
	sb_autojson *row = parse_quoted(text);

	assert_int_equal(sb_origin_take_attached(fx->run, get_list("ip")->kind, row), 0);
}

static void an_address_of_people_on_it_keeps_it(void **state)
{
	(void)state;
	put_guest(NIC_WITH(""));
	answer_address("{'id': 90, 'address': '10.0.0.9/24', 'assigned_object_type':"
		       " 'virtualization.vminterface', 'assigned_object_id': 70}");
	run_diff();
	assert_kept(NIC, "10.0.0.9");
}

static void our_address_with_a_note_keeps_the_interface_too(void **state)
{
	(void)state;
	put_guest(NIC_WITH(""));
	answer_address("{'id': 90, 'address': '10.0.0.1/24', 'description': 'for the boss',"
		       " 'custom_fields': {'stagebox_key': '" ADDRESS "'}, 'assigned_object_type':"
		       " 'virtualization.vminterface', 'assigned_object_id': 70}");
	put_change_log(ADDRESS, "{'description': ''}");
	run_diff();
	assert_kept(NIC, "10.0.0.1");
}

static void our_address_without_a_note_does_not(void **state)
{
	(void)state;
	put_guest(NIC_WITH(""));
	answer_address("{'id': 90, 'address': '10.0.0.1/24', 'custom_fields': {'stagebox_key':"
		       " '" ADDRESS "'}, 'assigned_object_type': 'virtualization.vminterface',"
		       " 'assigned_object_id': 70}");
	run_diff();
	op_of(NIC, SB_DELETE);
}

static void a_spare_mac_address_of_people_keeps_it(void **state)
{
	(void)state;
	put_guest(NIC_WITH(", 'mac_addresses': [{'id': 5, 'mac_address': '02:00:00:00:00:01'},"
			   " {'id': 6, 'mac_address': '02:00:00:00:00:02'}]"));
	put_change_log(NIC "/mac/02:00:00:00:00:02#6", "{}");
	run_diff();
	assert_kept(NIC, "02:00:00:00:00:02");
}

static void what_netbox_does_not_answer_keeps_it(void **state)
{
	struct sb_error why = SB_ERROR_INIT;

	(void)state;
	put_guest(NIC_WITH(""));
	sb_fail(&why, SB_E_FORBIDDEN, "HTTP 403");
	assert_int_equal(sb_reason_put(fx->run->snap->asked, "vm-interface?id=70", &why), 0);
	run_diff();
	assert_kept(NIC, "403");
}

static void a_cabled_port_is_kept(void **state)
{
	(void)state;
	with_ports();
	read_empty("port");
	put_part("interface", "lab/node/pve1/eno1",
		 "{'id': 50, 'name': 'eno1', '_occupied': true}");
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("interface")->kept, 1);
}

static void an_address_of_people_on_a_port_keeps_it(void **state)
{
	(void)state;
	with_ports();
	read_empty("port");
	put_part("interface", "lab/node/pve1/eno1", "{'id': 50, 'name': 'eno1'}");
	answer_address("{'id': 90, 'address': '10.0.0.9/24', 'assigned_object_type':"
		       " 'dcim.interface', 'assigned_object_id': 50}");
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("interface")->kept, 1);
}

static void the_parent_of_a_kept_port_is_kept(void **state)
{
	(void)state;
	with_ports();
	read_empty("port");
	put_part("interface", "lab/node/pve1/vmbr0", "{'id': 50, 'name': 'vmbr0'}");
	put_part("interface", "lab/node/pve1/vmbr0.5",
		 "{'id': 51, 'name': 'vmbr0.5', 'parent': {'id': 50}, 'description': 'mine'}");
	put_change_log("lab/node/pve1/vmbr0.5", "{'description': ''}");
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("interface")->kept, 2);
}

static void a_kept_part_is_pruned_by_the_rules_of_prune(void **state)
{
	(void)state;
	put_guest(NIC_WITH(", 'description': 'mine'"));
	put_change_log(NIC, "{'description': ''}");
	prune_set("enabled", json_true());
	put_missed(NIC, 2, 3600);
	fx->gone = 1;
	run_diff();
	op_of(NIC, SB_DELETE);
	assert_int_equal(find_account("vm-interface")->deleted, 1);
}

static void a_kept_part_above_the_limit_is_kept_and_listed(void **state)
{
	(void)state;
	put_guest(NIC_WITH(", 'description': 'mine'"));
	put_change_log(NIC, "{'description': ''}");
	prune_set("enabled", json_true());
	prune_set("max_count", json_integer(0));
	put_missed(NIC, 2, 3600);
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(json_array_size(fx->run->diff->kept), 1);
}

/* Guest 101 reports its interfaces; NetBox has 10.0.0.1 on net0. */
static void put_report(void)
{
	put_row("guest", "lab/qemu/101", GUEST("web"));
	put_netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "web"));
	put_row("nic", NIC,
		"{'set': {'name': 'net0'}, 'ref': {'virtual_machine': ['vm', 'lab/qemu/101']}}");
	put_netbox("vm-interface", NIC, "{'id': 70, 'name': 'net0', 'virtual_machine': {'id': 7}}");
	put_part("ip", ADDRESS,
		 "{'id': 90, 'address': '10.0.0.1/24', 'assigned_object_type':"
		 " 'virtualization.vminterface', 'assigned_object_id': 70}");
	assert_int_equal(sb_rows_reported(get_stage(0), "ip", "lab/qemu/101/"), 0);
}

static void an_interface_without_addresses_is_not_believed_at_once(void **state)
{
	(void)state;
	put_report();
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("ip")->same, 1);
	assert_int_equal(find_account("ip")->matched, 1);
	assert_int_equal(json_array_size(fx->run->diff->kept), 1);
	assert_json(fx->run->diff->misses, "{'" ADDRESS "': {'runs': 1, 'since': 100000}}");
	assert_status(2, SB_STAGE_OK);
}

static void it_is_believed_after_two_runs_and_ten_minutes(void **state)
{
	(void)state;
	put_report();
	put_missed(ADDRESS, 1, 600);
	run_diff();
	op_of(ADDRESS, SB_DELETE);
	assert_int_equal(find_account("ip")->deleted, 1);
}

static void it_is_not_believed_one_second_before(void **state)
{
	(void)state;
	put_report();
	put_missed(ADDRESS, 5, 599);
	run_diff();
	assert_int_equal(n_ops(), 0);
}

static void two_runs_are_needed_however_long_the_first_one_is_ago(void **state)
{
	(void)state;
	put_report();
	prune_set("address_runs", json_integer(3));
	put_missed(ADDRESS, 1, 100000);
	run_diff();
	assert_int_equal(n_ops(), 0);
}

static void an_address_missing_beside_another_of_its_version_is_deleted_at_once(void **state)
{
	(void)state;
	put_report();
	put_row("ip", NIC "/ip/10.0.0.2",
		"{'set': {'address': '10.0.0.2/24'},"
		" 'ref': {'assigned_object': ['vm-interface', '" NIC "']}}");
	put_netbox("ip", NIC "/ip/10.0.0.2",
		   "{'id': 91, 'address': '10.0.0.2/24', 'assigned_object_type':"
		   " 'virtualization.vminterface', 'assigned_object_id': 70}");
	run_diff();
	op_of(ADDRESS, SB_DELETE);
}

static void an_address_of_the_other_version_proves_nothing(void **state)
{
	(void)state;
	put_report();
	put_row("ip", NIC "/ip/2001:db8::2",
		"{'set': {'address': '2001:db8::2/64'},"
		" 'ref': {'assigned_object': ['vm-interface', '" NIC "']}}");
	put_netbox("ip", NIC "/ip/2001:db8::2",
		   "{'id': 91, 'address': '2001:db8::2/64', 'assigned_object_type':"
		   " 'virtualization.vminterface', 'assigned_object_id': 70}");
	run_diff();
	assert_int_equal(n_ops(), 0);
}

static void an_address_that_another_guest_has_moves_at_once(void **state)
{
	(void)state;
	put_report();
	put_row("guest", "lab/qemu/102", GUEST("db"));
	put_netbox("vm", "lab/qemu/102", GUEST_IN_NETBOX(8, "db"));
	put_row("nic", "lab/qemu/102/net0",
		"{'set': {'name': 'net0'}, 'ref': {'virtual_machine': ['vm', 'lab/qemu/102']}}");
	put_netbox("vm-interface", "lab/qemu/102/net0",
		   "{'id': 80, 'name': 'net0', 'virtual_machine': {'id': 8}}");
	put_row("ip", "lab/qemu/102/net0/ip/10.0.0.1",
		"{'set': {'address': '10.0.0.1/24'},"
		" 'ref': {'assigned_object': ['vm-interface', 'lab/qemu/102/net0']}}");
	run_diff();
	assert_int_equal(n_ops(), 1);
	assert_int_equal(op_of("lab/qemu/102/net0/ip/10.0.0.1", SB_UPDATE)->target, 90);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(an_address_of_people_on_a_port_keeps_it),
		T(an_untouched_part_is_deleted_at_once),
		T(a_description_by_people_keeps_the_part),
		T(a_description_that_we_wrote_does_not_keep_it),
		T(the_change_log_replaces_the_store),
		T(a_description_of_unknown_origin_keeps_it),
		T(a_tag_of_people_keeps_it),
		T(a_tag_that_the_change_log_shows_as_ours_does_not_keep_it),
		T(tags_of_ours_do_not_keep_it),
		T(the_value_of_a_custom_field_keeps_it),
		T(a_default_value_does_not_keep_it),
		T(an_address_of_people_on_it_keeps_it),
		T(our_address_with_a_note_keeps_the_interface_too),
		T(our_address_without_a_note_does_not),
		T(a_spare_mac_address_of_people_keeps_it),
		T(what_netbox_does_not_answer_keeps_it),
		T(a_cabled_port_is_kept),
		T(the_parent_of_a_kept_port_is_kept),
		T(a_kept_part_is_pruned_by_the_rules_of_prune),
		T(a_kept_part_above_the_limit_is_kept_and_listed),
		T(an_interface_without_addresses_is_not_believed_at_once),
		T(it_is_believed_after_two_runs_and_ten_minutes),
		T(it_is_not_believed_one_second_before),
		T(two_runs_are_needed_however_long_the_first_one_is_ago),
		T(an_address_missing_beside_another_of_its_version_is_deleted_at_once),
		T(an_address_of_the_other_version_proves_nothing),
		T(an_address_that_another_guest_has_moves_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
