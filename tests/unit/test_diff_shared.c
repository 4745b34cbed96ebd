/* SPDX-License-Identifier: Apache-2.0 */
/* Shared objects, fields of another stage's objects, and selection. */
#include "diff/diff.h"
#include "job/select.h"
#include "run/account.h"
#include "run/account_count.h"
#include "test_diff_fixture.h"

#define PROD "['tag', {'slug': 'prod', 'name': 'prod', 'color': 'ff0000'}]"

static void equal_demands_of_two_stages_are_one_op(void **state)
{
	(void)state;
	fx->demands[0] = fx->demands[1] = "[" PROD "]";
	run_diff();
	assert_int_equal(n_ops(), 1);
	assert_string_equal(op_of("shared/tag/prod", SB_CREATE)->stage, "shared");
	assert_json(op_of("shared/tag/prod", SB_CREATE)->set,
		    "{'slug': 'prod', 'name': 'prod', 'color': 'ff0000'}");
	assert_int_equal(find_account("tag")->seen, 1);
	assert_int_equal(find_account("tag")->created, 1);
}

static void demands_that_differ_fail_naming_both_stages(void **state)
{
	(void)state;
	read_empty("guest");
	fx->demands[0] = "[" PROD "]";
	fx->demands[1] = "[['tag', {'slug': 'prod', 'name': 'prod', 'color': '00ff00'}]]";
	run_diff();
	assert_status(0, SB_STAGE_OK);
	assert_status(1, SB_STAGE_FAILED);
	assert_int_equal(get_stage(1)->why.code, SB_E_CONFLICT);
	assert_says(&get_stage(1)->why, "t.guests");
	assert_says(&get_stage(1)->why, "t.nics");
	assert_says(&get_stage(1)->why, "shared/tag/prod");
	op_of("shared/tag/prod", SB_CREATE); /* the first demand is kept */
}

static void more_shared_objects_than_the_limit_of_a_day_are_left_out(void **state)
{
	sb_autojson *made = json_pack("{s:i, s:i}", "tag", 3, "platform", 9);

	(void)state;
	fx->run->shared_limit = 5;
	fx->run->shared_made = made;
	fx->demands[0] = "[['tag', {'slug': 'a', 'name': 'a'}], ['tag', {'slug': 'b', 'name': "
			 "'b'}], ['tag', {'slug': 'c', 'name': 'c'}], ['site', {'slug': 'dc1', "
			 "'name': 'dc1', 'status': 'active'}]]";
	put_row("guest", "lab/qemu/101",
		"{'set': {'name': 'web', 'cluster': 1}, 'refs': {'tags': [['tag', 'shared/tag/a'], "
		"['tag', 'shared/tag/b'], ['tag', 'shared/tag/c']]}}");
	mark_all_asked();
	run_diff();
	op_of("shared/tag/a", SB_CREATE);
	op_of("shared/tag/b", SB_CREATE);
	op_of("shared/site/dc1", SB_CREATE); /* each kind has its own limit */
	assert_json(op_of("lab/qemu/101", SB_CREATE)->set,
		    "{'name': 'web', 'cluster': 1, 'tags': [{'$ref': 'shared/tag/a'}, {'$ref': "
		    "'shared/tag/b'}]}");
	assert_int_equal(n_ops(), 4);
	assert_int_equal(find_account("tag")->skipped, 1);
	assert_status(0, SB_STAGE_PARTIAL);
	fx->run->shared_made = NULL;
}

static void an_object_that_people_created_is_used_unchanged(void **state)
{
	(void)state;
	fx->demands[0] = "[['site', {'slug': 'dc1', 'name': 'dc1', 'status': 'active'}]]";
	put_netbox(
		"site", "",
		"{'id': 5, 'name': 'Data centre', 'slug': 'dc1', 'status': {'value': 'planned'}}");
	put_row("guest", "lab/qemu/101", "{'ref': {'site': ['site', 'shared/site/dc1']}}");
	put_netbox("vm", "lab/qemu/101", "{'id': 7, 'name': 'web', 'site': {'id': 5}}");
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("site")->same, 1);
}

static void an_object_of_the_same_name_satisfies_the_demand(void **state)
{
	(void)state;
	fx->demands[0] = "[['tag', {'slug': 'prod', 'name': 'Production'}]]";
	put_netbox("tag", "", "{'id': 6, 'name': 'Production', 'slug': 'production'}");
	put_row("guest", "lab/qemu/101",
		"{'set': {'name': 'web', 'cluster': 1}, 'refs': {'tags': [['tag', "
		"'shared/tag/prod']]}}");
	mark_all_asked();
	run_diff();
	assert_int_equal(n_ops(), 1);
	assert_json(json_object_get(op_of("lab/qemu/101", SB_CREATE)->set, "tags"), "[6]");
}

static void a_colour_follows_the_source_until_a_person_changes_it(void **state)
{
	(void)state;
	fx->demands[0] = "[" PROD "]";
	put_netbox("tag", "", "{'id': 6, 'name': 'prod', 'slug': 'prod', 'color': '9e9e9e'}");
	put_applied("shared/tag/prod", "{'color': '9e9e9e'}");
	run_diff();
	assert_json(op_of("shared/tag/prod", SB_UPDATE)->set, "{'color': 'ff0000'}");
	assert_int_equal(op_of("shared/tag/prod", SB_UPDATE)->target, 6);
	assert_int_equal(find_account("tag")->updated, 1);
}

static void a_colour_that_a_person_chose_stays(void **state)
{
	(void)state;
	fx->demands[0] = "[" PROD "]";
	put_netbox("tag", "", "{'id': 6, 'name': 'prod', 'slug': 'prod', 'color': '123456'}");
	put_applied("shared/tag/prod", "{'color': 'ff0000'}");
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("tag")->same, 1);
}

#define GROUP_AND_VLAN                                                                             \
	"[['vlan-group', {'slug': 'lab', 'name': 'lab'}],"                                         \
	" ['vlan', {'vid': 20, 'name': 'v20', 'status': 'active',"                                 \
	"           'group': {'$ref': 'shared/vlan-group/lab'}}]]"

static void a_vlan_is_found_in_a_group_that_was_found_by_its_name(void **state)
{
	(void)state;
	fx->demands[0] = GROUP_AND_VLAN;
	put_netbox("vlan-group", "", "{'id': 4, 'name': 'lab', 'slug': 'vlans-of-lab'}");
	put_netbox("vlan", "",
		   "{'id': 9, 'vid': 20, 'name': 'v20', 'group': {'id': 4,"
		   " 'slug': 'vlans-of-lab'}}");
	put_row("nic", "lab/qemu/101/net0",
		"{'set': {'name': 'net0', 'virtual_machine': 7},"
		" 'ref': {'untagged_vlan': ['vlan', 'shared/vlan/lab/20']}}");
	put_netbox("vm-interface", "lab/qemu/101/net0",
		   "{'id': 70, 'name': 'net0', 'virtual_machine': {'id': 7},"
		   " 'untagged_vlan': {'id': 9}}");
	run_diff();
	assert_int_equal(n_ops(), 0);
}

static void a_vlan_whose_name_another_vlan_has_gets_another_name(void **state)
{
	const char *name;

	(void)state;
	fx->demands[0] = GROUP_AND_VLAN;
	put_netbox("vlan-group", "", "{'id': 4, 'name': 'lab', 'slug': 'lab'}");
	put_netbox("vlan", "",
		   "{'id': 9, 'vid': 30, 'name': 'v20', 'group': {'id': 4, 'slug': 'lab'}}");
	run_diff();
	assert_int_equal(n_ops(), 1);
	name = sb_json_str(op_of("shared/vlan/lab/20", SB_CREATE)->set, "name");
	assert_true(sb_starts_with(name, "v20-"));
	assert_int_equal(strlen(name), strlen("v20-123456"));
	assert_int_equal(json_array_size(fx->run->diff->similar), 1);
}

static void a_device_type_is_found_by_its_model(void **state)
{
	(void)state;
	fx->demands[0] = "[['manufacturer', {'slug': 'acme', 'name': 'Acme'}],"
			 " ['device-type', {'manufacturer': {'$ref': 'shared/manufacturer/acme'},"
			 "                  'model': 'Node', 'slug': 'node'}]]";
	put_netbox("manufacturer", "", "{'id': 3, 'name': 'Acme', 'slug': 'acme-inc'}");
	put_netbox("device-type", "",
		   "{'id': 5, 'model': 'Node', 'slug': 'n1', 'manufacturer': {'id': 3,"
		   " 'slug': 'acme-inc'}}");
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("device-type")->same, 1);
}

static void an_object_whose_slug_and_name_two_others_have_gets_another_name(void **state)
{
	const struct sb_op *op;
	const char *slug;
	char text[200];

	(void)state;
	fx->demands[0] = "[['site', {'slug': 'dc1', 'name': 'DC 1', 'status': 'active'}]]";
	put_netbox("site", "", "{'id': 5, 'name': 'Old', 'slug': 'dc1'}");
	put_netbox("site", "", "{'id': 6, 'name': 'DC 1', 'slug': 'main'}");
	run_diff();
	assert_int_equal(n_ops(), 1);
	op = &fx->run->diff->plan.ops[0];
	assert_int_equal(sb_op_open(&fx->run->diff->plan.ops[0]), 0);
	slug = sb_json_str(op->set, "slug");
	assert_true(sb_starts_with(slug, "dc1-"));
	assert_true(sb_starts_with(sb_json_str(op->set, "name"), "DC 1-"));
	assert_int_equal(json_array_size(fx->run->diff->similar), 1);
	/* The next run finds it. */
	snprintf(text, sizeof(text), "{'id': 7, 'name': 'x', 'slug': '%s'}", slug);
	put_netbox("site", "", text);
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(json_array_size(fx->run->diff->similar), 0);
}

static void shared_objects_may_refer_to_each_other(void **state)
{
	(void)state;
	fx->demands[0] = "[['vlan-group', {'slug': 'lab', 'name': 'lab'}],"
			 " ['vlan', {'vid': 20, 'name': 'v20', 'status': 'active',"
			 "           'group': {'$ref': 'shared/vlan-group/lab'}}]]";
	run_diff();
	assert_int_equal(n_ops(), 2);
	assert_int_equal(op_of("shared/vlan/lab/20", SB_CREATE)->n_needs, 1);
	assert_json(json_object_get(op_of("shared/vlan/lab/20", SB_CREATE)->set, "group"),
		    "{'$ref': 'shared/vlan-group/lab'}");

	put_netbox("vlan-group", "", "{'id': 4, 'name': 'lab', 'slug': 'lab'}");
	run_diff();
	assert_int_equal(n_ops(), 1);
	assert_json(json_object_get(op_of("shared/vlan/lab/20", SB_CREATE)->set, "group"), "4");
}

static void an_incomplete_list_of_a_shared_kind_prevents_creates(void **state)
{
	(void)state;
	get_list("tag")->known = SB_KNOWN_PARTIAL;
	fx->demands[0] = "[" PROD "]";
	put_row("guest", "lab/qemu/101",
		"{'set': {'status': 'offline'}, 'refs': {'tags': [['tag', 'shared/tag/prod']]}}");
	put_netbox("vm", "lab/qemu/101", "{'id': 7, 'status': {'value': 'active'}, 'tags': []}");
	run_diff();
	assert_int_equal(n_ops(), 1);
	assert_json(op_of("lab/qemu/101", SB_UPDATE)->set, "{'status': 'offline'}");
	assert_int_equal(find_account("tag")->unknown, 1);
	assert_int_equal(fx->run->shared_stage.status, SB_STAGE_PARTIAL);
}

static void shared_objects_never_vanish(void **state)
{
	(void)state;
	prune_set("enabled", json_true());
	put_netbox("tag", "", "{'id': 6, 'name': 'prod', 'slug': 'prod'}");
	read_empty("guest");
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_null(json_object_get(fx->run->diff->misses, "shared/tag/prod"));
}

static void a_demand_for_a_kind_that_is_not_shared_fails_the_stage(void **state)
{
	(void)state;
	fx->demands[0] = "[['vm', {'name': 'web'}]]";
	run_diff();
	assert_status(0, SB_STAGE_FAILED);
	fx->demands[0] = "[['tag', {'name': 'no slug'}]]";
	get_stage(0)->status = SB_STAGE_OK;
	run_diff();
	assert_status(0, SB_STAGE_FAILED);
	assert_says(&get_stage(0)->why, "natural key");
}

static void one_name_in_two_spellings_is_one_shared_object(void **state)
{
	(void)state;
	read_empty("guest");
	fx->demands[0] = "[['tag', {'name': '16-Core', 'slug': '16-core'}],"
			 " ['tag', {'name': '16 Core', 'slug': '16-core'}]]";
	run_diff();
	assert_status(0, SB_STAGE_OK);
	assert_int_equal(n_ops(), 1);
	assert_json(op_of("shared/tag/16-core", SB_CREATE)->set,
		    "{'name': '16-Core', 'slug': '16-core'}");
}

static void different_names_with_one_slug_fail_the_stage(void **state)
{
	(void)state;
	read_empty("guest");
	fx->demands[0] = "[['tag', {'name': 'web', 'slug': 'web'}],"
			 " ['tag', {'name': 'mail', 'slug': 'web'}]]";
	run_diff();
	assert_status(0, SB_STAGE_FAILED);
	assert_says(&get_stage(0)->why, "different values");
}

static void slugs_are_stable_and_distinct(void **state)
{
	static const char *const same[][2] = {{"Prod", "prod"},
					      {"My Role", "my-role"},
					      {"a-b c", "a-b-c"},
					      {"Site - a", "site-a"}};
	static const char *const apart[][2] = {
		{"web", "web-"}, {"web", "-web"}, {"a-b", "a--b"}, {"a b", "a  b"}, {"db", "db "}};
	sb_autofree char *plus = sb_slug("c++"), *sharp = sb_slug("c#"), *none = sb_slug("***");
	sb_autofree char *again = sb_slug("c++");
	char text[400];
	size_t i;

	(void)state;
	for (i = 0; i < SB_ARRAY_LEN(same); i++) {
		sb_autofree char *slug = sb_slug(same[i][0]);

		assert_string_equal(slug, same[i][1]);
	}
	for (i = 0; i < SB_ARRAY_LEN(apart); i++) {
		sb_autofree char *one = sb_slug(apart[i][0]), *two = sb_slug(apart[i][1]);

		assert_string_not_equal(one, two);
	}
	assert_string_not_equal(plus, sharp);
	assert_string_equal(plus, again);
	assert_true(strlen(none) > 0);
	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	{
		sb_autofree char *longer = sb_slug(text), *other = NULL;

		assert_true(strlen(longer) <= 100);
		text[sizeof(text) - 2] = 'b';
		other = sb_slug(text);
		assert_string_not_equal(longer, other);
	}
}

/* Fields of another stage's objects */

static void web_and_primary(const char *memory, const char *primary)
{
	char text[300];

	snprintf(text, sizeof(text), "{'set': {'name': 'web', 'cluster': 1, 'memory': %s}}",
		 memory);
	put_row("guest", "lab/qemu/101", text);
	put_row("primary", "lab/qemu/101", primary);
}

static void fields_of_a_second_stage_are_an_op_and_an_account_of_their_own(void **state)
{
	(void)state;
	web_and_primary("512", "{'set': {'primary_ip4': 90}}");
	put_netbox("vm", "lab/qemu/101",
		   "{'id': 7, 'name': 'web', 'cluster': {'id': 1}, 'memory': 256,"
		   " 'primary_ip4': null}");
	put_change_log("lab/qemu/101", "{}");
	run_diff();
	assert_int_equal(n_ops(), 2);
	assert_json(update_of("t.guests", "lab/qemu/101")->set, "{'memory': 512}");
	assert_json(update_of("t.guests", "lab/qemu/101")->was, "{'memory': 256}");
	assert_json(update_of("t.primary", "lab/qemu/101")->set, "{'primary_ip4': 90}");
	assert_json(update_of("t.primary", "lab/qemu/101")->was, "{'primary_ip4': null}");
	assert_int_equal(find_account("vm")->updated, 1);
	assert_int_equal(find_fields_account("t.primary", "vm")->updated, 1);
	assert_int_equal(find_fields_account("t.primary", "vm")->seen, 1);
}

static void fields_of_an_unchanged_object_count_as_an_update_of_their_stage(void **state)
{
	(void)state;
	web_and_primary("256", "{'set': {'primary_ip4': 90}}");
	put_netbox("vm", "lab/qemu/101",
		   "{'id': 7, 'name': 'web', 'cluster': {'id': 1}, 'memory': 256,"
		   " 'primary_ip4': null}");
	put_change_log("lab/qemu/101", "{}");
	run_diff();
	assert_int_equal(n_ops(), 1);
	assert_string_equal(op_of("lab/qemu/101", SB_UPDATE)->stage, "t.primary");
	assert_int_equal(find_account("vm")->updated, 0);
	assert_int_equal(find_account("vm")->same, 1);
	assert_int_equal(find_fields_account("t.primary", "vm")->updated, 1);
}

static void fields_that_wait_for_a_new_object_are_an_op_of_their_own(void **state)
{
	(void)state;
	web_and_primary("512", "{'ref': {'primary_ip4': ['ip', 'lab/qemu/101/net0/ip/10.0.0.1']}}");
	put_netbox("vm", "lab/qemu/101",
		   "{'id': 7, 'name': 'web', 'cluster': {'id': 1}, 'memory': 256,"
		   " 'primary_ip4': null}");
	put_row("ip", "lab/qemu/101/net0/ip/10.0.0.1", "{'set': {'address': '10.0.0.1/24'}}");
	put_change_log("lab/qemu/101", "{}");
	mark_asked("ip?address=10.0.0.1");
	run_diff();
	assert_int_equal(n_ops(), 3);
	assert_json(op_of("lab/qemu/101", SB_UPDATE)->set,
		    "{'primary_ip4': {'$ref': 'lab/qemu/101/net0/ip/10.0.0.1'}}");
	assert_int_equal(op_of("lab/qemu/101", SB_UPDATE)->n_needs, 2);
	assert_int_equal(find_account("vm")->updated, 1);
}

static void fields_of_a_new_object_are_set_after_its_create(void **state)
{
	const struct sb_op *op;

	(void)state;
	web_and_primary("512", "{'set': {'primary_ip4': 90}}");
	mark_all_asked();
	run_diff();
	assert_int_equal(n_ops(), 2);
	op = op_of("lab/qemu/101", SB_UPDATE);
	assert_string_equal(op->target_ref, "lab/qemu/101");
	assert_int_equal(op->state, SB_OP_WAITING);
	assert_int_equal(find_account("vm")->created, 1);
	assert_int_equal(find_account("vm")->updated, 0);
}

static void fields_of_an_absent_object_are_ignored(void **state)
{
	(void)state;
	put_row("primary", "lab/qemu/101", "{'set': {'primary_ip4': 90}}");
	read_empty("guest");
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_status(3, SB_STAGE_OK);
}

static void a_stage_of_fields_deletes_no_object(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/101", "{'set': {'name': 'web'}}");
	put_netbox("vm", "lab/qemu/101", "{'id': 7, 'name': 'web'}");
	read_empty("primary");
	prune_set("enabled", json_true());
	put_missed("lab/qemu/101", 100, 1000000);
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("vm")->same, 1);
}

/* Selection: ops of stages that are only needed are dropped */

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

static void an_op_that_needs_a_dropped_create_is_skipped_with_the_cause(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/101", GUEST("web"));
	put_row("nic", "lab/qemu/101/net0",
		"{'set': {'name': 'net0'}, 'ref': {'virtual_machine': ['vm', 'lab/qemu/101']}}");
	mark_all_asked();
	select_only(1, NULL);
	assert_balanced();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("vm")->skipped, 1);
	assert_int_equal(find_account("vm-interface")->skipped, 1);
	assert_status(1, SB_STAGE_PARTIAL);
	assert_says(&get_stage(1)->why, "lab/qemu/101");
}

static void the_object_of_a_dropped_delete_is_kept(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/101", GUEST("web"));
	put_netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "web"));
	put_netbox("vm", "lab/qemu/102", GUEST_IN_NETBOX(8, "db"));
	prune_set("enabled", json_true());
	put_missed("lab/qemu/102", 2, 3600);
	select_only(1, NULL);
	assert_balanced();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("vm")->kept, 1);
}

static void an_existing_object_need_not_be_selected(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/101", "{'set': {'status': 'offline'}}");
	put_netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "web"));
	put_row("nic", "lab/qemu/101/net0",
		"{'set': {'name': 'net0'}, 'ref': {'virtual_machine': ['vm', 'lab/qemu/101']}}");
	mark_all_asked();
	select_only(1, NULL);
	assert_balanced();
	assert_int_equal(n_ops(), 1);
	op_of("lab/qemu/101/net0", SB_CREATE);
	assert_status(1, SB_STAGE_OK);
}

static void shared_objects_are_created_for_selected_stages_only(void **state)
{
	(void)state;
	fx->demands[0] = "[['tag', {'slug': 'a', 'name': 'a'}]]";
	fx->demands[1] = "[['tag', {'slug': 'b', 'name': 'b'}]]";
	select_only(1, NULL);
	assert_balanced();
	assert_int_equal(n_ops(), 1);
	op_of("shared/tag/b", SB_CREATE);
}

static void a_target_includes_its_parts_and_no_other_object(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/101", GUEST("web"));
	put_row("guest", "lab/qemu/1011", GUEST("db"));
	mark_all_asked();
	select_only(0, "lab/qemu/101");
	assert_balanced();
	assert_int_equal(n_ops(), 1);
	op_of("lab/qemu/101", SB_CREATE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(equal_demands_of_two_stages_are_one_op),
		T(more_shared_objects_than_the_limit_of_a_day_are_left_out),
		T(demands_that_differ_fail_naming_both_stages),
		T(an_object_that_people_created_is_used_unchanged),
		T(an_object_of_the_same_name_satisfies_the_demand),
		T(a_colour_follows_the_source_until_a_person_changes_it),
		T(a_colour_that_a_person_chose_stays),
		T(shared_objects_may_refer_to_each_other),
		T(a_vlan_is_found_in_a_group_that_was_found_by_its_name),
		T(a_vlan_whose_name_another_vlan_has_gets_another_name),
		T(a_device_type_is_found_by_its_model),
		T(an_object_whose_slug_and_name_two_others_have_gets_another_name),
		T(an_incomplete_list_of_a_shared_kind_prevents_creates),
		T(shared_objects_never_vanish),
		T(a_demand_for_a_kind_that_is_not_shared_fails_the_stage),
		T(one_name_in_two_spellings_is_one_shared_object),
		T(different_names_with_one_slug_fail_the_stage),
		T(slugs_are_stable_and_distinct),
		T(fields_of_a_second_stage_are_an_op_and_an_account_of_their_own),
		T(fields_of_an_unchanged_object_count_as_an_update_of_their_stage),
		T(fields_that_wait_for_a_new_object_are_an_op_of_their_own),
		T(fields_of_a_new_object_are_set_after_its_create),
		T(fields_of_an_absent_object_are_ignored),
		T(a_stage_of_fields_deletes_no_object),
		T(an_op_that_needs_a_dropped_create_is_skipped_with_the_cause),
		T(the_object_of_a_dropped_delete_is_kept),
		T(an_existing_object_need_not_be_selected),
		T(shared_objects_are_created_for_selected_stages_only),
		T(a_target_includes_its_parts_and_no_other_object),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
