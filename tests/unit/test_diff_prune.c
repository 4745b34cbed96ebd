/* SPDX-License-Identifier: Apache-2.0 */
/* Objects that vanished at the source: deleted at once, deleted after the gate, or kept. */
#include "diff/prune_gate.h"
#include "run/run.h"
#include "test_diff_fixture.h"

/* Guest 101 (id 7) is at the source and in NetBox, 102 (id 8) in NetBox only. */
static void two_guests(void)
{
	put_row("guest", "lab/qemu/101", GUEST("web"));
	put_netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "web"));
	put_netbox("vm", "lab/qemu/102", GUEST_IN_NETBOX(8, "db"));
}

static void ripe_settings(void)
{
	prune_set("enabled", json_true());
	put_missed("lab/qemu/102", 2, 3600); /* this run is the third */
}

static void kept_in_netbox(void)
{
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("vm")->kept, 1);
	assert_int_equal(find_account("vm")->deleted, 0);
}

static void prune_is_off_by_default(void **state)
{
	(void)state;
	two_guests();
	put_missed("lab/qemu/102", 100, 1000000);
	run_diff();
	kept_in_netbox();
	assert_int_equal(fx->gone_asked, 0);
	assert_status(0, SB_STAGE_OK);
}

static void a_top_object_that_passed_every_gate_is_deleted(void **state)
{
	const struct sb_op *op;

	(void)state;
	two_guests();
	ripe_settings();
	run_diff();
	assert_int_equal(n_ops(), 1);
	op = op_of("lab/qemu/102", SB_DELETE);
	assert_int_equal(op->target, 8);
	assert_json(op->was, "{'name': 'db'}");
	assert_json(op->frees, "['vm|1|db|']");
	assert_int_equal(find_account("vm")->deleted, 1);
	assert_int_equal(find_account("vm")->before, 2);
	assert_int_equal(find_account("vm")->seen, 1);
}

static void the_name_of_a_deleted_object_is_free_in_the_same_run(void **state)
{
	(void)state;
	two_guests();
	ripe_settings();
	put_row("guest", "lab/qemu/103", GUEST("db"));
	mark_all_asked();
	run_diff(); /* the proof that 102 is gone is asked for first */
	assert_int_equal(fx->gone_asked, 1);
	assert_int_equal(n_ops(), 2);
	assert_int_equal(op_of("lab/qemu/102", SB_DELETE)->n_needs, 0);
	assert_int_equal(op_of("lab/qemu/103", SB_CREATE)->n_needs, 1);
	assert_status(0, SB_STAGE_OK);
}

static void one_run_too_few_keeps_the_object(void **state)
{
	(void)state;
	two_guests();
	ripe_settings();
	put_missed("lab/qemu/102", 1, 3600);
	run_diff();
	kept_in_netbox();
}

static void one_second_too_early_keeps_the_object(void **state)
{
	(void)state;
	two_guests();
	ripe_settings();
	put_missed("lab/qemu/102", 2, 3599);
	run_diff();
	kept_in_netbox();
}

static void the_first_miss_starts_the_count(void **state)
{
	(void)state;
	two_guests();
	prune_set("enabled", json_true());
	run_diff();
	kept_in_netbox();
	assert_json(fx->run->diff->misses, "{'lab/qemu/102': {'runs': 1, 'since': 100000}}");
}

static void each_miss_adds_one_and_keeps_the_first_time(void **state)
{
	(void)state;
	two_guests();
	put_missed("lab/qemu/102", 4, 500);
	put_missed("lab/qemu/101", 4, 500);
	run_diff();
	assert_json(fx->run->diff->misses, "{'lab/qemu/102': {'runs': 5, 'since': 99500}}");
}

static void a_counter_from_a_clock_that_was_ahead_counts_from_now(void **state)
{
	(void)state;
	two_guests();
	ripe_settings();
	put_missed("lab/qemu/102", 9, -500);
	assert_false(sb_prune_is_due(fx->run, "lab/qemu/102", NULL));
	prune_set("grace", json_integer(0));
	assert_true(sb_prune_is_due(fx->run, "lab/qemu/102", NULL));
	run_diff();
	assert_int_equal(n_ops(), 1);
	op_of("lab/qemu/102", SB_DELETE);
	assert_json(fx->run->diff->misses, "{'lab/qemu/102': {'runs': 10, 'since': 100000}}");
}

static void an_object_that_is_not_proven_gone_is_kept(void **state)
{
	(void)state;
	fx->gone = 0;
	two_guests();
	ripe_settings();
	run_diff();
	kept_in_netbox();
	assert_int_equal(fx->gone_asked, 1);
	assert_status(0, SB_STAGE_PARTIAL);
	assert_says(&get_stage(0)->why, "not proven gone");
}

static void a_proof_that_fails_proves_nothing(void **state)
{
	(void)state;
	fx->gone = -1;
	two_guests();
	ripe_settings();
	run_diff();
	kept_in_netbox();
	assert_status(0, SB_STAGE_PARTIAL);
}

static void proof_is_asked_only_for_objects_that_are_due(void **state)
{
	(void)state;
	two_guests();
	prune_set("enabled", json_true());
	run_diff();
	assert_int_equal(fx->gone_asked, 0);
}

/* n more guests, all missing long enough. */
static void many_gone(unsigned n)
{
	char key[32], text[128];
	unsigned i;

	for (i = 0; i < n; i++) {
		snprintf(key, sizeof(key), "lab/qemu/%u", 500 + i);
		snprintf(text, sizeof(text), "{'id': %u, 'name': 'g%u', 'cluster': {'id': 1}}",
			 500 + i, i);
		put_netbox("vm", key, text);
		put_missed(key, 9, 9999);
	}
}

static void more_than_the_count_deletes_none(void **state)
{
	(void)state;
	two_guests();
	prune_set("enabled", json_true());
	prune_set("max_count", json_integer(3));
	many_gone(4);
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("vm")->kept, 5);
	assert_true(fx->run->diff->gate_refused);
	assert_int_equal(fx->run->diff->gate_why.code, SB_E_REFUSED);
	assert_status(0, SB_STAGE_PARTIAL);
	assert_says(&get_stage(0)->why, "prune.max_count");
}

static void as_many_as_the_count_are_deleted(void **state)
{
	(void)state;
	two_guests();
	prune_set("enabled", json_true());
	prune_set("max_count", json_integer(4));
	many_gone(4);
	run_diff();
	assert_int_equal(n_ops(), 4);
	assert_int_equal(find_account("vm")->deleted, 4);
	assert_false(fx->run->diff->gate_refused);
}

static void more_than_the_share_deletes_none(void **state)
{
	(void)state;
	two_guests();
	prune_set("enabled", json_true());
	prune_set("max_percent", json_integer(50));
	many_gone(4); /* 6 owned: half are 3 */
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_true(fx->run->diff->gate_refused);
}

static void a_share_below_one_object_is_one(void **state)
{
	(void)state;
	two_guests();
	ripe_settings();
	prune_set("max_percent", json_integer(1));
	run_diff();
	assert_int_equal(n_ops(), 1);
}

static void a_share_of_nothing_deletes_nothing(void **state)
{
	(void)state;
	two_guests();
	ripe_settings();
	prune_set("max_percent", json_integer(0));
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_true(fx->run->diff->gate_refused);
}

static void an_object_that_could_not_be_read_has_not_vanished(void **state)
{
	(void)state;
	two_guests();
	ripe_settings();
	put_missed("lab/qemu/102", 100, 1000000);
	put_unknown("guest", "", "HTTP 596 of node pve2");
	run_diff();
	kept_in_netbox();
	assert_int_equal(find_account("vm")->unknown, 1);
	assert_int_equal(find_account("vm")->seen, 2);
	assert_int_equal(fx->gone_asked, 0);
	assert_status(0, SB_STAGE_PARTIAL);
	assert_says(&get_stage(0)->why, "HTTP 596");
}

static void a_collection_that_was_never_read_is_unknown_not_empty(void **state)
{
	(void)state;
	put_netbox("vm", "lab/qemu/102", GUEST_IN_NETBOX(8, "db"));
	put_netbox("vm-interface", "lab/qemu/102/net0", "{'id': 80, 'name': 'net0'}");
	ripe_settings();
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("vm")->unknown, 1);
	assert_int_equal(find_account("vm-interface")->unknown, 1);
	assert_status(1, SB_STAGE_PARTIAL);
}

static void a_collection_declared_empty_is_empty(void **state)
{
	(void)state;
	two_guests();
	put_part("vm-interface", "lab/qemu/101/net0", "{'id': 70, 'name': 'net0'}");
	read_empty("nic");
	run_diff();
	assert_int_equal(n_ops(), 1);
	op_of("lab/qemu/101/net0", SB_DELETE);
}

static void a_part_of_a_completely_read_parent_is_deleted_at_once(void **state)
{
	const struct sb_op *op;

	(void)state;
	two_guests();
	put_row("nic", "lab/qemu/101/net0", "{'set': {'name': 'net0'}}");
	put_netbox("vm-interface", "lab/qemu/101/net0", "{'id': 70, 'name': 'net0'}");
	put_part("vm-interface", "lab/qemu/101/net1",
		 "{'id': 71, 'name': 'net1', 'virtual_machine': {'id': 7}}");
	run_diff();
	assert_int_equal(n_ops(), 1);
	op = op_of("lab/qemu/101/net1", SB_DELETE);
	assert_int_equal(op->target, 71);
	assert_json(op->frees, "['vm-interface|7|net1|']");
	assert_int_equal(find_account("vm-interface")->deleted, 1);
	assert_int_equal(find_account("vm-interface")->matched, 1);
}

/* NetBox has guest 102, too, but its list lacks it: 102 has vanished, and is kept. */
static void cut_list_of_guests(void)
{
	put_row("guest", "lab/qemu/101", GUEST("web"));
	put_netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "web"));
	get_list("vm")->known = SB_KNOWN_PARTIAL;
	sb_fail(&get_list("vm")->why, SB_E_STATE, "NetBox's list of vm: rows are missing");
}

static void a_part_whose_parent_an_incomplete_list_lacks_is_kept(void **state)
{
	(void)state;
	cut_list_of_guests();
	put_part("vm-interface", "lab/qemu/102/net0",
		 "{'id': 80, 'name': 'net0', 'virtual_machine': {'id': 8}}");
	read_empty("nic");
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("vm-interface")->unknown, 1);
	assert_int_equal(find_account("vm-interface")->kept, 1);
	assert_status(1, SB_STAGE_PARTIAL);
	assert_says(&get_stage(1)->why, "rows are missing");
}

static void a_part_whose_parent_is_in_an_incomplete_list_is_deleted(void **state)
{
	(void)state;
	cut_list_of_guests();
	put_part("vm-interface", "lab/qemu/101/net1",
		 "{'id': 71, 'name': 'net1', 'virtual_machine': {'id': 7}}");
	read_empty("nic");
	run_diff();
	assert_int_equal(n_ops(), 1);
	op_of("lab/qemu/101/net1", SB_DELETE);
}

static void a_part_of_an_unknown_parent_is_kept_and_counted_unknown(void **state)
{
	(void)state;
	two_guests();
	put_row("nic", "lab/qemu/101/net0", "{'set': {'name': 'net0'}}");
	put_unknown("nic", "lab/qemu/101/", "config not readable");
	put_netbox("vm-interface", "lab/qemu/101/net0", "{'id': 70, 'name': 'net0'}");
	put_netbox("vm-interface", "lab/qemu/101/net1", "{'id': 71, 'name': 'net1'}");
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("vm-interface")->unknown, 1);
	assert_int_equal(find_account("vm-interface")->same, 1);
	assert_int_equal(find_account("vm-interface")->kept, 1);
}

static void an_object_to_keep_counts_as_the_same(void **state)
{
	(void)state;
	two_guests();
	read_empty("ip");
	assert_int_equal(sb_rows_keep(get_stage(0), "ip", "lab/qemu/101/"), 0);
	put_netbox("ip", "lab/qemu/101/net0/ip/10.0.0.1", "{'id': 90, 'address': '10.0.0.1/24'}");
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("ip")->same, 1);
	assert_int_equal(find_account("ip")->matched, 1);
	assert_int_equal(find_account("ip")->seen, 1);
	assert_status(2, SB_STAGE_OK);
}

static void
an_object_beyond_our_permissions_is_kept_and_unknown_without_a_partial_stage(void **state)
{
	struct sb_error why = SB_ERROR_INIT;
	const json_t *limits;

	(void)state;
	two_guests();
	read_empty("ip");
	sb_fail(&why, SB_E_FORBIDDEN, "no right");
	assert_int_equal(sb_rows_limited(get_stage(0), "ip", "lab/qemu/101/", &why), 0);
	assert_int_equal(sb_rows_limited(get_stage(0), "ip", "lab/qemu/102/", &why), 0);
	put_netbox("ip", "lab/qemu/101/net0/ip/10.0.0.1", "{'id': 90, 'address': '10.0.0.1/24'}");
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("ip")->unknown, 1);
	assert_int_equal(find_account("ip")->kept, 1);
	assert_int_equal(find_account("ip")->seen, 1);
	assert_status(2, SB_STAGE_OK);
	/* One entry, of the stage that met the limit. */
	limits = json_object_iter_value(json_object_iter(fx->run->limits));
	assert_json(limits, "[{'code': 'forbidden', 'text': 'no right', 'parts': 2, 'keys': "
			    "['lab/qemu/101', 'lab/qemu/102']}]");
}

static void unknown_takes_precedence_over_keep(void **state)
{
	(void)state;
	two_guests();
	assert_int_equal(sb_rows_keep(get_stage(0), "ip", "lab/qemu/101/"), 0);
	put_unknown("ip", "lab/qemu/101/", "the agent hangs");
	put_netbox("ip", "lab/qemu/101/net0/ip/10.0.0.1", "{'id': 90, 'address': '10.0.0.1/24'}");
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("ip")->unknown, 1);
	assert_status(2, SB_STAGE_PARTIAL);
}

/* 102 with its interface, which are in no source. */
static void guest_with_a_part(void)
{
	two_guests();
	read_empty("nic");
	put_netbox("vm-interface", "lab/qemu/102/net0",
		   "{'id': 80, 'name': 'net0', 'virtual_machine': {'id': 8}}");
}

static void parts_are_deleted_with_their_parent_without_an_op(void **state)
{
	(void)state;
	guest_with_a_part();
	ripe_settings();
	run_diff();
	assert_int_equal(n_ops(), 1);
	op_of("lab/qemu/102", SB_DELETE);
	assert_int_equal(find_account("vm-interface")->deleted, 1);
	assert_int_equal(find_account("vm-interface")->before, 1);
}

static void objects_that_refer_to_a_deleted_one_are_skipped(void **state)
{
	(void)state;
	two_guests();
	ripe_settings();
	put_row("nic", "lab/qemu/102/net0",
		"{'set': {'name': 'net0'}, 'ref': {'virtual_machine': ['vm', 'lab/qemu/102']}}");
	mark_all_asked(); /* before the proof 102 counts as existing */
	run_diff();
	assert_int_equal(n_ops(), 1);
	assert_int_equal(find_account("vm-interface")->skipped, 1);
	assert_says(&get_stage(1)->why, "being deleted");
}

static void parts_of_a_kept_parent_are_kept(void **state)
{
	(void)state;
	guest_with_a_part();
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("vm-interface")->kept, 1);
}

static void parts_of_a_parent_above_the_limit_are_kept(void **state)
{
	(void)state;
	guest_with_a_part();
	ripe_settings();
	prune_set("max_count", json_integer(0));
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("vm-interface")->kept, 1);
}

static void put_reborn_guest(void)
{
	put_row("guest", "lab/qemu/101",
		"{'set': {'name': 'new', 'status': 'active', 'cluster': 1}, 'birth': 'bb'}");
	put_netbox("vm", "lab/qemu/101",
		   "{'id': 7, 'name': 'old', 'cluster': {'id': 1}, 'birth': 'aa'}");
	put_row("nic", "lab/qemu/101/net0",
		"{'set': {'name': 'net0'}, 'ref': {'virtual_machine': ['vm', 'lab/qemu/101']}}");
	put_netbox("vm-interface", "lab/qemu/101/net0",
		   "{'id': 70, 'name': 'net0', 'virtual_machine': {'id': 7}}");
}

static void a_reused_vmid_is_a_conflict_while_prune_is_off(void **state)
{
	(void)state;
	put_reborn_guest();
	put_applied("lab/qemu/101", "{'name': 'old'}");
	run_diff();
	assert_int_equal(find_account("vm")->skipped, 1);
	assert_int_equal(find_account("vm")->kept, 1);
	assert_int_equal(json_array_size(fx->run->diff->conflicts), 1);
	assert_int_equal(n_ops(), 0);
}

static void the_new_object_of_a_reused_vmid_follows_the_policies(void **state)
{
	(void)state;
	put_reborn_guest();
	put_row("guest", "lab/qemu/101",
		"{'set': {'name': 'new', 'status': 'active', 'cluster': 1, 'memory': 512},"
		" 'birth': 'bb'}");
	set_policy("memory", "never");
	prune_set("enabled", json_true());
	run_diff();
	assert_non_null(op_of("lab/qemu/101", SB_DELETE));
	assert_null(json_object_get(op_of("lab/qemu/101", SB_CREATE)->set, "memory"));
}

static void a_reused_vmid_is_a_new_object_with_new_parts(void **state)
{
	const struct sb_op *old, *op;

	(void)state;
	put_reborn_guest();
	prune_set("enabled", json_true());
	run_diff();
	old = op_of("lab/qemu/101", SB_DELETE);
	op = op_of("lab/qemu/101", SB_CREATE);
	assert_int_equal(n_ops(), 3);
	assert_int_equal(old->target, 7);
	assert_int_equal(old->state, SB_OP_READY);
	assert_int_equal(op->state, SB_OP_WAITING);
	assert_json(op->set, "{'name': 'new', 'status': 'active', 'cluster': 1,"
			     " 'stagebox_birth': 'bb'}");
	assert_json(op_of("lab/qemu/101/net0", SB_CREATE)->set,
		    "{'name': 'net0', 'virtual_machine': {'$ref': 'lab/qemu/101'}}");
	assert_int_equal(find_account("vm")->deleted, 1);
	assert_int_equal(find_account("vm")->created, 1);
	assert_int_equal(find_account("vm-interface")->deleted, 1);
	assert_int_equal(find_account("vm-interface")->created, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(prune_is_off_by_default),
		T(a_top_object_that_passed_every_gate_is_deleted),
		T(the_name_of_a_deleted_object_is_free_in_the_same_run),
		T(one_run_too_few_keeps_the_object),
		T(one_second_too_early_keeps_the_object),
		T(the_first_miss_starts_the_count),
		T(each_miss_adds_one_and_keeps_the_first_time),
		T(a_counter_from_a_clock_that_was_ahead_counts_from_now),
		T(an_object_that_is_not_proven_gone_is_kept),
		T(a_proof_that_fails_proves_nothing),
		T(proof_is_asked_only_for_objects_that_are_due),
		T(more_than_the_count_deletes_none),
		T(as_many_as_the_count_are_deleted),
		T(more_than_the_share_deletes_none),
		T(a_share_below_one_object_is_one),
		T(a_share_of_nothing_deletes_nothing),
		T(an_object_that_could_not_be_read_has_not_vanished),
		T(a_collection_that_was_never_read_is_unknown_not_empty),
		T(a_collection_declared_empty_is_empty),
		T(a_part_of_a_completely_read_parent_is_deleted_at_once),
		T(a_part_whose_parent_an_incomplete_list_lacks_is_kept),
		T(a_part_whose_parent_is_in_an_incomplete_list_is_deleted),
		T(a_part_of_an_unknown_parent_is_kept_and_counted_unknown),
		T(an_object_to_keep_counts_as_the_same),
		T(an_object_beyond_our_permissions_is_kept_and_unknown_without_a_partial_stage),
		T(unknown_takes_precedence_over_keep),
		T(parts_are_deleted_with_their_parent_without_an_op),
		T(objects_that_refer_to_a_deleted_one_are_skipped),
		T(parts_of_a_kept_parent_are_kept),
		T(parts_of_a_parent_above_the_limit_are_kept),
		T(a_reused_vmid_is_a_conflict_while_prune_is_off),
		T(the_new_object_of_a_reused_vmid_follows_the_policies),
		T(a_reused_vmid_is_a_new_object_with_new_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
