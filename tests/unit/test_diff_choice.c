/* SPDX-License-Identifier: Apache-2.0 */
/* The choice between several candidates for a reference, and the role of a shared address. */
#include "test_diff_fixture.h"

#define VM      "lab/qemu/101"
#define NIC     VM "/net0"
#define IP(ip)  NIC "/ip/" ip
#define ON(nic) "'assigned_object_type': 'virtualization.vminterface', 'assigned_object_id': " nic

/* A guest with three addresses: 91 and 92 are ordinary ones, 93 is worse. primary: its primary
 * address in NetBox. */
static void put_guest_with_addresses(const char *primary, const char *more)
{
	char text[300];

	put_row("guest", VM, "{'set': {'memory': 512}}");
	snprintf(text, sizeof(text), "{'id': 7, 'name': 'web', 'memory': 512, 'primary_ip4': %s}",
		 primary);
	put_netbox("vm", VM, text);
	put_row("nic", NIC, "{'set': {'enabled': true}}");
	put_netbox("vm-interface", NIC,
		   "{'id': 70, 'name': 'net0', 'virtual_machine': {'id': 7}, 'enabled': true}");
	put_row("ip", IP("10.0.0.1"), "{'set': {'address': '10.0.0.1/24'}}");
	put_row("ip", IP("10.0.0.2"), "{'set': {'address': '10.0.0.2/24'}}");
	put_row("ip", IP("10.0.0.3"), "{'set': {'address': '10.0.0.3/32'}}");
	put_netbox("ip", IP("10.0.0.1"), "{'id': 91, 'address': '10.0.0.1/24', " ON("70") "}");
	snprintf(text, sizeof(text), "{'id': 92, 'address': '10.0.0.2/24', " ON("70") "%s}", more);
	put_part("ip", IP("10.0.0.2"), text);
	put_netbox("ip", IP("10.0.0.3"), "{'id': 93, 'address': '10.0.0.3/32', " ON("70") "}");
	put_row("primary", VM,
		"{'choice': {'primary_ip4': [['ip', '" IP(
			"10.0.0.1") "', false],"
				    " ['ip', '" IP("10.0.0.2") "', false], ['ip', '" IP(
					    "10.0.0.3") "', true],"
							" ['ip', '" IP("10.0.0.9") "', false]]}}");
}

static void assert_primary(const char *wanted)
{
	assert_int_equal(n_ops(), wanted != NULL);
	if (wanted)
		assert_json(json_object_get(op_of(VM, SB_UPDATE)->set, "primary_ip4"), wanted);
}

static void the_first_candidate_that_is_not_worse_is_chosen(void **state)
{
	(void)state;
	put_guest_with_addresses("null", "");
	put_applied(VM, "{'memory': 512}");
	run_diff();
	assert_primary("91");
}

static void the_candidate_that_is_chosen_now_stays(void **state)
{
	(void)state;
	put_guest_with_addresses("{'id': 92}", "");
	put_applied(VM, "{'primary_ip4': 91}"); /* a person chose another one */
	run_diff();
	assert_primary(NULL);
}

static void a_suitable_one_that_we_wrote_stays(void **state)
{
	(void)state;
	put_guest_with_addresses("{'id': 92}", "");
	put_applied(VM, "{'primary_ip4': 92}"); /* the order of the addresses changed */
	run_diff();
	assert_primary(NULL);
}

static void a_worse_one_that_we_wrote_gives_way(void **state)
{
	(void)state;
	put_guest_with_addresses("{'id': 93}", "");
	put_applied(VM, "{'primary_ip4': 93}");
	run_diff();
	assert_primary("91");
}

static void a_worse_one_that_a_person_chose_stays(void **state)
{
	(void)state;
	put_guest_with_addresses("{'id': 93}", "");
	put_applied(VM, "{'primary_ip4': 91}");
	run_diff();
	assert_primary(NULL);
	/* and does not count as ours in the next run */
	assert_null(json_object_get(json_object_get(fx->run->diff->settled, VM), "primary_ip4"));
}

static void an_object_that_is_no_candidate_stays_if_a_person_chose_it(void **state)
{
	(void)state;
	put_guest_with_addresses("{'id': 400}", "");
	put_applied(VM, "{'primary_ip4': 99}");
	run_diff();
	assert_primary(NULL);
	assert_int_equal(json_array_size(fx->run->diff->conflicts), 0);
}

static void an_object_that_is_no_candidate_any_more_gives_way(void **state)
{
	(void)state;
	put_guest_with_addresses("{'id': 400}", "");
	put_applied(VM, "{'primary_ip4': 400}");
	run_diff();
	assert_primary("91");
}

static void the_change_log_says_who_chose_a_worse_one(void **state)
{
	(void)state;
	put_guest_with_addresses("{'id': 93}", "");
	assert_null(sb_table_get(fx->run->snap->base, VM));
	sb_table_put(fx->run->snap->base, VM, "{\"primary_ip4\": 93}");
	run_diff();
	assert_primary("91");
}

static void a_candidate_with_a_shared_role_in_netbox_is_worse(void **state)
{
	(void)state;
	put_guest_with_addresses("{'id': 92}", ", 'role': {'value': 'anycast'}");
	put_applied(VM, "{'primary_ip4': 92}");
	run_diff();
	assert_primary("91");
}

static void the_only_candidate_is_chosen_even_if_it_is_worse(void **state)
{
	(void)state;
	put_guest_with_addresses("null", "");
	put_applied(VM, "{'memory': 512}");
	put_row("primary", VM, "{'choice': {'primary_ip4': [['ip', '" IP("10.0.0.3") "', true]]}}");
	run_diff();
	assert_primary("93");
}

static void without_an_existing_candidate_the_field_stays(void **state)
{
	(void)state;
	put_guest_with_addresses("{'id': 92}", "");
	put_row("primary", VM,
		"{'choice': {'primary_ip4': [['ip', '" IP("10.0.0.9") "', false]]}}");
	run_diff();
	assert_primary(NULL);
}

/* Another guest of ours with the same address. */
static void put_neighbour(void)
{
	put_netbox("vm", "lab/qemu/102", "{'id': 8, 'name': 'db', 'memory': 512}");
	put_row("guest", "lab/qemu/102", "{'set': {'memory': 512}}");
	put_netbox("vm-interface", "lab/qemu/102/net0",
		   "{'id': 80, 'name': 'net0', 'virtual_machine': {'id': 8}, 'enabled': true}");
	put_row("nic", "lab/qemu/102/net0", "{'set': {'enabled': true}}");
	put_part("ip", "lab/qemu/102/net0/ip/10.0.0.2",
		 "{'id': 95, 'address': '10.0.0.2/24', 'role': {'value': 'vip'}, " ON("80") "}");
}

#define ALONE "{'set': {'address': '10.0.0.2/24', 'role': null}}"

static void the_role_goes_with_the_row_of_the_other_guest(void **state)
{
	const struct sb_op *gone, *left;

	(void)state;
	put_guest_with_addresses("{'id': 91}", ", 'role': {'value': 'vip'}");
	put_applied(IP("10.0.0.2"), "{'role': 'vip'}");
	put_applied(VM, "{'primary_ip4': 91}");
	put_neighbour();
	put_row("ip", IP("10.0.0.2"), ALONE);
	run_diff();
	assert_int_equal(n_ops(), 2);
	left = op_of(IP("10.0.0.2"), SB_UPDATE);
	gone = op_of("lab/qemu/102/net0/ip/10.0.0.2", SB_DELETE);
	assert_json(left->set, "{'role': null}");
	/* NetBox accepts the update only after the other row is deleted. */
	assert_json(left->claims, "['ip|10.0.0.2|']");
	assert_json(gone->frees, "['ip|10.0.0.2|']");
}

static void the_role_stays_while_another_guest_keeps_the_address(void **state)
{
	(void)state;
	put_guest_with_addresses("{'id': 91}", ", 'role': {'value': 'vip'}");
	put_applied(IP("10.0.0.2"), "{'role': 'vip'}");
	put_applied(VM, "{'primary_ip4': 91}");
	put_neighbour();
	put_row("ip", IP("10.0.0.2"), ALONE);
	assert_int_equal(sb_rows_keep(get_stage(0), "ip", "lab/qemu/102/"), 0); /* it is off */
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_status(2, SB_STAGE_OK);
}

static void the_role_of_a_row_that_a_person_made_does_not_change(void **state)
{
	(void)state;
	put_guest_with_addresses("{'id': 91}", "");
	put_applied(VM, "{'primary_ip4': 91}");
	{
		sb_autojson *row = sb_table_get_json(get_list("ip")->rows, IP("10.0.0.2"));

		json_object_set_new(row, "stagebox_adopted", json_true());
		assert_int_equal(sb_table_put_json(get_list("ip")->rows, IP("10.0.0.2"), row), 0);
	}
	put_row("ip", IP("10.0.0.2"), "{'set': {'address': '10.0.0.2/24', 'role': 'vip'}}");
	run_diff();
	assert_int_equal(n_ops(), 0);
}

static void a_shared_address_waits_while_the_row_of_a_person_has_no_role(void **state)
{
	(void)state;
	the_role_of_a_row_that_a_person_made_does_not_change(state);
	put_netbox("vm", "lab/qemu/102", "{'id': 8, 'name': 'db', 'memory': 512}");
	put_row("guest", "lab/qemu/102", "{'set': {'memory': 512}}");
	put_netbox("vm-interface", "lab/qemu/102/net0",
		   "{'id': 80, 'name': 'net0', 'virtual_machine': {'id': 8}, 'enabled': true}");
	put_row("nic", "lab/qemu/102/net0", "{'set': {'enabled': true}}");
	put_row("ip", "lab/qemu/102/net0/ip/10.0.0.2",
		"{'set': {'address': '10.0.0.2/24', 'role': 'vip', 'assigned_object': {'type': "
		"'virtualization.vminterface', 'id': 80}}}");
	mark_asked("ip?address=10.0.0.2");
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_status(2, SB_STAGE_PARTIAL);
	assert_non_null(strstr(get_stage(2)->why.text, IP("10.0.0.2")));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(the_first_candidate_that_is_not_worse_is_chosen),
		CASE(the_candidate_that_is_chosen_now_stays),
		CASE(a_suitable_one_that_we_wrote_stays),
		CASE(a_worse_one_that_we_wrote_gives_way),
		CASE(a_worse_one_that_a_person_chose_stays),
		CASE(an_object_that_is_no_candidate_stays_if_a_person_chose_it),
		CASE(an_object_that_is_no_candidate_any_more_gives_way),
		CASE(the_change_log_says_who_chose_a_worse_one),
		CASE(a_candidate_with_a_shared_role_in_netbox_is_worse),
		CASE(the_only_candidate_is_chosen_even_if_it_is_worse),
		CASE(without_an_existing_candidate_the_field_stays),
		CASE(the_role_goes_with_the_row_of_the_other_guest),
		CASE(the_role_stays_while_another_guest_keeps_the_address),
		CASE(the_role_of_a_row_that_a_person_made_does_not_change),
		CASE(a_shared_address_waits_while_the_row_of_a_person_has_no_role),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
