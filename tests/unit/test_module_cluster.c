/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of the module cluster on the real engine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "module_run.h"
#include "stagebox/json.h"

SB_MODULE_API const struct sb_module *sb_module_cluster(void);

static const char status[] =
	"[{'type': 'cluster', 'name': 'prod1', 'nodes': 2, 'quorate': 1},"
	" {'type': 'node', 'name': 'pve1', 'online': 1}, {'type': 'node', 'name': 'pve3', "
	"'online': 0}]";
static const char resources[] =
	"[{'type': 'node', 'node': 'pve1', 'status': 'online'},"
	" {'type': 'node', 'node': 'pve3', 'status': 'online'},"
	" {'type': 'storage', 'id': 'storage/pve1/local', 'node': 'pve1'},"
	" {'type': 'qemu', 'vmid': 101, 'node': 'pve1', 'name': 'web', 'status': 'running', 'cpu': "
	"0.1},"
	" {'type': 'lxc', 'vmid': '200', 'node': 'pve3', 'status': 'unknown'}]";
static const char options[] = "{'tag-style': {'color-map': 'prod:ff0000'}, 'description': 'x'}";
static const char ha[] = "[{'type': 'quorum', 'quorate': 1}]";
static const char network[] =
	"[{'iface': 'vmbr0', 'type': 'bridge', 'autostart': 1, 'mtu': '9000', 'comments': 'uplink "
	"\\nmore\\n', 'bridge_ports': 'bond0'},"
	" {'iface': 'bond0', 'type': 'bond', 'active': 1, 'slaves': 'eno1 eno2'},"
	" {'iface': 'eno1', 'type': 'eth', 'exists': 1},"
	" {'iface': 'vmbr0.30', 'type': 'vlan', 'vlan-id': '30', 'vlan-raw-device': 'vmbr0', "
	"'exists': null},"
	" {'iface': 'vmbr9', 'type': 'OVSBridge'}, {'iface': 'x', 'type': 'unknown'}]";

static int setup(void **state)
{
	struct module_run *run = module_create(sb_module_cluster);

	module_answer(run, "/cluster/status", status);
	module_answer(run, "/cluster/resources", resources);
	module_answer(run, "/cluster/options", options);
	module_answer(run, "/cluster/ha/status/current", ha);
	module_answer(run, "/nodes/pve1/network", network);
	*state = run;
	return 0;
}

static int teardown(void **state)
{
	module_destroy(*state);
	return 0;
}

static bool list_is_complete(struct module_run *run)
{
	return !module_is_unknown(run, "resource", "") &&
	       !json_object_get(run->rows, "resource-gap");
}

static void a_proven_list_is_complete(void **state)
{
	struct module_run *run = *state;

	module_fetch(run, "cluster.cluster");
	assert_true(list_is_complete(run));
	assert_string_equal(sb_json_str(module_get_row(run, "resource", "lab/qemu/101"), "name"),
			    "web");
	assert_null(json_object_get(module_get_row(run, "resource", "lab/qemu/101"), "cpu"));
	assert_non_null(module_get_row(run, "resource", "lab/lxc/200"));
	assert_non_null(module_get_row(run, "cluster-options", "lab/cluster"));
}

static void the_online_state_in_status_has_precedence_over_resources(void **state)
{
	struct module_run *run = *state;

	module_fetch(run, "cluster.cluster");
	assert_true(json_is_true(
		json_object_get(module_get_row(run, "node", "lab/node/pve1"), "online")));
	assert_true(json_is_false(
		json_object_get(module_get_row(run, "node", "lab/node/pve3"), "online")));
}

static void without_the_privilege_absence_proves_nothing(void **state)
{
	struct module_run *run = *state;

	json_object_clear(run->may);
	module_fetch(run, "cluster.cluster");
	assert_false(list_is_complete(run));
	assert_non_null(module_get_row(run, "resource", "lab/qemu/101"));
}

static void a_list_without_nodes_proves_nothing(void **state)
{
	struct module_run *run = *state;

	module_answer(run, "/cluster/resources", "[]");
	module_fetch(run, "cluster.cluster");
	assert_false(list_is_complete(run));
}

static void an_unread_list_is_unknown(void **state)
{
	struct module_run *run = *state;

	module_refuse(run, "/cluster/resources", "HTTP 502");
	module_fetch(run, "cluster.cluster");
	assert_false(list_is_complete(run));
	module_answer(run, "/cluster/resources", "{'a': 1}");
	module_fetch(run, "cluster.cluster");
	assert_false(list_is_complete(run));
}

static void a_list_without_quorum_in_status_proves_nothing(void **state)
{
	struct module_run *run = *state;

	module_answer(run, "/cluster/status",
		      "[{'type': 'cluster', 'quorate': 0}, {'type': 'node', 'name': 'pve1', "
		      "'online': 1}]");
	module_fetch(run, "cluster.cluster");
	assert_false(list_is_complete(run));
	assert_true(module_is_unknown(run, "node", ""));
}

static void a_list_without_quorum_in_ha_status_proves_nothing(void **state)
{
	struct module_run *run = *state;

	module_answer(run, "/cluster/ha/status/current", "[{'type': 'quorum', 'quorate': 0}]");
	module_fetch(run, "cluster.cluster");
	assert_false(list_is_complete(run));
	assert_true(module_is_unknown(run, "node", ""));
}

static void an_unread_ha_status_proves_nothing(void **state)
{
	struct module_run *run = *state;

	module_refuse(run, "/cluster/ha/status/current", "HTTP 403");
	module_fetch(run, "cluster.cluster");
	assert_false(list_is_complete(run));
	assert_true(module_is_unknown(run, "node", ""));
}

static void a_standalone_node_needs_no_quorum(void **state)
{
	struct module_run *run = *state;

	run->is_cluster = false;
	module_answer(run, "/cluster/status", "[{'type': 'node', 'name': 'pve1', 'online': 1}]");
	module_fetch(run, "cluster.cluster");
	assert_true(list_is_complete(run));
	assert_false(module_was_asked(run, "/cluster/ha/status/current"));
	module_diff(run);
	assert_string_equal(module_field(run, "cluster", "lab/cluster", "type"),
			    "cluster-type:proxmox-ve-standalone");
}

static void nodes_are_read_from_resources_when_status_is_unread(void **state)
{
	struct module_run *run = *state;

	module_refuse(run, "/cluster/status", "HTTP 403");
	module_fetch(run, "cluster.cluster");
	assert_false(list_is_complete(run));
	assert_true(module_is_unknown(run, "node", ""));
	assert_non_null(module_get_row(run, "node", "lab/node/pve1"));
}

static void the_cluster_has_name_type_and_site(void **state)
{
	struct module_run *run = *state;

	module_fetch(run, "cluster.cluster");
	module_diff(run);
	assert_string_equal(module_field(run, "cluster", "lab/cluster", "name"), "prod1");
	assert_string_equal(module_field(run, "cluster", "lab/cluster", "type"),
			    "cluster-type:proxmox-ve");
	assert_string_equal(module_field(run, "cluster", "lab/cluster", "scope"), "site:dc1");
}

static void the_cluster_is_named_by_the_template_of_its_endpoint(void **state)
{
	struct module_run *run = *state;

	run->cluster_name = "{cluster}-{endpoint} {cluster_slug}";
	module_fetch(run, "cluster.cluster");
	module_diff(run);
	assert_string_equal(module_field(run, "cluster", "lab/cluster", "name"), "prod1-lab prod1");
}

static void without_a_site_only_nodes_have_the_default_site(void **state)
{
	struct module_run *run = *state;

	run->site = "";
	module_fetch(run, "cluster.cluster");
	module_diff(run);
	assert_string_equal(module_field(run, "cluster", "lab/cluster", "scope"), "null");
	assert_string_equal(module_field(run, "device", "lab/node/pve1", "site"),
			    "site:proxmox-default-site-prod1");
}

static void a_node_is_a_device_with_its_online_state(void **state)
{
	struct module_run *run = *state;

	module_fetch(run, "cluster.cluster");
	module_diff(run);
	assert_string_equal(module_field(run, "device", "lab/node/pve1", "status"), "active");
	assert_string_equal(module_field(run, "device", "lab/node/pve3", "status"), "offline");
	assert_string_equal(module_field(run, "device", "lab/node/pve1", "device_type"),
			    "device-type:proxmox-ve-node");
	assert_string_equal(module_field(run, "device", "lab/node/pve1", "role"),
			    "device-role:proxmox-node");
	assert_string_equal(module_field(run, "device", "lab/node/pve1", "cluster"),
			    "cluster:lab/cluster");
	assert_string_equal(module_field(run, "device", "lab/node/pve1", "site"), "site:dc1");
}

static void the_status_of_a_node_without_online_state_is_unknown(void **state)
{
	struct module_run *run = *state;

	module_fetch(run, "cluster.cluster");
	module_row(run, "node", "lab/node/pve4", "{'name': 'pve4'}");
	module_diff(run);
	assert_non_null(strstr(module_field(run, "device", "lab/node/pve4", "status"), "!"));
}

static void a_node_whose_name_is_no_host_name_is_left_out(void **state)
{
	static const char *const names[] = {"..", ".", "a/b", "../access"};
	struct module_run *run = *state;
	char text[400];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(text, sizeof(text),
			 "[{'type': 'node', 'node': 'pve1', 'status': 'online'},"
			 " {'type': 'node', 'node': '%s', 'status': 'online'},"
			 " {'type': 'qemu', 'vmid': 101, 'node': '%s'}]",
			 names[i], names[i]);
		module_answer(run, "/cluster/resources", text);
		snprintf(text, sizeof(text),
			 "[{'type': 'cluster', 'name': 'prod1', 'nodes': 2, 'quorate': 1},"
			 " {'type': 'node', 'name': '%s', 'online': 1}]",
			 names[i]);
		module_answer(run, "/cluster/status", text);
		module_fetch(run, "cluster.cluster");
		assert_int_equal(json_object_size(json_object_get(run->rows, "node")), 1);
		assert_int_equal(json_object_size(json_object_get(run->rows, "resource")), 0);
	}
}

static void ports_have_type_state_mtu_and_description(void **state)
{
	static const char *const types[][2] = {{"vmbr0", "bridge"}, {"bond0", "lag"},
					       {"eno1", "other"},   {"vmbr0.30", "virtual"},
					       {"vmbr9", "bridge"}, {"x", "other"}};
	struct module_run *run = *state;
	char key[64];
	size_t i;

	module_fetch(run, "cluster.cluster");
	module_fetch(run, "cluster.interfaces");
	module_diff(run);
	for (i = 0; i < SB_ARRAY_LEN(types); i++) {
		snprintf(key, sizeof(key), "lab/node/pve1/%s", types[i][0]);
		assert_string_equal(module_field(run, "interface", key, "type"), types[i][1]);
		assert_string_equal(module_field(run, "interface", key, "device"),
				    "device:lab/node/pve1");
	}
	assert_string_equal(module_field(run, "interface", "lab/node/pve1/vmbr0", "enabled"),
			    "true");
	assert_string_equal(module_field(run, "interface", "lab/node/pve1/eno1", "enabled"), "");
	assert_string_equal(module_field(run, "interface", "lab/node/pve1/vmbr0", "mtu"), "9000");
	assert_string_equal(module_field(run, "interface", "lab/node/pve1/eno1", "mtu"), "null");
	assert_string_equal(module_field(run, "interface", "lab/node/pve1/vmbr0", "description"),
			    "uplink");
	assert_false(module_is_unknown(run, "node-interface", "lab/node/pve1/"));
}

static void ports_of_an_offline_node_are_unknown(void **state)
{
	struct module_run *run = *state;

	module_fetch(run, "cluster.cluster");
	module_fetch(run, "cluster.interfaces");
	assert_true(module_is_unknown(run, "node-interface", "lab/node/pve3/"));
	assert_false(module_was_asked(run, "/nodes/pve3/network"));
}

static void check_all_ports_unknown(struct module_run *run)
{
	module_fetch(run, "cluster.cluster");
	module_fetch(run, "cluster.interfaces");
	assert_true(module_is_unknown(run, "node-interface", ""));
	assert_true(module_is_unknown(run, "node-address", ""));
	assert_true(module_is_unknown(run, "node-mac", ""));
}

static void a_list_of_nodes_that_is_not_proven_proves_nothing_about_ports(void **state)
{
	struct module_run *run = *state;

	module_fetch(run, "cluster.cluster");
	module_fetch(run, "cluster.interfaces");
	assert_false(module_is_unknown(run, "node-interface", ""));
	module_answer(run, "/cluster/ha/status/current", "[{'type': 'quorum', 'quorate': 0}]");
	check_all_ports_unknown(run);
	module_answer(run, "/cluster/ha/status/current", ha);
	module_refuse(run, "/cluster/status", "HTTP 403");
	check_all_ports_unknown(run);
	module_answer(run, "/cluster/status", "[{'type': 'cluster', 'quorate': 0}]");
	check_all_ports_unknown(run);
}

static void ports_that_could_not_be_read_are_unknown(void **state)
{
	struct module_run *run = *state;

	module_refuse(run, "/nodes/pve1/network", "HTTP 595");
	module_fetch(run, "cluster.cluster");
	module_fetch(run, "cluster.interfaces");
	assert_true(module_is_unknown(run, "node-interface", "lab/node/pve1/"));
}

static void without_the_sdn_privilege_missing_bridges_prove_nothing(void **state)
{
	struct module_run *run = *state;

	json_object_del(run->may, "/sdn/zones/localnetwork SDN.Audit");
	module_fetch(run, "cluster.cluster");
	module_fetch(run, "cluster.interfaces");
	assert_true(module_is_unknown(run, "node-interface", "lab/node/pve1/"));
	assert_non_null(module_get_row(run, "node-interface", "lab/node/pve1/vmbr0"));
}

#define PVE1 "lab/node/pve1"

static void grant_audit(struct module_run *run)
{
	json_object_set_new(run->may, "/ Sys.Audit", json_integer(1));
	json_object_set_new(run->may, "/nodes/pve1 Sys.Audit", json_integer(1));
	module_answer(run, "/nodes/pve1/status",
		      "{'cpuinfo': {'model': ' AMD EPYC 7302P  16-Core Processor '},"
		      " 'pveversion': 'pve-manager/8.4.21/2606ac850d46da29'}");
	module_answer(run, "/nodes/pve1/config",
		      "{'description': 'rack 12, unit 7\\nserial on the **front**\\n'}");
}

static void diff_nodes(struct module_run *run)
{
	module_fetch(run, "cluster.cluster");
	module_fetch(run, "cluster.nodes");
	module_diff(run);
}

static void the_processor_of_a_node_is_a_custom_field_and_not_its_type(void **state)
{
	struct module_run *run = *state;
	const json_t *type;

	grant_audit(run);
	diff_nodes(run);
	assert_string_equal(module_field(run, "device", PVE1, "stagebox_cpu"),
			    "AMD EPYC 7302P 16-Core Processor");
	assert_string_equal(module_field(run, "device", PVE1, "device_type"),
			    "device-type:proxmox-ve-node");
	type = json_object_get(json_object_get(run->shared, "device-type"), "proxmox-ve-node");
	assert_string_equal(sb_json_str(type, "model"), "Proxmox VE node");
	assert_false(module_was_asked(run, "/nodes/pve3/status"));
}

static void the_platform_of_a_node_is_its_own_release(void **state)
{
	struct module_run *run = *state;
	const json_t *platform;

	grant_audit(run);
	diff_nodes(run);
	assert_string_equal(module_field(run, "device", PVE1, "platform"), "platform:proxmox-ve-8");
	platform = json_object_get(json_object_get(run->shared, "platform"), "proxmox-ve-8");
	assert_string_equal(sb_json_str(platform, "name"), "Proxmox VE 8");
	assert_string_equal(module_field(run, "device", "lab/node/pve3", "platform"), "");
	module_answer(run, "/nodes/pve1/status", "{'pveversion': 'something else'}");
	json_object_clear(run->wants);
	json_object_clear(run->shared);
	diff_nodes(run);
	assert_string_equal(module_field(run, "device", PVE1, "platform"), "");
}

static void a_type_named_after_the_processor_is_an_option(void **state)
{
	struct module_run *run = *state;

	grant_audit(run);
	json_object_set_new(run->opts, "device_type", json_string("cpu"));
	diff_nodes(run);
	assert_string_equal(module_field(run, "device", PVE1, "device_type"),
			    "device-type:amd-epyc-7302p-16-core-processor");
}

static void an_existing_device_keeps_its_type_until_netbox_can_hold_the_processor(void **state)
{
	struct module_run *run = *state;

	grant_audit(run);
	module_object(run, "device", PVE1, "{}");
	run->no_custom_fields = true;
	diff_nodes(run);
	assert_string_equal(module_field(run, "device", PVE1, "device_type"), "");
	run->no_custom_fields = false;
	json_object_clear(run->wants);
	json_object_clear(run->shared);
	diff_nodes(run);
	assert_string_equal(module_field(run, "device", PVE1, "device_type"),
			    "device-type:proxmox-ve-node");
}

static void another_value_of_the_option_fails(void **state)
{
	struct module_run *run = *state;
	struct sb_error err = SB_ERROR_INIT;

	json_object_set_new(run->opts, "device_type", json_string("gpu"));
	assert_int_equal(module_try_fetch(run, "cluster.nodes", &err), SB_E_CONFIG);
	assert_non_null(strstr(err.text, "gpu"));
}

static void without_the_processor_a_device_keeps_its_type(void **state)
{
	struct module_run *run = *state;

	json_object_set_new(run->opts, "device_type", json_string("cpu"));
	diff_nodes(run);
	assert_false(module_was_asked(run, "/nodes/pve1/status"));
	assert_string_equal(module_field(run, "device", PVE1, "device_type"),
			    "device-type:proxmox-ve-node");
	assert_string_equal(module_field(run, "device", PVE1, "description"), "");
	module_object(run, "device", PVE1, "{}");
	json_object_clear(run->wants);
	json_object_clear(run->shared);
	diff_nodes(run);
	assert_string_equal(module_field(run, "device", PVE1, "device_type"), "");
}

static void notes_of_a_node_are_description_and_comments(void **state)
{
	struct module_run *run = *state;

	grant_audit(run);
	diff_nodes(run);
	assert_string_equal(module_field(run, "device", PVE1, "description"), "rack 12, unit 7");
	assert_string_equal(module_field(run, "device", PVE1, "comments"),
			    "rack 12, unit 7\nserial on the **front**");
	assert_string_equal(module_field(run, "device", "lab/node/pve3", "description"), "");
}

static void unread_notes_are_unknown(void **state)
{
	struct module_run *run = *state;

	grant_audit(run);
	module_refuse(run, "/nodes/pve1/config", "HTTP 595");
	diff_nodes(run);
	assert_non_null(strstr(module_field(run, "device", PVE1, "comments"), "HTTP 595"));
	assert_string_equal(module_field(run, "device", PVE1, "description"), "");
}

static void notes_above_the_limit_of_proxmox_ve_are_unknown(void **state)
{
	struct module_run *run = *state;
	char notes[65540], answer[65600];

	grant_audit(run);
	memset(notes, 'x', sizeof(notes));
	notes[sizeof(notes) - 1] = '\0';
	snprintf(answer, sizeof(answer), "{'description': '%s'}", notes);
	module_answer(run, "/nodes/pve1/config", answer);
	diff_nodes(run);
	assert_non_null(strstr(module_field(run, "device", PVE1, "comments"), "65536 characters"));
	assert_string_equal(module_field(run, "device", "lab/node/pve3", "description"), "");
}

static void a_device_is_named_by_the_template(void **state)
{
	struct module_run *run = *state;

	run->name = "Prod 1";
	run->device_name = "{endpoint}/{cluster}/{cluster_slug}-{node}!";
	diff_nodes(run);
	assert_string_equal(module_field(run, "device", PVE1, "name"), "lab/Prod 1/prod-1-pve1!");
}

static void two_nodes_never_get_the_same_name(void **state)
{
	struct module_run *run = *state;
	struct sb_error err = SB_ERROR_INIT;

	module_answer(
		run, "/cluster/status",
		"[{'type': 'cluster', 'name': 'prod1', 'quorate': 1},"
		" {'type': 'node', 'name': 'pve1', 'online': 1}, {'type': 'node', 'name': 'PVE1', "
		"'online': 1}]");
	module_fetch(run, "cluster.cluster");
	assert_int_equal(module_try_diff(run, "cluster.nodes", &err), SB_E_CONFLICT);
	assert_non_null(strstr(err.text, "device_name"));
	assert_int_equal(json_object_size(json_object_get(run->wants, "device")), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_proven_list_is_complete),
		TEST(the_online_state_in_status_has_precedence_over_resources),
		TEST(without_the_privilege_absence_proves_nothing),
		TEST(a_list_without_nodes_proves_nothing),
		TEST(an_unread_list_is_unknown),
		TEST(a_list_without_quorum_in_status_proves_nothing),
		TEST(a_list_without_quorum_in_ha_status_proves_nothing),
		TEST(an_unread_ha_status_proves_nothing),
		TEST(a_standalone_node_needs_no_quorum),
		TEST(nodes_are_read_from_resources_when_status_is_unread),
		TEST(the_cluster_has_name_type_and_site),
		TEST(the_cluster_is_named_by_the_template_of_its_endpoint),
		TEST(without_a_site_only_nodes_have_the_default_site),
		TEST(a_node_is_a_device_with_its_online_state),
		TEST(the_status_of_a_node_without_online_state_is_unknown),
		TEST(a_node_whose_name_is_no_host_name_is_left_out),
		TEST(ports_have_type_state_mtu_and_description),
		TEST(ports_of_an_offline_node_are_unknown),
		TEST(a_list_of_nodes_that_is_not_proven_proves_nothing_about_ports),
		TEST(ports_that_could_not_be_read_are_unknown),
		TEST(without_the_sdn_privilege_missing_bridges_prove_nothing),
		TEST(the_processor_of_a_node_is_a_custom_field_and_not_its_type),
		TEST(a_type_named_after_the_processor_is_an_option),
		TEST(an_existing_device_keeps_its_type_until_netbox_can_hold_the_processor),
		TEST(the_platform_of_a_node_is_its_own_release),
		TEST(another_value_of_the_option_fails),
		TEST(without_the_processor_a_device_keeps_its_type),
		TEST(notes_of_a_node_are_description_and_comments),
		TEST(unread_notes_are_unknown),
		TEST(notes_above_the_limit_of_proxmox_ve_are_unknown),
		TEST(a_device_is_named_by_the_template),
		TEST(two_nodes_never_get_the_same_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
