/* SPDX-License-Identifier: Apache-2.0 */
/* What other tools left in NetBox: recognised by their own identities, never guessed. */
#include "test_diff_fixture.h"

#include "diff/origin.h"
#include "pve/client_priv.h"

/* The source is the cluster "pve-lab"; netbox-proxbox' plugin and fields and netbox-ssot's are
 * there. */
static int setup_tools(void **state)
{
	int rc = setup(state);

	fx->run->pve = calloc(1, sizeof(*fx->run->pve));
	fx->run->pve->identity.cluster_name = strdup("pve-lab");
	json_decref(fx->run->snap->tools);
	fx->run->snap->tools =
		quoted("{'plugin': true, 'fields': {"
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

static const struct sb_adopt_rule *rule(const char *name)
{
	const struct sb_adopt_rule *found = sb_adopt_rule_of(name);

	assert_non_null(found);
	return found;
}

/* A row that came for a rule; NULL as rule: an object that such a row names. */
static void came(const char *name, const char *text)
{
	sb_autojson *row = quoted(text);

	assert_int_equal(sb_origin_take(fx->run, name ? rule(name) : NULL, list("vm")->kind, row),
			 0);
}

/* The questions of all rules for the guest 101 were answered. */
static void asked_rules(void)
{
	asked("vm?proxbox-vm-row?proxmox_vm_id=101");
	asked("vm?proxbox-vm-field?cf_stagebox_key__empty=true&cf_proxmox_vm_id=101");
	asked("vm?ssot-vm-id?cf_stagebox_key__empty=true&cf_source_id=101");
	asked("vm?cf_stagebox_key__empty=true&cluster_id=1");
}

static void reason(const char *question, int code, int status, const char *text)
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

static void guest(void)
{
	row("guest", "lab/qemu/101",
	    "{'set': {'name': 'web', 'status': 'active', 'cluster': 1, 'memory': 2048},"
	    " 'birth': 'aaaaaaaa-0000-4000-8000-000000000101'}");
}

static void a_row_of_the_plugin_is_stronger_than_a_field_and_a_name(void **state)
{
	(void)state;
	guest();
	asked_rules();
	asked("vm?id=40");
	came("proxbox-vm-row", ROW(1, 40, 101, ", 'proxmox_cluster_name': 'pve-lab'"));
	came(NULL, "{'id': 40, 'name': 'by-row', 'cluster': {'id': 9}}");
	came("proxbox-vm-field", "{'id': 41, 'name': 'by-field', 'cluster': {'id': 1},"
				 " 'custom_fields': {'proxmox_vm_id': 101}}");
	loose("vm", "{'id': 42, 'name': 'web', 'cluster': {'id': 1}}");
	diff();
	assert_int_equal(op_of("lab/qemu/101", SB_UPDATE)->target, 40);
	why_says(op_of("lab/qemu/101", SB_UPDATE), "a sync-state row of netbox-proxbox");
	why_says(op_of("lab/qemu/101", SB_UPDATE), "vm 40 \"by-row\"");
}

static void a_field_is_stronger_than_the_id_of_ssot_and_that_than_a_name(void **state)
{
	(void)state;
	guest();
	asked_rules();
	came("ssot-vm-id", "{'id': 42, 'name': 'by-ssot', 'cluster': {'id': 1},"
			   " 'custom_fields': {'source_id': '101', 'source': 'pve'}}");
	loose("vm", "{'id': 43, 'name': 'web', 'cluster': {'id': 1}}");
	diff();
	assert_int_equal(op_of("lab/qemu/101", SB_UPDATE)->target, 42);
	came("proxbox-vm-field", "{'id': 41, 'name': 'by-field', 'cluster': {'id': 1},"
				 " 'custom_fields': {'proxmox_vm_id': 101}}");
	diff();
	assert_int_equal(op_of("lab/qemu/101", SB_UPDATE)->target, 41);
}

static void a_number_of_another_cluster_or_type_is_no_candidate(void **state)
{
	(void)state;
	guest();
	asked_rules();
	came("proxbox-vm-row", ROW(1, 40, 101, ", 'proxmox_cluster_name': 'other'"));
	came("proxbox-vm-row", ROW(2, 41, 101, ", 'proxmox_vm_type': 'lxc'"));
	came("proxbox-vm-field", "{'id': 42, 'name': 'a', 'cluster': {'id': 2},"
				 " 'custom_fields': {'proxmox_vm_id': 101}}");
	came("ssot-vm-id", "{'id': 43, 'name': 'b', 'cluster': {'id': 1},"
			   " 'custom_fields': {'source_id': '101'}}");
	diff();
	op_of("lab/qemu/101", SB_CREATE);
	assert_int_equal(n_ops(), 1);
}

static void a_row_without_a_cluster_holds_only_in_our_own(void **state)
{
	(void)state;
	guest();
	asked_rules();
	asked("vm?id=40");
	asked("vm?id=41");
	came("proxbox-vm-row", ROW(1, 40, 101, ""));
	came("proxbox-vm-row", ROW(2, 41, 101, ", 'proxmox_cluster_name': ''"));
	came(NULL, "{'id': 40, 'name': 'elsewhere', 'cluster': {'id': 9}}");
	came(NULL, "{'id': 41, 'name': 'here', 'cluster': {'id': 1}}");
	diff();
	assert_int_equal(op_of("lab/qemu/101", SB_UPDATE)->target, 41);
}

static void two_objects_with_one_number_are_a_conflict_that_names_both(void **state)
{
	const json_t *others;

	(void)state;
	guest();
	asked_rules();
	came("proxbox-vm-field", "{'id': 41, 'name': 'web', 'cluster': {'id': 1},"
				 " 'custom_fields': {'proxmox_vm_id': 101}}");
	came("proxbox-vm-field", "{'id': 42, 'name': 'web (2)', 'cluster': {'id': 1},"
				 " 'custom_fields': {'proxmox_vm_id': 101}}");
	diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(account("vm")->skipped, 1);
	conflict_says("vm 41 \"web\", vm 42 \"web (2)\"");
	others = json_object_get(json_array_get(fx->run->diff->conflicts, 0), "theirs");
	assert_int_equal(json_array_size(others), 2);
}

static void what_a_conflict_holds_up_is_skipped_and_not_partial(void **state)
{
	(void)state;
	guest();
	row("nic", "lab/qemu/101/net0",
	    "{'set': {'name': 'net0'}, 'ref': {'virtual_machine': ['vm', 'lab/qemu/101']}}");
	asked_rules();
	came("proxbox-vm-field", "{'id': 41, 'name': 'web', 'cluster': {'id': 1},"
				 " 'custom_fields': {'proxmox_vm_id': 101}}");
	came("proxbox-vm-field", "{'id': 42, 'name': 'web2', 'cluster': {'id': 1},"
				 " 'custom_fields': {'proxmox_vm_id': 101}}");
	diff();
	assert_int_equal(account("vm-interface")->skipped, 1);
	assert_status(0, SB_STAGE_OK);
	assert_status(1, SB_STAGE_OK);
}

static void a_namesake_that_is_another_guest_by_its_number_is_a_conflict(void **state)
{
	(void)state;
	guest();
	asked_rules();
	asked("vm?proxbox-vm-row?virtual_machine_id=42");
	loose("vm", "{'id': 42, 'name': 'web', 'cluster': {'id': 1},"
		    " 'custom_fields': {'proxmox_vm_id': 205}}");
	diff();
	assert_int_equal(n_ops(), 0);
	conflict_says("vm 42 \"web\" has its name, but is another guest's");
}

static void a_namesake_that_is_another_guest_by_its_row_is_a_conflict(void **state)
{
	(void)state;
	guest();
	asked_rules();
	asked("vm?proxbox-vm-row?virtual_machine_id=42");
	came("proxbox-vm-row", ROW(1, 42, 205, ""));
	loose("vm", "{'id': 42, 'name': 'web', 'cluster': {'id': 1}}");
	diff();
	assert_int_equal(n_ops(), 0);
	conflict_says("another guest's by a sync-state row");
}

static void other_hardware_with_our_number_is_a_conflict(void **state)
{
	(void)state;
	guest();
	asked_rules();
	came("proxbox-vm-field", "{'id': 41, 'name': 'old', 'cluster': {'id': 1},"
				 " 'serial': 'BBBBBBBB-0000-4000-8000-000000000101',"
				 " 'custom_fields': {'proxmox_vm_id': 101}}");
	diff();
	assert_int_equal(n_ops(), 0);
	conflict_says("another machine by its hardware marks");
}

static void the_same_hardware_in_other_letters_is_the_same(void **state)
{
	(void)state;
	guest();
	asked_rules();
	came("proxbox-vm-field", "{'id': 41, 'name': 'old', 'cluster': {'id': 1},"
				 " 'serial': 'AAAAAAAA-0000-4000-8000-000000000101',"
				 " 'custom_fields': {'proxmox_vm_id': 101}}");
	diff();
	assert_int_equal(op_of("lab/qemu/101", SB_UPDATE)->target, 41);
}

static void without_the_plugin_its_rows_are_no_rule(void **state)
{
	(void)state;
	guest();
	asked_rules();
	reason("vm?proxbox-vm-row?proxmox_vm_id=101", SB_E_NOTFOUND, 404, "no such path");
	diff();
	op_of("lab/qemu/101", SB_CREATE);
	json_object_set_new(fx->run->snap->tools, "plugin", json_false());
	diff();
	op_of("lab/qemu/101", SB_CREATE);
}

static void rows_that_may_not_be_read_create_nothing(void **state)
{
	(void)state;
	guest();
	asked_rules();
	reason("vm?proxbox-vm-row?proxmox_vm_id=101", SB_E_FORBIDDEN, 403, "may not");
	diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(account("vm")->unknown, 1);
	assert_says(&stage(0)->why, "may not");
}

static void a_plugin_that_may_not_be_seen_creates_nothing(void **state)
{
	(void)state;
	guest();
	asked_rules();
	reason("plugins/proxbox/", SB_E_FORBIDDEN, 403, "may not see the plugin");
	diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(account("vm")->unknown, 1);
}

static void a_row_whose_object_is_hidden_creates_nothing(void **state)
{
	(void)state;
	guest();
	asked_rules();
	came("proxbox-vm-row", "{'id': 1, 'virtual_machine': null, 'proxmox_vm_id': 101,"
			       " 'proxmox_cluster_name': 'pve-lab'}");
	diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(account("vm")->unknown, 1);
}

static void an_object_with_an_owner_is_no_candidate(void **state)
{
	(void)state;
	guest();
	asked_rules();
	asked("vm?id=40");
	came("proxbox-vm-row", ROW(1, 40, 101, ", 'proxmox_cluster_name': 'pve-lab'"));
	came(NULL, "{'id': 40, 'name': 'x', 'cluster': {'id': 1},"
		   " 'custom_fields': {'stagebox_key': 'edge/qemu/101'}}");
	diff();
	op_of("lab/qemu/101", SB_CREATE);
}

static void what_a_tool_wrote_is_no_persons_value(void **state)
{
	(void)state;
	row("guest", "lab/qemu/101",
	    "{'set': {'name': 'web (101)', 'cluster': 1, 'description': 'notes'}}");
	asked_rules();
	asked("vm?id=40");
	came("proxbox-vm-row", ROW(1, 40, 101,
				   ", 'proxmox_cluster_name': 'pve-lab',"
				   " 'proxmox_vm_name': 'web'"));
	came(NULL, "{'id': 40, 'name': 'web (2)', 'cluster': {'id': 1},"
		   " 'description': 'Synced from Proxmox node pve1'}");
	diff();
	assert_json(op_of("lab/qemu/101", SB_UPDATE)->set,
		    "{'name': 'web (101)', 'description': 'notes',"
		    " 'stagebox_key': 'lab/qemu/101'}");
}

static void a_name_that_a_person_gave_stays(void **state)
{
	(void)state;
	row("guest", "lab/qemu/101",
	    "{'set': {'name': 'web', 'cluster': 1, 'description': 'notes'}}");
	asked_rules();
	asked("vm?id=40");
	came("proxbox-vm-row", ROW(1, 40, 101,
				   ", 'proxmox_cluster_name': 'pve-lab',"
				   " 'proxmox_vm_name': 'web'"));
	came(NULL, "{'id': 40, 'name': 'web-frontend', 'cluster': {'id': 1},"
		   " 'description': 'Synced from Proxmox node pve1 by hand'}");
	diff();
	assert_json(op_of("lab/qemu/101", SB_UPDATE)->set, "{'stagebox_key': 'lab/qemu/101'}");
}

static void a_living_guest_loses_the_tag_that_says_it_is_gone(void **state)
{
	(void)state;
	netbox("tag", "", "{'id': 1, 'name': 'gone', 'slug': 'proxbox-soft-deleted'}");
	netbox("tag", "", "{'id': 2, 'name': 'Proxbox', 'slug': 'proxbox'}");
	row("guest", "lab/qemu/101",
	    "{'set': {'name': 'web', 'cluster': 1}, 'refs': {'tags': []}}");
	asked_rules();
	came("proxbox-vm-field",
	     "{'id': 41, 'name': 'web', 'cluster': {'id': 1}, 'tags': [{'id': 1}, {'id': 2}],"
	     " 'custom_fields': {'proxmox_vm_id': 101}}");
	diff();
	assert_json(json_object_get(op_of("lab/qemu/101", SB_UPDATE)->set, "tags"), "[2]");
}

static void nic(const char *mac)
{
	char text[200];

	row("guest", "lab/qemu/101", GUEST("web"));
	netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "web"));
	snprintf(text, sizeof(text),
		 "{'set': {'name': 'net0', 'mac_address': '%s'},"
		 " 'ref': {'virtual_machine': ['vm', 'lab/qemu/101']}}",
		 mac);
	row("nic", "lab/qemu/101/net0", text);
	asked_all();
}

static void an_interface_of_another_name_is_known_by_its_mac(void **state)
{
	(void)state;
	nic("BC:24:11:00:00:01");
	loose("vm-interface", "{'id': 70, 'name': 'ens18', 'virtual_machine': {'id': 7},"
			      " 'mac_address': 'bc:24:11:00:00:01'}");
	loose("vm-interface", "{'id': 71, 'name': 'net0', 'virtual_machine': {'id': 8},"
			      " 'mac_address': 'bc:24:11:00:00:01'}");
	diff();
	assert_int_equal(n_ops(), 1);
	assert_int_equal(op_of("lab/qemu/101/net0", SB_UPDATE)->target, 70);
	assert_json(json_object_get(op_of("lab/qemu/101/net0", SB_UPDATE)->set, "name"), "'net0'");
}

static void two_interfaces_with_its_mac_are_not_guessed_between(void **state)
{
	(void)state;
	nic("BC:24:11:00:00:01");
	loose("vm-interface", "{'id': 70, 'name': 'ens18', 'virtual_machine': {'id': 7},"
			      " 'mac_address': 'bc:24:11:00:00:01'}");
	loose("vm-interface", "{'id': 71, 'name': 'bond0', 'virtual_machine': {'id': 7},"
			      " 'mac_address': 'bc:24:11:00:00:01'}");
	diff();
	op_of("lab/qemu/101/net0", SB_CREATE);
}

static void an_interface_that_is_anothers_by_name_is_not_taken(void **state)
{
	(void)state;
	nic("BC:24:11:00:00:01");
	row("nic", "lab/qemu/101/net1",
	    "{'set': {'name': 'net1', 'mac_address': 'BC:24:11:00:00:02'},"
	    " 'ref': {'virtual_machine': ['vm', 'lab/qemu/101']}}");
	loose("vm-interface", "{'id': 70, 'name': 'net1', 'virtual_machine': {'id': 7},"
			      " 'mac_address': 'bc:24:11:00:00:01'}");
	diff();
	op_of("lab/qemu/101/net0", SB_CREATE);
	assert_int_equal(op_of("lab/qemu/101/net1", SB_UPDATE)->target, 70);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup_tools, teardown_tools)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_row_of_the_plugin_is_stronger_than_a_field_and_a_name),
		CASE(a_field_is_stronger_than_the_id_of_ssot_and_that_than_a_name),
		CASE(a_number_of_another_cluster_or_type_is_no_candidate),
		CASE(a_row_without_a_cluster_holds_only_in_our_own),
		CASE(two_objects_with_one_number_are_a_conflict_that_names_both),
		CASE(what_a_conflict_holds_up_is_skipped_and_not_partial),
		CASE(a_namesake_that_is_another_guest_by_its_number_is_a_conflict),
		CASE(a_namesake_that_is_another_guest_by_its_row_is_a_conflict),
		CASE(other_hardware_with_our_number_is_a_conflict),
		CASE(the_same_hardware_in_other_letters_is_the_same),
		CASE(without_the_plugin_its_rows_are_no_rule),
		CASE(rows_that_may_not_be_read_create_nothing),
		CASE(a_plugin_that_may_not_be_seen_creates_nothing),
		CASE(a_row_whose_object_is_hidden_creates_nothing),
		CASE(an_object_with_an_owner_is_no_candidate),
		CASE(what_a_tool_wrote_is_no_persons_value),
		CASE(a_name_that_a_person_gave_stays),
		CASE(a_living_guest_loses_the_tag_that_says_it_is_gone),
		CASE(an_interface_of_another_name_is_known_by_its_mac),
		CASE(two_interfaces_with_its_mac_are_not_guessed_between),
		CASE(an_interface_that_is_anothers_by_name_is_not_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
