/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated Proxmox VE answers and refuses like a real one. */
#include "test_pve.h"

static void a_cluster_names_itself_and_its_nodes(void **state)
{
	json_t *list = get_data(*state, "/cluster/status"),
	       *row = row_with(list, "type", "cluster");

	assert_int_equal(json_array_size(list), 4);
	assert_string_equal(member_text(row, "name"), "lab");
	assert_int_equal(json_integer_value(json_object_get(row, "quorate")), 1);
	assert_non_null(row_with(list, "name", "pve3"));
}

static void a_standalone_node_has_only_its_own_row(void **state)
{
	json_t *list = get_data(*state, "/cluster/status");
	json_t *row = json_array_get(list, 0);

	assert_int_equal(json_array_size(list), 1);
	assert_string_equal(member_text(row, "type"), "node");
	assert_int_equal(json_integer_value(json_object_get(row, "nodeid")), 0);
}

static void memory_of_a_vm_is_text_and_of_a_container_a_number(void **state)
{
	assert_true(json_is_string(
		json_object_get(get_data(*state, "/nodes/pve1/qemu/101/config"), "memory")));
	assert_true(json_is_integer(
		json_object_get(get_data(*state, "/nodes/pve2/lxc/102/config"), "memory")));
}

static void every_resource_row_of_a_guest_has_its_config(void **state)
{
	struct lab *lab = *state;
	json_t *list = json_incref(get_data(lab, "/cluster/resources?type=vm")), *row;
	size_t i, containers = 0;

	assert_int_equal(json_array_size(list), 40);
	json_array_foreach (list, i, row) {
		char path[64];
		json_t *config;

		snprintf(path, sizeof(path), "/nodes/%s/%s/config", member_text(row, "node"),
			 member_text(row, "id"));
		config = get_data(lab, path);
		assert_int_equal(strlen(member_text(config, "digest")), 40);
		containers += sb_streq(member_text(row, "type"), "lxc");
		assert_true(sb_streq(member_text(row, "type"), "lxc") ||
			    member_text(config, "smbios1"));
		/* Absent when unset, never "". */
		assert_true(!member_text(row, "tags") || *member_text(row, "tags"));
		assert_true(!member_text(row, "lock") || *member_text(row, "lock"));
	}
	assert_int_equal(containers, 16);
	json_decref(list);
}

static void resources_list_every_type(void **state)
{
	json_t *list = get_data(*state, "/cluster/resources");
	static const char *const kinds[] = {"qemu", "lxc", "node", "storage", "pool", "network"};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		assert_non_null(row_with(list, "type", kinds[i]));
}

static void version_8_has_other_rows_and_other_paths(void **state)
{
	struct lab *lab = *state;
	json_t *list = get_data(lab, "/cluster/resources");

	assert_non_null(row_with(list, "type", "sdn"));
	assert_null(row_with(list, "type", "network"));
	assert_null(json_object_get(row_with(list, "id", "qemu/101"), "memhost"));
	assert_int_equal(status_of(lab, "/cluster/ha/rules"), 501);
	assert_int_equal(status_of(lab, "/cluster/ha/groups"), 200);
	assert_string_equal(member_text(get_data(lab, "/version"), "release"), "8.4");
	assert_int_equal(status_of(lab, "/nodes/pve1/qemu/101/agent/get-osinfo"), 403);
	assert_string_equal(lab->answer.reason, "Permission check failed (/vms/101, VM.Monitor)");
}

static void groups_of_version_9_have_become_rules(void **state)
{
	struct lab *lab = *state;

	assert_int_equal(status_of(lab, "/cluster/ha/groups"), 500);
	assert_string_equal(lab->answer.reason,
			    "cannot index groups: ha groups have been migrated to rules");
	assert_int_equal(status_of(lab, "/cluster/ha/rules"), 200);
}

static void a_missing_guest_is_an_error_of_the_server(void **state)
{
	struct lab *lab = *state;

	assert_int_equal(status_of(lab, "/nodes/pve1/qemu/999/config"), 500);
	assert_string_equal(lab->answer.reason,
			    "Configuration file 'nodes/pve1/qemu-server/999.conf' does not exist");
	assert_string_equal(
		member_text(lab->answer.json, "message"),
		"Configuration file 'nodes/pve1/qemu-server/999.conf' does not exist\n");
	/* A guest of another node is also missing. */
	assert_int_equal(status_of(lab, "/nodes/pve2/qemu/101/config"), 500);
}

static void an_unknown_path_is_not_implemented(void **state)
{
	struct lab *lab = *state;
	struct lab_request head = {.method = "HEAD", .authorization = "PVEAPIToken=" TOKEN};
	struct lab_request body = {
		.authorization = "PVEAPIToken=" TOKEN, .body = "a=1", .body_len = 3};

	assert_int_equal(status_of(lab, "/nope"), 501);
	assert_string_equal(lab->answer.reason, "Method 'GET /nope' not implemented");
	ask_lab(lab, &head, "/version");
	assert_int_equal(lab->answer.status, 501);
	ask_lab(lab, &body, "/version");
	assert_int_equal(lab->answer.status, 501);
	assert_null(lab->answer.json);
}

static void unknown_and_wrong_parameters_are_refused_by_name(void **state)
{
	struct lab *lab = *state;
	json_t *errors;

	assert_int_equal(status_of(lab, "/cluster/resources?type=network&foo=1"), 400);
	errors = json_object_get(lab->answer.json, "errors");
	assert_non_null(member_text(errors, "type"));
	assert_non_null(member_text(errors, "foo"));
	assert_int_equal(status_of(lab, "/version?_dc=1"), 200);
	assert_int_equal(status_of(lab, "/nodes/pve1/qemu/99/config"), 400);
	assert_int_equal(status_of(lab, "/nodes/pve1/qemu/101/config?current=yes"), 400);
}

static void the_next_id_shows_which_guests_exist(void **state)
{
	struct lab *lab = *state;

	assert_string_equal(json_string_value(get_data(lab, "/cluster/nextid")), "100");
	assert_int_equal(status_of(lab, "/cluster/nextid?vmid=101"), 400);
	assert_string_equal(member_text(json_object_get(lab->answer.json, "errors"), "vmid"),
			    "VM 101 already exists");
	assert_string_equal(json_string_value(get_data(lab, "/cluster/nextid?vmid=999")), "999");
}

static void a_bad_token_is_refused_late_and_without_a_body(void **state)
{
	struct lab *lab = *state;
	struct lab_request none = {0}, bad = {.authorization = "PVEAPIToken=sync@pve!aud=x"};

	ask_lab(lab, &none, "/version");
	assert_int_equal(lab->answer.status, 401);
	assert_string_equal(lab->answer.reason, "No ticket");
	assert_int_equal(lab->answer.delay_ms, 3000);
	assert_null(lab->answer.json);
	ask_lab(lab, &bad, "/version");
	assert_int_equal(lab->answer.status, 401);
	assert_string_equal(lab->answer.reason, "Authentication failed!");
	assert_int_equal(lab_pve_fault(lab->pve, "token-expired", NULL, true), 0);
	assert_int_equal(status_of(lab, "/version"), 401);
	assert_int_equal(lab_pve_fault(lab->pve, "token-expired", NULL, false), 0);
	assert_int_equal(status_of(lab, "/version"), 200);
}

static void a_ticket_reads_and_may_not_write(void **state)
{
	struct lab *lab = *state;
	struct lab_request login = {.method = "POST",
				    .body = "username=sync%40pve&password=stagebox-lab"};
	struct lab_request read = {0}, write = {.method = "POST"};
	char cookie[256], csrf[128];

	ask_lab(lab, &login, "/access/ticket");
	assert_int_equal(lab->answer.status, 200);

	json_t *data = json_object_get(lab->answer.json, "data");

	snprintf(cookie, sizeof(cookie), "PVEAuthCookie=%s", member_text(data, "ticket"));
	snprintf(csrf, sizeof(csrf), "%s", member_text(data, "CSRFPreventionToken"));
	read.cookie = write.cookie = cookie;
	ask_lab(lab, &read, "/version");
	assert_int_equal(lab->answer.status, 200);
	ask_lab(lab, &write, "/nodes/pve1/qemu/101/status/start");
	assert_int_equal(lab->answer.status, 401);
	write.csrf = csrf;
	ask_lab(lab, &write, "/nodes/pve1/qemu/101/status/start");
	assert_int_equal(lab->answer.status, 403);
	assert_string_equal(lab->answer.reason, "Permission check failed (/vms/101, VM.PowerMgmt)");
	login.body = "username=sync%40pve&password=wrong";
	ask_lab(lab, &login, "/access/ticket");
	assert_int_equal(lab->answer.status, 401);
	assert_non_null(lab->answer.json);
}

static void the_agent_shows_lower_case_addresses_and_its_loopback(void **state)
{
	struct lab *lab = *state;
	json_t *list = json_object_get(
		get_data(lab, "/nodes/pve1/qemu/101/agent/network-get-interfaces"), "result");
	json_t *nic = json_array_get(list, 1);
	json_t *address = json_array_get(json_object_get(nic, "ip-addresses"), 0);

	assert_non_null(row_with(list, "name", "lo"));
	assert_non_null(row_with(list, "name", "docker0"));
	assert_int_equal(strspn(member_text(nic, "hardware-address"), "0123456789abcdef:"), 17);
	assert_true(json_is_integer(json_object_get(address, "prefix")));
	assert_string_equal(member_text(address, "ip-address-type"), "ipv4");
}

static void containers_send_prefixes_as_text_and_null_when_stopped(void **state)
{
	struct lab *lab = *state;
	json_t *list = get_data(lab, "/nodes/pve2/lxc/102/interfaces");
	json_t *address =
		json_array_get(json_object_get(row_with(list, "name", "eth0"), "ip-addresses"), 0);

	assert_true(json_is_string(json_object_get(address, "prefix")));
	assert_string_equal(member_text(address, "ip-address-type"), "inet");
	set_field(lab, "lab/lxc/102", "status", "stopped");
	assert_true(json_is_null(get_data(lab, "/nodes/pve2/lxc/102/interfaces")));
	assert_int_equal(lab->answer.status, 200);
	assert_true(json_is_null(get_data(lab, "/nodes/pve2/lxc/999/interfaces")));
}

static void an_agent_is_missing_in_four_ways(void **state)
{
	struct lab *lab = *state;
	static const char path[] = "/nodes/pve1/qemu/101/agent/network-get-interfaces";

	assert_int_equal(lab_pve_fault(lab->pve, "agent-hang", "101", true), 0);
	assert_int_equal(status_of(lab, path), 500);
	assert_string_equal(
		lab->answer.reason,
		"VM 101 qga command 'guest-network-get-interfaces' failed - got timeout");
	assert_int_equal(lab->answer.delay_ms, 8000);
	assert_int_equal(lab_pve_fault(lab->pve, "agent-hang", NULL, false), 0);
	set_field(lab, "lab/qemu/101", "agent-runs", "0");
	status_of(lab, path);
	assert_string_equal(lab->answer.reason, "QEMU guest agent is not running");
	set_field(lab, "lab/qemu/101", "status", "stopped");
	status_of(lab, path);
	assert_string_equal(lab->answer.reason, "VM 101 is not running");
	set_field(lab, "lab/qemu/101", "agent", "");
	status_of(lab, path);
	assert_string_equal(lab->answer.reason, "No QEMU guest agent configured");
}

static void an_offline_node_removes_names_but_no_rows(void **state)
{
	struct lab *lab = *state;
	json_t *row;

	assert_int_equal(lab_pve_fault(lab->pve, "node-offline", "pve2", true), 0);
	row = row_with(get_data(lab, "/cluster/status"), "name", "pve2");
	assert_int_equal(json_integer_value(json_object_get(row, "online")), 0);
	row = row_with(get_data(lab, "/cluster/resources?type=vm"), "id", "lxc/102");
	assert_string_equal(member_text(row, "status"), "unknown");
	assert_null(json_object_get(row, "name"));
	assert_null(json_object_get(row, "template"));
	assert_int_equal(status_of(lab, "/nodes/pve2/lxc/102/config"), 595);
	assert_null(lab->answer.json);
	assert_int_equal(lab_pve_fault(lab->pve, "node-offline", "nosuch", true), -1);
	assert_int_equal(lab_pve_fault(lab->pve, "node-offline", NULL, false), 0);
	assert_int_equal(status_of(lab, "/nodes/pve2/lxc/102/config"), 200);
}

static void a_missing_privilege_hides_guests_without_an_error(void **state)
{
	struct lab *lab = *state;
	json_t *vms;

	assert_int_equal(lab_pve_fault(lab->pve, "permission-filter", NULL, true), 0);
	assert_int_equal(json_array_size(get_data(lab, "/cluster/resources?type=vm")), 0);
	assert_int_equal(lab->answer.status, 200);
	assert_int_equal(json_array_size(get_data(lab, "/nodes/pve1/qemu")), 0);
	vms = json_object_get(get_data(lab, "/access/permissions?path=/vms"), "/vms");
	assert_null(json_object_get(vms, "VM.Audit"));
	assert_non_null(json_object_get(vms, "Sys.Audit"));
	assert_int_equal(status_of(lab, "/nodes/pve1/qemu/101/config"), 403);
	/* This is the only call that still reports the guest. */
	assert_int_equal(status_of(lab, "/cluster/nextid?vmid=101"), 400);
}

static void empty_resources_are_empty(void **state)
{
	struct lab *lab = *state;

	assert_int_equal(lab_pve_fault(lab->pve, "empty-resources", NULL, true), 0);
	assert_int_equal(json_array_size(get_data(lab, "/cluster/resources")), 0);
	assert_int_equal(lab->answer.status, 200);
	assert_int_equal(lab_pve_fault(lab->pve, "short-page", NULL, true), -1);
}

static void every_listed_fault_can_be_switched_on(void **state)
{
	struct lab *lab = *state;
	size_t n = 0;

	for (const char *const *fault = lab_pve_faults; *fault; fault++, n++) {
		const char *arg = strstr(*fault, "VMID")   ? "101"
				  : strstr(*fault, "NODE") ? "pve2"
							   : NULL;
		char kind[40];

		snprintf(kind, sizeof(kind), "%.*s", (int)strcspn(*fault, " "), *fault);
		if (lab_pve_fault(lab->pve, kind, arg, true) < 0)
			fail_msg("%s is not known", *fault);
		assert_int_equal(lab_pve_fault(lab->pve, kind, arg, false), 0);
	}
	assert_true(n > 15);
	assert_int_equal(status_of(lab, "/cluster/status"), 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON(start_cluster, a_cluster_names_itself_and_its_nodes),
		ON(start_edge, a_standalone_node_has_only_its_own_row),
		ON(start_cluster, memory_of_a_vm_is_text_and_of_a_container_a_number),
		ON(start_cluster, every_resource_row_of_a_guest_has_its_config),
		ON(start_cluster, resources_list_every_type),
		ON(start_cluster_8, version_8_has_other_rows_and_other_paths),
		ON(start_cluster, groups_of_version_9_have_become_rules),
		ON(start_cluster, a_missing_guest_is_an_error_of_the_server),
		ON(start_cluster, an_unknown_path_is_not_implemented),
		ON(start_cluster, unknown_and_wrong_parameters_are_refused_by_name),
		ON(start_cluster, the_next_id_shows_which_guests_exist),
		ON(start_cluster, a_bad_token_is_refused_late_and_without_a_body),
		ON(start_cluster, a_ticket_reads_and_may_not_write),
		ON(start_cluster, the_agent_shows_lower_case_addresses_and_its_loopback),
		ON(start_cluster, containers_send_prefixes_as_text_and_null_when_stopped),
		ON(start_cluster, an_agent_is_missing_in_four_ways),
		ON(start_cluster, an_offline_node_removes_names_but_no_rows),
		ON(start_cluster, a_missing_privilege_hides_guests_without_an_error),
		ON(start_cluster, empty_resources_are_empty),
		ON(start_cluster, every_listed_fault_can_be_switched_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
