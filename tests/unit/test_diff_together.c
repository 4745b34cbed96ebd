/* SPDX-License-Identifier: Apache-2.0 */
/* Rules about stages, selections and passes that meet in one object. */
#include "diff/diff.h"
#include "job/select.h"
#include "test_diff_fixture.h"

static void balanced(void)
{
	struct sb_error err = SB_ERROR_INIT;
	size_t i;

	assert_int_equal(sb_account_finish(fx->run), 0);
	for (i = 0; i < fx->run->diff->n_accounts; i++) {
		if (sb_account_check(&fx->run->diff->accounts[i], "t", &err) < 0)
			fail_msg("%s", err.text);
	}
}

static void select_only(size_t at, const char *target)
{
	size_t i;

	for (i = 0; i < 4; i++)
		stage(i)->selected = i == at;
	assert_int_equal(sb_diff_all(fx->run, NULL), 0);
	assert_int_equal(sb_select_ops(fx->run, target), 0);
}

static void an_object_whose_two_ops_are_dropped_is_skipped_once(void **state)
{
	(void)state;
	row("guest", "lab/qemu/101", GUEST("web"));
	row("primary", "lab/qemu/101", "{'set': {'primary_ip4': 90}}");
	asked_all();
	select_only(3, NULL);
	balanced();
	assert_int_equal(account("vm")->skipped, 1);
}

static void parts_of_a_dropped_delete_are_kept(void **state)
{
	(void)state;
	row("guest", "lab/qemu/101", GUEST("web"));
	netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "web"));
	netbox("vm", "lab/qemu/102", GUEST_IN_NETBOX(8, "db"));
	read_empty("nic");
	netbox("vm-interface", "lab/qemu/102/net0",
	       "{'id': 80, 'name': 'net0', 'virtual_machine': {'id': 8}}");
	prune_set("enabled", json_true());
	missed("lab/qemu/102", 2, 3600);
	select_only(1, NULL);
	balanced();
	assert_int_equal(account("vm-interface")->kept, 1);
}

static void a_selected_stage_of_fields_writes_them_though_the_owner_is_not_selected(void **state)
{
	(void)state;
	row("guest", "lab/qemu/101", "{'set': {'memory': 512}}");
	row("primary", "lab/qemu/101", "{'set': {'primary_ip4': 90}}");
	netbox("vm", "lab/qemu/101",
	       "{'id': 7, 'name': 'web', 'memory': 256, 'primary_ip4': null}");
	changelog("lab/qemu/101", "{}");
	select_only(3, NULL);
	balanced();
	assert_json(op_of("lab/qemu/101", SB_UPDATE)->set, "{'primary_ip4': 90}");
}

static void a_stage_of_fields_that_fails_leaves_the_owners_count(void **state)
{
	(void)state;
	row("guest", "lab/qemu/101", "{'set': {'memory': 256}}");
	row("primary", "lab/qemu/101", "{'set': {'primary_ip4': 90}}");
	row("primary", "lab/qemu/102", "{'fail': 'nonsense'}");
	netbox("vm", "lab/qemu/101",
	       "{'id': 7, 'name': 'web', 'memory': 256, 'primary_ip4': null}");
	changelog("lab/qemu/101", "{}");
	diff();
	assert_int_equal(account("vm")->same, 1);
}

static void fields_of_a_stage_that_fails_are_taken_out_of_the_owners_op(void **state)
{
	(void)state;
	row("guest", "lab/qemu/101", "{'set': {'memory': 512}}");
	row("primary", "lab/qemu/101", "{'set': {'primary_ip4': 90}}");
	row("primary", "lab/qemu/102", "{'fail': 'nonsense'}");
	netbox("vm", "lab/qemu/101",
	       "{'id': 7, 'name': 'web', 'memory': 256, 'primary_ip4': null}");
	changelog("lab/qemu/101", "{}");
	diff();
	assert_json(op_of("lab/qemu/101", SB_UPDATE)->set, "{'memory': 512}");
}

static void what_is_remembered_already_is_not_told_again(void **state)
{
	(void)state;
	row("guest", "lab/qemu/101", GUEST("web"));
	netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "web"));
	applied("lab/qemu/101", "{'name': 'web'}");
	diff();
	assert_int_equal(json_object_size(fx->run->diff->settled), 0);
}

static void tags_obey_their_policy(void **state)
{
	(void)state;
	policy("tags", "never");
	netbox("tag", "", "{'id': 1, 'name': 'prod', 'slug': 'prod'}");
	row("guest", "lab/qemu/101", "{'refs': {'tags': [['tag', 'shared/tag/prod']]}}");
	netbox("vm", "lab/qemu/101", "{'id': 7, 'name': 'web', 'tags': []}");
	diff();
	assert_int_equal(n_ops(), 0);
}

static void tags_that_are_added_are_remembered_as_ours(void **state)
{
	(void)state;
	netbox("tag", "", "{'id': 1, 'name': 'a', 'slug': 'a'}");
	netbox("tag", "", "{'id': 2, 'name': 'b', 'slug': 'b'}");
	row("guest", "lab/qemu/101",
	    "{'refs': {'tags': [['tag', 'shared/tag/a'], ['tag', 'shared/tag/b']]}}");
	netbox("vm", "lab/qemu/101", "{'id': 7, 'name': 'web', 'tags': [{'id': 1}, {'id': 8}]}");
	applied("lab/qemu/101", "{'tags': [1]}");
	diff();
	assert_json(
		json_object_get(json_object_get(fx->run->diff->settled, "lab/qemu/101"), "tags"),
		"[1, 2]");
}

static void tags_are_set_in_their_flat_order(void **state)
{
	(void)state;
	netbox("tag", "", "{'id': 1, 'name': 'a', 'slug': 'a'}");
	row("guest", "lab/qemu/101", "{'refs': {'tags': [['tag', 'shared/tag/a']]}}");
	netbox("vm", "lab/qemu/101", "{'id': 7, 'name': 'web', 'tags': [{'id': 8}]}");
	changelog("lab/qemu/101", "{}");
	diff();
	assert_json(op_of("lab/qemu/101", SB_UPDATE)->set, "{'tags': [1, 8]}");
}

static void a_reborn_guest_of_unknown_status_is_not_created(void **state)
{
	(void)state;
	prune_set("enabled", json_true());
	row("guest", "lab/qemu/101",
	    "{'set': {'name': 'new', 'cluster': 1}, 'birth': 'bb', 'unknown': {'status': 'x'}}");
	netbox("vm", "lab/qemu/101",
	       "{'id': 7, 'name': 'old', 'cluster': {'id': 1}, 'birth': 'aa'}");
	diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(account("vm")->unknown, 1);
}

static void reborn_guests_count_against_the_limit(void **state)
{
	(void)state;
	prune_set("enabled", json_true());
	prune_set("max_count", json_integer(0));
	row("guest", "lab/qemu/101",
	    "{'set': {'name': 'new', 'status': 'active', 'cluster': 1}, 'birth': 'bb'}");
	netbox("vm", "lab/qemu/101",
	       "{'id': 7, 'name': 'old', 'cluster': {'id': 1}, 'birth': 'aa'}");
	diff();
	assert_int_equal(n_ops(), 0);
}

static void a_reborn_guest_claims_its_name(void **state)
{
	(void)state;
	prune_set("enabled", json_true());
	row("guest", "lab/qemu/101",
	    "{'set': {'name': 'db', 'status': 'active', 'cluster': 1}, 'birth': 'bb'}");
	netbox("vm", "lab/qemu/101",
	       "{'id': 7, 'name': 'old', 'cluster': {'id': 1}, 'birth': 'aa'}");
	row("guest", "lab/qemu/102", GUEST("db2"));
	netbox("vm", "lab/qemu/102", GUEST_IN_NETBOX(8, "db"));
	applied("lab/qemu/102", "{'name': 'db'}");
	diff();
	assert_int_equal(op_of("lab/qemu/101", SB_CREATE)->n_needs, 2);
}

static void reasons_found_while_asking_reach_the_record(void **state)
{
	(void)state;
	fx->gone = -1;
	prune_set("enabled", json_true());
	read_empty("guest");
	netbox("vm", "lab/qemu/102", GUEST_IN_NETBOX(8, "db"));
	missed("lab/qemu/102", 2, 3600);
	diff();
	assert_says(&stage(0)->why, "no answer");
}

static void what_is_left_for_a_404_is_unknown_to_its_parts_too(void **state)
{
	(void)state;
	/* sb_want_leave() with a reason whose code is NOTFOUND */
	row("guest", "lab/qemu/101", "{'leave404': 'HTTP 404'}");
	row("nic", "lab/qemu/101/net0",
	    "{'set': {'name': 'net0'}, 'ref': {'virtual_machine': ['vm', 'lab/qemu/101']}}");
	diff();
	assert_int_equal(account("vm-interface")->unknown, 1);
}

static void fields_of_an_adopted_object_come_in_the_same_run(void **state)
{
	(void)state;
	row("guest", "lab/qemu/101", "{'set': {'name': 'web', 'cluster': 1}}");
	loose("vm", "{'id': 7, 'name': 'web', 'cluster': {'id': 1}, 'primary_ip4': null}");
	row("primary", "lab/qemu/101", "{'set': {'primary_ip4': 90}}");
	asked_all();
	diff();
	assert_json(json_object_get(op_of("lab/qemu/101", SB_UPDATE)->set, "primary_ip4"), "90");
}

static void a_long_chain_of_names_that_cannot_move_ends(void **state)
{
	char key[32], text[200];
	unsigned i;

	(void)state;
	for (i = 0; i < 12; i++) { /* each takes the name of the next; the last one's is held */
		snprintf(key, sizeof(key), "lab/qemu/%u", 100 + i);
		snprintf(text, sizeof(text), "{'set': {'name': 'n%u', 'cluster': 1}}", i + 1);
		row("guest", key, text);
		snprintf(text, sizeof(text), "{'id': %u, 'name': 'n%u', 'cluster': {'id': 1}}",
			 i + 1, i);
		netbox("vm", key, text);
		snprintf(text, sizeof(text), "{'name': 'n%u'}", i);
		applied(key, text);
	}
	netbox("vm", "lab/qemu/900", "{'id': 90, 'name': 'n12', 'cluster': {'id': 1}}");
	diff();
	assert_int_equal(n_ops(), 0);
}

static void tokens_that_are_no_texts_are_refused(void **state)
{
	struct sb_plan plan = {0};
	sb_autojson *ops =
		quoted("[{'key': 'a', 'kind': 'vm', 'verb': 'delete', 'stage': 's', 'target': 1,"
		       " 'frees': [5]}]");

	(void)state;
	if (sb_plan_from_json(&plan, sb_registry_kinds(fx->registry), ops, NULL) == 0)
		sb_plan_link(&plan, NULL);
	sb_plan_finish(&plan);
}

static void a_temporary_name_frees_the_name_only(void **state)
{
	struct sb_plan plan = {0};
	size_t i;
	sb_autojson *ops = quoted(
		"[{'key': 'k/n0', 'kind': 'vm-interface', 'verb': 'update', 'stage': 's',"
		"  'target': 1, 'set': {'name': 'b', 'mac_address': 'X'}, 'was': {'name': 'a'},"
		"  'claims': ['vm-interface|1|b|'], 'frees': ['vm-interface|1|a|', 'mac|5']},"
		" {'key': 'k/n1', 'kind': 'vm-interface', 'verb': 'update', 'stage': 's',"
		"  'target': 2, 'set': {'name': 'a'}, 'was': {'name': 'b'},"
		"  'claims': ['vm-interface|1|a|'], 'frees': ['vm-interface|1|b|']},"
		" {'key': 'k/n0/mac/Y', 'kind': 'mac', 'verb': 'delete', 'stage': 's',"
		"  'target': 5, 'claims': ['mac|5']}]");

	(void)state;
	assert_int_equal(sb_plan_from_json(&plan, sb_registry_kinds(fx->registry), ops, NULL), 0);
	assert_int_equal(sb_plan_link(&plan, NULL), 0);
	for (i = 0; i < plan.n; i++) {
		if (strstr(plan.ops[i].why, "temporary"))
			assert_int_equal(json_array_size(plan.ops[i].frees), 1);
	}
	sb_plan_finish(&plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(an_object_whose_two_ops_are_dropped_is_skipped_once),
		T(parts_of_a_dropped_delete_are_kept),
		T(a_selected_stage_of_fields_writes_them_though_the_owner_is_not_selected),
		T(a_stage_of_fields_that_fails_leaves_the_owners_count),
		T(fields_of_a_stage_that_fails_are_taken_out_of_the_owners_op),
		T(what_is_remembered_already_is_not_told_again),
		T(tags_obey_their_policy),
		T(tags_that_are_added_are_remembered_as_ours),
		T(tags_are_set_in_their_flat_order),
		T(a_reborn_guest_of_unknown_status_is_not_created),
		T(reborn_guests_count_against_the_limit),
		T(a_reborn_guest_claims_its_name),
		T(reasons_found_while_asking_reach_the_record),
		T(what_is_left_for_a_404_is_unknown_to_its_parts_too),
		T(fields_of_an_adopted_object_come_in_the_same_run),
		T(a_temporary_name_frees_the_name_only),
		T(a_long_chain_of_names_that_cannot_move_ends),
		T(tokens_that_are_no_texts_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
