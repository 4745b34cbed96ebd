/* SPDX-License-Identifier: Apache-2.0 */
/* Unowned objects with the natural key of a new one: exactly one is adopted, several are a
 * conflict. */
#include "test_diff_fixture.h"

#include "run/run.h"
#include "model/birth.h"

static void assert_conflict(const char *key, const char *word)
{
	const json_t *entry = json_array_get(fx->run->diff->conflicts, 0);

	assert_int_equal(json_array_size(fx->run->diff->conflicts), 1);
	assert_string_equal(sb_json_str(entry, "key"), key);
	assert_non_null(strstr(sb_json_str(entry, "why"), word));
}

static void exactly_one_unowned_object_is_adopted(void **state)
{
	const struct sb_op *op;

	(void)state;
	put_row("guest", "lab/qemu/101",
		"{'set': {'name': 'Web', 'status': 'active', 'cluster': 1, 'memory': 512},"
		" 'birth': 'aa'}");
	put_unowned("vm", "{'id': 40, 'name': 'web', 'cluster': {'id': 1},"
			  " 'status': {'value': 'active'}, 'memory': 256}");
	put_unowned("vm", "{'id': 41, 'name': 'other', 'cluster': {'id': 1}}");
	mark_all_asked();
	run_diff();
	assert_int_equal(n_ops(), 1);
	op = op_of("lab/qemu/101", SB_UPDATE);
	assert_int_equal(op->target, 40);
	assert_json(op->set, "{'memory': 512, 'stagebox_birth': 'aa',"
			     " 'stagebox_key': 'lab/qemu/101', 'stagebox_adopted': true}");
	assert_json(op->was, "{'memory': 256, 'stagebox_birth': null, 'stagebox_key': null,"
			     " 'stagebox_adopted': null}");
	assert_non_null(strstr(op->why, "adopted"));
	assert_int_equal(find_account("vm")->updated, 1);
	assert_int_equal(find_account("vm")->before, 0);
}

/* Guest 40, which its mark calls ours, without a key. */
static void put_keyless(void)
{
	put_row("guest", "lab/qemu/101", GUEST("web"));
	put_unowned("vm", "{'id': 40, 'name': 'web', 'cluster': {'id': 1}, 'memory': 2048,"
			  " 'status': {'value': 'active'},"
			  " 'custom_fields': {'stagebox_adopted': false}}");
	put_applied("lab/qemu/101", "{'name': 'web', 'status': 'active', 'memory': 2048}");
	mark_all_asked();
}

static void an_object_that_we_created_and_that_lost_its_key_stays_ours(void **state)
{
	const struct sb_op *op;

	(void)state;
	put_keyless();
	assert_int_equal(sb_table_put(fx->run->snap->made, "vm#40", "1"), 0);
	run_diff();
	assert_int_equal(n_ops(), 1);
	op = op_of("lab/qemu/101", SB_UPDATE);
	assert_int_equal(op->target, 40);
	assert_json(op->set, "{'stagebox_key': 'lab/qemu/101'}");
	assert_json(op->was, "{'stagebox_key': null}");
	assert_int_equal(find_account("vm")->updated, 1);
}

static void a_lost_key_is_given_back_once_and_not_by_stages_of_fields(void **state)
{
	(void)state;
	put_keyless();
	put_row("primary", "lab/qemu/101",
		"{'ref': {'primary_ip4': ['ip', 'lab/qemu/101/net0/ip/10.0.0.1']}}");
	put_row("ip", "lab/qemu/101/net0/ip/10.0.0.1", "{'set': {'address': '10.0.0.1/24'}}");
	assert_int_equal(sb_table_put(fx->run->snap->made, "vm#40", "1"), 0);
	mark_all_asked();
	mark_asked("ip?address=10.0.0.1");
	run_diff();
	assert_json(update_of("t.guests", "lab/qemu/101")->set, "{'stagebox_key': 'lab/qemu/101'}");
	assert_json(update_of("t.primary", "lab/qemu/101")->set,
		    "{'primary_ip4': {'$ref': 'lab/qemu/101/net0/ip/10.0.0.1'}}");
}

static void an_object_without_a_key_that_a_person_created_is_adopted(void **state)
{
	(void)state;
	put_keyless();
	assert_int_equal(sb_table_put(fx->run->snap->made, "vm#40", "0"), 0);
	run_diff();
	assert_json(json_object_get(op_of("lab/qemu/101", SB_UPDATE)->set, "stagebox_adopted"),
		    "true");
}

static void an_object_without_a_key_waits_for_the_change_log(void **state)
{
	struct sb_error why;

	(void)state;
	put_keyless();
	sb_fail(&why, SB_E_TIMEOUT, "no answer");
	assert_int_equal(sb_reason_put(fx->run->snap->made, "vm#40", &why), 0);
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("vm")->unknown, 1);
}

static void an_adopted_object_keeps_what_a_person_wrote(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/101",
		"{'set': {'name': 'web', 'cluster': 1, 'description': 'ours', 'comments': 'ours',"
		" 'platform': 5}}");
	put_unowned("vm", "{'id': 40, 'name': 'web', 'cluster': {'id': 1}, 'description': 'theirs',"
			  " 'comments': '', 'platform': {'id': 6}}");
	put_applied("lab/qemu/101", "{'description': 'theirs'}");
	mark_all_asked();
	run_diff();
	assert_json(op_of("lab/qemu/101", SB_UPDATE)->set,
		    "{'comments': 'ours', 'stagebox_key': 'lab/qemu/101',"
		    " 'stagebox_adopted': true}");
}

static void an_adopted_object_keeps_all_its_tags(void **state)
{
	(void)state;
	put_netbox("tag", "", "{'id': 1, 'name': 'prod', 'slug': 'prod'}");
	put_row("guest", "lab/qemu/101",
		"{'set': {'name': 'web', 'cluster': 1}, 'refs': {'tags': [['tag', "
		"'shared/tag/prod']]}}");
	put_unowned("vm", "{'id': 40, 'name': 'web', 'cluster': {'id': 1}, 'tags': [{'id': 3}]}");
	mark_all_asked();
	run_diff();
	assert_int_equal(
		json_array_size(json_object_get(op_of("lab/qemu/101", SB_UPDATE)->set, "tags")), 2);
}

static void several_unowned_objects_are_a_conflict(void **state)
{
	(void)state;
	put_row("ip", "lab/qemu/101/net0/ip/10.0.0.1", "{'set': {'address': '10.0.0.1/24'}}");
	put_unowned("ip", "{'id': 50, 'address': '10.0.0.1/24'}");
	put_unowned("ip", "{'id': 51, 'address': '10.0.0.1/32'}");
	mark_asked("ip?address=10.0.0.1");
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("ip")->skipped, 1);
	assert_conflict("lab/qemu/101/net0/ip/10.0.0.1", "several");
}

static void an_object_that_belongs_to_another_is_a_conflict(void **state)
{
	(void)state;
	put_row("ip", "lab/qemu/101/net0/ip/10.0.0.1", "{'set': {'address': '10.0.0.1/24'}}");
	put_unowned("ip", "{'id': 50, 'address': '10.0.0.1/24', 'assigned_object_type':"
			  " 'dcim.interface', 'assigned_object_id': 3}");
	mark_asked("ip?address=10.0.0.1");
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("ip")->skipped, 1);
	assert_conflict("lab/qemu/101/net0/ip/10.0.0.1", "assigned to another object");
}

static void an_object_of_another_endpoint_is_a_conflict(void **state)
{
	(void)state;
	put_row("ip", "lab/qemu/101/net0/ip/10.0.0.1", "{'set': {'address': '10.0.0.1/24'}}");
	put_unowned("ip", "{'id': 50, 'address': '10.0.0.1/24', 'custom_fields':"
			  " {'stagebox_key': 'edge/qemu/5/net0/ip/10.0.0.1'}}");
	mark_asked("ip?address=10.0.0.1");
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_conflict("lab/qemu/101/net0/ip/10.0.0.1", "edge/qemu/5/net0/ip/10.0.0.1");
}

static void an_unowned_object_beside_an_owned_one_is_adopted(void **state)
{
	(void)state;
	put_row("ip", "lab/qemu/101/net0/ip/10.0.0.1", "{'set': {'address': '10.0.0.1/24'}}");
	put_unowned("ip", "{'id': 50, 'address': '10.0.0.1/24', 'custom_fields':"
			  " {'stagebox_key': 'edge/qemu/5/net0/ip/10.0.0.1'}}");
	put_unowned("ip", "{'id': 51, 'address': '10.0.0.1/24'}");
	mark_asked("ip?address=10.0.0.1");
	run_diff();
	assert_int_equal(op_of("lab/qemu/101/net0/ip/10.0.0.1", SB_UPDATE)->target, 51);
}

static void an_address_of_ours_that_is_gone_moves_to_the_object_that_has_it_now(void **state)
{
	(void)state;
	put_row("ip", "lab/qemu/101/net0/ip/10.0.0.1", "{'set': {'address': '10.0.0.1/24'}}");
	put_netbox("ip", "lab/qemu/102/net0/ip/10.0.0.1", "{'id': 50, 'address': '10.0.0.1/24'}");
	put_unowned("ip", "{'id': 50, 'address': '10.0.0.1/24', 'custom_fields':"
			  " {'stagebox_key': 'lab/qemu/102/net0/ip/10.0.0.1'}}");
	mark_asked("ip?address=10.0.0.1");
	run_diff();
	assert_int_equal(n_ops(), 1);
	assert_int_equal(op_of("lab/qemu/101/net0/ip/10.0.0.1", SB_UPDATE)->target, 50);
}

static void an_unowned_part_of_our_parent_is_adopted(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/101", GUEST("web"));
	put_netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "web"));
	put_row("nic", "lab/qemu/101/net0",
		"{'set': {'name': 'net0'}, 'ref': {'virtual_machine': ['vm', 'lab/qemu/101']}}");
	put_unowned("vm-interface", "{'id': 70, 'name': 'net0', 'virtual_machine': {'id': 7}}");
	mark_all_asked();
	run_diff();
	assert_int_equal(n_ops(), 1);
	assert_int_equal(op_of("lab/qemu/101/net0", SB_UPDATE)->target, 70);
}

static void a_reference_to_an_adopted_object_has_its_id(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/101", GUEST("web"));
	put_unowned("vm", GUEST_IN_NETBOX(7, "web"));
	put_row("nic", "lab/qemu/101/net0",
		"{'set': {'name': 'net0'}, 'ref': {'virtual_machine': ['vm', 'lab/qemu/101']}}");
	mark_all_asked();
	run_diff();
	assert_json(op_of("lab/qemu/101/net0", SB_CREATE)->set,
		    "{'name': 'net0', 'virtual_machine': 7}");
}

static void without_an_answer_no_object_is_created(void **state)
{
	struct sb_error why = SB_ERROR_INIT;

	(void)state;
	put_row("guest", "lab/qemu/101", GUEST("web"));
	sb_fail(&why, SB_E_TIMEOUT, "no answer in 30 s");
	assert_int_equal(sb_reason_put(fx->run->snap->asked,
				       "vm?cf_stagebox_key__empty=true&cluster_id=1", &why),
			 0);
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("vm")->unknown, 1);
	assert_status(0, SB_STAGE_PARTIAL);
	assert_says(&get_stage(0)->why, "30 s");
}

static void a_part_of_a_new_parent_has_no_candidates(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/101", GUEST("web"));
	put_row("nic", "lab/qemu/101/net0",
		"{'set': {'name': 'net0'}, 'ref': {'virtual_machine': ['vm', 'lab/qemu/101']}}");
	mark_asked("vm?cf_stagebox_key__empty=true&cluster_id=1"); /* and no question about net0 */
	run_diff();
	assert_int_equal(n_ops(), 2);
}

static void a_name_that_a_person_gave_a_kept_object_is_not_claimed(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/105", GUEST("web"));
	put_netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "Web"));
	put_applied("lab/qemu/101", "{'name': 'db'}");
	mark_all_asked();
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("vm")->unknown, 1);
	assert_int_equal(find_account("vm")->kept, 1);
	assert_status(0, SB_STAGE_PARTIAL);
	assert_says(&get_stage(0)->why, "lab/qemu/101");
}

static void a_rename_to_a_used_name_is_left_out_and_the_rest_is_written(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/105",
		"{'set': {'name': 'web', 'status': 'offline', 'cluster': 1, 'memory': 2048}}");
	put_netbox("vm", "lab/qemu/105", GUEST_IN_NETBOX(8, "old"));
	put_applied("lab/qemu/105", "{'name': 'old'}");
	put_netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "web"));
	put_applied("lab/qemu/101", "{'name': 'db'}");
	run_diff();
	assert_int_equal(n_ops(), 1);
	assert_json(op_of("lab/qemu/105", SB_UPDATE)->set, "{'status': 'offline'}");
	assert_status(0, SB_STAGE_PARTIAL);
}

static void a_used_name_does_not_block_a_move(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/105", "{'set': {'name': 'web', 'cluster': 1}}");
	put_netbox("vm", "lab/qemu/105", "{'id': 8, 'name': 'old', 'cluster': {'id': 2}}");
	put_applied("lab/qemu/105", "{'name': 'old'}");
	put_netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "web"));
	put_applied("lab/qemu/101", "{'name': 'db'}");
	run_diff();
	assert_int_equal(n_ops(), 1);
	assert_json(op_of("lab/qemu/105", SB_UPDATE)->set, "{'cluster': 1}");
}

static void a_name_that_this_plan_frees_may_be_claimed(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/105", GUEST("web"));
	put_row("guest", "lab/qemu/101", GUEST("web2"));
	put_netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "web"));
	put_applied("lab/qemu/101", "{'name': 'web'}");
	mark_all_asked();
	run_diff();
	assert_int_equal(n_ops(), 2);
	assert_int_equal(op_of("lab/qemu/105", SB_CREATE)->n_needs, 1);
	assert_status(0, SB_STAGE_OK);
}

static void an_address_of_a_silent_guest_moves_to_the_guest_that_has_it(void **state)
{
	(void)state;
	put_row("ip", "lab/qemu/101/net0/ip/10.0.0.1", "{'set': {'address': '10.0.0.1/24'}}");
	put_netbox("ip", "lab/qemu/102/net0/ip/10.0.0.1", "{'id': 50, 'address': '10.0.0.1/24'}");
	put_netbox("ip", "lab/qemu/102/net0/ip/10.0.0.2", "{'id': 51, 'address': '10.0.0.2/24'}");
	assert_int_equal(sb_rows_keep(get_stage(0), "ip", "lab/qemu/102/"), 0);
	put_unowned("ip", "{'id': 50, 'address': '10.0.0.1/24', 'custom_fields':"
			  " {'stagebox_key': 'lab/qemu/102/net0/ip/10.0.0.1'}}");
	mark_asked("ip?address=10.0.0.1");
	run_diff();
	assert_int_equal(n_ops(), 1);
	assert_int_equal(op_of("lab/qemu/101/net0/ip/10.0.0.1", SB_UPDATE)->target, 50);
	assert_int_equal(find_account("ip")->same, 1);
}

static void instance_ids_match_by_one_common_part(void **state)
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
		T(exactly_one_unowned_object_is_adopted),
		T(an_object_that_we_created_and_that_lost_its_key_stays_ours),
		T(a_lost_key_is_given_back_once_and_not_by_stages_of_fields),
		T(an_object_without_a_key_that_a_person_created_is_adopted),
		T(an_object_without_a_key_waits_for_the_change_log),
		T(an_adopted_object_keeps_what_a_person_wrote),
		T(an_adopted_object_keeps_all_its_tags),
		T(several_unowned_objects_are_a_conflict),
		T(an_object_that_belongs_to_another_is_a_conflict),
		T(an_object_of_another_endpoint_is_a_conflict),
		T(an_unowned_object_beside_an_owned_one_is_adopted),
		T(an_address_of_ours_that_is_gone_moves_to_the_object_that_has_it_now),
		T(an_unowned_part_of_our_parent_is_adopted),
		T(a_reference_to_an_adopted_object_has_its_id),
		T(without_an_answer_no_object_is_created),
		T(a_part_of_a_new_parent_has_no_candidates),
		T(a_name_that_a_person_gave_a_kept_object_is_not_claimed),
		T(a_rename_to_a_used_name_is_left_out_and_the_rest_is_written),
		T(a_used_name_does_not_block_a_move),
		T(a_name_that_this_plan_frees_may_be_claimed),
		T(an_address_of_a_silent_guest_moves_to_the_guest_that_has_it),
		T(instance_ids_match_by_one_common_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
