/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of the module qemu on the real engine: machines, disks, NICs and addresses. */
#include "test_module_qemu.h"

static void a_machine_has_all_its_fields(void **state)
{
	struct module_run *run = *state;

	run_all(run);
	assert_string_equal(get_vm(run, "name"), "web01");
	assert_string_equal(get_vm(run, "cluster"), "cluster:lab/cluster");
	assert_string_equal(get_vm(run, "device"), "device:lab/node/pve1");
	assert_string_equal(get_vm(run, "site"), "site:dc1");
	assert_string_equal(get_vm(run, "status"), "active");
	assert_string_equal(get_vm(run, "start_on_boot"), "on");
	assert_string_equal(get_vm(run, "role"), "device-role:virtual-machine-qemu");
	assert_string_equal(get_vm(run, "virtual_machine_type"), "vm-type:qemu-virtual-machine");
	assert_string_equal(get_vm(run, "platform"), "platform:linux");
	assert_string_equal(get_vm(run, "vcpus"), "4");
	assert_string_equal(get_vm(run, "memory"), "8192");
	assert_string_equal(get_vm(run, "description"), "owner: alice");
	assert_string_equal(get_vm(run, "comments"), "owner: alice\nkeep");
	assert_string_equal(get_vm(run, "tags"), "[\"tag:prod\",\"tag:web\"]");
	assert_string_equal(get_vm(run, "$birth"), "0d7c8a3e-1111-2222-3333-444455556666");
	assert_string_equal(get_vm(run, "disk"), "");
}

#define NOTES(settings)                                                                            \
	"{'digest': 'x', 'description': 'x\\n```netbox-metadata\\n" settings "\\n```\\n'}"

static void notes_may_name_role_platform_type_and_node(void **state)
{
	struct module_run *run = *state;

	module_object(run, "device-role", "", "{'name': 'Database', 'slug': 'database'}");
	module_object(run, "platform", "", "{'id': 5, 'name': 'Solaris', 'slug': 'solaris'}");
	module_object(run, "vm-type", "", "{'name': 'T', 'slug': 't'}");
	module_row(run, "node", "lab/node/pve9", "{'name': 'pve9', 'online': true}");
	module_answer(
		run, CONFIG,
		NOTES("{\\\"role\\\": \\\"database\\\", \\\"platform\\\": 5, "
		      "\\\"virtual_machine_type\\\": \\\"t\\\", \\\"device\\\": \\\"pve9\\\"}"));
	run_all(run);
	assert_string_equal(get_vm(run, "role"), "device-role:database");
	assert_string_equal(get_vm(run, "platform"), "platform:solaris");
	assert_string_equal(get_vm(run, "virtual_machine_type"), "vm-type:t");
	assert_string_equal(get_vm(run, "device"), "device:lab/node/pve9");
	assert_string_equal(get_vm(run, "description"), "x");
	assert_string_equal(get_vm(run, "comments"), "");
}

static void notes_that_name_a_missing_object_make_the_field_unknown(void **state)
{
	struct module_run *run = *state;

	module_answer(run, CONFIG, NOTES("{\\\"role\\\": \\\"missing\\\", \\\"device\\\": 404}"));
	run_all(run);
	assert_non_null(
		strstr(get_vm(run, "role"), "role of the netbox-metadata block in the notes is "));
	assert_non_null(strstr(get_vm(run, "device"), "404: NetBox has no device with id 404"));
	assert_string_equal(get_vm(run, "name"), "VM 101");
}

static void notes_cannot_move_a_guest_out_of_the_site_of_its_cluster(void **state)
{
	struct module_run *run = *state;

	module_object(run, "site", "", "{'id': 7, 'name': 'DC 7', 'slug': 'dc7'}");
	module_answer(run, CONFIG, NOTES("{\\\"site\\\": 7}"));
	run_all(run);
	assert_non_null(strstr(get_vm(run, "site"), "in the site of its cluster"));
}

static void notes_have_no_effect_when_the_option_is_off(void **state)
{
	struct module_run *run = *state;

	json_object_set_new(run->opts, "notes_metadata", json_false());
	module_answer(run, CONFIG, NOTES("{\\\"role\\\": \\\"database\\\"}"));
	run_all(run);
	assert_string_equal(get_vm(run, "role"), "device-role:virtual-machine-qemu");
	assert_string_equal(get_vm(run, "description"), "x");
}

static void tags_have_the_color_of_the_map_or_a_derived_one(void **state)
{
	struct module_run *run = *state;
	const json_t *tags;

	run_all(run);
	tags = json_object_get(run->shared, "tag");
	assert_string_equal(sb_json_str(json_object_get(tags, "prod"), "color"), "ff0000");
	assert_string_equal(sb_json_str(json_object_get(tags, "web"), "color"), "d2bffa");
}

static void colors_are_not_managed_while_options_are_unread(void **state)
{
	struct module_run *run = *state;

	json_object_del(run->rows, "cluster-options");
	run_all(run);
	assert_null(json_object_get(json_object_get(json_object_get(run->shared, "tag"), "prod"),
				    "color"));
}

static void an_empty_config_has_defaults(void **state)
{
	struct module_run *run = *state;

	module_answer(run, CONFIG, "{'digest': 'x', 'vcpus': null, 'memory': 'current=1024'}");
	run_all(run);
	assert_string_equal(get_vm(run, "vcpus"), "1");
	assert_string_equal(get_vm(run, "memory"), "1024");
	assert_string_equal(get_vm(run, "start_on_boot"), "off");
	assert_string_equal(get_vm(run, "description"), "");
	assert_string_equal(get_vm(run, "tags"), "[]");
	assert_string_equal(get_vm(run, "platform"), "");
	assert_string_equal(get_vm(run, "$birth"), "");
}

static void the_type_is_not_set_in_a_netbox_without_types(void **state)
{
	struct module_run *run = *state;

	run->no_vm_type = true;
	run_all(run);
	assert_string_equal(get_vm(run, "virtual_machine_type"), "");
}

static void drives_are_disks_except_cdrom_and_cloudinit(void **state)
{
	struct module_run *run = *state;

	run_all(run);
	assert_string_equal(module_field(run, "virtual-disk", KEY "/scsi0", "size"), "32768");
	assert_string_equal(module_field(run, "virtual-disk", KEY "/scsi0", "name"), "scsi0");
	assert_string_equal(module_field(run, "virtual-disk", KEY "/scsi0", "description"),
			    "local-lvm:vm-101-disk-0");
	assert_string_equal(module_field(run, "virtual-disk", KEY "/scsi0", "virtual_machine"),
			    "vm:" KEY);
	assert_string_equal(module_field(run, "virtual-disk", KEY "/efidisk0", "size"), "1");
	assert_non_null(module_want(run, "virtual-disk", KEY "/virtio1"));
	assert_string_not_equal(module_field(run, "virtual-disk", KEY "/virtio1", "$skip"), "");
	assert_int_equal(json_object_size(json_object_get(run->wants, "virtual-disk")), 3);
}

static void nics_of_all_models_have_their_mac(void **state)
{
	struct module_run *run = *state;

	run_all(run);
	assert_string_equal(module_field(run, "vm-interface", KEY "/net0", "mac_address"),
			    "BC:24:11:0A:1B:2C");
	assert_string_equal(module_field(run, "vm-interface", KEY "/net1", "mac_address"),
			    "DE:AD:BE:EF:00:01");
	assert_string_equal(module_field(run, "vm-interface", KEY "/net2", "mac_address"),
			    "DE:AD:BE:EF:00:02");
}

static void nics_have_link_state_mtu_and_vlans(void **state)
{
	struct module_run *run = *state;

	run_all(run);
	assert_string_equal(module_field(run, "vm-interface", KEY "/net0", "name"), "net0");
	assert_string_equal(module_field(run, "vm-interface", KEY "/net0", "enabled"), "true");
	assert_string_equal(module_field(run, "vm-interface", KEY "/net1", "enabled"), "false");
	assert_string_equal(module_field(run, "vm-interface", KEY "/net0", "mtu"), "null");
	assert_string_equal(module_field(run, "vm-interface", KEY "/net1", "mtu"), "1400");
	assert_string_equal(module_field(run, "vm-interface", KEY "/net2", "mtu"), "9000");
	assert_string_equal(module_field(run, "vm-interface", KEY "/net0", "mode"), "access");
	assert_string_equal(module_field(run, "vm-interface", KEY "/net0", "untagged_vlan"),
			    "vlan:120");
	assert_string_equal(module_field(run, "vm-interface", KEY "/net1", "mode"), "tagged");
	assert_string_equal(module_field(run, "vm-interface", KEY "/net1", "untagged_vlan"),
			    "null");
	assert_string_equal(module_field(run, "vm-interface", KEY "/net1", "tagged_vlans"),
			    "[\"vlan:10\",\"vlan:20\"]");
	assert_string_equal(module_field(run, "vm-interface", KEY "/net2", "mode"), "null");
	assert_string_equal(module_field(run, "vm-interface", KEY "/net2", "tagged_vlans"), "[]");
	assert_string_equal(module_field(run, "vm-interface", KEY "/net0", "virtual_machine"),
			    "vm:" KEY);
}

static void vlans_are_in_the_group_of_the_endpoint(void **state)
{
	struct module_run *run = *state;
	const json_t *vlan;

	run_all(run);
	assert_non_null(json_object_get(json_object_get(run->shared, "vlan-group"), "lab"));
	vlan = json_object_get(json_object_get(run->shared, "vlan"), "120");
	assert_string_equal(sb_json_str(vlan, "name"), "VLAN 120");
	assert_string_equal(sb_json_str(json_object_get(vlan, "group"), "$ref"),
			    "shared/vlan-group/lab");
}

static void addresses_match_by_mac_and_local_ones_are_ignored(void **state)
{
	struct module_run *run = *state;

	run_all(run);
	assert_string_equal(module_field(run, "ip", KEY "/net0/ip/192.0.2.50", "address"),
			    "192.0.2.50/24");
	assert_string_equal(module_field(run, "ip", KEY "/net0/ip/192.0.2.50", "assigned_object"),
			    "vm-interface:" KEY "/net0");
	assert_string_equal(module_field(run, "ip", KEY "/net0/ip/192.0.2.50", "status"), "active");
	assert_string_equal(module_field(run, "ip", KEY "/net0/ip/192.0.2.50", "role"), "");
	assert_string_equal(module_field(run, "ip", KEY "/net0/ip/192.0.2.50", "dns_name"),
			    "web01.example.net");
	assert_string_equal(module_field(run, "ip", KEY "/net0/ip/2001:db8::50", "address"),
			    "2001:db8::50/64");
	assert_string_equal(module_field(run, "ip", KEY "/net0/ip/10.5.0.2", "address"),
			    "10.5.0.2/24");
	assert_int_equal(json_object_size(json_object_get(run->wants, "ip")), 5);
}

static void addresses_that_netbox_refuses_are_skipped_with_the_cause(void **state)
{
	struct module_run *run = *state;

	run_all(run);
	assert_non_null(
		strstr(module_field(run, "ip", KEY "/net1/ip/10.0.0.0", "$skip"), "network"));
	assert_non_null(
		strstr(module_field(run, "ip", KEY "/net1/ip/192.0.2.50", "$skip"), "earlier"));
}

static void the_object_of_an_address_that_an_earlier_nic_has_too_has_vanished(void **state)
{
	struct module_run *run = *state;

	module_object(run, "ip", KEY "/net1/ip/192.0.2.50", "{'address': '192.0.2.50/24'}");
	run_all(run);
	assert_non_null(module_want(run, "ip", KEY "/net0/ip/192.0.2.50"));
	assert_null(module_want(run, "ip", KEY "/net1/ip/192.0.2.50"));
}

static void the_first_nic_and_its_first_address_in_the_order_of_the_guest_are_primary(void **state)
{
	struct module_run *run = *state;

	module_answer(run, CONFIG,
		      "{'agent': '1', 'net0': 'virtio=BC:24:11:0A:1B:2C', 'net10': "
		      "'virtio=DE:AD:BE:EF:00:01', 'net2': 'virtio=DE:AD:BE:EF:00:02'}");
	module_answer(
		run, AGENT,
		"{'result': [{'name': 'a', 'hardware-address': 'de:ad:be:ef:00:01', "
		"'ip-addresses': [{'ip-address': '10.0.0.1', 'prefix': 24}]},"
		"{'name': 'b', 'hardware-address': 'de:ad:be:ef:00:02', 'ip-addresses': "
		"[{'ip-address': '10.0.0.9', 'prefix': 24}, {'ip-address': '10.0.0.3', 'prefix': "
		"24}]}]}");
	run_all(run);
	assert_string_equal(get_vm(run, "primary_ip4"), "ip:" KEY "/net2/ip/10.0.0.9");
	assert_string_equal(get_vm(run, "primary_ip6"), "");
}

static void the_nic_with_the_gateway_has_the_primary_address(void **state)
{
	struct module_run *run = *state;

	module_answer(
		run, CONFIG,
		"{'ide2': 'l:vm-101-cloudinit,media=cdrom', 'net0': 'virtio=BC:24:11:0A:1B:2C', "
		"'net1': 'virtio=DE:AD:BE:EF:00:01', 'ipconfig0': 'ip=10.0.0.1/24', "
		"'ipconfig1': 'ip=192.0.2.9/24,gw=192.0.2.1,ip6=2001:db8::9/64'}");
	run_all(run);
	assert_string_equal(get_vm(run, "primary_ip4"), "ip:" KEY "/net1/ip/192.0.2.9");
	assert_string_equal(get_vm(run, "primary_ip6"), "ip:" KEY "/net1/ip/2001:db8::9");
	assert_false(module_is_kept(run, "qemu-address", KEY "/net0/"));
	assert_false(module_was_asked(run, AGENT));
}

static void without_agent_and_cloudinit_addresses_are_kept(void **state)
{
	struct module_run *run = *state;

	module_answer(run, CONFIG,
		      "{'net0': 'virtio=BC:24:11:0A:1B:2C', 'ipconfig0': 'ip=10.0.0.1/24'}");
	run_all(run);
	assert_true(module_is_kept(run, "qemu-address", KEY "/net0/"));
	assert_string_equal(get_vm(run, "primary_ip4"), "");
	assert_null(json_object_get(run->wants, "ip"));
}

static void the_option_agent_can_be_off(void **state)
{
	struct module_run *run = *state;

	module_option(run, "agent", false);
	run_all(run);
	assert_false(module_was_asked(run, AGENT));
	assert_non_null(module_want(run, "ip", KEY "/net0/ip/192.0.2.50"));
}

static void the_host_name_from_the_agent_has_precedence_if_enabled(void **state)
{
	struct module_run *run = *state;

	module_option(run, "agent_hostname", true);
	module_answer(run, "/nodes/pve1/qemu/101/agent/get-host-name",
		      "{'result': {'host-name': 'WWW.example.org'}}");
	run_all(run);
	assert_string_equal(module_field(run, "ip", KEY "/net0/ip/192.0.2.50", "dns_name"),
			    "www.example.org");
}

static void templates_are_offline_machines_or_skipped(void **state)
{
	struct module_run *run = *state;

	put_guest(run, ", 'status': 'stopped', 'template': 1");
	run_all(run);
	assert_string_equal(get_vm(run, "status"), "offline");
	module_option(run, "templates", false);
	module_answer(run, CONFIG, "{'name': 'web01', 'template': 1}");
	json_object_clear(run->wants);
	run_all(run);
	assert_string_not_equal(get_vm(run, "$skip"), "");
	assert_true(module_is_kept(run, "qemu-disk", KEY "/"));
}

static void names_are_unique_across_both_kinds(void **state)
{
	struct module_run *run = *state;

	module_row(run, "resource", "lab/lxc/90",
		   "{'type': 'lxc', 'vmid': 90, 'node': 'pve3', 'name': 'WEB01', 'status': "
		   "'stopped'}");
	run_all(run);
	assert_string_equal(get_vm(run, "name"), "web01 (101)");
}

static void a_guest_that_the_list_does_not_name_keeps_its_name(void **state)
{
	struct module_run *run = *state;

	module_object(run, "vm", "lab/lxc/290", "{'name': 'web01'}");
	module_row(run, "resource", "lab/lxc/290",
		   "{'type': 'lxc', 'vmid': 290, 'node': 'pve3', 'status': 'unknown'}");
	run_all(run);
	assert_string_equal(get_vm(run, "name"), "web01 (101)");
}

static void a_hidden_guest_keeps_its_name(void **state)
{
	struct module_run *run = *state;

	module_object(run, "vm", "lab/lxc/290", "{'name': 'web01'}");
	module_row(run, "resource-hidden", "lab/290", "{}");
	run_all(run);
	assert_string_equal(get_vm(run, "name"), "web01 (101)");
}

static void an_address_of_two_guests_is_a_vip(void **state)
{
	struct module_run *run = *state;

	module_row(run, "address-use", "lab/use/192.0.2.50/lab/lxc/200", "{}");
	run_all(run);
	assert_string_equal(module_field(run, "ip", KEY "/net0/ip/192.0.2.50", "role"), "vip");
	assert_string_equal(module_field(run, "ip", KEY "/net0/ip/10.5.0.2", "role"), "");
	module_object(run, "ip", KEY "/net0/ip/10.5.0.2", "{'address': '10.5.0.2/24'}");
	json_object_clear(run->wants);
	run_all(run);
	assert_string_equal(module_field(run, "ip", KEY "/net0/ip/10.5.0.2", "role"), "null");
}

static void an_address_of_a_guest_and_a_node_is_a_vip(void **state)
{
	struct module_run *run = *state;

	module_row(run, "address-use", "lab/use/192.0.2.50/lab/node/pve1", "{}");
	run_all(run);
	assert_string_equal(module_field(run, "ip", KEY "/net0/ip/192.0.2.50", "role"), "vip");
}

static void vlans_are_in_the_configured_group(void **state)
{
	struct module_run *run = *state;

	run->vlan_group = "campus";
	run_all(run);
	assert_non_null(json_object_get(json_object_get(run->shared, "vlan-group"), "campus"));
	assert_null(json_object_get(json_object_get(run->shared, "vlan-group"), "lab"));
}

#define OSINFO "/nodes/pve1/qemu/101/agent/get-osinfo"

static void the_agent_is_asked_for_the_system_only_if_enabled(void **state)
{
	struct module_run *run = *state;

	run_all(run);
	assert_false(module_was_asked(run, OSINFO));
	assert_string_equal(get_vm(run, "platform"), "platform:linux");
}

static void the_platform_is_name_and_version_not_the_pretty_name(void **state)
{
	static const char *const answers[][2] = {
		{"{'result': {'id': 'debian', 'name': 'Debian GNU/Linux', 'pretty-name': 'Debian "
		 "GNU/Linux 13 (trixie)', 'version': '13 (trixie)', 'version-id': '13'}}",
		 "platform:debian-gnu-linux-13-e602f4"},
		{"{'result': {'id': 'arch', 'name': 'Arch Linux', 'pretty-name': 'Arch'}}",
		 "platform:arch-linux"},
		{"{'result': {'id': 'mswindows', 'name': 'Microsoft Windows', 'version': "
		 "'Microsoft "
		 "Windows Server 2022', 'version-id': '2022', 'pretty-name': 'x'}}",
		 "platform:microsoft-windows-server-2022"},
	};
	struct module_run *run = *state;
	size_t i;

	module_option(run, "agent_osinfo", true);
	for (i = 0; i < SB_ARRAY_LEN(answers); i++) {
		module_answer(run, OSINFO, answers[i][0]);
		json_object_clear(run->wants);
		run_all(run);
		assert_string_equal(get_vm(run, "platform"), answers[i][1]);
	}
}

static void
without_an_answer_the_platform_stays_and_a_new_guest_gets_the_one_of_its_config(void **state)
{
	static const char *const answers[] = {
		"{'result': {'error': {'class': 'CommandNotFound', 'desc': 'x'}}}",
		"{'result': {'id': 'x'}}",
	};
	struct module_run *run = *state;
	size_t i;

	module_option(run, "agent_osinfo", true);
	for (i = 0; i <= SB_ARRAY_LEN(answers); i++) {
		if (i < SB_ARRAY_LEN(answers))
			module_answer(run, OSINFO, answers[i]);
		else
			module_refuse(run, OSINFO, "HTTP 500 got timeout");
		json_object_clear(run->objects);
		json_object_clear(run->wants);
		run_all(run);
		assert_string_equal(get_vm(run, "platform"), "platform:linux");
		module_object(run, "vm", KEY, "{}");
		json_object_clear(run->wants);
		run_all(run);
		assert_string_equal(get_vm(run, "platform"), "");
	}
	put_guest(run, ", 'status': 'stopped'");
	json_object_clear(run->wants);
	run_all(run);
	assert_string_equal(get_vm(run, "platform"), "");
}

static void a_diff_may_run_twice(void **state)
{
	struct module_run *run = *state;
	json_t *first;

	run_all(run);
	first = json_deep_copy(run->wants);
	json_object_clear(run->wants);
	module_diff(run);
	assert_true(json_equal(first, run->wants));
	json_decref(first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_machine_has_all_its_fields),
		TEST(tags_have_the_color_of_the_map_or_a_derived_one),
		TEST(notes_may_name_role_platform_type_and_node),
		TEST(notes_that_name_a_missing_object_make_the_field_unknown),
		TEST(notes_cannot_move_a_guest_out_of_the_site_of_its_cluster),
		TEST(notes_have_no_effect_when_the_option_is_off),
		TEST(colors_are_not_managed_while_options_are_unread),
		TEST(an_empty_config_has_defaults),
		TEST(the_type_is_not_set_in_a_netbox_without_types),
		TEST(drives_are_disks_except_cdrom_and_cloudinit),
		TEST(nics_of_all_models_have_their_mac),
		TEST(nics_have_link_state_mtu_and_vlans),
		TEST(vlans_are_in_the_group_of_the_endpoint),
		TEST(addresses_match_by_mac_and_local_ones_are_ignored),
		TEST(addresses_that_netbox_refuses_are_skipped_with_the_cause),
		TEST(the_object_of_an_address_that_an_earlier_nic_has_too_has_vanished),
		TEST(the_first_nic_and_its_first_address_in_the_order_of_the_guest_are_primary),
		TEST(the_nic_with_the_gateway_has_the_primary_address),
		TEST(without_agent_and_cloudinit_addresses_are_kept),
		TEST(the_option_agent_can_be_off),
		TEST(the_host_name_from_the_agent_has_precedence_if_enabled),
		TEST(templates_are_offline_machines_or_skipped),
		TEST(names_are_unique_across_both_kinds),
		TEST(a_guest_that_the_list_does_not_name_keeps_its_name),
		TEST(a_hidden_guest_keeps_its_name),
		TEST(an_address_of_two_guests_is_a_vip),
		TEST(an_address_of_a_guest_and_a_node_is_a_vip),
		TEST(vlans_are_in_the_configured_group),
		TEST(the_agent_is_asked_for_the_system_only_if_enabled),
		TEST(the_platform_is_name_and_version_not_the_pretty_name),
		TEST(without_an_answer_the_platform_stays_and_a_new_guest_gets_the_one_of_its_config),
		TEST(a_diff_may_run_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
