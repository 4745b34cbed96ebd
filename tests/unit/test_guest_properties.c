/* SPDX-License-Identifier: Apache-2.0 */
/* Guests: a property that is not valid costs that property, names and templates come from the
 * config, and a guest is limited in what it can have. */
#include "test_module_qemu.h"

#define NIC(number, field) module_field(run, "vm-interface", KEY "/net" number, field)

/* Has the field of a want this reason to be unknown? */
static bool is_unknown_because(const char *value, const char *words)
{
	return sb_starts_with(value, "{\"!\"") && strstr(value, words) != NULL;
}

static const char *const bad_macs[] = {"00:00:00:00:00:00", "no", "BC:24:11:00"};

/* The MAC address of net0; net1 has a valid one. */
static void give_mac(struct module_run *run, const char *mac)
{
	char text[200];

	snprintf(text, sizeof(text),
		 "{'agent': '1', 'net0': 'virtio=%s,bridge=vmbr0,tag=7', 'net1': "
		 "'virtio=BC:24:11:0A:1B:2C'}",
		 mac);
	module_answer(run, CONFIG, text);
}

static void a_mac_address_that_is_not_valid_costs_only_the_address(void **state)
{
	struct module_run *run = *state;
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(bad_macs); i++) {
		give_mac(run, bad_macs[i]);
		json_object_clear(run->unknown);
		json_object_clear(run->wants);
		run_all(run);
		assert_false(module_is_unknown(run, "qemu-guest", KEY));
		assert_string_equal(get_vm(run, "name"), "VM 101");
		assert_true(is_unknown_because(NIC("0", "mac_address"), bad_macs[i]));
		assert_string_equal(NIC("0", "untagged_vlan"), "vlan:7");
		assert_string_equal(NIC("1", "mac_address"), "BC:24:11:0A:1B:2C");
		/* Its addresses are found by the MAC address. */
		assert_true(module_is_unknown(run, "qemu-address", KEY "/net0/"));
		assert_non_null(module_want(run, "ip", KEY "/net1/ip/192.0.2.50"));
	}
}

static void up_to_netbox_4_6_a_mac_address_is_an_object_of_its_nic(void **state)
{
	struct module_run *run = *state;
	size_t i;

	run_all(run);
	assert_null(json_object_get(run->wants, "mac-address"));
	run->netbox = "4.6.9";
	run_all(run);
	assert_string_equal(module_field(run, "mac-address", KEY "/net0/mac", "mac_address"),
			    "BC:24:11:0A:1B:2C");
	assert_string_equal(module_field(run, "mac-address", KEY "/net0/mac", "assigned_object"),
			    "vm-interface:" KEY "/net0");
	assert_string_equal(NIC("0", "primary_mac_address"), "mac-address:" KEY "/net0/mac");
	for (i = 0; i < SB_ARRAY_LEN(bad_macs); i++) {
		json_object_clear(run->unknown);
		give_mac(run, bad_macs[i]);
		run_all(run);
		assert_true(module_is_unknown(run, "qemu-mac", KEY "/net0/mac"));
	}
}

static void notes_above_the_limit_of_proxmox_ve_are_unknown(void **state)
{
	struct module_run *run = *state;
	char notes[8200], answer[8400];

	memset(notes, 'x', sizeof(notes));
	notes[8193] = '\0';
	snprintf(answer, sizeof(answer), "{'description': '%s', 'memory': '4096'}", notes);
	module_answer(run, CONFIG, answer);
	run_all(run);
	assert_false(module_is_unknown(run, "qemu-guest", KEY));
	assert_string_equal(get_vm(run, "memory"), "4096");
	assert_true(is_unknown_because(get_vm(run, "comments"), "8192 characters"));
	assert_true(is_unknown_because(get_vm(run, "description"), "8192 characters"));
	notes[8192] = '\0';
	snprintf(answer, sizeof(answer), "{'description': '%s\\n'}", notes);
	module_answer(run, CONFIG, answer);
	json_object_clear(run->wants);
	run_all(run);
	assert_string_equal(get_vm(run, "comments"), notes);
}

static void a_part_that_is_not_a_text_is_unknown_alone(void **state)
{
	struct module_run *run = *state;

	module_answer(run, CONFIG,
		      "{'net0': 5, 'net1': 'virtio=BC:24:11:0A:1B:2C', 'scsi0': {'a': 1}, 'scsi1': "
		      "'l:vm-101-disk-1,size=1G', 'scsi2': 'l:vm-101-disk-2,size=2Q'}");
	run_all(run);
	assert_false(module_is_unknown(run, "qemu-guest", KEY));
	assert_true(module_is_unknown(run, "qemu-interface", KEY "/net0"));
	assert_true(module_is_unknown(run, "qemu-address", KEY "/net0/"));
	assert_true(module_is_unknown(run, "qemu-disk", KEY "/scsi0"));
	assert_true(module_is_unknown(run, "qemu-disk", KEY "/scsi2"));
	assert_null(module_want(run, "vm-interface", KEY "/net0"));
	assert_non_null(module_want(run, "vm-interface", KEY "/net1"));
	assert_string_equal(module_field(run, "virtual-disk", KEY "/scsi1", "size"), "1024");
	assert_int_equal(json_object_size(json_object_get(run->wants, "virtual-disk")), 1);
}

static void a_property_that_is_not_valid_is_an_unknown_field(void **state)
{
	struct module_run *run = *state;

	module_answer(
		run, CONFIG,
		"{'name': 'web01', 'memory': 'much', 'cores': 'two', 'description': [1], 'tags': "
		"{}, 'ostype': 7, 'net0': "
		"'virtio=BC:24:11:0A:1B:2C,tag=x,mtu=70000,link_down=maybe'}");
	run_all(run);
	assert_string_equal(get_vm(run, "name"), "web01");
	assert_true(is_unknown_because(get_vm(run, "memory"), "much"));
	assert_true(is_unknown_because(get_vm(run, "vcpus"), "two"));
	assert_true(is_unknown_because(get_vm(run, "description"), "description"));
	assert_true(is_unknown_because(get_vm(run, "comments"), "description"));
	assert_true(is_unknown_because(get_vm(run, "tags"), "tags"));
	assert_true(is_unknown_because(get_vm(run, "platform"), "ostype"));
	assert_true(is_unknown_because(NIC("0", "untagged_vlan"), "tag is not valid"));
	assert_true(is_unknown_because(NIC("0", "mode"), "tag is not valid"));
	assert_true(is_unknown_because(NIC("0", "tagged_vlans"), "tag is not valid"));
	assert_true(is_unknown_because(NIC("0", "mtu"), "70000"));
	assert_true(is_unknown_because(NIC("0", "enabled"), "maybe"));
	assert_string_equal(NIC("0", "mac_address"), "BC:24:11:0A:1B:2C");
}

static void a_name_that_is_not_a_text_keeps_the_name_in_netbox(void **state)
{
	struct module_run *run = *state;

	module_answer(run, CONFIG, "{'name': 5}");
	run_all(run);
	assert_string_equal(get_vm(run, "name"), "VM 101");
	module_object(run, "vm", KEY, "{}");
	json_object_clear(run->wants);
	run_all(run);
	assert_true(is_unknown_because(get_vm(run, "name"), "name"));
}

static void the_name_comes_from_the_config(void **state)
{
	struct module_run *run = *state;

	module_row(run, "resource", KEY,
		   "{'type': 'qemu', 'vmid': 101, 'node': 'pve1', 'name': 'former', 'status': "
		   "'running'}");
	run_all(run);
	assert_string_equal(get_vm(run, "name"), "web01");
	module_answer(run, CONFIG, "{'memory': '64'}");
	json_object_clear(run->rows);
	teardown(state);
	setup(state);
	run = *state;
	module_row(run, "resource", KEY,
		   "{'type': 'qemu', 'vmid': 101, 'node': 'pve1', 'name': 'former', 'status': "
		   "'running'}");
	module_answer(run, CONFIG, "{'memory': '64'}");
	run_all(run);
	assert_string_equal(get_vm(run, "name"), "VM 101");
}

static void names_are_made_unique_by_the_configs(void **state)
{
	struct module_run *run = *state;

	/* The list still says that 90 is web01; its config says otherwise. */
	module_row(run, "resource", "lab/qemu/90",
		   "{'type': 'qemu', 'vmid': 90, 'node': 'pve1', 'name': 'web01', 'status': "
		   "'stopped'}");
	module_answer(run, "/nodes/pve1/qemu/90/config?current=1", "{'name': 'db01'}");
	run_all(run);
	assert_string_equal(get_vm(run, "name"), "web01");
	assert_string_equal(module_field(run, "vm", "lab/qemu/90", "name"), "db01");
	/* The reverse: the list has another name, the config has the same one. */
	module_row(run, "resource", "lab/qemu/90",
		   "{'type': 'qemu', 'vmid': 90, 'node': 'pve1', 'name': 'old', 'status': "
		   "'stopped'}");
	module_answer(run, "/nodes/pve1/qemu/90/config?current=1", "{'name': 'WEB01'}");
	json_object_clear(run->wants);
	run_all(run);
	assert_string_equal(get_vm(run, "name"), "web01 (101)");
}

/* The name of guest 101 when 90 has the same one, by the objects that NetBox has. */
static const char *name_beside_90(struct module_run *run, const char *in_netbox_101,
				  const char *in_netbox_90)
{
	module_row(run, "resource", "lab/qemu/90",
		   "{'type': 'qemu', 'vmid': 90, 'node': 'pve1', 'name': 'web01', 'status': "
		   "'stopped'}");
	module_answer(run, "/nodes/pve1/qemu/90/config?current=1", "{'name': 'web01'}");
	module_object(run, "vm", KEY, in_netbox_101);
	module_object(run, "vm", "lab/qemu/90", in_netbox_90);
	run_all(run);
	return get_vm(run, "name");
}

static void a_guest_does_not_take_the_name_that_another_has_in_netbox(void **state)
{
	assert_string_equal(name_beside_90(*state, "{'name': 'Web01'}", "{'name': 'old'}"),
			    "web01");
	assert_string_equal(module_field(*state, "vm", "lab/qemu/90", "name"), "web01 (90)");
}

static void the_lowest_vmid_gets_a_name_that_nobody_has_in_netbox(void **state)
{
	assert_string_equal(name_beside_90(*state, "{'name': 'web01 (101)'}", "{}"), "web01 (101)");
	assert_string_equal(module_field(*state, "vm", "lab/qemu/90", "name"), "web01");
}

static void of_two_guests_that_have_a_name_in_netbox_the_lowest_vmid_keeps_it(void **state)
{
	assert_string_equal(name_beside_90(*state, "{'name': 'web01'}", "{'name': 'WEB01'}"),
			    "web01 (101)");
	assert_string_equal(module_field(*state, "vm", "lab/qemu/90", "name"), "web01");
}

static void a_template_is_one_by_its_config(void **state)
{
	struct module_run *run = *state;

	module_option(run, "templates", false);
	put_guest(run, ", 'status': 'running', 'template': 1"); /* not any more */
	run_all(run);
	assert_string_equal(get_vm(run, "name"), "web01");
	put_guest(run, ", 'status': 'stopped', 'template': 0"); /* not yet */
	module_answer(run, CONFIG, "{'name': 'web01', 'template': 1}");
	json_object_clear(run->wants);
	run_all(run);
	assert_string_not_equal(get_vm(run, "$skip"), "");
	assert_true(module_is_kept(run, "qemu-disk", KEY "/"));
}

static void a_name_that_is_cut_loses_dots_and_blanks_at_its_end(void **state)
{
	struct module_run *run = *state;
	char text[200];

	snprintf(text, sizeof(text), "{'name': '%.61s...tail'}",
		 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
	module_answer(run, CONFIG, text);
	run_all(run);
	assert_int_equal(strlen(get_vm(run, "name")), 61);
}

static void tags_keep_their_case_where_it_counts(void **state)
{
	struct module_run *run = *state;
	const json_t *tags;

	module_answer(run, CONFIG, "{'tags': 'prod;Prod;web'}");
	module_row(run, "cluster-options", "lab/cluster",
		   "{'tag-style': {'case-sensitive': 1, 'color-map': 'Prod:FF0000'}}");
	run_all(run);
	assert_string_equal(get_vm(run, "tags"), "[\"tag:prod\",\"tag:prod-0a2cce\",\"tag:web\"]");
	tags = json_object_get(run->shared, "tag");
	assert_string_equal(sb_json_str(json_object_get(tags, "prod-0a2cce"), "name"), "Prod");
	assert_string_equal(sb_json_str(json_object_get(tags, "prod-0a2cce"), "color"), "ff0000");
	assert_string_not_equal(sb_json_str(json_object_get(tags, "prod"), "color"), "ff0000");
}

static void tags_are_unknown_while_it_is_unknown_whether_their_case_counts(void **state)
{
	struct module_run *run = *state;

	json_object_del(run->rows, "cluster-options");
	run_all(run);
	assert_true(is_unknown_because(get_vm(run, "tags"), "case"));
	module_answer(run, CONFIG, "{'tags': 'prod;web'}");
	json_object_clear(run->wants);
	run_all(run);
	assert_string_equal(get_vm(run, "tags"), "[\"tag:prod\",\"tag:web\"]");
}

static void a_guest_has_at_most_so_many_tags_and_disks(void **state)
{
	struct module_run *run = *state;

	json_object_set_new(run->opts, "max_tags", json_integer(2));
	json_object_set_new(run->opts, "max_disks", json_integer(2));
	module_answer(run, CONFIG,
		      "{'tags': 'a;b;c', 'scsi0': 'l:a,size=1G', 'scsi1': 'l:b,size=1G', 'scsi2': "
		      "'l:c,size=1G'}");
	run_all(run);
	assert_true(is_unknown_because(get_vm(run, "tags"), "max_tags"));
	assert_true(module_is_unknown(run, "qemu-disk", KEY "/"));
	assert_null(json_object_get(run->wants, "virtual-disk"));
	module_answer(run, CONFIG,
		      "{'tags': 'a;b;a', 'scsi0': 'l:a,size=1G', 'scsi1': 'l:b,size=1G'}");
	json_object_clear(run->unknown);
	json_object_clear(run->wants);
	run_all(run);
	assert_string_equal(get_vm(run, "tags"), "[\"tag:a\",\"tag:b\"]");
	assert_int_equal(json_object_size(json_object_get(run->wants, "virtual-disk")), 2);
}

static void a_disk_without_a_limit_is_skipped_with_the_cause(void **state)
{
	struct module_run *run = *state;

	module_answer(run, CONFIG, "{'scsi0': 'l:vm-101-disk-0,size=0T'}");
	run_all(run);
	assert_non_null(
		strstr(module_field(run, "virtual-disk", KEY "/scsi0", "$skip"), "no limit"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_mac_address_that_is_not_valid_costs_only_the_address),
		TEST(up_to_netbox_4_6_a_mac_address_is_an_object_of_its_nic),
		TEST(notes_above_the_limit_of_proxmox_ve_are_unknown),
		TEST(a_part_that_is_not_a_text_is_unknown_alone),
		TEST(a_property_that_is_not_valid_is_an_unknown_field),
		TEST(a_name_that_is_not_a_text_keeps_the_name_in_netbox),
		TEST(the_name_comes_from_the_config),
		TEST(names_are_made_unique_by_the_configs),
		TEST(a_guest_does_not_take_the_name_that_another_has_in_netbox),
		TEST(the_lowest_vmid_gets_a_name_that_nobody_has_in_netbox),
		TEST(of_two_guests_that_have_a_name_in_netbox_the_lowest_vmid_keeps_it),
		TEST(a_template_is_one_by_its_config),
		TEST(a_name_that_is_cut_loses_dots_and_blanks_at_its_end),
		TEST(tags_keep_their_case_where_it_counts),
		TEST(tags_are_unknown_while_it_is_unknown_whether_their_case_counts),
		TEST(a_guest_has_at_most_so_many_tags_and_disks),
		TEST(a_disk_without_a_limit_is_skipped_with_the_cause),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
