/* SPDX-License-Identifier: Apache-2.0 */
/* The five policies, the value that we wrote last, and tags beside people's tags. */
#include "test_diff_fixture.h"

/* One guest, id 7, with a description (if-unchanged by default) at the source and in NetBox. */
static void put_guest(const char *source, const char *netbox_has)
{
	char text[300];

	snprintf(text, sizeof(text), "{'set': {'description': %s}}", source);
	put_row("guest", "lab/qemu/101", text);
	snprintf(text, sizeof(text), "{'id': 7, 'name': 'web', 'description': %s}", netbox_has);
	put_netbox("vm", "lab/qemu/101", text);
}

static void assert_set(const char *field, const char *value)
{
	const struct sb_kind_field *of = sb_kind_field(get_list("vm")->kind, field);
	sb_autojson *is = NULL;

	assert_int_equal(n_ops(), 1);
	is = json_incref(json_object_get(op_of("lab/qemu/101", SB_UPDATE)->set, field));
	if (of && of->type == SB_FIELD_TAGS) { /* a set has no order */
		json_t *sorted = sb_value_flat(of, is);

		json_decref(is);
		is = sorted;
	}
	assert_json(is, value);
	assert_int_equal(json_object_size(op_of("lab/qemu/101", SB_UPDATE)->set), 1);
	assert_int_equal(find_account("vm")->updated, 1);
}

static void assert_kept(void)
{
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("vm")->same, 1);
	assert_int_equal(json_array_size(fx->run->diff->conflicts), 0);
}

static void always_writes_over_people(void **state)
{
	(void)state;
	set_policy("description", "always");
	put_guest("'ours'", "'theirs'");
	run_diff();
	assert_set("description", "'ours'");
}

static void put_guest_at_site(const char *site, const char *scope)
{
	char text[200];

	put_row("guest", "lab/qemu/101", "{'set': {'site': 3}}");
	snprintf(text, sizeof(text),
		 "{'id': 1, 'name': 'c', 'scope_type': 'dcim.site',"
		 " 'scope_id': %s}",
		 scope);
	put_netbox("cluster", "lab/cluster", text);
	snprintf(text, sizeof(text),
		 "{'id': 7, 'name': 'web', 'cluster': {'id': 1}, 'site': {'id': %s}}", site);
	put_netbox("vm", "lab/qemu/101", text);
	put_applied("lab/qemu/101", "{'site': 3}");
}

static void a_site_that_netbox_took_from_the_cluster_is_no_choice_of_people(void **state)
{
	(void)state;
	put_guest_at_site("2", "2");
	run_diff();
	assert_set("site", "3");
}

static void another_site_is_a_choice_of_people(void **state)
{
	(void)state;
	put_guest_at_site("4", "2");
	run_diff();
	assert_kept();
}

static void a_temporary_name_of_an_interrupted_swap_is_replaced(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/101", "{'set': {'name': 'right'}}");
	put_netbox("vm", "lab/qemu/101", "{'id': 7, 'name': 'stagebox-swap-7'}");
	put_applied("lab/qemu/101", "{'name': 'left'}");
	run_diff();
	assert_set("name", "'right'");
}

static void a_name_that_only_looks_temporary_is_a_persons(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/101", "{'set': {'name': 'right'}}");
	put_netbox("vm", "lab/qemu/101", "{'id': 7, 'name': 'stagebox-swap-8'}");
	put_applied("lab/qemu/101", "{'name': 'left'}");
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(json_array_size(fx->run->diff->conflicts), 1);
}

static void never_writes_nothing(void **state)
{
	(void)state;
	set_policy("description", "never");
	put_guest("'ours'", "''");
	put_applied("lab/qemu/101", "{'description': ''}");
	run_diff();
	assert_kept();
}

static void create_only_writes_at_creation_only(void **state)
{
	(void)state;
	set_policy("description", "create-only");
	put_guest("'ours'", "''");
	put_row("guest", "lab/qemu/102",
		"{'set': {'name': 'db', 'cluster': 1, 'description': 'ours'}}");
	mark_all_asked();
	run_diff();
	assert_int_equal(n_ops(), 1);
	assert_string_equal(sb_json_str(op_of("lab/qemu/102", SB_CREATE)->set, "description"),
			    "ours");
	assert_int_equal(find_account("vm")->same, 1);
}

static void if_empty_fills_an_empty_field(void **state)
{
	(void)state;
	set_policy("description", "if-empty");
	put_guest("'ours'", "''");
	run_diff();
	assert_set("description", "'ours'");
}

static void if_empty_keeps_a_value(void **state)
{
	(void)state;
	set_policy("description", "if-empty");
	put_guest("'ours'", "'theirs'");
	put_applied("lab/qemu/101", "{'description': 'theirs'}");
	run_diff();
	assert_kept();
}

static void if_unchanged_follows_the_source_until_a_person_changes_the_field(void **state)
{
	(void)state;
	put_guest("'new'", "'old'");
	put_applied("lab/qemu/101", "{'description': 'old'}");
	run_diff();
	assert_set("description", "'new'");
}

static void if_unchanged_keeps_a_persons_change(void **state)
{
	(void)state;
	put_guest("'old'", "'a person wrote this'");
	put_applied("lab/qemu/101", "{'description': 'old'}");
	run_diff();
	assert_kept();
}

static void if_unchanged_on_both_sides_is_a_conflict(void **state)
{
	(void)state;
	put_guest("'new'", "'a person wrote this'");
	put_applied("lab/qemu/101", "{'description': 'old'}");
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("vm")->same, 1);
	assert_json(fx->run->diff->conflicts,
		    "[{'key': 'lab/qemu/101', 'kind': 'vm', 'field': 'description', 'ours': 'new',"
		    " 'theirs': 'a person wrote this', 'why': 'changed in NetBox and at the source"
		    " since the last write: set both to one value'}]");
}

static void a_value_that_a_killed_run_sent_is_ours(void **state)
{
	sb_autojson *open =
		json_pack("[{s:s, s:[{s:s, s:i, s:{s:i, s:s}}]}]", "kind", "vm", "keys", "key",
			  "lab/qemu/101", "id", 7, "sent", "id", 7, "description", "sent");

	(void)state;
	put_guest("'newest'", "'sent'");
	put_applied("lab/qemu/101", "{'description': 'old'}");
	sb_run_note_sent(fx->run, open);
	run_diff();
	assert_set("description", "'newest'");
}

static void a_persons_change_after_a_killed_run_is_a_persons(void **state)
{
	sb_autojson *open =
		json_pack("[{s:s, s:[{s:s, s:i, s:{s:i, s:s}}]}]", "kind", "vm", "keys", "key",
			  "lab/qemu/101", "id", 7, "sent", "id", 7, "description", "sent");

	(void)state;
	put_guest("'old'", "'a person wrote this'");
	put_applied("lab/qemu/101", "{'description': 'old'}");
	sb_run_note_sent(fx->run, open);
	run_diff();
	assert_kept();
}

static void a_field_that_a_person_cleared_stays_empty(void **state)
{
	(void)state;
	put_guest("'old'", "''");
	put_applied("lab/qemu/101", "{'description': 'old'}");
	run_diff();
	assert_kept();
}

static void a_reference_that_netbox_emptied_is_written_again(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/101", "{'set': {}}");
	put_row("primary", "lab/qemu/101", "{'set': {'primary_ip4': 91}}");
	put_netbox("vm", "lab/qemu/101", "{'id': 7, 'primary_ip4': null}");
	put_applied("lab/qemu/101", "{'primary_ip4': 90}"); /* NetBox deleted this address */
	run_diff();
	assert_json(update_of("t.primary", "lab/qemu/101")->set, "{'primary_ip4': 91}");
}

static void a_reference_that_a_person_emptied_is_a_conflict(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/101", "{'set': {'platform': 91}}");
	put_netbox("vm", "lab/qemu/101", "{'id': 7, 'platform': null}");
	put_applied("lab/qemu/101", "{'platform': 90}");
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(json_array_size(fx->run->diff->conflicts), 1);
}

static void the_same_change_on_both_sides_is_not_a_conflict(void **state)
{
	(void)state;
	put_guest("'new'", "'new'");
	put_applied("lab/qemu/101", "{'description': 'old'}");
	run_diff();
	assert_kept();
	assert_json(json_object_get(fx->run->diff->settled, "lab/qemu/101"),
		    "{'description': 'new'}");
}

static void without_a_store_the_change_log_has_what_we_wrote(void **state)
{
	(void)state;
	put_guest("'new'", "'old'");
	put_change_log("lab/qemu/101", "{'description': 'old'}");
	run_diff();
	assert_set("description", "'new'");
}

static void the_store_takes_precedence_over_the_change_log(void **state)
{
	(void)state;
	put_guest("'new'", "'old'");
	put_applied("lab/qemu/101", "{'description': 'old'}");
	put_change_log("lab/qemu/101", "{'description': 'something else'}");
	run_diff();
	assert_set("description", "'new'");
}

static void a_value_that_we_never_wrote_is_kept(void **state)
{
	(void)state;
	put_guest("'new'", "'theirs'");
	put_change_log("lab/qemu/101", "{}");
	run_diff();
	assert_kept();
}

static void an_empty_field_that_we_never_wrote_is_filled(void **state)
{
	(void)state;
	put_guest("'new'", "''");
	put_change_log("lab/qemu/101", "{}");
	run_diff();
	assert_set("description", "'new'");
}

static void a_policy_of_one_kind_overrides_that_of_all_kinds(void **state)
{
	(void)state;
	set_policy("description", "never");
	set_policy("vm.description", "always");
	put_guest("'ours'", "'theirs'");
	run_diff();
	assert_set("description", "'ours'");
}

static void a_policy_of_another_kind_is_ignored(void **state)
{
	(void)state;
	set_policy("device.description", "always");
	put_guest("'ours'", "'theirs'");
	put_change_log("lab/qemu/101", "{}");
	run_diff();
	assert_kept();
}

static void the_change_log_is_not_needed_when_both_sides_agree(void **state)
{
	(void)state;
	put_guest("'same'", "'same'");
	run_diff();
	assert_kept();
}

/* Tags: 1 = prod and 2 = web are the source's, 8 is a person's. */
static void put_tags(const char *wanted, const char *netbox_has)
{
	char text[300];

	put_netbox("tag", "", "{'id': 1, 'name': 'prod', 'slug': 'prod'}");
	put_netbox("tag", "", "{'id': 2, 'name': 'web', 'slug': 'web'}");
	put_netbox("tag", "", "{'id': 8, 'name': 'theirs', 'slug': 'theirs'}");
	snprintf(text, sizeof(text), "{'refs': {'tags': %s}}", wanted);
	put_row("guest", "lab/qemu/101", text);
	snprintf(text, sizeof(text), "{'id': 7, 'name': 'web', 'tags': %s}", netbox_has);
	put_netbox("vm", "lab/qemu/101", text);
}

#define PROD "['tag', 'shared/tag/prod']"
#define WEB  "['tag', 'shared/tag/web']"

static void tags_are_added_beside_peoples(void **state)
{
	(void)state;
	put_tags("[" PROD "]", "[{'id': 8}]");
	put_change_log("lab/qemu/101", "{'tags': []}");
	run_diff();
	assert_set("tags", "[1, 8]");
}

static void peoples_tags_stay_when_no_tag_is_wanted(void **state)
{
	(void)state;
	put_tags("[]", "[{'id': 8}, {'id': 1}]");
	put_applied("lab/qemu/101", "{'tags': []}");
	run_diff();
	assert_kept();
}

static void a_tag_that_we_set_is_removed_when_it_is_no_longer_wanted(void **state)
{
	(void)state;
	put_tags("[" PROD "]", "[{'id': 8}, {'id': 1}, {'id': 2}]");
	put_applied("lab/qemu/101", "{'tags': [1, 2]}");
	run_diff();
	assert_set("tags", "[1, 8]");
	assert_json(op_of("lab/qemu/101", SB_UPDATE)->was, "{'tags': [1, 2, 8]}");
}

static void one_op_removes_a_tag_and_adds_another(void **state)
{
	(void)state;
	put_tags("[" WEB "]", "[{'id': 8}, {'id': 1}]");
	put_applied("lab/qemu/101", "{'tags': [1]}");
	run_diff();
	assert_set("tags", "[2, 8]");
}

static void without_a_last_value_no_tag_is_removed(void **state)
{
	(void)state;
	put_tags("[" PROD "]", "[{'id': 1}, {'id': 2}, {'id': 8}]");
	put_change_log("lab/qemu/101", "{}");
	run_diff();
	assert_kept();
}

static void no_last_value_is_needed_for_an_object_without_tags(void **state)
{
	(void)state;
	put_tags("[" PROD ", " WEB "]", "[]");
	run_diff();
	assert_set("tags", "[1, 2]");
}

/* NetBox's change log forgets, so it is asked while it knows. */
static void the_last_value_of_tags_is_asked_for_once(void **state)
{
	(void)state;
	put_tags("[" PROD ", " WEB "]", "[{'id': 2}, {'id': 1}]");
	put_change_log("lab/qemu/101", "{'tags': [1]}");
	run_diff();
	assert_kept();
	assert_json(json_object_get(fx->run->diff->settled, "lab/qemu/101"), "{'tags': [1]}");
}

static void tags_that_people_gave_are_not_stored_as_ours(void **state)
{
	(void)state;
	put_tags("[" PROD "]", "[{'id': 1}, {'id': 8}]");
	put_change_log("lab/qemu/101", "{'tags': []}");
	run_diff();
	assert_kept();
	assert_json(json_object_get(fx->run->diff->settled, "lab/qemu/101"), "{'tags': []}");
}

static void instance_ids_with_a_common_part_are_one_guest(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/101", "{'set': {'status': 'active'}, 'birth': 'aa bb cc'}");
	put_netbox("vm", "lab/qemu/101",
		   "{'id': 7, 'status': {'value': 'active'}, 'birth': 'xx cc'}");
	run_diff();
	assert_set("stagebox_birth", "'aa bb cc'");
}

static void an_unknown_instance_id_changes_nothing(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/101", "{'set': {'status': 'active'}, 'birth': ''}");
	put_netbox("vm", "lab/qemu/101",
		   "{'id': 7, 'status': {'value': 'active'}, 'birth': 'xx cc'}");
	run_diff();
	assert_kept();
}

static void a_missing_instance_id_is_filled_in(void **state)
{
	(void)state;
	put_row("guest", "lab/qemu/101", "{'set': {'status': 'active'}, 'birth': 'aa'}");
	put_netbox("vm", "lab/qemu/101", "{'id': 7, 'status': {'value': 'active'}}");
	run_diff();
	assert_set("stagebox_birth", "'aa'");
	assert_json(op_of("lab/qemu/101", SB_UPDATE)->was, "{'stagebox_birth': null}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(a_site_that_netbox_took_from_the_cluster_is_no_choice_of_people),
		T(another_site_is_a_choice_of_people),
		T(always_writes_over_people),
		T(a_temporary_name_of_an_interrupted_swap_is_replaced),
		T(a_name_that_only_looks_temporary_is_a_persons),
		T(never_writes_nothing),
		T(create_only_writes_at_creation_only),
		T(if_empty_fills_an_empty_field),
		T(if_empty_keeps_a_value),
		T(if_unchanged_follows_the_source_until_a_person_changes_the_field),
		T(if_unchanged_keeps_a_persons_change),
		T(if_unchanged_on_both_sides_is_a_conflict),
		T(a_value_that_a_killed_run_sent_is_ours),
		T(a_persons_change_after_a_killed_run_is_a_persons),
		T(a_field_that_a_person_cleared_stays_empty),
		T(a_reference_that_netbox_emptied_is_written_again),
		T(a_reference_that_a_person_emptied_is_a_conflict),
		T(the_same_change_on_both_sides_is_not_a_conflict),
		T(without_a_store_the_change_log_has_what_we_wrote),
		T(the_store_takes_precedence_over_the_change_log),
		T(a_value_that_we_never_wrote_is_kept),
		T(an_empty_field_that_we_never_wrote_is_filled),
		T(a_policy_of_one_kind_overrides_that_of_all_kinds),
		T(a_policy_of_another_kind_is_ignored),
		T(the_change_log_is_not_needed_when_both_sides_agree),
		T(tags_are_added_beside_peoples),
		T(peoples_tags_stay_when_no_tag_is_wanted),
		T(a_tag_that_we_set_is_removed_when_it_is_no_longer_wanted),
		T(one_op_removes_a_tag_and_adds_another),
		T(without_a_last_value_no_tag_is_removed),
		T(no_last_value_is_needed_for_an_object_without_tags),
		T(the_last_value_of_tags_is_asked_for_once),
		T(tags_that_people_gave_are_not_stored_as_ours),
		T(instance_ids_with_a_common_part_are_one_guest),
		T(an_unknown_instance_id_changes_nothing),
		T(a_missing_instance_id_is_filled_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
