/* SPDX-License-Identifier: Apache-2.0 */
/* Rules about stages, selections and passes that apply to one object together. */
#include "diff/diff.h"
#include "job/select.h"
#include "run/account.h"
#include "run/account_count.h"
#include "test_diff_fixture.h"

static void assert_balanced(void)
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
		get_stage(i)->selected = i == at;
	assert_int_equal(sb_diff_all(fx->run, NULL), 0);
	assert_int_equal(sb_select_ops(fx->run, target), 0);
}

static void an_object_whose_two_ops_are_dropped_is_skipped_once(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/101", GUEST("web"));
	put_row("primary", "lab/qemu/101", "{'set': {'primary_ip4': 90}}");
	mark_all_asked();
	select_only(3, NULL);
	assert_balanced();
	assert_int_equal(find_account("vm")->skipped, 1);
}

static void parts_of_a_dropped_delete_are_kept(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/101", GUEST("web"));
	put_netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "web"));
	put_netbox("vm", "lab/qemu/102", GUEST_IN_NETBOX(8, "db"));
	read_empty("nic");
	put_netbox("vm-interface", "lab/qemu/102/net0",
		   "{'id': 80, 'name': 'net0', 'virtual_machine': {'id': 8}}");
	prune_set("enabled", json_true());
	put_missed("lab/qemu/102", 2, 3600);
	select_only(1, NULL);
	assert_balanced();
	assert_int_equal(find_account("vm-interface")->kept, 1);
}

static void a_selected_stage_writes_its_fields_though_the_owner_is_not_selected(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/101", "{'set': {'memory': 512}}");
	put_row("primary", "lab/qemu/101", "{'set': {'primary_ip4': 90}}");
	put_netbox("vm", "lab/qemu/101",
		   "{'id': 7, 'name': 'web', 'memory': 256, 'primary_ip4': null}");
	put_change_log("lab/qemu/101", "{}");
	select_only(3, NULL);
	assert_balanced();
	assert_json(op_of("lab/qemu/101", SB_UPDATE)->set, "{'primary_ip4': 90}");
}

static void a_stage_of_fields_that_fails_leaves_the_owners_count(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/101", "{'set': {'memory': 256}}");
	put_row("primary", "lab/qemu/101", "{'set': {'primary_ip4': 90}}");
	put_row("primary", "lab/qemu/102", "{'fail': 'nonsense'}");
	put_netbox("vm", "lab/qemu/101",
		   "{'id': 7, 'name': 'web', 'memory': 256, 'primary_ip4': null}");
	put_change_log("lab/qemu/101", "{}");
	run_diff();
	assert_int_equal(find_account("vm")->same, 1);
}

static void fields_of_a_stage_that_fails_are_removed_from_the_owners_op(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/101", "{'set': {'memory': 512}}");
	put_row("primary", "lab/qemu/101", "{'set': {'primary_ip4': 90}}");
	put_row("primary", "lab/qemu/102", "{'fail': 'nonsense'}");
	put_netbox("vm", "lab/qemu/101",
		   "{'id': 7, 'name': 'web', 'memory': 256, 'primary_ip4': null}");
	put_change_log("lab/qemu/101", "{}");
	run_diff();
	assert_json(op_of("lab/qemu/101", SB_UPDATE)->set, "{'memory': 512}");
}

static void a_stored_last_value_is_not_stored_again(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/101", GUEST("web"));
	put_netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "web"));
	put_applied("lab/qemu/101", "{'name': 'web'}");
	run_diff();
	assert_int_equal(json_object_size(fx->run->diff->settled), 0);
}

static void tags_follow_their_policy(void **state)
{
	(void)state;
	set_policy("tags", "never");
	put_netbox("tag", "", "{'id': 1, 'name': 'prod', 'slug': 'prod'}");
	put_row("guest", "lab/qemu/101", "{'refs': {'tags': [['tag', 'shared/tag/prod']]}}");
	put_netbox("vm", "lab/qemu/101", "{'id': 7, 'name': 'web', 'tags': []}");
	run_diff();
	assert_int_equal(n_ops(), 0);
}

static void tags_that_are_added_are_stored_as_ours(void **state)
{
	char index[SB_SET_INDEX];

	(void)state;
	put_netbox("tag", "", "{'id': 1, 'name': 'a', 'slug': 'a'}");
	put_netbox("tag", "", "{'id': 2, 'name': 'b', 'slug': 'b'}");
	put_row("guest", "lab/qemu/101",
		"{'refs': {'tags': [['tag', 'shared/tag/a'], ['tag', 'shared/tag/b']]}}");
	put_netbox("vm", "lab/qemu/101",
		   "{'id': 7, 'name': 'web', 'tags': [{'id': 1}, {'id': 8}]}");
	put_applied("lab/qemu/101", "{'tags': [1]}");
	run_diff();
	sb_diff_set_index("lab/qemu/101", "t.guests", index);
	assert_json(json_object_get(fx->run->diff->set_members, index), "{'tags': [1, 2]}");
}

static void tags_are_set_in_their_flat_order(void **state)
{
	(void)state;
	put_netbox("tag", "", "{'id': 1, 'name': 'a', 'slug': 'a'}");
	put_row("guest", "lab/qemu/101", "{'refs': {'tags': [['tag', 'shared/tag/a']]}}");
	put_netbox("vm", "lab/qemu/101", "{'id': 7, 'name': 'web', 'tags': [{'id': 8}]}");
	put_change_log("lab/qemu/101", "{}");
	run_diff();
	assert_json(op_of("lab/qemu/101", SB_UPDATE)->set, "{'tags': [1, 8]}");
}

static void a_guest_with_a_reused_vmid_and_unknown_status_is_not_created(void **state)
{
	(void)state;
	prune_set("enabled", json_true());
	put_row("guest", "lab/qemu/101",
		"{'set': {'name': 'new', 'cluster': 1}, 'birth': 'bb', 'unknown': {'status': "
		"'x'}}");
	put_netbox("vm", "lab/qemu/101",
		   "{'id': 7, 'name': 'old', 'cluster': {'id': 1}, 'birth': 'aa'}");
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("vm")->unknown, 1);
}

static void replaced_guests_count_against_the_limit(void **state)
{
	(void)state;
	prune_set("enabled", json_true());
	prune_set("max_count", json_integer(0));
	put_row("guest", "lab/qemu/101",
		"{'set': {'name': 'new', 'status': 'active', 'cluster': 1}, 'birth': 'bb'}");
	put_netbox("vm", "lab/qemu/101",
		   "{'id': 7, 'name': 'old', 'cluster': {'id': 1}, 'birth': 'aa'}");
	run_diff();
	assert_int_equal(n_ops(), 0);
}

static void a_replaced_guest_claims_its_name(void **state)
{
	(void)state;
	prune_set("enabled", json_true());
	put_row("guest", "lab/qemu/101",
		"{'set': {'name': 'db', 'status': 'active', 'cluster': 1}, 'birth': 'bb'}");
	put_netbox("vm", "lab/qemu/101",
		   "{'id': 7, 'name': 'old', 'cluster': {'id': 1}, 'birth': 'aa'}");
	put_row("guest", "lab/qemu/102", GUEST("db2"));
	put_netbox("vm", "lab/qemu/102", GUEST_IN_NETBOX(8, "db"));
	put_applied("lab/qemu/102", "{'name': 'db'}");
	run_diff();
	assert_int_equal(op_of("lab/qemu/101", SB_CREATE)->n_needs, 2);
}

static void reasons_found_by_questions_are_recorded(void **state)
{
	(void)state;
	fx->gone = -1;
	prune_set("enabled", json_true());
	read_empty("guest");
	put_netbox("vm", "lab/qemu/102", GUEST_IN_NETBOX(8, "db"));
	put_missed("lab/qemu/102", 2, 3600);
	run_diff();
	assert_says(&get_stage(0)->why, "no answer");
}

static void parts_of_an_object_left_after_http_404_are_unknown_too(void **state)
{
	(void)state;
	/* sb_want_leave() with a reason whose code is NOTFOUND */
	put_row("guest", "lab/qemu/101", "{'leave404': 'HTTP 404'}");
	put_row("nic", "lab/qemu/101/net0",
		"{'set': {'name': 'net0'}, 'ref': {'virtual_machine': ['vm', 'lab/qemu/101']}}");
	run_diff();
	assert_int_equal(find_account("vm-interface")->unknown, 1);
}

static void fields_of_an_adopted_object_are_set_in_the_same_run(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/101", "{'set': {'name': 'web', 'cluster': 1}}");
	put_unowned("vm", "{'id': 7, 'name': 'web', 'cluster': {'id': 1}, 'primary_ip4': null}");
	put_row("primary", "lab/qemu/101", "{'set': {'primary_ip4': 90}}");
	mark_all_asked();
	run_diff();
	assert_json(json_object_get(op_of("lab/qemu/101", SB_UPDATE)->set, "primary_ip4"), "90");
}

static void a_long_chain_of_blocked_renames_ends(void **state)
{
	char key[32], text[200];
	unsigned i;

	(void)state;
	for (i = 0; i < 12; i++) { /* each takes the next one's name; the last name is in use */
		snprintf(key, sizeof(key), "lab/qemu/%u", 100 + i);
		snprintf(text, sizeof(text), "{'set': {'name': 'n%u', 'cluster': 1}}", i + 1);
		put_row("guest", key, text);
		snprintf(text, sizeof(text), "{'id': %u, 'name': 'n%u', 'cluster': {'id': 1}}",
			 i + 1, i);
		put_netbox("vm", key, text);
		snprintf(text, sizeof(text), "{'name': 'n%u'}", i);
		put_applied(key, text);
	}
	put_netbox("vm", "lab/qemu/900", "{'id': 90, 'name': 'n12', 'cluster': {'id': 1}}");
	put_applied("lab/qemu/900", "{'name': 'of a person'}");
	run_diff();
	assert_int_equal(n_ops(), 0);
}

static void tokens_that_are_not_strings_are_refused(void **state)
{
	struct sb_plan plan = {0};
	sb_autojson *ops = parse_quoted(
		"[{'key': 'a', 'kind': 'vm', 'verb': 'delete', 'stage': 's', 'target': 1,"
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
	sb_autojson *ops = parse_quoted(
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
		T(a_selected_stage_writes_its_fields_though_the_owner_is_not_selected),
		T(a_stage_of_fields_that_fails_leaves_the_owners_count),
		T(fields_of_a_stage_that_fails_are_removed_from_the_owners_op),
		T(a_stored_last_value_is_not_stored_again),
		T(tags_follow_their_policy),
		T(tags_that_are_added_are_stored_as_ours),
		T(tags_are_set_in_their_flat_order),
		T(a_guest_with_a_reused_vmid_and_unknown_status_is_not_created),
		T(replaced_guests_count_against_the_limit),
		T(a_replaced_guest_claims_its_name),
		T(reasons_found_by_questions_are_recorded),
		T(parts_of_an_object_left_after_http_404_are_unknown_too),
		T(fields_of_an_adopted_object_are_set_in_the_same_run),
		T(a_temporary_name_frees_the_name_only),
		T(a_long_chain_of_blocked_renames_ends),
		T(tokens_that_are_not_strings_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
