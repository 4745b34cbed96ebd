/* SPDX-License-Identifier: Apache-2.0 */
/* Objects of other tools in NetBox are recognised by the identities that these tools wrote. */
#include "test_diff_fixture.h"

#include "diff/origin.h"
#include "pve/client_priv.h"

/* The source is the cluster "pve-lab"; NetBox has the plugin and fields of netbox-proxbox and the
 * fields of netbox-ssot. */
static int setup_tools(void **state)
{
	int rc = setup(state);

	fx->run->pve = calloc(1, sizeof(*fx->run->pve));
	fx->run->pve->identity.cluster_name = strdup("pve-lab");
	json_decref(fx->run->snap->tools);
	fx->run->snap->tools =
		parse_quoted("{'plugin': true, 'fields': {"
			     " 'proxmox_vm_id': ['virtualization.virtualmachine'],"
			     " 'source_id': ['virtualization.virtualmachine', 'dcim.device']}}");
	return rc;
}

static int teardown_tools(void **state)
{
	free(fx->run->pve->identity.cluster_name);
	free(fx->run->pve);
	fx->run->pve = NULL;
	return teardown(state);
}

static const struct sb_adopt_rule *find_rule(const char *name)
{
	const struct sb_adopt_rule *found = sb_adopt_rule_of(get_list("vm")->kind, name);

	assert_non_null(found);
	return found;
}

/* Take a row that a rule looks for; name NULL = an object that such a row names. */
static void take_row(const char *name, const char *text)
{
	sb_autojson *row = parse_quoted(text);

	assert_int_equal(
		sb_origin_take(fx->run, name ? find_rule(name) : NULL, get_list("vm")->kind, row),
		0);
}

/* Mark the questions of all rules for guest 101 as answered. */
static void mark_rules_asked(void)
{
	mark_asked("vm?proxbox-vm-row?proxmox_vm_id=101");
	mark_asked("vm?proxbox-vm-field?cf_stagebox_key__empty=true&cf_proxmox_vm_id=101");
	mark_asked("vm?ssot-vm-id?cf_stagebox_key__empty=true&cf_source_id=101");
	mark_asked("vm?cf_stagebox_key__empty=true&cluster_id=1");
}

static void put_reason(const char *question, int code, int status, const char *text)
{
	struct sb_error why = {.code = code, .http_status = status};

	snprintf(why.text, sizeof(why.text), "%s", text);
	assert_int_equal(sb_reason_put(fx->run->snap->asked, question, &why), 0);
}

static void conflict_says(const char *word)
{
	const json_t *entry = json_array_get(fx->run->diff->conflicts, 0);

	assert_int_equal(json_array_size(fx->run->diff->conflicts), 1);
	if (!strstr(sb_json_str(entry, "why"), word))
		fail_msg("\"%s\" is not in \"%s\"", word, sb_json_str(entry, "why"));
}

static void why_says(const struct sb_op *op, const char *word)
{
	if (!strstr(op->why, word))
		fail_msg("\"%s\" is not in \"%s\"", word, op->why);
}

#define ROW(id, vm, vmid, more)                                                                    \
	"{'id': " #id ", 'virtual_machine': {'id': " #vm "}, 'proxmox_vm_id': " #vmid more "}"

static void put_guest(void)
{
	put_row("guest", "lab/qemu/101",
		"{'set': {'name': 'web', 'status': 'active', 'cluster': 1, 'memory': 2048},"
		" 'birth': 'aaaaaaaa-0000-4000-8000-000000000101'}");
}

static void a_row_of_the_plugin_is_stronger_than_a_field_and_a_name(void **state)
{
	(void)state;
	put_guest();
	mark_rules_asked();
	mark_asked("vm?id=40");
	take_row("proxbox-vm-row", ROW(1, 40, 101, ", 'proxmox_cluster_name': 'pve-lab'"));
	take_row(NULL, "{'id': 40, 'name': 'by-row', 'cluster': {'id': 9}}");
	take_row("proxbox-vm-field", "{'id': 41, 'name': 'by-field', 'cluster': {'id': 1},"
				     " 'custom_fields': {'proxmox_vm_id': 101}}");
	put_unowned("vm", "{'id': 42, 'name': 'web', 'cluster': {'id': 1}}");
	run_diff();
	assert_int_equal(op_of("lab/qemu/101", SB_UPDATE)->target, 40);
	why_says(op_of("lab/qemu/101", SB_UPDATE), "a sync-state row of netbox-proxbox");
	why_says(op_of("lab/qemu/101", SB_UPDATE), "vm 40 \"by-row\"");
}

static void a_proxbox_field_is_stronger_than_an_ssot_id_which_is_stronger_than_a_name(void **state)
{
	(void)state;
	put_guest();
	mark_rules_asked();
	take_row("ssot-vm-id", "{'id': 42, 'name': 'by-ssot', 'cluster': {'id': 1},"
			       " 'custom_fields': {'source_id': '101', 'source': 'pve'}}");
	put_unowned("vm", "{'id': 43, 'name': 'web', 'cluster': {'id': 1}}");
	run_diff();
	assert_int_equal(op_of("lab/qemu/101", SB_UPDATE)->target, 42);
	take_row("proxbox-vm-field", "{'id': 41, 'name': 'by-field', 'cluster': {'id': 1},"
				     " 'custom_fields': {'proxmox_vm_id': 101}}");
	run_diff();
	assert_int_equal(op_of("lab/qemu/101", SB_UPDATE)->target, 41);
}

static void a_vmid_of_another_cluster_or_type_is_not_a_candidate(void **state)
{
	(void)state;
	put_guest();
	mark_rules_asked();
	take_row("proxbox-vm-row", ROW(1, 40, 101, ", 'proxmox_cluster_name': 'other'"));
	take_row("proxbox-vm-row", ROW(2, 41, 101, ", 'proxmox_vm_type': 'lxc'"));
	take_row("proxbox-vm-field", "{'id': 42, 'name': 'a', 'cluster': {'id': 2},"
				     " 'custom_fields': {'proxmox_vm_id': 101}}");
	take_row("ssot-vm-id", "{'id': 43, 'name': 'b', 'cluster': {'id': 1},"
			       " 'custom_fields': {'source_id': '101'}}");
	run_diff();
	op_of("lab/qemu/101", SB_CREATE);
	assert_int_equal(n_ops(), 1);
}

static void a_row_without_a_cluster_matches_only_in_our_own(void **state)
{
	(void)state;
	put_guest();
	mark_rules_asked();
	mark_asked("vm?id=40");
	mark_asked("vm?id=41");
	take_row("proxbox-vm-row", ROW(1, 40, 101, ""));
	take_row("proxbox-vm-row", ROW(2, 41, 101, ", 'proxmox_cluster_name': ''"));
	take_row(NULL, "{'id': 40, 'name': 'elsewhere', 'cluster': {'id': 9}}");
	take_row(NULL, "{'id': 41, 'name': 'here', 'cluster': {'id': 1}}");
	run_diff();
	assert_int_equal(op_of("lab/qemu/101", SB_UPDATE)->target, 41);
}

static void two_objects_with_one_vmid_are_a_conflict_that_names_both(void **state)
{
	const json_t *others;

	(void)state;
	put_guest();
	mark_rules_asked();
	take_row("proxbox-vm-field", "{'id': 41, 'name': 'web', 'cluster': {'id': 1},"
				     " 'custom_fields': {'proxmox_vm_id': 101}}");
	take_row("proxbox-vm-field", "{'id': 42, 'name': 'web (2)', 'cluster': {'id': 1},"
				     " 'custom_fields': {'proxmox_vm_id': 101}}");
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("vm")->skipped, 1);
	conflict_says("vm 41 \"web\", vm 42 \"web (2)\"");
	others = json_object_get(json_array_get(fx->run->diff->conflicts, 0), "theirs");
	assert_int_equal(json_array_size(others), 2);
}

static void parts_of_a_conflict_are_skipped_without_a_partial_stage(void **state)
{
	(void)state;
	put_guest();
	put_row("nic", "lab/qemu/101/net0",
		"{'set': {'name': 'net0'}, 'ref': {'virtual_machine': ['vm', 'lab/qemu/101']}}");
	mark_rules_asked();
	take_row("proxbox-vm-field", "{'id': 41, 'name': 'web', 'cluster': {'id': 1},"
				     " 'custom_fields': {'proxmox_vm_id': 101}}");
	take_row("proxbox-vm-field", "{'id': 42, 'name': 'web2', 'cluster': {'id': 1},"
				     " 'custom_fields': {'proxmox_vm_id': 101}}");
	run_diff();
	assert_int_equal(find_account("vm-interface")->skipped, 1);
	assert_status(0, SB_STAGE_OK);
	assert_status(1, SB_STAGE_OK);
}

static void a_candidate_by_name_with_another_vmid_is_a_conflict(void **state)
{
	(void)state;
	put_guest();
	mark_rules_asked();
	mark_asked("vm?proxbox-vm-row?virtual_machine_id=42");
	put_unowned("vm", "{'id': 42, 'name': 'web', 'cluster': {'id': 1},"
			  " 'custom_fields': {'proxmox_vm_id': 205}}");
	run_diff();
	assert_int_equal(n_ops(), 0);
	conflict_says("vm 42 \"web\" has this name but belongs to another guest");
}

static void a_candidate_by_name_with_another_guests_row_is_a_conflict(void **state)
{
	(void)state;
	put_guest();
	mark_rules_asked();
	mark_asked("vm?proxbox-vm-row?virtual_machine_id=42");
	take_row("proxbox-vm-row", ROW(1, 42, 205, ""));
	put_unowned("vm", "{'id': 42, 'name': 'web', 'cluster': {'id': 1}}");
	run_diff();
	assert_int_equal(n_ops(), 0);
	conflict_says("another guest by a sync-state row");
}

static void a_different_hardware_uuid_with_our_vmid_is_a_conflict(void **state)
{
	(void)state;
	put_guest();
	mark_rules_asked();
	take_row("proxbox-vm-field", "{'id': 41, 'name': 'old', 'cluster': {'id': 1},"
				     " 'serial': 'BBBBBBBB-0000-4000-8000-000000000101',"
				     " 'custom_fields': {'proxmox_vm_id': 101}}");
	run_diff();
	assert_int_equal(n_ops(), 0);
	conflict_says("another hardware UUID");
}

static void a_hardware_uuid_is_compared_without_case(void **state)
{
	(void)state;
	put_guest();
	mark_rules_asked();
	take_row("proxbox-vm-field", "{'id': 41, 'name': 'old', 'cluster': {'id': 1},"
				     " 'serial': 'AAAAAAAA-0000-4000-8000-000000000101',"
				     " 'custom_fields': {'proxmox_vm_id': 101}}");
	run_diff();
	assert_int_equal(op_of("lab/qemu/101", SB_UPDATE)->target, 41);
}

static void without_the_plugin_its_rules_do_not_apply(void **state)
{
	(void)state;
	put_guest();
	mark_rules_asked();
	put_reason("vm?proxbox-vm-row?proxmox_vm_id=101", SB_E_NOTFOUND, 404, "no such path");
	run_diff();
	op_of("lab/qemu/101", SB_CREATE);
	json_object_set_new(fx->run->snap->tools, "plugin", json_false());
	run_diff();
	op_of("lab/qemu/101", SB_CREATE);
}

static void rows_that_may_not_be_read_prevent_a_create(void **state)
{
	(void)state;
	put_guest();
	mark_rules_asked();
	put_reason("vm?proxbox-vm-row?proxmox_vm_id=101", SB_E_FORBIDDEN, 403, "may not");
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("vm")->unknown, 1);
	assert_says(&get_stage(0)->why, "may not");
}

static void a_plugin_that_may_not_be_seen_prevents_a_create(void **state)
{
	(void)state;
	put_guest();
	mark_rules_asked();
	put_reason("plugins/proxbox/", SB_E_FORBIDDEN, 403, "may not see the plugin");
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("vm")->unknown, 1);
}

static void a_row_whose_object_is_hidden_prevents_a_create(void **state)
{
	(void)state;
	put_guest();
	mark_rules_asked();
	take_row("proxbox-vm-row", "{'id': 1, 'virtual_machine': null, 'proxmox_vm_id': 101,"
				   " 'proxmox_cluster_name': 'pve-lab'}");
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("vm")->unknown, 1);
}

static void an_owned_object_is_not_a_candidate(void **state)
{
	(void)state;
	put_guest();
	mark_rules_asked();
	mark_asked("vm?id=40");
	take_row("proxbox-vm-row", ROW(1, 40, 101, ", 'proxmox_cluster_name': 'pve-lab'"));
	take_row(NULL, "{'id': 40, 'name': 'x', 'cluster': {'id': 1},"
		       " 'custom_fields': {'stagebox_key': 'edge/qemu/101'}}");
	run_diff();
	op_of("lab/qemu/101", SB_CREATE);
}

static void a_value_that_a_tool_wrote_is_replaced(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/101",
		"{'set': {'name': 'web (101)', 'cluster': 1, 'description': 'notes'}}");
	mark_rules_asked();
	mark_asked("vm?id=40");
	take_row("proxbox-vm-row", ROW(1, 40, 101,
				       ", 'proxmox_cluster_name': 'pve-lab',"
				       " 'proxmox_vm_name': 'web'"));
	take_row(NULL, "{'id': 40, 'name': 'web (2)', 'cluster': {'id': 1},"
		       " 'description': 'Synced from Proxmox node pve1'}");
	run_diff();
	assert_json(op_of("lab/qemu/101", SB_UPDATE)->set,
		    "{'name': 'web (101)', 'description': 'notes',"
		    " 'stagebox_key': 'lab/qemu/101', 'stagebox_adopted': false}");
}

static void a_name_that_a_person_gave_stays(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/101",
		"{'set': {'name': 'web', 'cluster': 1, 'description': 'notes'}}");
	mark_rules_asked();
	mark_asked("vm?id=40");
	take_row("proxbox-vm-row", ROW(1, 40, 101,
				       ", 'proxmox_cluster_name': 'pve-lab',"
				       " 'proxmox_vm_name': 'web'"));
	take_row(NULL, "{'id': 40, 'name': 'web-frontend', 'cluster': {'id': 1},"
		       " 'description': 'Synced from Proxmox node pve1 by hand'}");
	run_diff();
	assert_json(op_of("lab/qemu/101", SB_UPDATE)->set, "{'stagebox_key': 'lab/qemu/101',"
							   " 'stagebox_adopted': false}");
}

static void an_existing_guest_loses_the_tag_that_marks_it_as_gone(void **state)
{
	(void)state;
	put_netbox("tag", "", "{'id': 1, 'name': 'gone', 'slug': 'proxbox-soft-deleted'}");
	put_netbox("tag", "", "{'id': 2, 'name': 'Proxbox', 'slug': 'proxbox'}");
	put_row("guest", "lab/qemu/101",
		"{'set': {'name': 'web', 'cluster': 1}, 'refs': {'tags': []}}");
	mark_rules_asked();
	take_row("proxbox-vm-field",
		 "{'id': 41, 'name': 'web', 'cluster': {'id': 1}, 'tags': [{'id': 1}, {'id': 2}],"
		 " 'custom_fields': {'proxmox_vm_id': 101}}");
	run_diff();
	assert_json(json_object_get(op_of("lab/qemu/101", SB_UPDATE)->set, "tags"), "[2]");
}

static void put_nic(const char *mac)
{
	char text[200];

	put_row("guest", "lab/qemu/101", GUEST("web"));
	put_netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "web"));
	snprintf(text, sizeof(text),
		 "{'set': {'name': 'net0', 'mac_address': '%s'},"
		 " 'ref': {'virtual_machine': ['vm', 'lab/qemu/101']}}",
		 mac);
	put_row("nic", "lab/qemu/101/net0", text);
	mark_all_asked();
}

static void an_interface_with_another_name_is_adopted_by_its_mac(void **state)
{
	(void)state;
	put_nic("BC:24:11:00:00:01");
	put_unowned("vm-interface", "{'id': 70, 'name': 'ens18', 'virtual_machine': {'id': 7},"
				    " 'mac_address': 'bc:24:11:00:00:01'}");
	put_unowned("vm-interface", "{'id': 71, 'name': 'net0', 'virtual_machine': {'id': 8},"
				    " 'mac_address': 'bc:24:11:00:00:01'}");
	run_diff();
	assert_int_equal(n_ops(), 1);
	assert_int_equal(op_of("lab/qemu/101/net0", SB_UPDATE)->target, 70);
	assert_json(json_object_get(op_of("lab/qemu/101/net0", SB_UPDATE)->set, "name"), "'net0'");
}

static void two_interfaces_with_the_same_mac_are_not_adopted(void **state)
{
	(void)state;
	put_nic("BC:24:11:00:00:01");
	put_unowned("vm-interface", "{'id': 70, 'name': 'ens18', 'virtual_machine': {'id': 7},"
				    " 'mac_address': 'bc:24:11:00:00:01'}");
	put_unowned("vm-interface", "{'id': 71, 'name': 'bond0', 'virtual_machine': {'id': 7},"
				    " 'mac_address': 'bc:24:11:00:00:01'}");
	run_diff();
	op_of("lab/qemu/101/net0", SB_CREATE);
}

static void an_interface_that_another_nic_owns_by_name_is_not_adopted(void **state)
{
	(void)state;
	put_nic("BC:24:11:00:00:01");
	put_row("nic", "lab/qemu/101/net1",
		"{'set': {'name': 'net1', 'mac_address': 'BC:24:11:00:00:02'},"
		" 'ref': {'virtual_machine': ['vm', 'lab/qemu/101']}}");
	put_unowned("vm-interface", "{'id': 70, 'name': 'net1', 'virtual_machine': {'id': 7},"
				    " 'mac_address': 'bc:24:11:00:00:01'}");
	run_diff();
	op_of("lab/qemu/101/net0", SB_CREATE);
	assert_int_equal(op_of("lab/qemu/101/net1", SB_UPDATE)->target, 70);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup_tools, teardown_tools)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_row_of_the_plugin_is_stronger_than_a_field_and_a_name),
		CASE(a_proxbox_field_is_stronger_than_an_ssot_id_which_is_stronger_than_a_name),
		CASE(a_vmid_of_another_cluster_or_type_is_not_a_candidate),
		CASE(a_row_without_a_cluster_matches_only_in_our_own),
		CASE(two_objects_with_one_vmid_are_a_conflict_that_names_both),
		CASE(parts_of_a_conflict_are_skipped_without_a_partial_stage),
		CASE(a_candidate_by_name_with_another_vmid_is_a_conflict),
		CASE(a_candidate_by_name_with_another_guests_row_is_a_conflict),
		CASE(a_different_hardware_uuid_with_our_vmid_is_a_conflict),
		CASE(a_hardware_uuid_is_compared_without_case),
		CASE(without_the_plugin_its_rules_do_not_apply),
		CASE(rows_that_may_not_be_read_prevent_a_create),
		CASE(a_plugin_that_may_not_be_seen_prevents_a_create),
		CASE(a_row_whose_object_is_hidden_prevents_a_create),
		CASE(an_owned_object_is_not_a_candidate),
		CASE(a_value_that_a_tool_wrote_is_replaced),
		CASE(a_name_that_a_person_gave_stays),
		CASE(an_existing_guest_loses_the_tag_that_marks_it_as_gone),
		CASE(an_interface_with_another_name_is_adopted_by_its_mac),
		CASE(two_interfaces_with_the_same_mac_are_not_adopted),
		CASE(an_interface_that_another_nic_owns_by_name_is_not_adopted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
