/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in a new object's place: adopted when it is exactly one, else nothing is guessed. */
#include "test_diff_fixture.h"

#include "run/run.h"
#include "model/birth.h"

static void conflict(const char *key, const char *word)
{
	const json_t *entry = json_array_get(fx->run->diff->conflicts, 0);

	assert_int_equal(json_array_size(fx->run->diff->conflicts), 1);
	assert_string_equal(sb_json_str(entry, "key"), key);
	assert_non_null(strstr(sb_json_str(entry, "why"), word));
}

static void exactly_one_without_an_owner_is_adopted(void **state)
{
	const struct sb_op *op;

	(void)state;
	row("guest", "lab/qemu/101",
	    "{'set': {'name': 'Web', 'status': 'active', 'cluster': 1, 'memory': 512},"
	    " 'birth': 'aa'}");
	loose("vm", "{'id': 40, 'name': 'web', 'cluster': {'id': 1},"
		    " 'status': {'value': 'active'}, 'memory': 256}");
	loose("vm", "{'id': 41, 'name': 'other', 'cluster': {'id': 1}}");
	asked_all();
	diff();
	assert_int_equal(n_ops(), 1);
	op = op_of("lab/qemu/101", SB_UPDATE);
	assert_int_equal(op->target, 40);
	assert_json(op->set, "{'memory': 512, 'stagebox_birth': 'aa',"
			     " 'stagebox_key': 'lab/qemu/101'}");
	assert_json(op->was, "{'memory': 256, 'stagebox_birth': null, 'stagebox_key': null}");
	assert_non_null(strstr(op->why, "adopted"));
	assert_int_equal(account("vm")->updated, 1);
	assert_int_equal(account("vm")->before, 0);
}

static void an_adopted_object_keeps_what_a_person_wrote(void **state)
{
	(void)state;
	row("guest", "lab/qemu/101",
	    "{'set': {'name': 'web', 'cluster': 1, 'description': 'ours', 'comments': 'ours',"
	    " 'serial': 'ours'}}");
	loose("vm", "{'id': 40, 'name': 'web', 'cluster': {'id': 1}, 'description': 'theirs',"
		    " 'comments': '', 'serial': 'theirs'}");
	applied("lab/qemu/101", "{'description': 'theirs'}");
	asked_all();
	diff();
	assert_json(op_of("lab/qemu/101", SB_UPDATE)->set,
		    "{'comments': 'ours', 'stagebox_key': 'lab/qemu/101'}");
}

static void an_adopted_object_keeps_all_its_tags(void **state)
{
	(void)state;
	netbox("tag", "", "{'id': 1, 'name': 'prod', 'slug': 'prod'}");
	row("guest", "lab/qemu/101",
	    "{'set': {'name': 'web', 'cluster': 1}, 'refs': {'tags': [['tag', "
	    "'shared/tag/prod']]}}");
	loose("vm", "{'id': 40, 'name': 'web', 'cluster': {'id': 1}, 'tags': [{'id': 3}]}");
	asked_all();
	diff();
	assert_int_equal(
		json_array_size(json_object_get(op_of("lab/qemu/101", SB_UPDATE)->set, "tags")), 2);
}

static void several_without_an_owner_are_a_conflict(void **state)
{
	(void)state;
	row("ip", "lab/qemu/101/net0/ip/10.0.0.1", "{'set': {'address': '10.0.0.1/24'}}");
	loose("ip", "{'id': 50, 'address': '10.0.0.1/24'}");
	loose("ip", "{'id': 51, 'address': '10.0.0.1/32'}");
	asked("ip?address=10.0.0.1");
	diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(account("ip")->skipped, 1);
	conflict("lab/qemu/101/net0/ip/10.0.0.1", "several");
}

static void one_that_belongs_to_another_object_is_a_conflict(void **state)
{
	(void)state;
	row("ip", "lab/qemu/101/net0/ip/10.0.0.1", "{'set': {'address': '10.0.0.1/24'}}");
	loose("ip", "{'id': 50, 'address': '10.0.0.1/24', 'assigned_object_type':"
		    " 'dcim.interface', 'assigned_object_id': 3}");
	asked("ip?address=10.0.0.1");
	diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(account("ip")->skipped, 1);
	conflict("lab/qemu/101/net0/ip/10.0.0.1", "part of another object");
}

static void one_of_another_endpoint_is_a_conflict(void **state)
{
	(void)state;
	row("ip", "lab/qemu/101/net0/ip/10.0.0.1", "{'set': {'address': '10.0.0.1/24'}}");
	loose("ip", "{'id': 50, 'address': '10.0.0.1/24', 'custom_fields':"
		    " {'stagebox_key': 'edge/qemu/5/net0/ip/10.0.0.1'}}");
	asked("ip?address=10.0.0.1");
	diff();
	assert_int_equal(n_ops(), 0);
	conflict("lab/qemu/101/net0/ip/10.0.0.1", "part of another object");
}

static void one_free_beside_a_foreign_one_is_adopted(void **state)
{
	(void)state;
	row("ip", "lab/qemu/101/net0/ip/10.0.0.1", "{'set': {'address': '10.0.0.1/24'}}");
	loose("ip", "{'id': 50, 'address': '10.0.0.1/24', 'custom_fields':"
		    " {'stagebox_key': 'edge/qemu/5/net0/ip/10.0.0.1'}}");
	loose("ip", "{'id': 51, 'address': '10.0.0.1/24'}");
	asked("ip?address=10.0.0.1");
	diff();
	assert_int_equal(op_of("lab/qemu/101/net0/ip/10.0.0.1", SB_UPDATE)->target, 51);
}

static void one_of_ours_that_moves_away_is_no_obstacle(void **state)
{
	(void)state;
	row("ip", "lab/qemu/101/net0/ip/10.0.0.1", "{'set': {'address': '10.0.0.1/24'}}");
	netbox("ip", "lab/qemu/102/net0/ip/10.0.0.1", "{'id': 50, 'address': '10.0.0.1/24'}");
	loose("ip", "{'id': 50, 'address': '10.0.0.1/24', 'custom_fields':"
		    " {'stagebox_key': 'lab/qemu/102/net0/ip/10.0.0.1'}}");
	asked("ip?address=10.0.0.1");
	diff();
	assert_int_equal(n_ops(), 2);
	op_of("lab/qemu/102/net0/ip/10.0.0.1", SB_DELETE);
	assert_int_equal(op_of("lab/qemu/101/net0/ip/10.0.0.1", SB_CREATE)->n_needs, 1);
}

static void a_part_of_our_own_parent_is_adopted(void **state)
{
	(void)state;
	row("guest", "lab/qemu/101", GUEST("web"));
	netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "web"));
	row("nic", "lab/qemu/101/net0",
	    "{'set': {'name': 'net0'}, 'ref': {'virtual_machine': ['vm', 'lab/qemu/101']}}");
	loose("vm-interface", "{'id': 70, 'name': 'net0', 'virtual_machine': {'id': 7}}");
	asked_all();
	diff();
	assert_int_equal(n_ops(), 1);
	assert_int_equal(op_of("lab/qemu/101/net0", SB_UPDATE)->target, 70);
}

static void what_refers_to_an_adopted_object_has_its_id(void **state)
{
	(void)state;
	row("guest", "lab/qemu/101", GUEST("web"));
	loose("vm", GUEST_IN_NETBOX(7, "web"));
	row("nic", "lab/qemu/101/net0",
	    "{'set': {'name': 'net0'}, 'ref': {'virtual_machine': ['vm', 'lab/qemu/101']}}");
	asked_all();
	diff();
	assert_json(op_of("lab/qemu/101/net0", SB_CREATE)->set,
		    "{'name': 'net0', 'virtual_machine': 7}");
}

static void without_an_answer_nothing_is_created(void **state)
{
	struct sb_error why = SB_ERROR_INIT;

	(void)state;
	row("guest", "lab/qemu/101", GUEST("web"));
	sb_fail(&why, SB_E_TIMEOUT, "no answer in 30 s");
	assert_int_equal(sb_reason_put(fx->run->snap->asked,
				       "vm?cf_stagebox_key__empty=true&cluster_id=1", &why),
			 0);
	diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(account("vm")->unknown, 1);
	assert_status(0, SB_STAGE_PARTIAL);
	assert_says(&stage(0)->why, "30 s");
}

static void an_object_of_a_parent_to_come_has_no_candidates(void **state)
{
	(void)state;
	row("guest", "lab/qemu/101", GUEST("web"));
	row("nic", "lab/qemu/101/net0",
	    "{'set': {'name': 'net0'}, 'ref': {'virtual_machine': ['vm', 'lab/qemu/101']}}");
	asked("vm?cf_stagebox_key__empty=true&cluster_id=1"); /* and nothing is asked of net0 */
	diff();
	assert_int_equal(n_ops(), 2);
}

static void a_name_that_a_kept_object_holds_is_not_claimed(void **state)
{
	(void)state;
	row("guest", "lab/qemu/105", GUEST("web"));
	netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "Web"));
	asked_all();
	diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(account("vm")->unknown, 1);
	assert_int_equal(account("vm")->kept, 1);
	assert_status(0, SB_STAGE_PARTIAL);
	assert_says(&stage(0)->why, "lab/qemu/101");
}

static void a_rename_to_a_held_name_waits_and_the_rest_is_written(void **state)
{
	(void)state;
	row("guest", "lab/qemu/105",
	    "{'set': {'name': 'web', 'status': 'offline', 'cluster': 1, 'memory': 2048}}");
	netbox("vm", "lab/qemu/105", GUEST_IN_NETBOX(8, "old"));
	applied("lab/qemu/105", "{'name': 'old'}");
	netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "web"));
	diff();
	assert_int_equal(n_ops(), 1);
	assert_json(op_of("lab/qemu/105", SB_UPDATE)->set, "{'status': 'offline'}");
	assert_status(0, SB_STAGE_PARTIAL);
}

static void a_held_name_does_not_hold_up_a_move(void **state)
{
	(void)state;
	row("guest", "lab/qemu/105", "{'set': {'name': 'web', 'cluster': 1}}");
	netbox("vm", "lab/qemu/105", "{'id': 8, 'name': 'old', 'cluster': {'id': 2}}");
	applied("lab/qemu/105", "{'name': 'old'}");
	netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "web"));
	diff();
	assert_int_equal(n_ops(), 1);
	assert_json(op_of("lab/qemu/105", SB_UPDATE)->set, "{'cluster': 1}");
}

static void a_name_that_is_given_up_in_this_plan_may_be_claimed(void **state)
{
	(void)state;
	row("guest", "lab/qemu/105", GUEST("web"));
	row("guest", "lab/qemu/101", GUEST("web2"));
	netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "web"));
	applied("lab/qemu/101", "{'name': 'web'}");
	asked_all();
	diff();
	assert_int_equal(n_ops(), 2);
	assert_int_equal(op_of("lab/qemu/105", SB_CREATE)->n_needs, 1);
	assert_status(0, SB_STAGE_OK);
}

static void an_address_that_a_silent_guest_lost_goes_to_its_new_one(void **state)
{
	(void)state;
	row("ip", "lab/qemu/101/net0/ip/10.0.0.1", "{'set': {'address': '10.0.0.1/24'}}");
	netbox("ip", "lab/qemu/102/net0/ip/10.0.0.1", "{'id': 50, 'address': '10.0.0.1/24'}");
	netbox("ip", "lab/qemu/102/net0/ip/10.0.0.2", "{'id': 51, 'address': '10.0.0.2/24'}");
	assert_int_equal(sb_rows_keep(fx->run, "ip", "lab/qemu/102/"), 0);
	loose("ip", "{'id': 50, 'address': '10.0.0.1/24', 'custom_fields':"
		    " {'stagebox_key': 'lab/qemu/102/net0/ip/10.0.0.1'}}");
	asked("ip?address=10.0.0.1");
	diff();
	assert_int_equal(n_ops(), 2);
	assert_int_equal(op_of("lab/qemu/102/net0/ip/10.0.0.1", SB_DELETE)->target, 50);
	assert_int_equal(op_of("lab/qemu/101/net0/ip/10.0.0.1", SB_CREATE)->n_needs, 1);
	assert_int_equal(account("ip")->same, 1);
}

static void births_are_one_guest_by_one_common_mark(void **state)
{
	(void)state;
	assert_true(sb_same_birth("aa", "aa"));
	assert_true(sb_same_birth("aa bb", "cc bb"));
	assert_true(sb_same_birth("aa bb", "aa"));
	assert_false(sb_same_birth("aa", "aab"));
	assert_false(sb_same_birth("aab", "aa"));
	assert_false(sb_same_birth("aa bb", "cc dd"));
	assert_false(sb_same_birth("", ""));
	assert_false(sb_same_birth("aa", ""));
	assert_false(sb_same_birth("a  b", "c  d"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(exactly_one_without_an_owner_is_adopted),
		T(an_adopted_object_keeps_what_a_person_wrote),
		T(an_adopted_object_keeps_all_its_tags),
		T(several_without_an_owner_are_a_conflict),
		T(one_that_belongs_to_another_object_is_a_conflict),
		T(one_of_another_endpoint_is_a_conflict),
		T(one_free_beside_a_foreign_one_is_adopted),
		T(one_of_ours_that_moves_away_is_no_obstacle),
		T(a_part_of_our_own_parent_is_adopted),
		T(what_refers_to_an_adopted_object_has_its_id),
		T(without_an_answer_nothing_is_created),
		T(an_object_of_a_parent_to_come_has_no_candidates),
		T(a_name_that_a_kept_object_holds_is_not_claimed),
		T(a_rename_to_a_held_name_waits_and_the_rest_is_written),
		T(a_held_name_does_not_hold_up_a_move),
		T(a_name_that_is_given_up_in_this_plan_may_be_claimed),
		T(an_address_that_a_silent_guest_lost_goes_to_its_new_one),
		T(births_are_one_guest_by_one_common_mark),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
