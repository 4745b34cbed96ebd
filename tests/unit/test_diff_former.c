/* SPDX-License-Identifier: Apache-2.0 */
/* An address that another guest takes over leaves behind what we wrote for the former one. */
#include "test_diff_fixture.h"

#define HEIR   "lab/qemu/101/net0/ip/10.0.0.1"
#define FORMER "lab/qemu/102/net0/ip/10.0.0.1"

/* Guest 102 vanished, which had the address 10.0.0.1 and the DNS name "db"; guest 101 has the
 * address now. source: members of the row of the source. */
static void put_heir_with(const char *source, const char *name)
{
	char text[300];

	put_row("guest", "lab/qemu/101", GUEST("web"));
	put_netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "web"));
	put_netbox("vm", "lab/qemu/102", GUEST_IN_NETBOX(8, "db"));
	mark_all_asked();
	put_row("nic", "lab/qemu/101/net0",
		"{'set': {'name': 'net0'}, 'ref': {'virtual_machine': ['vm', 'lab/qemu/101']}}");
	put_netbox("vm-interface", "lab/qemu/101/net0",
		   "{'id': 70, 'name': 'net0', 'virtual_machine': {'id': 7}}");
	put_netbox("vm-interface", "lab/qemu/102/net0",
		   "{'id': 80, 'name': 'net0', 'virtual_machine': {'id': 8}}");
	snprintf(text, sizeof(text),
		 "{'set': {'address': '10.0.0.1/24'%s},"
		 " 'ref': {'assigned_object': ['vm-interface', 'lab/qemu/101/net0']}}",
		 source);
	put_row("ip", HEIR, text);
	snprintf(text, sizeof(text),
		 "{'id': 90, 'address': '10.0.0.1/24', 'dns_name': '%s', 'assigned_object_type':"
		 " 'virtualization.vminterface', 'assigned_object_id': 80}",
		 name);
	put_netbox("ip", FORMER, text);
}

static const struct sb_op *find_move(void)
{
	const struct sb_op *op = op_of(HEIR, SB_UPDATE);

	assert_int_equal(op->target, 90);
	assert_json(json_object_get(op->was, "stagebox_key"), "'" FORMER "'");
	assert_int_equal(json_array_size(fx->run->diff->conflicts), 0);
	return op;
}

static void the_name_that_we_wrote_for_the_former_guest_goes(void **state)
{
	(void)state;
	put_heir_with("", "db");
	put_applied(FORMER, "{'address': '10.0.0.1/24', 'dns_name': 'db'}");
	run_diff();
	assert_json(json_object_get(find_move()->set, "dns_name"), "null");
	assert_json(json_object_get(find_move()->was, "dns_name"), "'db'");
}

static void the_name_of_the_new_guest_replaces_it(void **state)
{
	(void)state;
	put_heir_with(", 'dns_name': 'web'", "db");
	put_applied(FORMER, "{'address': '10.0.0.1/24', 'dns_name': 'db'}");
	run_diff();
	assert_json(json_object_get(find_move()->set, "dns_name"), "'web'");
}

static void the_name_that_a_person_wrote_stays(void **state)
{
	(void)state;
	put_heir_with("", "printer");
	put_applied(FORMER, "{'address': '10.0.0.1/24', 'dns_name': 'db'}");
	run_diff();
	assert_null(json_object_get(find_move()->set, "dns_name"));
}

static void a_name_that_we_never_wrote_stays(void **state)
{
	(void)state;
	put_heir_with("", "db");
	put_applied(FORMER, "{'address': '10.0.0.1/24'}");
	run_diff();
	assert_null(json_object_get(find_move()->set, "dns_name"));
}

static void without_a_store_the_change_log_says_who_wrote_the_name(void **state)
{
	(void)state;
	put_heir_with("", "db");
	put_change_log(FORMER, "{'dns_name': 'db'}");
	run_diff();
	assert_json(json_object_get(find_move()->set, "dns_name"), "null");
}

static void a_name_that_the_change_log_does_not_show_stays(void **state)
{
	(void)state;
	put_heir_with("", "db");
	put_change_log(FORMER, "{}");
	run_diff();
	assert_null(json_object_get(find_move()->set, "dns_name"));
}

static void by_the_policy_create_only_the_name_stays(void **state)
{
	(void)state;
	set_policy("ip.dns_name", "create-only");
	put_heir_with("", "db");
	put_applied(FORMER, "{'address': '10.0.0.1/24', 'dns_name': 'db'}");
	run_diff();
	assert_null(json_object_get(find_move()->set, "dns_name"));
}

static void an_unknown_name_stays(void **state)
{
	(void)state;
	put_heir_with("}, 'unknown': {'dns_name': 'the agent hangs'", "db");
	put_applied(FORMER, "{'address': '10.0.0.1/24', 'dns_name': 'db'}");
	run_diff();
	assert_null(json_object_get(find_move()->set, "dns_name"));
}

static void an_address_on_another_card_of_its_guest_keeps_its_name(void **state)
{
	const struct sb_op *op;

	(void)state;
	put_row("guest", "lab/qemu/101", GUEST("web"));
	put_netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "web"));
	mark_all_asked();
	put_row("nic", "lab/qemu/101/net1",
		"{'set': {'name': 'net1'}, 'ref': {'virtual_machine': ['vm', 'lab/qemu/101']}}");
	put_netbox("vm-interface", "lab/qemu/101/net1",
		   "{'id': 71, 'name': 'net1', 'virtual_machine': {'id': 7}}");
	put_row("ip", "lab/qemu/101/net1/ip/10.0.0.1",
		"{'set': {'address': '10.0.0.1/24'},"
		" 'ref': {'assigned_object': ['vm-interface', 'lab/qemu/101/net1']}}");
	put_netbox("ip", HEIR, "{'id': 90, 'address': '10.0.0.1/24', 'dns_name': 'web'}");
	put_applied(HEIR, "{'dns_name': 'web'}");
	run_diff();
	op = op_of("lab/qemu/101/net1/ip/10.0.0.1", SB_UPDATE);
	assert_int_equal(op->target, 90);
	assert_null(json_object_get(op->set, "dns_name"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(the_name_that_we_wrote_for_the_former_guest_goes),
		T(the_name_of_the_new_guest_replaces_it),
		T(the_name_that_a_person_wrote_stays),
		T(a_name_that_we_never_wrote_stays),
		T(without_a_store_the_change_log_says_who_wrote_the_name),
		T(a_name_that_the_change_log_does_not_show_stays),
		T(by_the_policy_create_only_the_name_stays),
		T(an_unknown_name_stays),
		T(an_address_on_another_card_of_its_guest_keeps_its_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
