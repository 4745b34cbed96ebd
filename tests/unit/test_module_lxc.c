/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of the module lxc on the real engine: rules for containers only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "module_run.h"
#include "stagebox/json.h"

SB_MODULE_API const struct sb_module *sb_module_lxc(void);

#define KEY        "lab/lxc/200"
#define CONFIG     "/nodes/pve1/lxc/200/config?current=1"
#define INTERFACES "/nodes/pve1/lxc/200/interfaces"

static const char config[] =
	"{'hostname': 'dns1', 'description': 'resolver\\n', 'ostype': 'debian', 'cpulimit': '2', "
	"'onboot': '1', 'rootfs': 'local-zfs:subvol-200-disk-0,size=8G', 'mp0': "
	"'local-zfs:subvol-200-disk-1,mp=/data,backup=1,size=20G', 'mp1': '/srv/share,mp=/share',"
	"'net0': 'name=eth0,bridge=vmbr0,gw=192.0.2.1,hwaddr=bc:24:11:00:00:01,ip=192.0.2.10/24,"
	"tag=20,type=veth', 'net1': 'name=eth1,bridge=vmbr0,hwaddr=BC:24:11:00:00:02,ip=dhcp,"
	"ip6=auto', 'searchdomain': 'example.net', 'tags': 'infra', 'lxc': [['lxc.a', 'b']]}";

static const char interfaces[] =
	"[{'name': 'lo', 'hwaddr': '00:00:00:00:00:00', 'inet': '127.0.0.1/8'},"
	"{'name': 'eth0', 'hwaddr': 'bc:24:11:00:00:01', 'hardware-address': 'bc:24:11:00:00:01', "
	"'inet': '192.0.2.10/24', 'ip-addresses': [{'ip-address': '192.0.2.10', "
	"'ip-address-type': 'inet', 'prefix': '24'}, {'ip-address': '192.0.2.11', 'prefix': "
	"'24'}]},"
	"{'name': 'eth1', 'hwaddr': 'aa:aa:aa:aa:aa:aa', 'inet': '198.51.100.7/24', 'inet6': "
	"'2001:db8::7/64'}]";

static void put_guest(struct module_run *run, const char *more)
{
	char row[512];

	snprintf(row, sizeof(row),
		 "{'type': 'lxc', 'vmid': 200, 'node': 'pve1', 'name': 'dns1', 'maxcpu': 8%s}",
		 more);
	module_row(run, "resource", KEY, row);
}

static int setup(void **state)
{
	struct module_run *run = module_create(sb_module_lxc);

	module_row(run, "cluster", "lab/cluster",
		   "{'name': 'prod1', 'site': 'dc1', 'node_site': 'dc1', 'is_cluster': true}");
	module_row(run, "node", "lab/node/pve1", "{'name': 'pve1', 'online': true}");
	put_guest(run, ", 'status': 'running'");
	module_answer(run, CONFIG, config);
	module_answer(run, INTERFACES, interfaces);
	*state = run;
	return 0;
}

static int teardown(void **state)
{
	module_destroy(*state);
	return 0;
}

static void run_all(struct module_run *run)
{
	module_fetch(run, "lxc.guests");
	module_diff(run);
}

static const char *get_vm(struct module_run *run, const char *field)
{
	return module_field(run, "vm", KEY, field);
}

static void a_container_has_all_its_fields(void **state)
{
	struct module_run *run = *state;

	run_all(run);
	assert_string_equal(get_vm(run, "name"), "dns1");
	assert_string_equal(get_vm(run, "status"), "active");
	assert_string_equal(get_vm(run, "start_on_boot"), "on");
	assert_string_equal(get_vm(run, "role"), "device-role:container-lxc");
	assert_string_equal(get_vm(run, "virtual_machine_type"), "vm-type:lxc-container");
	assert_string_equal(get_vm(run, "platform"), "platform:debian");
	assert_string_equal(get_vm(run, "vcpus"), "2");
	assert_string_equal(get_vm(run, "memory"), "512");
	assert_string_equal(get_vm(run, "description"), "resolver");
	assert_string_equal(get_vm(run, "comments"), "");
	assert_string_equal(get_vm(run, "tags"), "[\"tag:infra\"]");
	assert_string_equal(get_vm(run, "$birth"),
			    "local-zfs:subvol-200-disk-0 BC:24:11:00:00:01 BC:24:11:00:00:02");
}

static void vcpus_are_cores_then_limit_then_threads_of_the_host(void **state)
{
	static const char *const cases[][2] = {
		{"{'cores': 4, 'cpulimit': '2'}", "4"},
		{"{'cpulimit': '1.5'}", "1.5"},
		{"{'cpulimit': '0'}", "8"},
		{"{}", "8"},
	};
	struct module_run *run = *state;
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(cases); i++) {
		module_answer(run, CONFIG, cases[i][0]);
		run_all(run);
		assert_string_equal(get_vm(run, "vcpus"), cases[i][1]);
	}
}

static void volumes_are_disks_and_bind_mounts_are_skipped(void **state)
{
	struct module_run *run = *state;

	run_all(run);
	assert_string_equal(module_field(run, "virtual-disk", KEY "/rootfs", "size"), "8192");
	assert_string_equal(module_field(run, "virtual-disk", KEY "/mp0", "size"), "20480");
	assert_string_not_equal(module_field(run, "virtual-disk", KEY "/mp1", "$skip"), "");
}

static void a_nic_has_the_name_from_inside_the_container(void **state)
{
	struct module_run *run = *state;

	run_all(run);
	assert_string_equal(module_field(run, "vm-interface", KEY "/net0", "name"), "eth0");
	assert_string_equal(module_field(run, "vm-interface", KEY "/net0", "mac_address"),
			    "BC:24:11:00:00:01");
	assert_string_equal(module_field(run, "vm-interface", KEY "/net0", "mode"), "access");
}

static void addresses_match_by_mac_then_by_name(void **state)
{
	struct module_run *run = *state;

	run_all(run);
	assert_string_equal(module_field(run, "ip", KEY "/net0/ip/192.0.2.10", "address"),
			    "192.0.2.10/24");
	assert_string_equal(module_field(run, "ip", KEY "/net0/ip/192.0.2.11", "address"),
			    "192.0.2.11/24");
	assert_string_equal(module_field(run, "ip", KEY "/net1/ip/198.51.100.7", "address"),
			    "198.51.100.7/24");
	assert_string_equal(module_field(run, "ip", KEY "/net1/ip/2001:db8::7", "dns_name"),
			    "dns1.example.net");
	assert_string_equal(get_vm(run, "primary_ip4"), "ip:" KEY "/net0/ip/192.0.2.10");
	assert_string_equal(get_vm(run, "primary_ip6"), "ip:" KEY "/net1/ip/2001:db8::7");
}

static void a_stopped_container_has_its_static_addresses(void **state)
{
	struct module_run *run = *state;

	put_guest(run, ", 'status': 'stopped'");
	run_all(run);
	assert_false(module_was_asked(run, INTERFACES));
	assert_non_null(module_want(run, "ip", KEY "/net0/ip/192.0.2.10"));
	assert_false(module_is_kept(run, "lxc-address", KEY "/net0/"));
	assert_true(module_is_kept(run, "lxc-address", KEY "/net1/"));
	/* net0 has the gateway, so the unknown addresses of net1 do not matter. */
	assert_string_equal(get_vm(run, "primary_ip4"), "ip:" KEY "/net0/ip/192.0.2.10");
}

static void what_a_container_reported_earlier_stays_while_it_is_off(void **state)
{
	struct module_run *run = *state;

	put_guest(run, ", 'status': 'stopped'");
	module_object(run, "ip", KEY "/net0/ip/192.0.2.10", "{'address': '192.0.2.10/24'}");
	run_all(run);
	assert_true(module_is_kept(run, "lxc-address", KEY "/"));
	/* After a change of the config, what was reported is not believed any more. */
	json_object_clear(run->objects);
	module_object(run, "ip", KEY "/net0/ip/192.0.2.9", "{'address': '192.0.2.9/24'}");
	json_object_clear(run->keep);
	run_all(run);
	assert_false(module_is_kept(run, "lxc-address", KEY "/"));
}

static void no_primary_address_is_set_while_an_earlier_nic_is_unknown(void **state)
{
	struct module_run *run = *state;

	put_guest(run, ", 'status': 'stopped'");
	module_answer(run, CONFIG,
		      "{'net0': 'name=eth0,hwaddr=BC:24:11:00:00:01,ip=dhcp', 'net1': "
		      "'name=eth1,hwaddr=BC:24:11:00:00:02,ip=192.0.2.9/24'}");
	run_all(run);
	assert_non_null(module_want(run, "ip", KEY "/net1/ip/192.0.2.9"));
	assert_string_equal(get_vm(run, "primary_ip4"), "");
}

static void a_null_answer_keeps_addresses(void **state)
{
	struct module_run *run = *state;

	module_answer(run, INTERFACES, "null");
	run_all(run);
	assert_true(module_is_kept(run, "lxc-address", KEY "/"));
	assert_false(module_is_unknown(run, "lxc-address", KEY "/"));
}

static void unread_interfaces_make_addresses_unknown(void **state)
{
	struct module_run *run = *state;

	module_refuse(run, INTERFACES, "HTTP 596 Connection timed out");
	run_all(run);
	assert_true(module_is_unknown(run, "lxc-address", KEY "/"));
	assert_false(module_is_unknown(run, "lxc-interface", KEY "/"));
}

static void two_nics_of_one_name_have_different_names_in_netbox(void **state)
{
	struct module_run *run = *state;

	module_answer(run, CONFIG,
		      "{'net0': 'name=eth0,hwaddr=BC:24:11:00:00:01', 'net1': "
		      "'name=eth0,hwaddr=BC:24:11:00:00:02', 'net2': 'name=eth1'}");
	module_answer(run, INTERFACES,
		      "[{'name': 'eth0', 'hwaddr': 'bc:24:11:00:00:02', 'inet': '192.0.2.10/24'},"
		      " {'name': 'eth1', 'inet': '192.0.2.12/24'}]");
	run_all(run);
	assert_string_equal(module_field(run, "vm-interface", KEY "/net0", "name"), "eth0");
	assert_string_equal(module_field(run, "vm-interface", KEY "/net1", "name"), "eth0 (net1)");
	assert_string_equal(module_field(run, "vm-interface", KEY "/net2", "name"), "eth1");
	assert_non_null(module_want(run, "ip", KEY "/net1/ip/192.0.2.10"));
	assert_non_null(module_want(run, "ip", KEY "/net2/ip/192.0.2.12"));
}

static void an_address_beside_an_empty_list_is_read(void **state)
{
	struct module_run *run = *state;

	module_answer(run, CONFIG, "{'net0': 'name=eth0,hwaddr=BC:24:11:00:00:01'}");
	module_answer(run, INTERFACES,
		      "[{'name': 'eth0', 'hwaddr': 'bc:24:11:00:00:01', 'inet': '192.0.2.10/24',"
		      " 'ip-addresses': []}]");
	run_all(run);
	assert_non_null(module_want(run, "ip", KEY "/net0/ip/192.0.2.10"));
}

static void a_hardware_address_that_is_not_valid_costs_only_the_address(void **state)
{
	struct module_run *run = *state;

	module_answer(run, CONFIG,
		      "{'cores': 'x', 'memory': [], 'net0': 'name=eth0,hwaddr=00:00:00:00:00:00'}");
	run_all(run);
	assert_false(module_is_unknown(run, "lxc-guest", KEY));
	assert_string_equal(get_vm(run, "name"), "CT200");
	assert_true(sb_starts_with(get_vm(run, "memory"), "{\"!\""));
	assert_true(sb_starts_with(get_vm(run, "vcpus"), "{\"!\""));
	assert_true(sb_starts_with(module_field(run, "vm-interface", KEY "/net0", "mac_address"),
				   "{\"!\""));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_container_has_all_its_fields),
		TEST(vcpus_are_cores_then_limit_then_threads_of_the_host),
		TEST(volumes_are_disks_and_bind_mounts_are_skipped),
		TEST(a_nic_has_the_name_from_inside_the_container),
		TEST(addresses_match_by_mac_then_by_name),
		TEST(a_stopped_container_has_its_static_addresses),
		TEST(what_a_container_reported_earlier_stays_while_it_is_off),
		TEST(no_primary_address_is_set_while_an_earlier_nic_is_unknown),
		TEST(a_null_answer_keeps_addresses),
		TEST(unread_interfaces_make_addresses_unknown),
		TEST(two_nics_of_one_name_have_different_names_in_netbox),
		TEST(an_address_beside_an_empty_list_is_read),
		TEST(a_hardware_address_that_is_not_valid_costs_only_the_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
