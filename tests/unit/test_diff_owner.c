/* SPDX-License-Identifier: Apache-2.0 */
/* Several objects with one key, and objects with a mark that may be a copy: which are ours. */
#include "test_diff_address.h"

#include "run/run.h"

/* Answers about a guest with a second key: nobody worked on it, and nothing is part of it. */
static void nobody_worked_on(const char *id)
{
	char asked[100];

	snprintf(asked, sizeof(asked), "vm?id=%s", id);
	mark_asked(asked);
	snprintf(asked, sizeof(asked), "vm-interface?virtual_machine_id=%s", id);
	mark_asked(asked);
	snprintf(asked, sizeof(asked), "virtual-disk?virtual_machine_id=%s", id);
	mark_asked(asked);
}

static void of_two_objects_with_one_key_the_younger_is_deleted(void **state)
{
	const struct sb_op *op;

	(void)state;
	put_row("guest", "lab/qemu/101", GUEST("web"));
	put_netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(9, "web (2)"));
	put_netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "web"));
	nobody_worked_on("9");
	run_diff();
	assert_int_equal(n_ops(), 1);
	op = op_of("lab/qemu/101", SB_DELETE);
	assert_int_equal(op->target, 9);
	assert_json(op->was, "{'name': 'web (2)'}");
	assert_int_equal(find_account("vm")->before, 2);
	assert_int_equal(find_account("vm")->deleted, 1);
	assert_int_equal(find_account("vm")->same, 1);
}

static void a_duplicate_is_deleted_although_prune_is_off_and_the_source_unknown(void **state)
{
	(void)state;
	put_unknown("guest", "", "HTTP 500");
	put_netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "web"));
	put_netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(9, "web (2)"));
	nobody_worked_on("9");
	run_diff();
	assert_int_equal(op_of("lab/qemu/101", SB_DELETE)->target, 9);
	assert_int_equal(find_account("vm")->unknown, 1);
	assert_int_equal(find_account("vm")->kept, 1);
}

static void a_duplicate_guest_takes_no_adopted_address_with_it(void **state)
{
	(void)state;
	guest_with_interface();
	put_row("ip", IP_KEY,
		"{'set': {'address': '10.0.0.1/24'},"
		" 'ref': {'assigned_object': ['vm-interface', 'lab/qemu/101/net0']}}");
	put_part("ip", IP_KEY, ADDRESS("true"));
	put_netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(19, "second"));
	nobody_worked_on("19");
	run_diff();
	assert_int_equal(n_ops(), 1);
	assert_int_equal(op_of("lab/qemu/101", SB_DELETE)->target, 19);
	assert_int_equal(find_account("ip")->same, 1);
}

/* Guest 101 (id 9, created by us) and a VM of people (id 7) that got its key. */
static void copied_key(const char *copy)
{
	put_row("guest", "lab/qemu/101",
		"{'set': {'name': 'web', 'status': 'active', 'cluster': 1}, 'birth': 'aa'}");
	put_netbox("vm", "lab/qemu/101", copy);
	put_netbox("vm", "lab/qemu/101",
		   "{'id': 9, 'name': 'web', 'cluster': {'id': 1}, 'status': {'value': 'active'},"
		   " 'birth': 'aa'}");
	assert_int_equal(sb_table_put(fx->run->snap->made, "vm#7", "0"), 0);
	put_change_log("lab/qemu/101#7", "{}");
}

/* The copy loses key and marks, and our object is neither deleted nor changed. */
static void copy_is_released(void)
{
	const struct sb_op *op;

	run_diff();
	assert_int_equal(n_ops(), 1);
	op = op_of("lab/qemu/101", SB_UPDATE);
	assert_int_equal(op->target, 7);
	assert_true(op->releases);
	assert_null(json_object_get(op->set, "name"));
	assert_int_equal(find_account("vm")->same, 1);
	assert_status(0, SB_STAGE_PARTIAL);
	assert_non_null(strstr(fx->run->stages[0].why.text, "vm 7 \"mine\""));
	assert_non_null(strstr(fx->run->stages[0].why.text, "virtual-machines/9/"));
}

static void a_copied_key_does_not_delete_the_guest_whose_instance_id_fits(void **state)
{
	(void)state;
	copied_key("{'id': 7, 'name': 'mine', 'cluster': {'id': 1}}");
	copy_is_released();
}

static void a_copy_of_key_and_instance_id_loses_against_the_change_log(void **state)
{
	(void)state;
	copied_key("{'id': 7, 'name': 'mine', 'cluster': {'id': 1}, 'birth': 'aa'}");
	copy_is_released();
}

static void a_copy_whose_maker_is_not_known_is_kept(void **state)
{
	(void)state;
	copied_key("{'id': 7, 'name': 'mine', 'cluster': {'id': 1}}");
	assert_int_equal(sb_table_put(fx->run->snap->made, "vm#7", SB_MADE_NOT_KNOWN), 0);
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("vm")->kept, 1);
	assert_status(0, SB_STAGE_PARTIAL);
}

static void a_duplicate_with_parts_is_kept(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/101", GUEST("web"));
	put_netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "web"));
	put_netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(9, "web (2)"));
	nobody_worked_on("9");
	assert_int_equal(sb_table_put(fx->run->snap->origins,
				      "vm-interface on virtualization.virtualmachine 9",
				      "[{\"id\": 90, \"name\": \"eth0\"}]"),
			 0);
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("vm")->kept, 1);
	assert_status(0, SB_STAGE_PARTIAL);
}

static void our_guest_of_another_key_is_deleted_with_prune_only(void **state)
{
	(void)state;
	copied_key("{'id': 7, 'name': 'mine', 'cluster': {'id': 1}, 'birth': 'bb'}");
	nobody_worked_on("7");
	assert_int_equal(sb_table_put(fx->run->snap->made, "vm#7", "1"), 0);
	put_change_log("lab/qemu/101#7", "{'stagebox_key': 'lab/qemu/900'}");
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("vm")->kept, 1);
	assert_non_null(strstr(fx->run->stages[0].why.text, "prune.enabled is off"));
}

/* An address of ours by key and mark, which the store does not know. */
static void marked_address(const char *made, const char *log)
{
	guest_with_interface();
	read_empty("ip");
	put_part("ip", IP_KEY, ADDRESS("false"));
	assert_int_equal(sb_table_put(fx->run->snap->made, "ip#50", made), 0);
	put_change_log(IP_KEY "#50", log);
	run_diff();
}

static void an_object_that_others_created_and_marked_is_released(void **state)
{
	(void)state;
	marked_address("0", "{}");
	assert_int_equal(n_ops(), 1);
	assert_true(op_of(IP_KEY, SB_UPDATE)->releases);
}

static void an_object_of_a_tool_that_we_took_over_is_deleted(void **state)
{
	(void)state;
	marked_address("0", "{'stagebox_key': '" IP_KEY "'}");
	op_of(IP_KEY, SB_DELETE);
}

static void a_marked_object_of_which_nothing_is_known_is_kept(void **state)
{
	(void)state;
	marked_address(SB_MADE_NOT_KNOWN, "{}");
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("ip")->kept, 1);
	assert_status(2, SB_STAGE_PARTIAL);
}

static void an_object_of_ours_that_got_another_key_is_kept(void **state)
{
	(void)state;
	marked_address("1", "{'stagebox_key': 'lab/qemu/900/net0/ip/10.0.0.9'}");
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("ip")->kept, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(of_two_objects_with_one_key_the_younger_is_deleted),
		T(a_duplicate_is_deleted_although_prune_is_off_and_the_source_unknown),
		T(a_duplicate_guest_takes_no_adopted_address_with_it),
		T(a_copied_key_does_not_delete_the_guest_whose_instance_id_fits),
		T(a_copy_of_key_and_instance_id_loses_against_the_change_log),
		T(a_copy_whose_maker_is_not_known_is_kept),
		T(a_duplicate_with_parts_is_kept),
		T(our_guest_of_another_key_is_deleted_with_prune_only),
		T(an_object_that_others_created_and_marked_is_released),
		T(an_object_of_a_tool_that_we_took_over_is_deleted),
		T(a_marked_object_of_which_nothing_is_known_is_kept),
		T(an_object_of_ours_that_got_another_key_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
