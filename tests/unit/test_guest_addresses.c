/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of guests: what a guest reports is limited and only trusted as far as it goes; which of
 * them are candidates for the primary address; and the VLAN of a vnet. */
#include "test_module_qemu.h"

#define CANDIDATES(field) module_field(run, "vm", KEY, field "$")

/* Answer with one interface that has the MAC address of net0. addresses: [...] */
static void answer_agent(struct module_run *run, const char *addresses)
{
	static char text[20000];

	snprintf(text, sizeof(text),
		 "{'result': [{'name': 'eth0', 'hardware-address': 'bc:24:11:0a:1b:2c', "
		 "'ip-addresses': [%s]}]}",
		 addresses);
	module_answer(run, AGENT, text);
}

/* n addresses "10.9.0.1" to "10.9.0.<n>" as a list without brackets. */
static const char *make_addresses(unsigned n)
{
	static char text[16000];
	size_t len = 0;
	unsigned i;

	text[0] = '\0';
	for (i = 1; i <= n; i++) {
		snprintf(text + len, sizeof(text) - len,
			 "%s{'ip-address': '10.9.%u.%u', 'prefix': 16}", i > 1 ? ", " : "", i / 200,
			 1 + i % 200);
		len += strlen(text + len);
	}
	return text;
}

static void clear_results(struct module_run *run)
{
	static const char *const sources[] = {"qemu-address", "qemu-configured", "address-use",
					      "guest-network"};
	size_t i;

	json_object_clear(run->unknown);
	json_object_clear(run->keep);
	json_object_clear(run->wants);
	for (i = 0; i < SB_ARRAY_LEN(sources); i++)
		json_object_del(run->rows, sources[i]);
}

static void above_the_limit_of_a_nic_its_addresses_are_unknown(void **state)
{
	struct module_run *run = *state;
	const json_t *unknown;

	answer_agent(run, make_addresses(64));
	run_all(run);
	assert_int_equal(json_object_size(json_object_get(run->wants, "ip")), 64);
	clear_results(run);
	answer_agent(run, make_addresses(65));
	run_all(run);
	assert_null(json_object_get(run->wants, "ip"));
	assert_null(json_object_get(run->rows, "address-use"));
	unknown = json_object_get(run->unknown, "qemu-address");
	assert_int_equal(json_object_size(unknown), 1);
	assert_non_null(strstr(sb_json_str(unknown, KEY "/net0/"), "max_nic_addresses"));
	/* Nothing of it is a candidate, and what is primary in NetBox stays. */
	assert_string_equal(get_vm(run, "primary_ip4"), "");
}

static void above_the_limit_of_a_guest_all_its_addresses_are_unknown(void **state)
{
	struct module_run *run = *state;
	const json_t *unknown;

	json_object_set_new(run->opts, "max_addresses", json_integer(3));
	answer_agent(run, make_addresses(4));
	run_all(run);
	assert_null(json_object_get(run->wants, "ip"));
	unknown = json_object_get(run->unknown, "qemu-address");
	assert_non_null(strstr(sb_json_str(unknown, KEY "/"), "max_addresses"));
}

static void an_address_that_is_not_valid_makes_only_its_nic_unknown(void **state)
{
	static const char *const bad[] = {"{'ip-address': 7}", "'x'",
					  "{'ip-address': '10.0.0.300', 'prefix': 24}"};
	struct module_run *run = *state;
	char text[200];
	size_t i;

	module_answer(run, CONFIG, "{'agent': '1', 'net0': 'virtio=BC:24:11:0A:1B:2C'}");
	for (i = 0; i < SB_ARRAY_LEN(bad); i++) {
		clear_results(run);
		snprintf(text, sizeof(text), "%s, {'ip-address': '10.9.0.1', 'prefix': 24}",
			 bad[i]);
		answer_agent(run, text);
		run_all(run);
		assert_true(module_is_unknown(run, "qemu-address", KEY "/net0/"));
		assert_false(module_is_unknown(run, "qemu-address", KEY "/"));
		assert_non_null(module_want(run, "ip", KEY "/net0/ip/10.9.0.1"));
		/* A new guest has no better one in NetBox. */
		assert_string_equal(get_vm(run, "primary_ip4"), "ip:" KEY "/net0/ip/10.9.0.1");
	}
	module_object(run, "vm", KEY, "{}");
	clear_results(run);
	run_all(run);
	assert_string_equal(get_vm(run, "primary_ip4"), "");
}

static void an_interface_that_is_not_an_object_makes_all_addresses_unknown(void **state)
{
	struct module_run *run = *state;

	module_answer(run, AGENT, "{'result': [1]}");
	run_all(run);
	assert_true(module_is_unknown(run, "qemu-address", KEY "/"));
}

static void a_mapped_address_is_the_address_of_version_4(void **state)
{
	struct module_run *run = *state;

	answer_agent(run, "{'ip-address': '::ffff:10.1.2.3', 'prefix': 120}, {'ip-address': "
			  "'::FFFF:10.1.2.4', 'prefix': 128}");
	run_all(run);
	assert_string_equal(module_field(run, "ip", KEY "/net0/ip/10.1.2.3", "address"),
			    "10.1.2.3/24");
	assert_string_equal(module_field(run, "ip", KEY "/net0/ip/10.1.2.4", "address"),
			    "10.1.2.4/32");
	assert_int_equal(json_object_size(json_object_get(run->wants, "ip")), 2);
}

/* Another guest on the same bridge and VLAN, with one address. */
static void put_neighbour(struct module_run *run, const char *nic, const char *ip, unsigned prefix)
{
	char text[300];

	module_row(run, "resource", "lab/qemu/102",
		   "{'type': 'qemu', 'vmid': 102, 'node': 'pve1', 'status': 'running'}");
	snprintf(text, sizeof(text),
		 "{'name': 'db', 'agent': '1', 'net0': 'virtio=BC:24:11:00:00:77,%s'}", nic);
	module_answer(run, "/nodes/pve1/qemu/102/config?current=1", text);
	snprintf(text, sizeof(text),
		 "{'result': [{'name': 'eth0', 'hardware-address': 'bc:24:11:00:00:77', "
		 "'ip-addresses': [{'ip-address': '%s', 'prefix': %u}]}]}",
		 ip, prefix);
	module_answer(run, "/nodes/pve1/qemu/102/agent/network-get-interfaces", text);
}

static void a_prefix_that_is_not_reported_is_that_of_the_only_network_there(void **state)
{
	struct module_run *run = *state;

	answer_agent(run, "{'ip-address': '10.1.2.3', 'prefix': -1}");
	run_all(run);
	assert_string_equal(module_field(run, "ip", KEY "/net0/ip/10.1.2.3", "address"),
			    "10.1.2.3/32");
	assert_non_null(
		strstr(module_field(run, "ip", KEY "/net0/ip/10.1.2.3", "$partial"), "/32"));
	/* An existing object keeps its prefix. */
	module_object(run, "ip", KEY "/net0/ip/10.1.2.3", "{'address': '10.1.2.3/24'}");
	clear_results(run);
	run_all(run);
	assert_string_equal(module_field(run, "ip", KEY "/net0/ip/10.1.2.3", "address"), "");
	put_neighbour(run, "bridge=vmbr0,tag=120", "10.1.2.9", 23);
	clear_results(run);
	run_all(run);
	assert_string_equal(module_field(run, "ip", KEY "/net0/ip/10.1.2.3", "address"),
			    "10.1.2.3/23");
	assert_string_equal(module_field(run, "ip", KEY "/net0/ip/10.1.2.3", "$partial"), "");
	/* Not one that guests on another VLAN report, or that does not contain the address. */
	put_neighbour(run, "bridge=vmbr0,tag=121", "10.1.2.9", 23);
	clear_results(run);
	run_all(run);
	assert_string_equal(module_field(run, "ip", KEY "/net0/ip/10.1.2.3", "address"), "");
	put_neighbour(run, "bridge=vmbr0,tag=120", "10.7.2.9", 23);
	clear_results(run);
	run_all(run);
	assert_string_equal(module_field(run, "ip", KEY "/net0/ip/10.1.2.3", "address"), "");
}

#define TWO_NICS                                                                                   \
	"{'agent': '1', 'net0': 'virtio=BC:24:11:0A:1B:2C,bridge=vmbr0,tag=7', 'net1': "           \
	"'virtio=BC:24:11:0A:1B:2C,bridge=vmbr0,tag=42'"
#define REPORTED(name, ip)                                                                         \
	"{'name': '" name "', 'hardware-address': 'bc:24:11:0a:1b:2c', 'ip-addresses': "           \
	"[{'ip-address': '" ip "', 'prefix': 24}]}"

static void of_two_nics_with_one_mac_address_the_order_of_the_guest_decides(void **state)
{
	struct module_run *run = *state;

	module_answer(run, CONFIG, TWO_NICS "}");
	module_answer(run, AGENT,
		      "{'result': [" REPORTED("eth0", "10.7.0.5") "," REPORTED(
			      "eth1", "10.42.0.5") "," REPORTED("eth1.5", "10.43.0.5") "]}");
	run_all(run);
	assert_non_null(module_want(run, "ip", KEY "/net0/ip/10.7.0.5"));
	assert_non_null(module_want(run, "ip", KEY "/net1/ip/10.42.0.5"));
	assert_non_null(module_want(run, "ip", KEY "/net1/ip/10.43.0.5"));
	assert_null(json_object_get(run->unknown, "qemu-address"));
}

static void else_the_configured_network_decides(void **state)
{
	struct module_run *run = *state;

	module_answer(run, CONFIG,
		      TWO_NICS ", 'ide2': 'l:vm-101-cloudinit,media=cdrom', 'ipconfig0': "
			       "'ip=10.7.0.5/24', 'ipconfig1': 'ip=10.42.0.5/24'}");
	module_answer(run, AGENT, "{'result': [" REPORTED("eth1", "10.42.0.77") "]}");
	run_all(run);
	assert_non_null(module_want(run, "ip", KEY "/net1/ip/10.42.0.77"));
	assert_null(json_object_get(run->unknown, "qemu-address"));
}

static void else_the_address_is_left_out_and_that_is_reported(void **state)
{
	struct module_run *run = *state;
	const json_t *unknown;

	module_answer(run, CONFIG, TWO_NICS "}");
	module_answer(run, AGENT, "{'result': [" REPORTED("eth1", "10.42.0.77") "]}");
	run_all(run);
	assert_null(json_object_get(run->wants, "ip"));
	unknown = json_object_get(run->unknown, "qemu-address");
	assert_non_null(strstr(sb_json_str(unknown, KEY "/net0/"), "one MAC address"));
	assert_non_null(strstr(sb_json_str(unknown, KEY "/net1/"), "10.42.0.77"));
}

static void a_machine_that_is_off_has_its_configured_addresses_if_netbox_has_none(void **state)
{
	struct module_run *run = *state;

	put_guest(run, ", 'status': 'stopped'");
	run_all(run);
	assert_string_equal(module_field(run, "ip", KEY "/net0/ip/192.0.2.50", "address"),
			    "192.0.2.50/24");
	assert_string_equal(get_vm(run, "primary_ip4"), "ip:" KEY "/net0/ip/192.0.2.50");
	assert_true(module_is_kept(run, "qemu-address", KEY "/"));
	/* The guest does not use the address while it is off. */
	assert_null(json_object_get(run->rows, "address-use"));
}

static void a_machine_whose_agent_does_not_run_has_its_configured_addresses_too(void **state)
{
	struct module_run *run = *state;

	module_refuse(run, AGENT, "HTTP 500 QEMU guest agent is not running");
	run_all(run);
	assert_non_null(module_want(run, "ip", KEY "/net0/ip/192.0.2.50"));
}

static void a_configured_address_that_another_guest_has_is_not_used_while_off(void **state)
{
	struct module_run *run = *state;

	put_guest(run, ", 'status': 'stopped'");
	module_row(run, "address-use", "lab/use/192.0.2.50/lab/qemu/102", "{}");
	run_all(run);
	assert_null(json_object_get(run->wants, "ip"));
}

static void worse_candidates_come_with_that_mark(void **state)
{
	struct module_run *run = *state;

	answer_agent(run,
		     "{'ip-address': '192.168.1.17', 'prefix': 32}, {'ip-address': "
		     "'172.17.0.1', 'prefix': 16}, {'ip-address': '10.88.3.1', 'prefix': 24}, "
		     "{'ip-address': '192.168.1.170', 'prefix': 24}, {'ip-address': "
		     "'10.0.0.9', 'prefix': 24}, {'ip-address': '2001:db8::1', 'prefix': 128}");
	module_row(run, "address-use", "lab/use/10.0.0.9/lab/lxc/200", "{}");
	run_all(run);
	assert_string_equal(get_vm(run, "primary_ip4"), "ip:" KEY "/net0/ip/192.168.1.170");
	assert_string_equal(CANDIDATES("primary_ip4"),
			    "[\"ip:" KEY "/net0/ip/192.168.1.17!\",\"ip:" KEY
			    "/net0/ip/172.17.0.1!\",\"ip:" KEY "/net0/ip/10.88.3.1!\",\"ip:" KEY
			    "/net0/ip/192.168.1.170\",\"ip:" KEY "/net0/ip/10.0.0.9!\"]");
	/* The only one of its version is suitable as it is. */
	assert_string_equal(CANDIDATES("primary_ip6"), "[\"ip:" KEY "/net0/ip/2001:db8::1\"]");
}

static void a_single_address_is_not_worse_beside_unsuitable_ones(void **state)
{
	struct module_run *run = *state;

	answer_agent(run, "{'ip-address': '172.17.0.1', 'prefix': 16}, {'ip-address': "
			  "'198.51.100.7', 'prefix': 32}");
	run_all(run);
	assert_string_equal(get_vm(run, "primary_ip4"), "ip:" KEY "/net0/ip/198.51.100.7");
}

/* Two runs with the same answers, where the second one has them in the reverse order. */
static void the_order_of_answers_does_not_change_the_candidates(void **state)
{
	struct module_run *run = *state;
	json_t *first;

	answer_agent(run, "{'ip-address': '10.1.2.3', 'prefix': -1}");
	put_neighbour(run, "bridge=vmbr0,tag=120", "10.1.2.9", 23);
	run_all(run);
	first = json_deep_copy(run->wants);
	clear_results(run);
	json_object_del(json_object_get(run->rows, "resource"), KEY);
	put_guest(run, ", 'status': 'running'"); /* now behind the other one */
	run_all(run);
	assert_true(json_equal(first, run->wants));
	json_decref(first);
}

static const char *get_nic(struct module_run *run, const char *id, const char *field)
{
	char key[64];

	snprintf(key, sizeof(key), KEY "/%s", id);
	return module_field(run, "vm-interface", key, field);
}

static void a_nic_on_a_vnet_of_a_vlan_zone_has_the_vlan_of_the_vnet(void **state)
{
	struct module_run *run = *state;

	module_row(run, "sdn-known", "lab", "{}");
	module_row(run, "sdn-zone", "lab/prod", "{'type': 'vlan'}");
	module_row(run, "sdn-zone", "lab/vx1", "{'type': 'vxlan'}");
	module_row(run, "sdn-vnet", "lab/v120", "{'zone': 'prod', 'tag': 120}");
	module_row(run, "sdn-vnet", "lab/vx100", "{'zone': 'vx1', 'tag': 100100}");
	module_answer(run, CONFIG,
		      "{'net0': 'virtio=BC:24:11:0A:1B:2C,bridge=v120', 'net1': "
		      "'virtio=BC:24:11:0A:1B:2D,bridge=vx100', 'net2': "
		      "'virtio=BC:24:11:0A:1B:2E,bridge=vmbr7'}");
	run_all(run);
	assert_string_equal(get_nic(run, "net0", "mode"), "access");
	assert_string_equal(get_nic(run, "net0", "untagged_vlan"), "vlan:120");
	assert_string_equal(get_nic(run, "net1", "untagged_vlan"), "null");
	assert_string_equal(get_nic(run, "net2", "untagged_vlan"), "null");
}

static const char *get_vlan_name(struct module_run *run, const char *vid)
{
	return sb_json_str(json_object_get(json_object_get(run->shared, "vlan"), vid), "name");
}

static void a_vlan_is_named_by_the_alias_of_its_vnet_else_by_its_id(void **state)
{
	struct module_run *run = *state;

	module_row(run, "sdn-known", "lab", "{}");
	module_row(run, "sdn-zone", "lab/prod", "{'type': 'vlan'}");
	module_row(run, "sdn-zone", "lab/vx1", "{'type': 'vxlan'}");
	module_row(run, "sdn-vnet", "lab/v120",
		   "{'zone': 'prod', 'tag': 120, 'alias': ' Office '}");
	module_row(run, "sdn-vnet", "lab/v121", "{'zone': 'prod', 'tag': 121}");
	module_row(run, "sdn-vnet", "lab/v122", "{'zone': 'prod', 'tag': 122, 'alias': 'Office'}");
	module_row(run, "sdn-vnet", "lab/v123", "{'zone': 'prod', 'tag': 123, 'alias': 'VLAN 9'}");
	module_row(run, "sdn-vnet", "lab/vx9", "{'zone': 'vx1', 'tag': 9, 'alias': 'Overlay'}");
	module_answer(run, CONFIG,
		      "{'net0': 'virtio=BC:24:11:0A:1B:2C,bridge=v120', 'net1': "
		      "'virtio=BC:24:11:0A:1B:2D,bridge=vmbr0,tag=121', 'net2': "
		      "'virtio=BC:24:11:0A:1B:2E,bridge=v122', 'net3': "
		      "'virtio=BC:24:11:0A:1B:2F,bridge=v123', 'net4': "
		      "'virtio=BC:24:11:0A:1B:30,bridge=vmbr0,tag=9'}");
	run_all(run);
	assert_string_equal(get_vlan_name(run, "120"), "Office");
	assert_string_equal(get_vlan_name(run, "121"), "v121");
	/* NetBox takes a name once in a group; the default name of another VLAN stays free. */
	assert_string_equal(get_vlan_name(run, "122"), "v122");
	assert_string_equal(get_vlan_name(run, "123"), "v123");
	assert_string_equal(get_vlan_name(run, "9"), "VLAN 9");
	assert_int_equal(json_object_size(run->noted), 0);
}

static void of_several_vnets_with_one_vlan_the_first_names_it_and_all_are_reported(void **state)
{
	struct module_run *run = *state;
	sb_autojson *wanted =
		json_pack("{s:[s,s]}", "VLAN 120 in vlan group lab", "lab/vnet/a", "lab/vnet/b");

	module_row(run, "sdn-known", "lab", "{}");
	module_row(run, "sdn-zone", "lab/prod", "{'type': 'vlan'}");
	module_row(run, "sdn-zone", "lab/dmz", "{'type': 'vlan'}");
	module_row(run, "sdn-vnet", "lab/b", "{'zone': 'prod', 'tag': 120, 'alias': 'Second'}");
	module_row(run, "sdn-vnet", "lab/a", "{'zone': 'dmz', 'tag': 120, 'alias': 'First'}");
	module_answer(run, CONFIG, "{'net0': 'virtio=BC:24:11:0A:1B:2C,bridge=b'}");
	run_all(run);
	assert_string_equal(get_vlan_name(run, "120"), "First");
	assert_true(json_equal(run->noted, wanted));
}

static void the_vlan_of_a_bridge_that_the_token_cannot_see_is_not_cleared(void **state)
{
	struct module_run *run = *state;

	module_row(run, "sdn-vnet", "lab/v9", "{'zone': 'hidden', 'tag': 9}");
	module_answer(run, CONFIG,
		      "{'net0': 'virtio=BC:24:11:0A:1B:2C,bridge=v120,mtu=1', 'net1': "
		      "'virtio=BC:24:11:0A:1B:2D,bridge=vmbr9,tag=5', 'net2': "
		      "'virtio=BC:24:11:0A:1B:2E,bridge=vmbr0', 'net3': "
		      "'virtio=BC:24:11:0A:1B:2F,bridge=v9'}");
	run_all(run);
	assert_string_equal(get_nic(run, "net0", "mode"), "");
	assert_string_equal(get_nic(run, "net0", "untagged_vlan"), "");
	assert_string_equal(get_nic(run, "net0", "tagged_vlans"), "");
	assert_string_equal(get_nic(run, "net0", "mtu"), "");
	assert_string_equal(get_nic(run, "net1", "untagged_vlan"), "vlan:5");
	assert_string_equal(get_nic(run, "net2", "untagged_vlan"), "null"); /* a visible bridge */
	assert_string_equal(get_nic(run, "net3", "untagged_vlan"), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(above_the_limit_of_a_nic_its_addresses_are_unknown),
		TEST(above_the_limit_of_a_guest_all_its_addresses_are_unknown),
		TEST(an_address_that_is_not_valid_makes_only_its_nic_unknown),
		TEST(an_interface_that_is_not_an_object_makes_all_addresses_unknown),
		TEST(a_mapped_address_is_the_address_of_version_4),
		TEST(a_prefix_that_is_not_reported_is_that_of_the_only_network_there),
		TEST(of_two_nics_with_one_mac_address_the_order_of_the_guest_decides),
		TEST(else_the_configured_network_decides),
		TEST(else_the_address_is_left_out_and_that_is_reported),
		TEST(a_machine_that_is_off_has_its_configured_addresses_if_netbox_has_none),
		TEST(a_machine_whose_agent_does_not_run_has_its_configured_addresses_too),
		TEST(a_configured_address_that_another_guest_has_is_not_used_while_off),
		TEST(worse_candidates_come_with_that_mark),
		TEST(a_single_address_is_not_worse_beside_unsuitable_ones),
		TEST(the_order_of_answers_does_not_change_the_candidates),
		TEST(a_nic_on_a_vnet_of_a_vlan_zone_has_the_vlan_of_the_vnet),
		TEST(a_vlan_is_named_by_the_alias_of_its_vnet_else_by_its_id),
		TEST(of_several_vnets_with_one_vlan_the_first_names_it_and_all_are_reported),
		TEST(the_vlan_of_a_bridge_that_the_token_cannot_see_is_not_cleared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
