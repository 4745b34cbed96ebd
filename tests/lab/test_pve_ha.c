/* SPDX-License-Identifier: Apache-2.0 */
/* High availability: resources, rules and groups by hand, and their answers. */
#include "test_pve.h"

static void make_key(struct lab *lab, const char *key)
{
	const char *why = "";

	if (lab_pve_add(lab->pve, key, &why) < 0)
		fail_msg("%s: %s", key, why);
}

static void remove_key(struct lab *lab, const char *key)
{
	const char *why = "";

	if (lab_pve_rm(lab->pve, key, &why) < 0)
		fail_msg("%s: %s", key, why);
}

static json_int_t number_of(json_t *row, const char *key)
{
	assert_true(json_is_integer(json_object_get(row, key)));
	return json_integer_value(json_object_get(row, key));
}

static void a_new_resource_is_started_with_the_defaults_of_its_status(void **state)
{
	struct lab *lab = *state;
	json_t *row;

	assert_int_equal(status_of(lab, "/cluster/ha/resources/vm:103"), 500);
	assert_string_equal(lab->answer.reason, "no such resource 'vm:103'");
	make_key(lab, "lab/ha/vm:103");
	row = get_data(lab, "/cluster/ha/resources/vm:103");
	assert_string_equal(member_text(row, "type"), "vm");
	assert_null(json_object_get(row, "state"));
	assert_null(json_object_get(row, "max_restart"));
	row = row_with(get_data(lab, "/cluster/ha/status/current"), "sid", "vm:103");
	assert_int_equal(number_of(row, "max_restart"), 1);
	assert_int_equal(number_of(row, "failback"), 1);
	assert_string_equal(member_text(row, "request_state"), "started");
	row = row_with(get_data(lab, "/cluster/resources?type=vm"), "id", "qemu/103");
	assert_string_equal(member_text(row, "hastate"), "started");
}

static void what_a_resource_sets_is_in_its_row_and_in_its_status(void **state)
{
	struct lab *lab = *state;
	json_t *row;

	make_key(lab, "lab/ha/vm:103");
	set_field(lab, "lab/ha/vm:103", "state", "stopped");
	set_field(lab, "lab/ha/vm:103", "max_restart", "0");
	set_field(lab, "lab/ha/vm:103", "max_relocate", "2");
	set_field(lab, "lab/ha/vm:103", "failback", "0");
	set_field(lab, "lab/ha/vm:103", "comment", "main web");
	row = get_data(lab, "/cluster/ha/resources/vm:103");
	assert_string_equal(member_text(row, "state"), "stopped");
	assert_int_equal(number_of(row, "max_restart"), 0);
	assert_int_equal(number_of(row, "failback"), 0);
	row = row_with(get_data(lab, "/cluster/ha/status/current"), "sid", "vm:103");
	assert_int_equal(number_of(row, "max_restart"), 0);
	assert_int_equal(number_of(row, "max_relocate"), 2);
	assert_string_equal(member_text(row, "comment"), "main web");
	set_field(lab, "lab/ha/vm:103", "max_restart", "");
	row = get_data(lab, "/cluster/ha/resources/vm:103");
	assert_null(json_object_get(row, "max_restart"));
	assert_refused(lab, "lab/ha/vm:103", "max_restart", "many");
	assert_refused(lab, "lab/ha/vm:103", "state", "nonsense");
	assert_refused(lab, "lab/ha/vm:103", "group", "g1");
	assert_refused(lab, "lab/ha/vm:104", "comment", "not managed");
}

static void resources_are_refused_like_proxmox_ve_does(void **state)
{
	struct lab *lab = *state;

	make_key(lab, "lab/ha/vm:103");
	refuse_add(lab, "lab/ha/vm:103", "resource ID 'vm:103' already defined");
	refuse_add(lab, "lab/ha/vm:9999", "resource 'vm:9999' does not exist in cluster");
	refuse_add(lab, "lab/ha/ct:103", "resource 'ct:103' does not exist in cluster");
	remove_key(lab, "lab/ha/vm:103");
	refuse_rm(lab, "lab/ha/vm:103", "cannot delete service 'vm:103', not HA managed!");
	assert_null(json_object_get(
		row_with(get_data(lab, "/cluster/resources?type=vm"), "id", "qemu/103"),
		"hastate"));
}

static void a_rule_names_managed_guests_and_loses_those_that_end(void **state)
{
	struct lab *lab = *state;
	json_t *row;

	make_key(lab, "lab/ha/vm:103");
	make_key(lab, "lab/ha/vm:104");
	make_key(lab, "lab/ha-rule/keep");
	set_field(lab, "lab/ha-rule/keep", "type", "resource-affinity");
	set_field(lab, "lab/ha-rule/keep", "affinity", "positive");
	set_field(lab, "lab/ha-rule/keep", "resources", "vm:104,vm:103");
	row = get_data(lab, "/cluster/ha/rules/keep");
	assert_string_equal(member_text(row, "resources"), "vm:103,vm:104");
	assert_null(json_object_get(row, "errors"));
	assert_int_equal(json_array_size(get_data(lab, "/cluster/ha/rules?resource=vm:103")), 1);
	remove_key(lab, "lab/ha/vm:103");
	row = get_data(lab, "/cluster/ha/rules/keep");
	assert_string_equal(member_text(row, "resources"), "vm:104");
	assert_string_equal(
		json_string_value(json_array_get(
			json_object_get(json_object_get(row, "errors"), "resources"), 0)),
		"rule is ineffective as there are less than two resources");
	remove_key(lab, "lab/qemu/104");
	assert_int_equal(status_of(lab, "/cluster/ha/rules/keep"), 500);
	assert_string_equal(lab->answer.reason, "no such ha rule 'keep'");
}

static void values_of_rules_are_checked(void **state)
{
	struct lab *lab = *state;
	json_t *row;

	make_key(lab, "lab/ha-rule/r");
	set_field(lab, "lab/ha-rule/r", "nodes", "pve1:2,pve2");
	set_field(lab, "lab/ha-rule/r", "strict", "1");
	set_field(lab, "lab/ha-rule/r", "disable", "1");
	row = get_data(lab, "/cluster/ha/rules/r");
	assert_string_equal(member_text(row, "nodes"), "pve1:2,pve2");
	assert_int_equal(number_of(row, "disable"), 1);
	set_field(lab, "lab/ha-rule/r", "disable", "0");
	assert_null(json_object_get(get_data(lab, "/cluster/ha/rules/r"), "disable"));
	assert_refused(lab, "lab/ha-rule/r", "nodes", "pve9");
	assert_refused(lab, "lab/ha-rule/r", "nodes", "pve1:x");
	assert_refused(lab, "lab/ha-rule/r", "type", "magic");
	assert_refused(lab, "lab/ha-rule/r", "resources", "vm:8888");
	assert_refused(lab, "lab/ha-rule/none", "comment", "x");
	remove_key(lab, "lab/ha-rule/r");
	assert_int_equal(status_of(lab, "/cluster/ha/rules/r"), 500);
}

static void groups_belong_to_release_8(void **state)
{
	struct lab *lab = *state;
	const char *why = NULL;
	json_t *row;

	make_key(lab, "lab/ha-group/g1");
	set_field(lab, "lab/ha-group/g1", "nodes", "pve2:2,pve1");
	set_field(lab, "lab/ha-group/g1", "restricted", "1");
	row = get_data(lab, "/cluster/ha/groups/g1");
	assert_string_equal(member_text(row, "type"), "group");
	assert_string_equal(member_text(row, "nodes"), "pve1,pve2:2");
	make_key(lab, "lab/ha/vm:103");
	set_field(lab, "lab/ha/vm:103", "group", "g1");
	assert_string_equal(member_text(get_data(lab, "/cluster/ha/resources/vm:103"), "group"),
			    "g1");
	refuse_rm(lab, "lab/ha-group/g1", "ha group is used by service 'vm:103'");
	remove_key(lab, "lab/ha/vm:103");
	remove_key(lab, "lab/ha-group/g1");
	assert_int_equal(status_of(lab, "/cluster/ha/groups/g1"), 500);
	assert_string_equal(lab->answer.reason, "no such ha group 'g1'");
	assert_int_equal(lab_pve_add(lab->pve, "lab/ha-rule/r", &why), -1);
}

static void groups_of_release_9_are_rules(void **state)
{
	struct lab *lab = *state;

	refuse_add(lab, "lab/ha-group/g1",
		   "cannot create group: ha groups have been migrated to rules");
	assert_int_equal(status_of(lab, "/cluster/ha/groups/g1"), 500);
	assert_string_equal(lab->answer.reason,
			    "cannot read group: ha groups have been migrated to rules");
}

static void the_manager_knows_nodes_and_services(void **state)
{
	struct lab *lab = *state;
	json_t *data, *manager;

	make_key(lab, "lab/ha/vm:103");
	assert_int_equal(lab_pve_fault(lab->pve, "node-offline", "pve3", true), 0);
	data = get_data(lab, "/cluster/ha/status/manager_status");
	manager = json_object_get(data, "manager_status");
	assert_string_equal(member_text(json_object_get(manager, "node_status"), "pve3"),
			    "unknown");
	assert_string_equal(
		member_text(json_object_get(json_object_get(manager, "service_status"), "vm:103"),
			    "state"),
		"started");
	assert_string_equal(
		member_text(json_object_get(json_object_get(data, "lrm_status"), "pve1"), "mode"),
		"active");
	assert_string_equal(member_text(json_object_get(data, "quorum"), "quorate"), "1");
}

static void a_manager_without_work_knows_nothing(void **state)
{
	json_t *data = get_data(*state, "/cluster/ha/status/manager_status");

	assert_null(json_object_get(data, "lrm_status"));
	assert_int_equal(json_object_size(json_object_get(json_object_get(data, "manager_status"),
							  "node_status")),
			 0);
}

static void the_dump_shows_resources_and_rules(void **state)
{
	struct lab *lab = *state;
	sb_autojson *dump = NULL;

	make_key(lab, "lab/ha/vm:103");
	set_field(lab, "lab/ha/vm:103", "comment", "c");
	dump = lab_pve_dump(lab->pve);
	assert_string_equal(member_text(json_object_get(dump, "lab/ha/vm:103"), "comment"), "c");
	assert_string_equal(member_text(json_object_get(dump, "lab/ha/vm:103"), "state"),
			    "started");
	assert_string_equal(member_text(json_object_get(dump, "lab/ha-rule/prefer-first"), "type"),
			    "node-affinity");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON(start_cluster, a_new_resource_is_started_with_the_defaults_of_its_status),
		ON(start_cluster, what_a_resource_sets_is_in_its_row_and_in_its_status),
		ON(start_cluster, resources_are_refused_like_proxmox_ve_does),
		ON(start_cluster, a_rule_names_managed_guests_and_loses_those_that_end),
		ON(start_cluster, values_of_rules_are_checked),
		ON(start_cluster_8, groups_belong_to_release_8),
		ON(start_cluster, groups_of_release_9_are_rules),
		ON(start_cluster, the_manager_knows_nodes_and_services),
		ON(start_edge, a_manager_without_work_knows_nothing),
		ON(start_cluster, the_dump_shows_resources_and_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
