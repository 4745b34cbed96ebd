/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the source compared with NetBox's objects: which become ops, and which are left. */
#include "run/account.h"
#include "run/run.h"
#include "test_diff_fixture.h"

static void an_object_that_is_missing_in_netbox_is_created(void **state)
{
	const struct sb_op *op;

	(void)state;
	put_row("guest", "lab/qemu/101", GUEST("web"));
	mark_all_asked();
	run_diff();
	assert_int_equal(n_ops(), 1);
	op = op_of("lab/qemu/101", SB_CREATE);
	assert_json(op->set, "{'name': 'web', 'status': 'active', 'cluster': 1, 'memory': 2048}");
	assert_json(op->claims, "['vm|1|web|']");
	assert_null(op->was);
	assert_string_equal(op->stage, "t.guests");
	assert_int_equal(find_account("vm")->created, 1);
	assert_int_equal(find_account("vm")->before, 0);
	assert_status(0, SB_STAGE_OK);
}

static void equal_objects_need_no_op(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/101", GUEST("web"));
	put_netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "web"));
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("vm")->same, 1);
	assert_int_equal(find_account("vm")->matched, 1);
}

static void only_the_fields_that_differ_are_set(void **state)
{
	const struct sb_op *op;

	(void)state;
	put_row("guest", "lab/qemu/101",
		"{'set': {'name': 'web', 'status': 'offline', 'memory': 4096, 'cluster': 1}}");
	put_netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "web"));
	run_diff();
	op = op_of("lab/qemu/101", SB_UPDATE);
	assert_int_equal(n_ops(), 1);
	assert_int_equal(op->target, 7);
	assert_json(op->set, "{'status': 'offline', 'memory': 4096}");
	assert_json(op->was, "{'status': 'active', 'memory': 2048}");
	assert_null(op->claims);
	assert_int_equal(find_account("vm")->updated, 1);
	assert_int_equal(find_account("vm")->matched, 1);
}

static void null_clears_a_field(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/101", "{'set': {'memory': null, 'device': null}}");
	put_netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "web"));
	run_diff();
	assert_json(op_of("lab/qemu/101", SB_UPDATE)->set, "{'memory': null}");
	assert_json(op_of("lab/qemu/101", SB_UPDATE)->was, "{'memory': 2048}");
}

static void a_field_that_is_not_mentioned_is_not_managed(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/101", "{'set': {'status': 'active'}}");
	put_netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "named by people"));
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("vm")->same, 1);
}

/* A misspelt name is not an empty collection. */
static void a_source_that_no_stage_put_or_declared_is_unknown(void **state)
{
	(void)state;
	read_empty("guests");
	read_empty("nic");
	run_diff();
	assert_status(0, SB_STAGE_PARTIAL);
	assert_says(
		&get_stage(0)->why,
		"no stage put rows of source \"guest\" or declared with sb_rows_read() that there "
		"are none (did you mean \"guests\"?)");
	assert_status(1, SB_STAGE_OK);
	assert_status(3, SB_STAGE_PARTIAL); /* SB_RECONCILE_FIELDS */
	assert_says(&get_stage(3)->why, "source \"primary\"");
}

static void an_unknown_field_leaves_netbox_and_makes_the_stage_partial(void **state)
{
	(void)state;
	read_empty("nic");
	put_row("guest", "lab/qemu/101",
		"{'set': {'status': 'offline'}, 'unknown': {'memory': 'the node is silent'}}");
	put_netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "web"));
	run_diff();
	assert_json(op_of("lab/qemu/101", SB_UPDATE)->set, "{'status': 'offline'}");
	assert_status(0, SB_STAGE_PARTIAL);
	assert_says(&get_stage(0)->why, "the node is silent");
	assert_says(&get_stage(0)->why, "memory");
	assert_status(1, SB_STAGE_OK);
}

static void a_new_object_of_unknown_status_is_not_created(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/101",
		"{'set': {'name': 'web', 'cluster': 1}, 'unknown': {'status': 'node offline'}}");
	mark_all_asked();
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("vm")->unknown, 1);
	assert_status(0, SB_STAGE_PARTIAL);
}

static void a_reference_is_an_id_or_the_key_of_a_new_object(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/101", GUEST("web"));
	put_row("guest", "lab/qemu/102", GUEST("db"));
	put_netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "web"));
	put_row("nic", "lab/qemu/101/net0",
		"{'set': {'name': 'net0'}, 'ref': {'virtual_machine': ['vm', 'lab/qemu/101']}}");
	put_row("nic", "lab/qemu/102/net0",
		"{'set': {'name': 'net0'}, 'ref': {'virtual_machine': ['vm', 'lab/qemu/102']}}");
	put_row("ip", "lab/qemu/102/net0/ip/10.0.0.2",
		"{'set': {'address': '10.0.0.2/24'},"
		" 'ref': {'assigned_object': ['vm-interface', 'lab/qemu/102/net0']}}");
	mark_all_asked();
	mark_asked("ip?address=10.0.0.2");
	run_diff();
	assert_json(op_of("lab/qemu/101/net0", SB_CREATE)->set,
		    "{'name': 'net0', 'virtual_machine': 7}");
	assert_json(op_of("lab/qemu/101/net0", SB_CREATE)->claims, "['vm-interface|7|net0|']");
	assert_json(op_of("lab/qemu/102/net0", SB_CREATE)->set,
		    "{'name': 'net0', 'virtual_machine': {'$ref': 'lab/qemu/102'}}");
	assert_null(op_of("lab/qemu/102/net0", SB_CREATE)->claims);
	assert_json(op_of("lab/qemu/102/net0/ip/10.0.0.2", SB_CREATE)->set,
		    "{'address': '10.0.0.2/24', 'assigned_object': {'type':"
		    " 'virtualization.vminterface', 'id': {'$ref': 'lab/qemu/102/net0'}}}");
	assert_int_equal(op_of("lab/qemu/102/net0", SB_CREATE)->n_needs, 1);
}

static void an_object_whose_reference_is_absent_is_skipped_with_the_cause(void **state)
{
	(void)state;
	put_row("nic", "lab/qemu/101/net0",
		"{'set': {'name': 'net0'}, 'ref': {'virtual_machine': ['vm', 'lab/qemu/101']}}");
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("vm-interface")->skipped, 1);
	assert_status(1, SB_STAGE_PARTIAL);
	assert_says(&get_stage(1)->why, "lab/qemu/101");
}

static void objects_that_refer_to_a_skipped_parent_are_skipped(void **state)
{
	(void)state;
	put_row("nic", "lab/qemu/101/net0",
		"{'set': {'name': 'net0'}, 'ref': {'virtual_machine': ['vm', 'lab/qemu/101']}}");
	put_row("ip", "lab/qemu/101/net0/ip/10.0.0.1",
		"{'set': {'address': '10.0.0.1/24'},"
		" 'ref': {'assigned_object': ['vm-interface', 'lab/qemu/101/net0']}}");
	run_diff();
	assert_int_equal(find_account("ip")->skipped, 1);
	assert_says(&get_stage(2)->why, "lab/qemu/101");
}

static void an_object_whose_reference_is_unknown_is_left(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/101", "{'leave': 'config not readable'}");
	put_row("nic", "lab/qemu/101/net0",
		"{'set': {'name': 'net0'}, 'ref': {'virtual_machine': ['vm', 'lab/qemu/101']}}");
	put_netbox("vm-interface", "lab/qemu/101/net0", "{'id': 70, 'name': 'old'}");
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("vm")->unknown, 1);
	assert_int_equal(find_account("vm-interface")->unknown, 1);
	assert_int_equal(find_account("vm-interface")->kept, 1);
	assert_status(1, SB_STAGE_PARTIAL);
	assert_says(&get_stage(1)->why, "config not readable");
}

static void a_reference_into_an_incomplete_list_is_unknown(void **state)
{
	(void)state;
	get_list("vm")->known = SB_KNOWN_PARTIAL;
	put_row("nic", "lab/qemu/101/net0",
		"{'set': {'name': 'net0'}, 'ref': {'virtual_machine': ['vm', 'lab/qemu/101']}}");
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("vm-interface")->unknown, 1);
	assert_int_equal(find_account("vm-interface")->skipped, 0);
}

static void an_incomplete_list_prevents_creates(void **state)
{
	static const enum sb_known states[] = {SB_KNOWN_PARTIAL, SB_KNOWN_NOT};
	size_t i;

	(void)state;
	put_row("guest", "lab/qemu/101", GUEST("web"));
	put_row("guest", "lab/qemu/102", "{'set': {'status': 'offline'}}");
	put_netbox("vm", "lab/qemu/102", GUEST_IN_NETBOX(8, "db"));
	mark_all_asked();
	for (i = 0; i < SB_ARRAY_LEN(states); i++) {
		get_list("vm")->known = states[i];
		run_diff();
		assert_int_equal(n_ops(), 1);
		op_of("lab/qemu/102", SB_UPDATE); /* an object that was read may still be changed */
		assert_int_equal(find_account("vm")->unknown, 1);
		assert_status(0, SB_STAGE_PARTIAL);
	}
}

static void members_of_a_set_may_be_absent_or_unknown(void **state)
{
	(void)state;
	fx->demands[1] = "[['vlan-group', {'slug': 'lab', 'name': 'lab'}]]";
	put_netbox("vlan-group", "", "{'id': 4, 'name': 'lab', 'slug': 'lab'}");
	put_netbox("vlan", "", "{'id': 30, 'vid': 3, 'group': {'id': 4, 'slug': 'lab'}}");
	put_netbox("vlan", "", "{'id': 20, 'vid': 2, 'group': {'id': 4, 'slug': 'lab'}}");
	put_row("guest", "lab/qemu/101", GUEST("web"));
	put_netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "web"));
	put_row("nic", "lab/qemu/101/net0",
		"{'set': {'name': 'net0'}, 'refs': {'tagged_vlans': [['vlan', 'shared/vlan/lab/3'],"
		" ['vlan', 'shared/vlan/lab/9'], ['vlan', 'shared/vlan/lab/2'],"
		" ['vlan', 'shared/vlan/lab/3']]}}");
	put_netbox("vm-interface", "lab/qemu/101/net0",
		   "{'id': 70, 'name': 'net0', 'tagged_vlans': [{'id': 20}]}");
	run_diff();
	assert_json(op_of("lab/qemu/101/net0", SB_UPDATE)->set, "{'tagged_vlans': [20, 30]}");
	assert_status(1, SB_STAGE_PARTIAL);
	assert_says(&get_stage(1)->why, "shared/vlan/lab/9");

	get_list("vlan")->known = SB_KNOWN_PARTIAL;
	run_diff();
	assert_int_equal(n_ops(), 0); /* one unknown member: the whole field is unknown */
	assert_int_equal(find_account("vm-interface")->same, 1);
}

static void an_empty_set_clears_the_field(void **state)
{
	(void)state;
	put_row("nic", "lab/qemu/101/net0", "{'refs': {'tagged_vlans': []}}");
	put_netbox("vm-interface", "lab/qemu/101/net0",
		   "{'id': 70, 'name': 'net0', 'tagged_vlans': [{'id': 20}]}");
	run_diff();
	assert_json(op_of("lab/qemu/101/net0", SB_UPDATE)->set, "{'tagged_vlans': []}");
}

static void an_object_that_a_module_skips_leaves_the_stage_ok(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/101", "{'skip': 'a template'}");
	put_row("guest", "lab/qemu/102", "{'skip': 'a template', 'set': {'status': 'offline'}}");
	put_netbox("vm", "lab/qemu/102", GUEST_IN_NETBOX(8, "db"));
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("vm")->skipped, 2);
	assert_int_equal(find_account("vm")->kept, 1);
	assert_status(0, SB_STAGE_OK);
}

static void a_reference_to_a_skipped_object_names_the_cause(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/101", "{'skip': 'a template'}");
	put_row("nic", "lab/qemu/101/net0",
		"{'set': {'name': 'net0'}, 'ref': {'virtual_machine': ['vm', 'lab/qemu/101']}}");
	run_diff();
	assert_int_equal(find_account("vm-interface")->skipped, 1);
	assert_says(&get_stage(1)->why, "a template");
}

static void an_object_that_a_module_leaves_is_unknown(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/101", "{'leave': 'HTTP 500', 'set': {'status': 'offline'}}");
	put_netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "web"));
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("vm")->unknown, 1);
	assert_int_equal(find_account("vm")->kept, 1);
	assert_status(0, SB_STAGE_PARTIAL);
	assert_says(&get_stage(0)->why, "HTTP 500");
}

static void texts_fit_the_column_of_netbox(void **state)
{
	char text[600];

	(void)state;
	snprintf(text, sizeof(text), "{'set': {'description': ' %0250d '}}", 0);
	put_row("guest", "lab/qemu/101", text);
	put_netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "web"));
	put_change_log("lab/qemu/101", "{}");
	run_diff();
	assert_int_equal(json_string_length(json_object_get(op_of("lab/qemu/101", SB_UPDATE)->set,
							    "description")),
			 200);
}

static void a_field_that_the_kind_does_not_have_fails_the_stage(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/101", "{'set': {'rack': 'a'}}");
	run_diff();
	assert_status(0, SB_STAGE_FAILED);
	assert_says(&get_stage(0)->why, "rack");
	assert_status(1, SB_STAGE_SKIPPED);
	assert_says(&get_stage(1)->why, "t.guests");
	assert_status(3, SB_STAGE_SKIPPED);
}

static void a_stage_that_fails_half_way_leaves_no_op(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/101", GUEST("web"));
	put_row("guest", "lab/qemu/102", "{'fail': 'no vmid'}");
	mark_all_asked();
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(fx->run->diff->n_accounts, 0);
	assert_status(0, SB_STAGE_FAILED);
	assert_says(&get_stage(0)->why, "no vmid");
}

static void an_address_is_compared_in_its_canonical_form(void **state)
{
	(void)state;
	put_row("ip", "lab/qemu/101/net0/ip/2001:db8::1",
		"{'set': {'address': '2001:DB8:0::1/64'}}");
	put_netbox("ip", "lab/qemu/101/net0/ip/2001:db8::1",
		   "{'id': 1, 'address': '2001:db8::1/64'}");
	run_diff();
	assert_int_equal(n_ops(), 0);
}

static void a_rename_frees_the_old_name_and_claims_the_new(void **state)
{
	const struct sb_op *op;

	(void)state;
	put_row("guest", "lab/qemu/101", GUEST("new"));
	put_netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "old"));
	put_applied("lab/qemu/101", "{'name': 'old'}");
	run_diff();
	op = op_of("lab/qemu/101", SB_UPDATE);
	assert_json(op->frees, "['vm|1|old|']");
	assert_json(op->claims, "['vm|1|new|']");
}

static void a_rename_in_case_only_claims_nothing(void **state)
{
	const struct sb_op *op;

	(void)state;
	put_row("guest", "lab/qemu/101", GUEST("Web"));
	put_netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "web"));
	put_applied("lab/qemu/101", "{'name': 'web'}");
	run_diff();
	op = op_of("lab/qemu/101", SB_UPDATE);
	assert_json(op->set, "{'name': 'Web'}");
	assert_null(op->claims);
	assert_null(op->frees);
}

static void the_row_of_a_replaced_mac_is_deleted_after_the_update(void **state)
{
	const struct sb_op *op;

	(void)state;
	put_row("nic", "lab/qemu/101/net0", "{'set': {'mac_address': 'bc:24:11:00:00:02'}}");
	put_netbox("vm-interface", "lab/qemu/101/net0",
		   "{'id': 70, 'name': 'net0', 'mac_address': 'BC:24:11:00:00:01', 'mac_addresses':"
		   " [{'id': 5, 'mac_address': 'BC:24:11:00:00:01'},"
		   "  {'id': 6, 'mac_address': 'BC:24:11:00:00:09'}]}");
	put_change_log("lab/qemu/101/net0/mac/BC:24:11:00:00:01#5",
		       "{'mac_address': 'BC:24:11:00:00:01'}");
	put_change_log("lab/qemu/101/net0/mac/BC:24:11:00:00:09#6", "{}");
	run_diff();
	assert_int_equal(n_ops(), 2);
	assert_json(op_of("lab/qemu/101/net0", SB_UPDATE)->set,
		    "{'mac_address': 'BC:24:11:00:00:02'}");
	op = op_of("lab/qemu/101/net0/mac/BC:24:11:00:00:01", SB_DELETE);
	assert_int_equal(op->target, 5);
	assert_string_equal(op->kind->name, "mac");
	assert_int_equal(op->n_needs, 1);
	assert_int_equal(find_account("vm-interface")->updated, 1);
}

static void the_row_of_a_replaced_mac_stays_when_a_person_made_it(void **state)
{
	(void)state;
	put_row("nic", "lab/qemu/101/net0", "{'set': {'mac_address': 'BC:24:11:00:00:02'}}");
	put_netbox("vm-interface", "lab/qemu/101/net0",
		   "{'id': 70, 'name': 'net0', 'mac_address': 'BC:24:11:00:00:01', 'mac_addresses':"
		   " [{'id': 5, 'mac_address': 'BC:24:11:00:00:01'}]}");
	put_change_log("lab/qemu/101/net0/mac/BC:24:11:00:00:01#5", "{}");
	run_diff();
	assert_int_equal(n_ops(), 1);
	assert_json(op_of("lab/qemu/101/net0", SB_UPDATE)->set,
		    "{'mac_address': 'BC:24:11:00:00:02'}");
}

/* One row is left by a run that died between update and delete, another one is a person's. */
static void a_spare_mac_row_is_deleted_when_we_created_it(void **state)
{
	(void)state;
	put_row("nic", "lab/qemu/101/net0", "{'set': {'mac_address': 'BC:24:11:00:00:02'}}");
	put_netbox("vm-interface", "lab/qemu/101/net0",
		   "{'id': 70, 'name': 'net0', 'mac_address': 'BC:24:11:00:00:02', 'mac_addresses':"
		   " [{'id': 5, 'mac_address': 'BC:24:11:00:00:01'},"
		   "  {'id': 6, 'mac_address': 'BC:24:11:00:00:09'},"
		   "  {'id': 7, 'mac_address': 'BC:24:11:00:00:02'}]}");
	put_change_log("lab/qemu/101/net0/mac/BC:24:11:00:00:01#5",
		       "{'mac_address': 'BC:24:11:00:00:01'}");
	put_change_log("lab/qemu/101/net0/mac/BC:24:11:00:00:09#6", "{}");
	run_diff();
	assert_int_equal(n_ops(), 1);
	assert_int_equal(op_of("lab/qemu/101/net0/mac/BC:24:11:00:00:01", SB_DELETE)->target, 5);
	assert_int_equal(find_account("vm-interface")->same, 1);
}

static void keys_outside_the_prefix_are_not_touched(void **state)
{
	(void)state;
	put_row("guest", "lab/lxc/200", GUEST("other"));
	put_row("guest", "lab/vm/300", GUEST("after"));
	put_netbox("vm", "lab/lxc/201", GUEST_IN_NETBOX(9, "third"));
	put_netbox("vm", "lab/vm/301", GUEST_IN_NETBOX(10, "fourth"));
	read_empty("guest");
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("vm")->seen, 0);
	assert_int_equal(find_account("vm")->before, 0);
}

static void an_account_that_does_not_add_up_names_its_side(void **state)
{
	struct sb_account counts = {.kind = get_list("vm")->kind, .seen = 21, .before = 6};
	struct sb_error err = SB_ERROR_INIT;

	(void)state;
	counts.created = 1;
	counts.updated = 2;
	counts.same = 3;
	counts.skipped = 4;
	counts.failed = 5;
	counts.unknown = 6;
	counts.matched = 1;
	counts.deleted = 2;
	counts.kept = 3;
	assert_int_equal(sb_account_check(&counts, "t.guests", &err), 0);
	counts.seen = 20;
	assert_int_equal(sb_account_check(&counts, "t.guests", &err), SB_E_STATE);
	assert_says(&err, "t.guests: 20 objects of kind vm seen");
	counts.seen = 21;
	counts.kept = 4;
	assert_int_equal(sb_account_check(&counts, "t.guests", &err), SB_E_STATE);
	assert_says(&err, "owned in NetBox, but 7");
}

/* A complete plan as text. */
static char *plan_text(void)
{
	sb_autojson *ops = NULL, *shared = NULL, *both = NULL;

	assert_int_equal(sb_plan_to_json(&fx->run->diff->plan, &ops, &shared), 0);
	both = json_pack("[O, O]", ops, shared);
	return json_dumps(both, JSON_COMPACT);
}

static char *plan_of_order(unsigned step, unsigned n)
{
	char key[64], text[256];
	unsigned i;
	char *plan;

	mark_all_asked();
	for (i = 0; i < n; i++) {
		unsigned at = i * step % n;

		snprintf(key, sizeof(key), "lab/qemu/%u", 100 + at);
		snprintf(text, sizeof(text),
			 "{'set': {'name': 'g%u', 'status': 'active', 'cluster': 1, 'memory': %u},"
			 " 'refs': {'tags': [['tag', 'shared/tag/b'], ['tag', 'shared/tag/a']]}}",
			 at, 512 * (at + 1));
		put_row("guest", key, text);
		if (at % 3 == 0) {
			snprintf(text, sizeof(text),
				 "{'id': %u, 'name': 'g%u', 'status': {'value': 'active'},"
				 " 'cluster': {'id': 1}, 'memory': 1, 'tags': []}",
				 at + 1, at);
			put_netbox("vm", key, text);
		}
		snprintf(key, sizeof(key), "lab/qemu/%u", 900 + at);
		snprintf(text, sizeof(text), "{'id': %u, 'name': 'x%u', 'cluster': {'id': 1}}",
			 500 + at, at);
		put_netbox("vm", key, text);
		snprintf(key, sizeof(key), "lab/qemu/%u/net0", 100 + at);
		put_row("nic", key, "{'set': {'name': 'net0'}}");
	}
	fx->demands[0] =
		"[['tag', {'slug': 'a', 'name': 'a'}], ['tag', {'slug': 'b', 'name': 'b'}]]";
	run_diff();
	plan = plan_text();
	return plan;
}

static void the_plan_does_not_depend_on_the_order_of_answers(void **state)
{
	static const unsigned steps[] = {7, 13, 29, 59};
	char *first, *other;
	size_t i;

	first = plan_of_order(1, 60);
	for (i = 0; i < SB_ARRAY_LEN(steps); i++) {
		teardown(state);
		setup(state);
		other = plan_of_order(steps[i], 60);
		assert_string_equal(first, other);
		free(other);
	}
	free(first);
}

static void the_same_diff_twice_is_the_same_plan(void **state)
{
	char *first = plan_of_order(7, 30), *second;

	(void)state;
	run_diff();
	second = plan_text();
	assert_string_equal(first, second);
	free(first);
	free(second);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(an_object_that_is_missing_in_netbox_is_created),
		T(equal_objects_need_no_op),
		T(only_the_fields_that_differ_are_set),
		T(null_clears_a_field),
		T(a_field_that_is_not_mentioned_is_not_managed),
		T(a_source_that_no_stage_put_or_declared_is_unknown),
		T(an_unknown_field_leaves_netbox_and_makes_the_stage_partial),
		T(a_new_object_of_unknown_status_is_not_created),
		T(a_reference_is_an_id_or_the_key_of_a_new_object),
		T(an_object_whose_reference_is_absent_is_skipped_with_the_cause),
		T(objects_that_refer_to_a_skipped_parent_are_skipped),
		T(an_object_whose_reference_is_unknown_is_left),
		T(a_reference_into_an_incomplete_list_is_unknown),
		T(an_incomplete_list_prevents_creates),
		T(members_of_a_set_may_be_absent_or_unknown),
		T(an_empty_set_clears_the_field),
		T(an_object_that_a_module_skips_leaves_the_stage_ok),
		T(a_reference_to_a_skipped_object_names_the_cause),
		T(an_object_that_a_module_leaves_is_unknown),
		T(an_account_that_does_not_add_up_names_its_side),
		T(texts_fit_the_column_of_netbox),
		T(a_field_that_the_kind_does_not_have_fails_the_stage),
		T(a_stage_that_fails_half_way_leaves_no_op),
		T(an_address_is_compared_in_its_canonical_form),
		T(a_rename_frees_the_old_name_and_claims_the_new),
		T(a_rename_in_case_only_claims_nothing),
		T(the_row_of_a_replaced_mac_is_deleted_after_the_update),
		T(the_row_of_a_replaced_mac_stays_when_a_person_made_it),
		T(a_spare_mac_row_is_deleted_when_we_created_it),
		T(keys_outside_the_prefix_are_not_touched),
		T(the_plan_does_not_depend_on_the_order_of_answers),
		T(the_same_diff_twice_is_the_same_plan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
