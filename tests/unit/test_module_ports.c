/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of the module cluster on the real engine: ports and addresses of a node. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "module_run.h"
#include "stagebox/json.h"

SB_MODULE_API const struct sb_module *sb_module_cluster(void);

static int setup(void **state)
{
	struct module_run *run = module_create(sb_module_cluster);

	module_answer(run, "/cluster/status",
		      "[{'type': 'cluster', 'name': 'prod1', 'quorate': 1},"
		      " {'type': 'node', 'name': 'pve1', 'online': 1}]");
	module_answer(run, "/cluster/resources", "[{'type': 'node', 'node': 'pve1'}]");
	module_answer(run, "/cluster/options", "{}");
	module_answer(run, "/cluster/ha/status/current", "[{'type': 'quorum', 'quorate': 1}]");
	*state = run;
	return 0;
}

static int teardown(void **state)
{
	module_destroy(*state);
	return 0;
}

/* A node with all types of ports. */
static const char network[] =
	"[{'iface': 'vmbr0', 'type': 'bridge', 'active': 1, 'bridge_ports': 'bond0 tap1', 'cidr': "
	"'192.0.2.11/24', 'address': '192.0.2.11', 'netmask': '24', 'gateway': '192.0.2.1', "
	"'cidr6': "
	"'2001:DB8::11/64', 'address6': '2001:db8::11'},"
	" {'iface': 'bond0', 'type': 'bond', 'active': 1, 'slaves': 'eno1 enx02aabbccddee'},"
	" {'iface': 'eno1', 'type': 'eth', 'active': 1, 'altnames': ['enp1s0', 'enx021122334455']},"
	" {'iface': 'enx02aabbccddee', 'type': 'eth', 'active': 1},"
	" {'iface': 'eno9', 'type': 'eth'},"
	" {'iface': 'vmbr0.30', 'type': 'vlan', 'vlan-id': '30', 'vlan-raw-device': 'vmbr0', "
	"'address': '198.51.100.11', 'netmask': '24'},"
	" {'iface': 'bond0.40', 'type': 'vlan'},"
	" {'iface': 'vlan50', 'type': 'vlan', 'vlan-id': 50, 'vlan-raw-device': 'bond0'},"
	" {'iface': 'vmbr0:1', 'type': 'alias', 'cidr': '192.0.2.12/32'},"
	" {'iface': 'vmbr1', 'type': 'OVSBridge', 'ovs_ports': 'bond1 mgmt eno4'},"
	" {'iface': 'bond1', 'type': 'OVSBond', 'ovs_bonds': 'eno2 eno3', 'ovs_bridge': 'vmbr1', "
	"'ovs_options': 'vlan_mode=native-untagged tag=7 trunks=10,20-21'},"
	" {'iface': 'mgmt', 'type': 'OVSIntPort', 'ovs_bridge': 'vmbr1', 'ovs_tag': '60', 'cidr': "
	"'10.9.0.1/16'},"
	" {'iface': 'eno4', 'type': 'OVSPort', 'ovs_bridge': 'vmbr1', 'ovs_tag': 61},"
	" {'iface': 'eno2', 'type': 'eth'}, {'iface': 'eno3', 'type': 'eth'}]";

#define PVE1 "lab/node/pve1"

static const char *get_port(const struct module_run *run, const char *name, const char *field)
{
	char key[64];

	snprintf(key, sizeof(key), PVE1 "/%s", name);
	return module_field(run, "interface", key, field);
}

static void diff_network(struct module_run *run)
{
	module_answer(run, "/nodes/pve1/network", network);
	module_fetch(run, "cluster.cluster");
	module_fetch(run, "cluster.nodes");
	module_fetch(run, "cluster.interfaces");
	module_diff(run);
}

static void members_of_a_bond_refer_to_it_as_lag(void **state)
{
	struct module_run *run = *state;

	diff_network(run);
	assert_string_equal(get_port(run, "eno1", "lag"), "interface:" PVE1 "/bond0");
	assert_string_equal(get_port(run, "enx02aabbccddee", "lag"), "interface:" PVE1 "/bond0");
	assert_string_equal(get_port(run, "eno2", "lag"), "interface:" PVE1 "/bond1");
	assert_string_equal(get_port(run, "eno9", "lag"), "null");
	assert_string_equal(get_port(run, "bond0", "lag"), "null");
}

static void ports_of_a_bridge_refer_to_it(void **state)
{
	struct module_run *run = *state;

	diff_network(run);
	assert_string_equal(get_port(run, "bond0", "bridge"), "interface:" PVE1 "/vmbr0");
	assert_string_equal(get_port(run, "bond1", "bridge"), "interface:" PVE1 "/vmbr1");
	assert_string_equal(get_port(run, "mgmt", "bridge"), "interface:" PVE1 "/vmbr1");
	assert_string_equal(get_port(run, "eno4", "bridge"), "interface:" PVE1 "/vmbr1");
	assert_string_equal(get_port(run, "eno1", "bridge"), "null");
	assert_string_equal(get_port(run, "vmbr0", "bridge"), "null");
}

static void when_bridges_may_be_hidden_a_port_without_one_is_not_changed(void **state)
{
	struct module_run *run = *state;

	json_object_del(run->may, "/sdn/zones/localnetwork SDN.Audit");
	diff_network(run);
	assert_string_equal(get_port(run, "bond0", "bridge"), "interface:" PVE1 "/vmbr0");
	assert_string_equal(get_port(run, "eno1", "bridge"), "");
	assert_null(module_get_row(run, "address-known", PVE1));
}

static void when_bridges_may_be_hidden_no_reference_to_one_is_cleared(void **state)
{
	struct module_run *run = *state;

	json_object_del(run->may, "/sdn/zones/localnetwork SDN.Audit");
	module_answer(
		run, "/nodes/pve1/network",
		"[{'iface': 'vmbr0.30', 'type': 'vlan', 'vlan-raw-device': 'vmbr0'},"
		" {'iface': 'vmbr0.31', 'type': 'vlan'}, {'iface': 'vmbr0:1', 'type': 'alias'},"
		" {'iface': 'mgmt', 'type': 'OVSIntPort', 'ovs_bridge': 'vmbr1'},"
		" {'iface': 'eno1', 'type': 'eth'}, {'iface': 'eno1.5', 'type': 'vlan'}]");
	module_fetch(run, "cluster.cluster");
	module_fetch(run, "cluster.interfaces");
	module_diff(run);
	assert_string_equal(get_port(run, "vmbr0.30", "parent"), "");
	assert_string_equal(get_port(run, "vmbr0.31", "parent"), "");
	assert_string_equal(get_port(run, "vmbr0:1", "parent"), "");
	assert_string_equal(get_port(run, "mgmt", "bridge"), "");
	assert_string_equal(get_port(run, "eno1", "bridge"), "");
	assert_string_equal(get_port(run, "eno1.5", "parent"), "interface:" PVE1 "/eno1");
	/* Cards have no parent, and every token can see bonds. */
	assert_string_equal(get_port(run, "eno1", "parent"), "null");
	assert_string_equal(get_port(run, "eno1", "lag"), "null");
}

static void a_reference_to_a_bridge_with_a_rule_of_its_own_is_not_cleared(void **state)
{
	struct module_run *run = *state;

	json_object_set_new(run->may, "/sdn/zones/localnetwork/vmbr9 SDN.Audit", json_integer(0));
	module_answer(run, "/nodes/pve1/network",
		      "[{'iface': 'vmbr9.30', 'type': 'vlan', 'vlan-raw-device': 'vmbr9'},"
		      " {'iface': 'vmbr8.30', 'type': 'vlan', 'vlan-raw-device': 'vmbr8'}]");
	module_fetch(run, "cluster.cluster");
	module_fetch(run, "cluster.interfaces");
	module_diff(run);
	assert_string_equal(get_port(run, "vmbr9.30", "parent"), "");
	assert_string_equal(get_port(run, "vmbr8.30", "parent"), "null"); /* it is not there */
}

/* Each process of the API has a value of its own for active. */
static void enabled_is_autostart_where_proxmox_brings_the_port_up(void **state)
{
	static const struct {
		const char *type, *with, *without;
	} types[] = {
		{"bridge", "true", "false"},
		{"bond", "true", "false"},
		{"vlan", "true", "false"},
		{"OVSBridge", "true", "false"},
		{"OVSBond", "true", "false"},
		{"OVSIntPort", "true", "false"},
		{"eth", "", ""},
		{"OVSPort", "", ""},
		{"alias", "", ""},
		{"unknown", "", ""},
	};
	struct module_run *run = *state;
	char text[400];
	size_t i;

	module_fetch(run, "cluster.cluster");
	for (i = 0; i < SB_ARRAY_LEN(types); i++) {
		snprintf(text, sizeof(text),
			 "[{'iface': 'a', 'type': '%s', 'autostart': 1, 'active': null},"
			 " {'iface': 'b', 'type': '%s', 'active': 1}]",
			 types[i].type, types[i].type);
		module_answer(run, "/nodes/pve1/network", text);
		json_object_clear(run->wants);
		module_fetch(run, "cluster.interfaces");
		module_diff(run);
		assert_string_equal(get_port(run, "a", "enabled"), types[i].with);
		assert_string_equal(get_port(run, "b", "enabled"), types[i].without);
	}
}

static void zones_and_vnets_have_rows_of_what_is_in_effect(void **state)
{
	struct module_run *run = *state;
	const json_t *vnet;

	module_answer(run, "/cluster/sdn/zones?pending=1",
		      "[{'zone': 'prod', 'type': 'vlan', 'bridge': 'vmbr0'}]");
	module_answer(
		run, "/cluster/sdn/vnets?pending=1",
		"[{'vnet': 'v120', 'zone': 'prod', 'tag': 120, 'state': 'changed', 'pending': "
		"{'tag': 121}}, {'vnet': 'v130', 'type': 'vnet', 'state': 'new', 'pending': "
		"{'zone': 'prod', 'tag': '130', 'alias': 'Lab'}}, {'vnet': 5}, 'x']");
	module_fetch(run, "cluster.cluster");
	assert_string_equal(sb_json_str(module_get_row(run, "sdn-zone", "lab/prod"), "type"),
			    "vlan");
	vnet = module_get_row(run, "sdn-vnet", "lab/v120");
	assert_int_equal(json_integer_value(json_object_get(vnet, "tag")), 120);
	vnet = module_get_row(run, "sdn-vnet", "lab/v130");
	assert_int_equal(json_integer_value(json_object_get(vnet, "tag")), 130);
	assert_string_equal(sb_json_str(vnet, "zone"), "prod");
	assert_string_equal(sb_json_str(vnet, "alias"), "Lab");
	/* The token has SDN.Audit on one zone only. */
	assert_null(module_get_row(run, "sdn-known", "lab"));
	json_object_set_new(run->may, "/sdn SDN.Audit", json_integer(1));
	module_fetch(run, "cluster.cluster");
	assert_non_null(module_get_row(run, "sdn-known", "lab"));
}

static void sdn_that_cannot_be_read_fails_nothing(void **state)
{
	struct module_run *run = *state;

	json_object_set_new(run->may, "/sdn SDN.Audit", json_integer(1));
	module_refuse(run, "/cluster/sdn/zones?pending=1", "HTTP 501");
	module_answer(run, "/cluster/sdn/vnets?pending=1", "{}");
	module_fetch(run, "cluster.cluster");
	assert_null(module_get_row(run, "sdn-known", "lab"));
	assert_null(json_object_get(run->rows, "resource-gap"));
}

static void an_address_without_a_network_is_not_primary_beside_one_with_a_network(void **state)
{
	struct module_run *run = *state;

	module_answer(run, "/nodes/pve1/network",
		      "[{'iface': 'eno1', 'type': 'eth', 'cidr': '10.0.0.1/32'},"
		      " {'iface': 'eno2', 'type': 'eth', 'cidr': '10.0.1.1/24'},"
		      " {'iface': 'docker0', 'type': 'bridge', 'cidr': '172.17.0.1/16'}]");
	module_fetch(run, "cluster.cluster");
	module_fetch(run, "cluster.interfaces");
	module_diff(run);
	assert_string_equal(module_field(run, "device", PVE1, "primary_ip4"),
			    "ip:" PVE1 "/eno2/ip/10.0.1.1");
}

static void a_vlan_port_has_its_parent_and_vlan(void **state)
{
	struct module_run *run = *state;

	diff_network(run);
	assert_string_equal(get_port(run, "vmbr0.30", "parent"), "interface:" PVE1 "/vmbr0");
	assert_string_equal(get_port(run, "vmbr0.30", "mode"), "access");
	assert_string_equal(get_port(run, "vmbr0.30", "untagged_vlan"), "vlan:30");
	assert_string_equal(get_port(run, "vlan50", "parent"), "interface:" PVE1 "/bond0");
	assert_string_equal(get_port(run, "vlan50", "untagged_vlan"), "vlan:50");
	assert_string_equal(get_port(run, "bond0", "parent"), "null");
}

static void a_vlan_port_without_options_is_read_from_its_name(void **state)
{
	struct module_run *run = *state;

	diff_network(run);
	assert_string_equal(get_port(run, "bond0.40", "parent"), "interface:" PVE1 "/bond0");
	assert_string_equal(get_port(run, "bond0.40", "untagged_vlan"), "vlan:40");
	assert_string_equal(get_port(run, "vmbr0:1", "parent"), "interface:" PVE1 "/vmbr0");
	assert_string_equal(get_port(run, "vmbr0:1", "mode"), "");
}

static void open_vswitch_tags_and_trunks_are_vlans(void **state)
{
	struct module_run *run = *state;

	diff_network(run);
	assert_string_equal(get_port(run, "mgmt", "type"), "virtual");
	assert_string_equal(get_port(run, "mgmt", "mode"), "access");
	assert_string_equal(get_port(run, "mgmt", "untagged_vlan"), "vlan:60");
	assert_string_equal(get_port(run, "eno4", "untagged_vlan"), "vlan:61");
	assert_string_equal(get_port(run, "bond1", "type"), "lag");
	assert_string_equal(get_port(run, "bond1", "mode"), "tagged");
	assert_string_equal(get_port(run, "bond1", "untagged_vlan"), "vlan:7");
	assert_string_equal(get_port(run, "bond1", "tagged_vlans"),
			    "[\"vlan:10\",\"vlan:20\",\"vlan:21\"]");
}

static void vlans_of_cards_and_bridges_are_not_managed(void **state)
{
	struct module_run *run = *state;

	diff_network(run);
	assert_string_equal(get_port(run, "eno1", "mode"), "");
	assert_string_equal(get_port(run, "vmbr0", "mode"), "");
	assert_string_equal(get_port(run, "bond0", "untagged_vlan"), "");
}

static void the_mac_address_of_a_card_is_read_from_its_names(void **state)
{
	struct module_run *run = *state;

	diff_network(run);
	assert_string_equal(get_port(run, "eno1", "mac_address"), "02:11:22:33:44:55");
	assert_string_equal(get_port(run, "enx02aabbccddee", "mac_address"), "02:AA:BB:CC:DD:EE");
	assert_string_equal(get_port(run, "eno9", "mac_address"), "");
}

static void two_bridges_that_name_each_other_make_no_cycle(void **state)
{
	struct module_run *run = *state;

	module_answer(run, "/nodes/pve1/network",
		      "[{'iface': 'a', 'type': 'bridge', 'bridge_ports': 'b a'},"
		      " {'iface': 'b', 'type': 'bridge', 'bridge_ports': 'a'}]");
	module_fetch(run, "cluster.cluster");
	module_fetch(run, "cluster.interfaces");
	module_diff(run);
	assert_string_equal(get_port(run, "a", "bridge"), "interface:" PVE1 "/b");
	assert_string_equal(get_port(run, "b", "bridge"), "null");
}

static const char *get_address(const struct module_run *run, const char *tail, const char *field)
{
	char key[96];

	snprintf(key, sizeof(key), PVE1 "/%s", tail);
	return module_field(run, "ip", key, field);
}

static void a_node_has_its_addresses_with_their_prefixes(void **state)
{
	struct module_run *run = *state;

	diff_network(run);
	assert_string_equal(get_address(run, "vmbr0/ip/192.0.2.11", "address"), "192.0.2.11/24");
	assert_string_equal(get_address(run, "vmbr0/ip/192.0.2.11", "assigned_object"),
			    "interface:" PVE1 "/vmbr0");
	assert_string_equal(get_address(run, "vmbr0/ip/2001:db8::11", "address"),
			    "2001:db8::11/64");
	assert_string_equal(get_address(run, "vmbr0.30/ip/198.51.100.11", "address"),
			    "198.51.100.11/24");
	assert_string_equal(get_address(run, "vmbr0:1/ip/192.0.2.12", "address"), "192.0.2.12/32");
	assert_string_equal(get_address(run, "mgmt/ip/10.9.0.1", "status"), "active");
}

static void the_address_of_a_node_in_cluster_status_is_primary(void **state)
{
	struct module_run *run = *state;

	module_answer(run, "/cluster/status",
		      "[{'type': 'cluster', 'name': 'prod1', 'quorate': 1},"
		      " {'type': 'node', 'name': 'pve1', 'online': 1, 'ip': '10.9.0.1'}]");
	diff_network(run);
	assert_string_equal(module_field(run, "device", PVE1, "primary_ip4"),
			    "ip:" PVE1 "/mgmt/ip/10.9.0.1");
	assert_string_equal(module_field(run, "device", PVE1, "primary_ip6"),
			    "ip:" PVE1 "/vmbr0/ip/2001:db8::11");
}

static void else_the_address_with_the_default_gateway_is_primary(void **state)
{
	struct module_run *run = *state;

	diff_network(run);
	assert_string_equal(module_field(run, "device", PVE1, "primary_ip4"),
			    "ip:" PVE1 "/vmbr0/ip/192.0.2.11");
}

static void of_several_equal_addresses_none_is_primary(void **state)
{
	struct module_run *run = *state;

	module_answer(run, "/nodes/pve1/network",
		      "[{'iface': 'eno1', 'type': 'eth', 'cidr': '10.0.0.1/24'},"
		      " {'iface': 'eno2', 'type': 'eth', 'cidr': '10.0.1.1/24'}]");
	module_fetch(run, "cluster.cluster");
	module_fetch(run, "cluster.interfaces");
	module_diff(run);
	assert_string_equal(module_field(run, "device", PVE1, "primary_ip4"), "");
}

static void an_address_on_two_ports_of_a_node_belongs_to_the_first(void **state)
{
	struct module_run *run = *state;

	module_answer(run, "/nodes/pve1/network",
		      "[{'iface': 'eno2', 'type': 'eth', 'cidr': '10.0.0.1/24'},"
		      " {'iface': 'eno1', 'type': 'eth', 'cidr': '10.0.0.1/24'},"
		      " {'iface': 'eno3', 'type': 'eth', 'cidr': '10.0.3.0/24'},"
		      " {'iface': 'eno4', 'type': 'eth', 'cidr': '169.254.1.1/16'}]");
	module_fetch(run, "cluster.cluster");
	module_fetch(run, "cluster.interfaces");
	module_diff(run);
	assert_string_equal(get_address(run, "eno1/ip/10.0.0.1", "$skip"), "");
	assert_string_not_equal(get_address(run, "eno2/ip/10.0.0.1", "$skip"), "");
	assert_string_not_equal(get_address(run, "eno3/ip/10.0.3.0", "$skip"), "");
	assert_null(module_want(run, "ip", PVE1 "/eno4/ip/169.254.1.1"));
}

static void an_address_of_two_nodes_is_a_vip(void **state)
{
	struct module_run *run = *state;

	module_row(run, "address-use", "lab/use/10.9.0.1/lab/node/pve3", "{}");
	diff_network(run);
	assert_string_equal(get_address(run, "mgmt/ip/10.9.0.1", "role"), "vip");
	assert_string_equal(get_address(run, "vmbr0/ip/192.0.2.11", "role"), "");
}

static void addresses_of_an_unread_node_are_unknown(void **state)
{
	struct module_run *run = *state;

	module_refuse(run, "/nodes/pve1/network", "HTTP 595");
	module_fetch(run, "cluster.cluster");
	module_fetch(run, "cluster.interfaces");
	module_diff(run);
	assert_true(module_is_unknown(run, "node-address", PVE1 "/"));
	assert_string_equal(module_field(run, "device", PVE1, "primary_ip4"), "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(members_of_a_bond_refer_to_it_as_lag),
		TEST(ports_of_a_bridge_refer_to_it),
		TEST(when_bridges_may_be_hidden_a_port_without_one_is_not_changed),
		TEST(when_bridges_may_be_hidden_no_reference_to_one_is_cleared),
		TEST(a_reference_to_a_bridge_with_a_rule_of_its_own_is_not_cleared),
		TEST(enabled_is_autostart_where_proxmox_brings_the_port_up),
		TEST(zones_and_vnets_have_rows_of_what_is_in_effect),
		TEST(sdn_that_cannot_be_read_fails_nothing),
		TEST(an_address_without_a_network_is_not_primary_beside_one_with_a_network),
		TEST(a_vlan_port_has_its_parent_and_vlan),
		TEST(a_vlan_port_without_options_is_read_from_its_name),
		TEST(open_vswitch_tags_and_trunks_are_vlans),
		TEST(vlans_of_cards_and_bridges_are_not_managed),
		TEST(the_mac_address_of_a_card_is_read_from_its_names),
		TEST(two_bridges_that_name_each_other_make_no_cycle),
		TEST(a_node_has_its_addresses_with_their_prefixes),
		TEST(the_address_of_a_node_in_cluster_status_is_primary),
		TEST(else_the_address_with_the_default_gateway_is_primary),
		TEST(of_several_equal_addresses_none_is_primary),
		TEST(an_address_on_two_ports_of_a_node_belongs_to_the_first),
		TEST(an_address_of_two_nodes_is_a_vip),
		TEST(addresses_of_an_unread_node_are_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
