/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the source against NetBox's objects: what becomes an op, and what is left. */
#include "run/run.h"
#include "test_diff_fixture.h"

static void an_object_that_netbox_lacks_is_created(void **state)
{
	const struct sb_op *op;

	(void)state;
	row("guest", "lab/qemu/101", GUEST("web"));
	asked_all();
	diff();
	assert_int_equal(n_ops(), 1);
	op = op_of("lab/qemu/101", SB_CREATE);
	assert_json(op->set, "{'name': 'web', 'status': 'active', 'cluster': 1, 'memory': 2048}");
	assert_json(op->claims, "['vm|1|web|']");
	assert_null(op->was);
	assert_string_equal(op->stage, "t.guests");
	assert_int_equal(account("vm")->created, 1);
	assert_int_equal(account("vm")->before, 0);
	assert_status(0, SB_STAGE_OK);
}

static void equal_objects_need_no_op(void **state)
{
	(void)state;
	row("guest", "lab/qemu/101", GUEST("web"));
	netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "web"));
	diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(account("vm")->same, 1);
	assert_int_equal(account("vm")->matched, 1);
}

static void only_the_fields_that_differ_are_set(void **state)
{
	const struct sb_op *op;

	(void)state;
	row("guest", "lab/qemu/101",
	    "{'set': {'name': 'web', 'status': 'offline', 'memory': 4096, 'cluster': 1}}");
	netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "web"));
	diff();
	op = op_of("lab/qemu/101", SB_UPDATE);
	assert_int_equal(n_ops(), 1);
	assert_int_equal(op->target, 7);
	assert_json(op->set, "{'status': 'offline', 'memory': 4096}");
	assert_json(op->was, "{'status': 'active', 'memory': 2048}");
	assert_null(op->claims);
	assert_int_equal(account("vm")->updated, 1);
	assert_int_equal(account("vm")->matched, 1);
}

static void null_clears_a_field(void **state)
{
	(void)state;
	row("guest", "lab/qemu/101", "{'set': {'memory': null, 'device': null}}");
	netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "web"));
	diff();
	assert_json(op_of("lab/qemu/101", SB_UPDATE)->set, "{'memory': null}");
	assert_json(op_of("lab/qemu/101", SB_UPDATE)->was, "{'memory': 2048}");
}

static void a_field_that_is_not_mentioned_is_not_managed(void **state)
{
	(void)state;
	row("guest", "lab/qemu/101", "{'set': {'status': 'active'}}");
	netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "named by people"));
	diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(account("vm")->same, 1);
}

static void an_unknown_field_leaves_netbox_and_makes_the_stage_partial(void **state)
{
	(void)state;
	row("guest", "lab/qemu/101",
	    "{'set': {'status': 'offline'}, 'unknown': {'memory': 'the node is silent'}}");
	netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "web"));
	diff();
	assert_json(op_of("lab/qemu/101", SB_UPDATE)->set, "{'status': 'offline'}");
	assert_status(0, SB_STAGE_PARTIAL);
	assert_says(&stage(0)->why, "the node is silent");
	assert_says(&stage(0)->why, "memory");
	assert_status(1, SB_STAGE_OK);
}

static void a_new_object_of_unknown_status_is_not_created(void **state)
{
	(void)state;
	row("guest", "lab/qemu/101",
	    "{'set': {'name': 'web', 'cluster': 1}, 'unknown': {'status': 'node offline'}}");
	asked_all();
	diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(account("vm")->unknown, 1);
	assert_status(0, SB_STAGE_PARTIAL);
}

static void a_reference_is_an_id_or_the_key_of_what_will_be(void **state)
{
	(void)state;
	row("guest", "lab/qemu/101", GUEST("web"));
	row("guest", "lab/qemu/102", GUEST("db"));
	netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "web"));
	row("nic", "lab/qemu/101/net0",
	    "{'set': {'name': 'net0'}, 'ref': {'virtual_machine': ['vm', 'lab/qemu/101']}}");
	row("nic", "lab/qemu/102/net0",
	    "{'set': {'name': 'net0'}, 'ref': {'virtual_machine': ['vm', 'lab/qemu/102']}}");
	row("ip", "lab/qemu/102/net0/ip/10.0.0.2",
	    "{'set': {'address': '10.0.0.2/24'},"
	    " 'ref': {'assigned_object': ['vm-interface', 'lab/qemu/102/net0']}}");
	asked_all();
	asked("ip?address=10.0.0.2");
	diff();
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
	row("nic", "lab/qemu/101/net0",
	    "{'set': {'name': 'net0'}, 'ref': {'virtual_machine': ['vm', 'lab/qemu/101']}}");
	diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(account("vm-interface")->skipped, 1);
	assert_status(1, SB_STAGE_PARTIAL);
	assert_says(&stage(1)->why, "lab/qemu/101");
}

static void skipped_parents_skip_what_refers_to_them(void **state)
{
	(void)state;
	row("nic", "lab/qemu/101/net0",
	    "{'set': {'name': 'net0'}, 'ref': {'virtual_machine': ['vm', 'lab/qemu/101']}}");
	row("ip", "lab/qemu/101/net0/ip/10.0.0.1",
	    "{'set': {'address': '10.0.0.1/24'},"
	    " 'ref': {'assigned_object': ['vm-interface', 'lab/qemu/101/net0']}}");
	diff();
	assert_int_equal(account("ip")->skipped, 1);
	assert_says(&stage(2)->why, "lab/qemu/101");
}

static void an_object_whose_reference_is_unknown_is_left(void **state)
{
	(void)state;
	row("guest", "lab/qemu/101", "{'leave': 'config not readable'}");
	row("nic", "lab/qemu/101/net0",
	    "{'set': {'name': 'net0'}, 'ref': {'virtual_machine': ['vm', 'lab/qemu/101']}}");
	netbox("vm-interface", "lab/qemu/101/net0", "{'id': 70, 'name': 'old'}");
	diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(account("vm")->unknown, 1);
	assert_int_equal(account("vm-interface")->unknown, 1);
	assert_int_equal(account("vm-interface")->kept, 1);
	assert_status(1, SB_STAGE_PARTIAL);
	assert_says(&stage(1)->why, "config not readable");
}

static void a_reference_into_a_list_that_came_short_is_unknown(void **state)
{
	(void)state;
	list("vm")->known = SB_KNOWN_PARTIAL;
	row("nic", "lab/qemu/101/net0",
	    "{'set': {'name': 'net0'}, 'ref': {'virtual_machine': ['vm', 'lab/qemu/101']}}");
	diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(account("vm-interface")->unknown, 1);
	assert_int_equal(account("vm-interface")->skipped, 0);
}

static void a_list_that_came_short_creates_nothing(void **state)
{
	static const enum sb_known states[] = {SB_KNOWN_PARTIAL, SB_KNOWN_NOT};
	size_t i;

	(void)state;
	row("guest", "lab/qemu/101", GUEST("web"));
	row("guest", "lab/qemu/102", "{'set': {'status': 'offline'}}");
	netbox("vm", "lab/qemu/102", GUEST_IN_NETBOX(8, "db"));
	asked_all();
	for (i = 0; i < SB_ARRAY_LEN(states); i++) {
		list("vm")->known = states[i];
		diff();
		assert_int_equal(n_ops(), 1);
		op_of("lab/qemu/102", SB_UPDATE); /* what is seen may still be changed */
		assert_int_equal(account("vm")->unknown, 1);
		assert_status(0, SB_STAGE_PARTIAL);
	}
}

static void members_of_a_set_are_absent_or_unknown_each_in_its_way(void **state)
{
	(void)state;
	fx->demands[1] = "[['vlan-group', {'slug': 'lab', 'name': 'lab'}]]";
	netbox("vlan-group", "", "{'id': 4, 'name': 'lab', 'slug': 'lab'}");
	netbox("vlan", "", "{'id': 30, 'vid': 3, 'group': {'id': 4, 'slug': 'lab'}}");
	netbox("vlan", "", "{'id': 20, 'vid': 2, 'group': {'id': 4, 'slug': 'lab'}}");
	row("guest", "lab/qemu/101", GUEST("web"));
	netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "web"));
	row("nic", "lab/qemu/101/net0",
	    "{'set': {'name': 'net0'}, 'refs': {'tagged_vlans': [['vlan', 'shared/vlan/lab/3'],"
	    " ['vlan', 'shared/vlan/lab/9'], ['vlan', 'shared/vlan/lab/2'],"
	    " ['vlan', 'shared/vlan/lab/3']]}}");
	netbox("vm-interface", "lab/qemu/101/net0",
	       "{'id': 70, 'name': 'net0', 'tagged_vlans': [{'id': 20}]}");
	diff();
	assert_json(op_of("lab/qemu/101/net0", SB_UPDATE)->set, "{'tagged_vlans': [20, 30]}");
	assert_status(1, SB_STAGE_PARTIAL);
	assert_says(&stage(1)->why, "shared/vlan/lab/9");

	list("vlan")->known = SB_KNOWN_PARTIAL;
	diff();
	assert_int_equal(n_ops(), 0); /* one unknown member: the whole field is unknown */
	assert_int_equal(account("vm-interface")->same, 1);
}

static void an_empty_set_clears_the_field(void **state)
{
	(void)state;
	row("nic", "lab/qemu/101/net0", "{'refs': {'tagged_vlans': []}}");
	netbox("vm-interface", "lab/qemu/101/net0",
	       "{'id': 70, 'name': 'net0', 'tagged_vlans': [{'id': 20}]}");
	diff();
	assert_json(op_of("lab/qemu/101/net0", SB_UPDATE)->set, "{'tagged_vlans': []}");
}

static void what_a_module_skips_is_left_without_alarm(void **state)
{
	(void)state;
	row("guest", "lab/qemu/101", "{'skip': 'a template'}");
	row("guest", "lab/qemu/102", "{'skip': 'a template', 'set': {'status': 'offline'}}");
	netbox("vm", "lab/qemu/102", GUEST_IN_NETBOX(8, "db"));
	diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(account("vm")->skipped, 2);
	assert_int_equal(account("vm")->kept, 1);
	assert_status(0, SB_STAGE_OK);
}

static void what_refers_to_a_skipped_object_names_why_it_is_not_there(void **state)
{
	(void)state;
	row("guest", "lab/qemu/101", "{'skip': 'a template'}");
	row("nic", "lab/qemu/101/net0",
	    "{'set': {'name': 'net0'}, 'ref': {'virtual_machine': ['vm', 'lab/qemu/101']}}");
	diff();
	assert_int_equal(account("vm-interface")->skipped, 1);
	assert_says(&stage(1)->why, "a template");
}

static void what_a_module_leaves_is_unknown(void **state)
{
	(void)state;
	row("guest", "lab/qemu/101", "{'leave': 'HTTP 500', 'set': {'status': 'offline'}}");
	netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "web"));
	diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(account("vm")->unknown, 1);
	assert_int_equal(account("vm")->kept, 1);
	assert_status(0, SB_STAGE_PARTIAL);
	assert_says(&stage(0)->why, "HTTP 500");
}

static void texts_fit_the_column_of_netbox(void **state)
{
	char text[600];

	(void)state;
	snprintf(text, sizeof(text), "{'set': {'description': ' %0250d '}}", 0);
	row("guest", "lab/qemu/101", text);
	netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "web"));
	changelog("lab/qemu/101", "{}");
	diff();
	assert_int_equal(json_string_length(json_object_get(op_of("lab/qemu/101", SB_UPDATE)->set,
							    "description")),
			 200);
}

static void a_field_that_the_kind_lacks_fails_the_stage(void **state)
{
	(void)state;
	row("guest", "lab/qemu/101", "{'set': {'rack': 'a'}}");
	diff();
	assert_status(0, SB_STAGE_FAILED);
	assert_says(&stage(0)->why, "rack");
	assert_status(1, SB_STAGE_SKIPPED);
	assert_says(&stage(1)->why, "t.guests");
	assert_status(3, SB_STAGE_SKIPPED);
}

static void a_stage_that_fails_half_way_leaves_no_op(void **state)
{
	(void)state;
	row("guest", "lab/qemu/101", GUEST("web"));
	row("guest", "lab/qemu/102", "{'fail': 'no vmid'}");
	asked_all();
	diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(fx->run->diff->n_accounts, 0);
	assert_status(0, SB_STAGE_FAILED);
	assert_says(&stage(0)->why, "no vmid");
}

static void an_address_is_compared_in_its_canonical_form(void **state)
{
	(void)state;
	row("ip", "lab/qemu/101/net0/ip/2001:db8::1", "{'set': {'address': '2001:DB8:0::1/64'}}");
	netbox("ip", "lab/qemu/101/net0/ip/2001:db8::1", "{'id': 1, 'address': '2001:db8::1/64'}");
	diff();
	assert_int_equal(n_ops(), 0);
}

static void a_rename_frees_the_old_name_and_claims_the_new(void **state)
{
	const struct sb_op *op;

	(void)state;
	row("guest", "lab/qemu/101", GUEST("new"));
	netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "old"));
	applied("lab/qemu/101", "{'name': 'old'}");
	diff();
	op = op_of("lab/qemu/101", SB_UPDATE);
	assert_json(op->frees, "['vm|1|old|']");
	assert_json(op->claims, "['vm|1|new|']");
}

static void a_rename_in_case_only_claims_nothing(void **state)
{
	const struct sb_op *op;

	(void)state;
	row("guest", "lab/qemu/101", GUEST("Web"));
	netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "web"));
	applied("lab/qemu/101", "{'name': 'web'}");
	diff();
	op = op_of("lab/qemu/101", SB_UPDATE);
	assert_json(op->set, "{'name': 'Web'}");
	assert_null(op->claims);
	assert_null(op->frees);
}

static void the_row_of_a_replaced_mac_goes_after_the_update(void **state)
{
	const struct sb_op *op;

	(void)state;
	row("nic", "lab/qemu/101/net0", "{'set': {'mac_address': 'bc:24:11:00:00:02'}}");
	netbox("vm-interface", "lab/qemu/101/net0",
	       "{'id': 70, 'name': 'net0', 'mac_address': 'BC:24:11:00:00:01', 'mac_addresses':"
	       " [{'id': 5, 'mac_address': 'BC:24:11:00:00:01'},"
	       "  {'id': 6, 'mac_address': 'BC:24:11:00:00:09'}]}");
	changelog("lab/qemu/101/net0/mac/BC:24:11:00:00:01#5",
		  "{'mac_address': 'BC:24:11:00:00:01'}");
	changelog("lab/qemu/101/net0/mac/BC:24:11:00:00:09#6", "{}");
	diff();
	assert_int_equal(n_ops(), 2);
	assert_json(op_of("lab/qemu/101/net0", SB_UPDATE)->set,
		    "{'mac_address': 'BC:24:11:00:00:02'}");
	op = op_of("lab/qemu/101/net0/mac/BC:24:11:00:00:01", SB_DELETE);
	assert_int_equal(op->target, 5);
	assert_string_equal(op->kind->name, "mac");
	assert_int_equal(op->n_needs, 1);
	assert_int_equal(account("vm-interface")->updated, 1);
}

static void the_row_of_a_replaced_mac_stays_when_a_person_made_it(void **state)
{
	(void)state;
	row("nic", "lab/qemu/101/net0", "{'set': {'mac_address': 'BC:24:11:00:00:02'}}");
	netbox("vm-interface", "lab/qemu/101/net0",
	       "{'id': 70, 'name': 'net0', 'mac_address': 'BC:24:11:00:00:01', 'mac_addresses':"
	       " [{'id': 5, 'mac_address': 'BC:24:11:00:00:01'}]}");
	changelog("lab/qemu/101/net0/mac/BC:24:11:00:00:01#5", "{}");
	diff();
	assert_int_equal(n_ops(), 1);
	assert_json(op_of("lab/qemu/101/net0", SB_UPDATE)->set,
		    "{'mac_address': 'BC:24:11:00:00:02'}");
}

/* Left by a run that died between the update and the delete, beside one of a person. */
static void a_spare_mac_row_goes_when_we_made_it(void **state)
{
	(void)state;
	row("nic", "lab/qemu/101/net0", "{'set': {'mac_address': 'BC:24:11:00:00:02'}}");
	netbox("vm-interface", "lab/qemu/101/net0",
	       "{'id': 70, 'name': 'net0', 'mac_address': 'BC:24:11:00:00:02', 'mac_addresses':"
	       " [{'id': 5, 'mac_address': 'BC:24:11:00:00:01'},"
	       "  {'id': 6, 'mac_address': 'BC:24:11:00:00:09'},"
	       "  {'id': 7, 'mac_address': 'BC:24:11:00:00:02'}]}");
	changelog("lab/qemu/101/net0/mac/BC:24:11:00:00:01#5",
		  "{'mac_address': 'BC:24:11:00:00:01'}");
	changelog("lab/qemu/101/net0/mac/BC:24:11:00:00:09#6", "{}");
	diff();
	assert_int_equal(n_ops(), 1);
	assert_int_equal(op_of("lab/qemu/101/net0/mac/BC:24:11:00:00:01", SB_DELETE)->target, 5);
	assert_int_equal(account("vm-interface")->same, 1);
}

static void keys_outside_the_prefix_are_not_touched(void **state)
{
	(void)state;
	row("guest", "lab/lxc/200", GUEST("other"));
	row("guest", "lab/vm/300", GUEST("after"));
	netbox("vm", "lab/lxc/201", GUEST_IN_NETBOX(9, "third"));
	netbox("vm", "lab/vm/301", GUEST_IN_NETBOX(10, "fourth"));
	read_empty("guest");
	diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(account("vm")->seen, 0);
	assert_int_equal(account("vm")->before, 0);
}

static void an_account_that_does_not_add_up_names_its_side(void **state)
{
	struct sb_account counts = {.kind = list("vm")->kind, .seen = 21, .before = 6};
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

/* The whole of a plan as text. */
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

	asked_all();
	for (i = 0; i < n; i++) {
		unsigned at = i * step % n;

		snprintf(key, sizeof(key), "lab/qemu/%u", 100 + at);
		snprintf(text, sizeof(text),
			 "{'set': {'name': 'g%u', 'status': 'active', 'cluster': 1, 'memory': %u},"
			 " 'refs': {'tags': [['tag', 'shared/tag/b'], ['tag', 'shared/tag/a']]}}",
			 at, 512 * (at + 1));
		row("guest", key, text);
		if (at % 3 == 0) {
			snprintf(text, sizeof(text),
				 "{'id': %u, 'name': 'g%u', 'status': {'value': 'active'},"
				 " 'cluster': {'id': 1}, 'memory': 1, 'tags': []}",
				 at + 1, at);
			netbox("vm", key, text);
		}
		snprintf(key, sizeof(key), "lab/qemu/%u", 900 + at);
		snprintf(text, sizeof(text), "{'id': %u, 'name': 'x%u', 'cluster': {'id': 1}}",
			 500 + at, at);
		netbox("vm", key, text);
		snprintf(key, sizeof(key), "lab/qemu/%u/net0", 100 + at);
		row("nic", key, "{'set': {'name': 'net0'}}");
	}
	fx->demands[0] =
		"[['tag', {'slug': 'a', 'name': 'a'}], ['tag', {'slug': 'b', 'name': 'b'}]]";
	diff();
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
	diff();
	second = plan_text();
	assert_string_equal(first, second);
	free(first);
	free(second);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(an_object_that_netbox_lacks_is_created),
		T(equal_objects_need_no_op),
		T(only_the_fields_that_differ_are_set),
		T(null_clears_a_field),
		T(a_field_that_is_not_mentioned_is_not_managed),
		T(an_unknown_field_leaves_netbox_and_makes_the_stage_partial),
		T(a_new_object_of_unknown_status_is_not_created),
		T(a_reference_is_an_id_or_the_key_of_what_will_be),
		T(an_object_whose_reference_is_absent_is_skipped_with_the_cause),
		T(skipped_parents_skip_what_refers_to_them),
		T(an_object_whose_reference_is_unknown_is_left),
		T(a_reference_into_a_list_that_came_short_is_unknown),
		T(a_list_that_came_short_creates_nothing),
		T(members_of_a_set_are_absent_or_unknown_each_in_its_way),
		T(an_empty_set_clears_the_field),
		T(what_a_module_skips_is_left_without_alarm),
		T(what_refers_to_a_skipped_object_names_why_it_is_not_there),
		T(what_a_module_leaves_is_unknown),
		T(an_account_that_does_not_add_up_names_its_side),
		T(texts_fit_the_column_of_netbox),
		T(a_field_that_the_kind_lacks_fails_the_stage),
		T(a_stage_that_fails_half_way_leaves_no_op),
		T(an_address_is_compared_in_its_canonical_form),
		T(a_rename_frees_the_old_name_and_claims_the_new),
		T(a_rename_in_case_only_claims_nothing),
		T(the_row_of_a_replaced_mac_goes_after_the_update),
		T(the_row_of_a_replaced_mac_stays_when_a_person_made_it),
		T(a_spare_mac_row_goes_when_we_made_it),
		T(keys_outside_the_prefix_are_not_touched),
		T(the_plan_does_not_depend_on_the_order_of_answers),
		T(the_same_diff_twice_is_the_same_plan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
