/* SPDX-License-Identifier: Apache-2.0 */
/* Who owns a field: five policies, the third side, tags beside people's. */
#include "test_diff_fixture.h"

/* One guest, id 7, whose description (if-unchanged by default) stands in NetBox as given. */
static void guest(const char *source, const char *netbox_has)
{
	char text[300];

	snprintf(text, sizeof(text), "{'set': {'description': %s}}", source);
	row("guest", "lab/qemu/101", text);
	snprintf(text, sizeof(text), "{'id': 7, 'name': 'web', 'description': %s}", netbox_has);
	netbox("vm", "lab/qemu/101", text);
}

static void set_to(const char *field, const char *value)
{
	const struct sb_kind_field *of = sb_kind_field(list("vm")->kind, field);
	sb_autojson *is = NULL;

	assert_int_equal(n_ops(), 1);
	is = json_incref(json_object_get(op_of("lab/qemu/101", SB_UPDATE)->set, field));
	if (of && of->type == SB_FIELD_TAGS) { /* a set: the order is nobody's */
		json_t *sorted = sb_value_flat(of, is);

		json_decref(is);
		is = sorted;
	}
	assert_json(is, value);
	assert_int_equal(json_object_size(op_of("lab/qemu/101", SB_UPDATE)->set), 1);
	assert_int_equal(account("vm")->updated, 1);
}

static void kept(void)
{
	assert_int_equal(n_ops(), 0);
	assert_int_equal(account("vm")->same, 1);
	assert_int_equal(json_array_size(fx->run->diff->conflicts), 0);
}

static void always_writes_over_people(void **state)
{
	(void)state;
	policy("description", "always");
	guest("'ours'", "'theirs'");
	diff();
	set_to("description", "'ours'");
}

static void a_temporary_name_of_an_interrupted_swap_is_nobodys(void **state)
{
	(void)state;
	row("guest", "lab/qemu/101", "{'set': {'name': 'right'}}");
	netbox("vm", "lab/qemu/101", "{'id': 7, 'name': 'stagebox-swap-7'}");
	applied("lab/qemu/101", "{'name': 'left'}");
	diff();
	set_to("name", "'right'");
}

static void a_name_that_only_looks_temporary_is_a_persons(void **state)
{
	(void)state;
	row("guest", "lab/qemu/101", "{'set': {'name': 'right'}}");
	netbox("vm", "lab/qemu/101", "{'id': 7, 'name': 'stagebox-swap-8'}");
	applied("lab/qemu/101", "{'name': 'left'}");
	diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(json_array_size(fx->run->diff->conflicts), 1);
}

static void never_writes_nothing(void **state)
{
	(void)state;
	policy("description", "never");
	guest("'ours'", "''");
	applied("lab/qemu/101", "{'description': ''}");
	diff();
	kept();
}

static void create_only_writes_at_creation_and_then_no_more(void **state)
{
	(void)state;
	policy("description", "create-only");
	guest("'ours'", "''");
	row("guest", "lab/qemu/102",
	    "{'set': {'name': 'db', 'cluster': 1, 'description': 'ours'}}");
	asked_all();
	diff();
	assert_int_equal(n_ops(), 1);
	assert_string_equal(sb_json_str(op_of("lab/qemu/102", SB_CREATE)->set, "description"),
			    "ours");
	assert_int_equal(account("vm")->same, 1);
}

static void if_empty_fills_what_has_no_value(void **state)
{
	(void)state;
	policy("description", "if-empty");
	guest("'ours'", "''");
	diff();
	set_to("description", "'ours'");
}

static void if_empty_leaves_what_has_one(void **state)
{
	(void)state;
	policy("description", "if-empty");
	guest("'ours'", "'theirs'");
	applied("lab/qemu/101", "{'description': 'theirs'}");
	diff();
	kept();
}

static void if_unchanged_follows_the_source_while_nobody_touched_it(void **state)
{
	(void)state;
	guest("'new'", "'old'");
	applied("lab/qemu/101", "{'description': 'old'}");
	diff();
	set_to("description", "'new'");
}

static void if_unchanged_keeps_what_a_person_changed(void **state)
{
	(void)state;
	guest("'old'", "'a person wrote this'");
	applied("lab/qemu/101", "{'description': 'old'}");
	diff();
	kept();
}

static void if_unchanged_on_both_sides_is_a_conflict(void **state)
{
	(void)state;
	guest("'new'", "'a person wrote this'");
	applied("lab/qemu/101", "{'description': 'old'}");
	diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(account("vm")->same, 1);
	assert_json(fx->run->diff->conflicts,
		    "[{'key': 'lab/qemu/101', 'kind': 'vm', 'field': 'description', 'ours': 'new',"
		    " 'theirs': 'a person wrote this', 'why': 'changed in NetBox and at the source"
		    " since it was written'}]");
}

static void a_person_who_cleared_a_field_is_heard_too(void **state)
{
	(void)state;
	guest("'old'", "''");
	applied("lab/qemu/101", "{'description': 'old'}");
	diff();
	kept();
}

static void a_reference_that_netbox_emptied_itself_is_no_decision(void **state)
{
	(void)state;
	row("guest", "lab/qemu/101", "{'set': {'primary_ip4': 91}}");
	netbox("vm", "lab/qemu/101", "{'id': 7, 'primary_ip4': null}");
	applied("lab/qemu/101", "{'primary_ip4': 90}"); /* which was deleted with its row */
	diff();
	set_to("primary_ip4", "91");
}

static void an_emptied_reference_to_something_whole_is_a_persons(void **state)
{
	(void)state;
	row("guest", "lab/qemu/101", "{'set': {'platform': 91}}");
	netbox("vm", "lab/qemu/101", "{'id': 7, 'platform': null}");
	applied("lab/qemu/101", "{'platform': 90}");
	diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(json_array_size(fx->run->diff->conflicts), 1);
}

static void the_same_change_on_both_sides_is_no_conflict(void **state)
{
	(void)state;
	guest("'new'", "'new'");
	applied("lab/qemu/101", "{'description': 'old'}");
	diff();
	kept();
	assert_json(json_object_get(fx->run->diff->settled, "lab/qemu/101"),
		    "{'description': 'new'}");
}

static void without_a_store_the_change_log_tells_what_we_wrote(void **state)
{
	(void)state;
	guest("'new'", "'old'");
	changelog("lab/qemu/101", "{'description': 'old'}");
	diff();
	set_to("description", "'new'");
}

static void the_store_is_believed_before_the_change_log(void **state)
{
	(void)state;
	guest("'new'", "'old'");
	applied("lab/qemu/101", "{'description': 'old'}");
	changelog("lab/qemu/101", "{'description': 'something else'}");
	diff();
	set_to("description", "'new'");
}

static void what_we_never_wrote_is_a_persons(void **state)
{
	(void)state;
	guest("'new'", "'theirs'");
	changelog("lab/qemu/101", "{}");
	diff();
	kept();
}

static void an_empty_field_that_we_never_wrote_is_nobodys(void **state)
{
	(void)state;
	guest("'new'", "''");
	changelog("lab/qemu/101", "{}");
	diff();
	set_to("description", "'new'");
}

static void a_policy_of_one_kind_goes_before_that_of_all(void **state)
{
	(void)state;
	policy("description", "never");
	policy("vm.description", "always");
	guest("'ours'", "'theirs'");
	diff();
	set_to("description", "'ours'");
}

static void a_policy_of_another_kind_does_not_count(void **state)
{
	(void)state;
	policy("device.description", "always");
	guest("'ours'", "'theirs'");
	changelog("lab/qemu/101", "{}");
	diff();
	kept();
}

static void the_change_log_is_not_needed_where_sides_agree(void **state)
{
	(void)state;
	guest("'same'", "'same'");
	diff();
	kept();
}

/* Tags. 1 = prod, 2 = web (the source's), 8 and 9 are people's. */
static void tags(const char *wanted, const char *netbox_has)
{
	char text[300];

	netbox("tag", "", "{'id': 1, 'name': 'prod', 'slug': 'prod'}");
	netbox("tag", "", "{'id': 2, 'name': 'web', 'slug': 'web'}");
	netbox("tag", "", "{'id': 8, 'name': 'theirs', 'slug': 'theirs'}");
	snprintf(text, sizeof(text), "{'refs': {'tags': %s}}", wanted);
	row("guest", "lab/qemu/101", text);
	snprintf(text, sizeof(text), "{'id': 7, 'name': 'web', 'tags': %s}", netbox_has);
	netbox("vm", "lab/qemu/101", text);
}

#define PROD "['tag', 'shared/tag/prod']"
#define WEB  "['tag', 'shared/tag/web']"

static void tags_are_added_beside_peoples(void **state)
{
	(void)state;
	tags("[" PROD "]", "[{'id': 8}]");
	changelog("lab/qemu/101", "{'tags': []}");
	diff();
	set_to("tags", "[1, 8]");
}

static void peoples_tags_stay_when_nothing_is_wanted(void **state)
{
	(void)state;
	tags("[]", "[{'id': 8}, {'id': 1}]");
	applied("lab/qemu/101", "{'tags': []}");
	diff();
	kept();
}

static void a_tag_that_we_set_goes_when_it_is_wanted_no_more(void **state)
{
	(void)state;
	tags("[" PROD "]", "[{'id': 8}, {'id': 1}, {'id': 2}]");
	applied("lab/qemu/101", "{'tags': [1, 2]}");
	diff();
	set_to("tags", "[1, 8]");
	assert_json(op_of("lab/qemu/101", SB_UPDATE)->was, "{'tags': [1, 2, 8]}");
}

static void a_tag_goes_and_another_comes_in_one_op(void **state)
{
	(void)state;
	tags("[" WEB "]", "[{'id': 8}, {'id': 1}]");
	applied("lab/qemu/101", "{'tags': [1]}");
	diff();
	set_to("tags", "[2, 8]");
}

static void without_a_memory_no_tag_is_taken_away(void **state)
{
	(void)state;
	tags("[" PROD "]", "[{'id': 1}, {'id': 2}, {'id': 8}]");
	changelog("lab/qemu/101", "{}");
	diff();
	kept();
}

static void all_wanted_tags_there_needs_no_memory(void **state)
{
	(void)state;
	tags("[" PROD ", " WEB "]", "[{'id': 2}, {'id': 1}]");
	diff();
	kept();
}

static void a_missing_tag_alone_needs_no_memory(void **state)
{
	(void)state;
	tags("[" PROD ", " WEB "]", "[{'id': 2}]");
	diff();
	set_to("tags", "[1, 2]");
}

static void tags_that_match_are_remembered_as_ours(void **state)
{
	(void)state;
	tags("[" PROD "]", "[{'id': 1}, {'id': 8}]");
	changelog("lab/qemu/101", "{'tags': []}");
	diff();
	kept();
	assert_json(json_object_get(fx->run->diff->settled, "lab/qemu/101"), "{'tags': [1]}");
}

static void marks_of_birth_meet_in_one_common_mark(void **state)
{
	(void)state;
	row("guest", "lab/qemu/101", "{'set': {'status': 'active'}, 'birth': 'aa bb cc'}");
	netbox("vm", "lab/qemu/101", "{'id': 7, 'status': {'value': 'active'}, 'birth': 'xx cc'}");
	diff();
	set_to("stagebox_birth", "'aa bb cc'");
}

static void a_birth_that_is_not_known_changes_nothing(void **state)
{
	(void)state;
	row("guest", "lab/qemu/101", "{'set': {'status': 'active'}, 'birth': ''}");
	netbox("vm", "lab/qemu/101", "{'id': 7, 'status': {'value': 'active'}, 'birth': 'xx cc'}");
	diff();
	kept();
}

static void a_missing_birth_is_filled_in(void **state)
{
	(void)state;
	row("guest", "lab/qemu/101", "{'set': {'status': 'active'}, 'birth': 'aa'}");
	netbox("vm", "lab/qemu/101", "{'id': 7, 'status': {'value': 'active'}}");
	diff();
	set_to("stagebox_birth", "'aa'");
	assert_json(op_of("lab/qemu/101", SB_UPDATE)->was, "{'stagebox_birth': null}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(always_writes_over_people),
		T(a_temporary_name_of_an_interrupted_swap_is_nobodys),
		T(a_name_that_only_looks_temporary_is_a_persons),
		T(never_writes_nothing),
		T(create_only_writes_at_creation_and_then_no_more),
		T(if_empty_fills_what_has_no_value),
		T(if_empty_leaves_what_has_one),
		T(if_unchanged_follows_the_source_while_nobody_touched_it),
		T(if_unchanged_keeps_what_a_person_changed),
		T(if_unchanged_on_both_sides_is_a_conflict),
		T(a_person_who_cleared_a_field_is_heard_too),
		T(a_reference_that_netbox_emptied_itself_is_no_decision),
		T(an_emptied_reference_to_something_whole_is_a_persons),
		T(the_same_change_on_both_sides_is_no_conflict),
		T(without_a_store_the_change_log_tells_what_we_wrote),
		T(the_store_is_believed_before_the_change_log),
		T(what_we_never_wrote_is_a_persons),
		T(an_empty_field_that_we_never_wrote_is_nobodys),
		T(a_policy_of_one_kind_goes_before_that_of_all),
		T(a_policy_of_another_kind_does_not_count),
		T(the_change_log_is_not_needed_where_sides_agree),
		T(tags_are_added_beside_peoples),
		T(peoples_tags_stay_when_nothing_is_wanted),
		T(a_tag_that_we_set_goes_when_it_is_wanted_no_more),
		T(a_tag_goes_and_another_comes_in_one_op),
		T(without_a_memory_no_tag_is_taken_away),
		T(all_wanted_tags_there_needs_no_memory),
		T(a_missing_tag_alone_needs_no_memory),
		T(tags_that_match_are_remembered_as_ours),
		T(marks_of_birth_meet_in_one_common_mark),
		T(a_birth_that_is_not_known_changes_nothing),
		T(a_missing_birth_is_filled_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
