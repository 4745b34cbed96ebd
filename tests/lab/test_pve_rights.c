/* SPDX-License-Identifier: Apache-2.0 */
/* A token that lacks a privilege reads less: each path of the lab answers it like Proxmox VE. */
#include "test_pve.h"

static void revoke_privilege(struct lab *lab, const char *privilege)
{
	const char *why = NULL;

	if (lab_pve_grant(lab->pve, privilege, false, &why) < 0)
		fail_msg("%s: %s", privilege, why);
}

static void grant_privilege(struct lab *lab, const char *privilege)
{
	const char *why = NULL;

	assert_int_equal(lab_pve_grant(lab->pve, privilege, true, &why), 0);
}

static void assert_reason(struct lab *lab, const char *path, const char *reason)
{
	if (status_of(lab, path) != 403 || !sb_streq(lab->answer.reason, reason))
		fail_msg("%s: %d %s, not 403 %s", path, lab->answer.status, lab->answer.reason,
			 reason);
}

static void assert_empty(struct lab *lab, const char *path)
{
	json_t *data = get_data(lab, path);

	if (lab->answer.status != 200 || !json_is_array(data) || json_array_size(data))
		fail_msg("%s: %d with %zu rows", path, lab->answer.status, json_array_size(data));
}

static void without_sys_audit_the_cluster_is_refused_and_nodes_have_no_figures(void **state)
{
	static const char *const of_cluster[] = {
		"/cluster/status",
		"/cluster/backup",
		"/cluster/ha/status/current",
		"/cluster/ha/resources",
		"/cluster/ha/rules",
		"/cluster/ha/groups",
		"/nodes/pve1/config",
		"/cluster/ha/rules/apart",
		"/cluster/ha/status/manager_status",
	};
	struct lab *lab = *state;
	json_t *row;

	revoke_privilege(lab, "Sys.Audit");
	for (size_t i = 0; i < SB_ARRAY_LEN(of_cluster); i++)
		assert_reason(lab, of_cluster[i], "Permission check failed (/, Sys.Audit)");
	assert_reason(lab, "/nodes/pve1/status",
		      "Permission check failed (/nodes/pve1, Sys.Audit)");
	assert_reason(lab, "/nodes/pve2/dns", "Permission check failed (/nodes/pve2, Sys.Audit)");
	assert_reason(lab, "/nodes/pve1/time", "Permission check failed (/nodes/pve1, Sys.Audit)");
	assert_empty(lab, "/cluster/tasks");
	assert_empty(lab, "/access/acl");
	row = row_with(get_data(lab, "/nodes"), "node", "pve1");
	assert_string_equal(member_text(row, "status"), "online");
	assert_string_equal(member_text(row, "level"), "");
	assert_null(json_object_get(row, "maxcpu"));
	row = row_with(get_data(lab, "/cluster/resources?type=node"), "node", "pve1");
	assert_null(json_object_get(row, "maxmem"));
	assert_null(json_object_get(row, "cgroup-mode"));
	assert_string_equal(member_text(row, "hastate"), "online");
	row = get_data(lab, "/cluster/options");
	assert_non_null(json_object_get(row, "allowed-tags"));
	assert_null(json_object_get(row, "migration"));
	assert_int_equal(status_of(lab, "/nodes/pve1/network"), 200);
	assert_int_equal(status_of(lab, "/nodes/pve1/qemu/101/config"), 200);
	grant_privilege(lab, "Sys.Audit");
	assert_int_equal(status_of(lab, "/cluster/status"), 200);
}

static void without_pool_audit_pools_are_hidden_but_for_those_that_are_named(void **state)
{
	struct lab *lab = *state;
	json_t *list, *row;

	assert_int_equal(status_of(lab, "/pools/prod"), 200);
	revoke_privilege(lab, "Pool.Audit");
	assert_empty(lab, "/pools");
	assert_reason(lab, "/pools/prod", "Permission check failed (/pool/prod, Pool.Audit)");
	list = get_data(lab, "/pools?poolid=prod");
	assert_int_equal(json_array_size(list), 1);
	assert_true(json_array_size(json_object_get(json_array_get(list, 0), "members")) > 0);
	list = get_data(lab, "/cluster/resources");
	assert_null(row_with(list, "type", "pool"));
	row = row_with(list, "id", "qemu/101");
	assert_non_null(row);
	assert_null(json_object_get(row, "pool"));
}

static void without_datastore_audit_there_are_no_storages(void **state)
{
	struct lab *lab = *state;

	revoke_privilege(lab, "Datastore.Audit");
	assert_empty(lab, "/storage");
	assert_empty(lab, "/nodes/pve1/storage");
	assert_null(row_with(get_data(lab, "/cluster/resources"), "type", "storage"));
}

static void without_sdn_audit_there_are_no_zones_and_bridges(void **state)
{
	struct lab *lab = *state;
	json_t *list;

	revoke_privilege(lab, "SDN.Audit");
	assert_empty(lab, "/cluster/sdn/zones");
	assert_null(row_with(get_data(lab, "/cluster/resources"), "type", "network"));
	list = get_data(lab, "/nodes/pve1/network");
	assert_null(row_with(list, "type", "bridge"));
	assert_non_null(row_with(list, "type", "eth"));
}

static void without_vm_audit_there_are_no_guests(void **state)
{
	struct lab *lab = *state;

	revoke_privilege(lab, "VM.Audit");
	assert_empty(lab, "/cluster/resources?type=vm");
	assert_empty(lab, "/nodes/pve1/qemu");
	assert_empty(lab, "/cluster/replication");
	assert_reason(lab, "/nodes/pve1/qemu/101/config",
		      "Permission check failed (/vms/101, VM.Audit)");
	/* The agent has a privilege of its own. */
	assert_int_equal(status_of(lab, "/nodes/pve1/qemu/101/agent/get-osinfo"), 200);
	revoke_privilege(lab, "VM.GuestAgent.Audit");
	assert_reason(lab, "/nodes/pve1/qemu/101/agent/get-osinfo",
		      "Permission check failed (/vms/101, "
		      "VM.GuestAgent.Audit|VM.GuestAgent.Unrestricted)");
}

static void paths_without_a_privilege_are_not_listed(void **state)
{
	static const char *const all[] = {"Sys.Audit",          "Datastore.Audit", "SDN.Audit",
					  "Pool.Audit",         "Mapping.Audit",   "VM.Audit",
					  "VM.GuestAgent.Audit"};
	struct lab *lab = *state;
	json_t *data;

	for (size_t i = 0; i < SB_ARRAY_LEN(all); i++) {
		assert_non_null(json_object_get(
			json_object_get(get_data(lab, "/access/permissions"), "/"), all[i]));
		revoke_privilege(lab, all[i]);
	}
	assert_int_equal(json_object_size(get_data(lab, "/access/permissions")), 0);
	data = get_data(lab, "/access/permissions?path=/vms");
	assert_int_equal(json_object_size(json_object_get(data, "/vms")), 0);
	assert_non_null(json_object_get(data, "/vms"));
	grant_privilege(lab, "VM.Snapshot");
	assert_non_null(json_object_get(
		json_object_get(get_data(lab, "/access/permissions"), "/vms"), "VM.Snapshot"));
}

static void a_privilege_of_another_release_is_refused(void **state)
{
	struct lab *lab = *state;
	const char *why = NULL;

	assert_int_equal(lab_pve_grant(lab->pve, "VM.Monitor", true, &why), -1);
	assert_string_equal(why, "not a privilege of Proxmox VE 9");
	assert_int_equal(lab_pve_grant(lab->pve, "VM.Nonsense", false, &why), -1);
}

static void a_privilege_of_release_9_is_refused_by_8(void **state)
{
	struct lab *lab = *state;
	const char *why = NULL;

	assert_int_equal(lab_pve_grant(lab->pve, "VM.GuestAgent.Audit", true, &why), -1);
	assert_string_equal(why, "not a privilege of Proxmox VE 8");
	assert_int_equal(lab_pve_grant(lab->pve, "VM.Monitor", true, &why), 0);
	assert_int_equal(status_of(lab, "/nodes/pve1/qemu/101/agent/get-osinfo"), 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON(start_cluster,
		   without_sys_audit_the_cluster_is_refused_and_nodes_have_no_figures),
		ON(start_cluster, without_pool_audit_pools_are_hidden_but_for_those_that_are_named),
		ON(start_cluster, without_datastore_audit_there_are_no_storages),
		ON(start_cluster, without_sdn_audit_there_are_no_zones_and_bridges),
		ON(start_cluster, without_vm_audit_there_are_no_guests),
		ON(start_cluster, paths_without_a_privilege_are_not_listed),
		ON(start_cluster, a_privilege_of_another_release_is_refused),
		ON(start_cluster_8, a_privilege_of_release_9_is_refused_by_8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
