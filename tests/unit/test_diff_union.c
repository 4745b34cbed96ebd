/* SPDX-License-Identifier: Apache-2.0 */
/* Tags that several stages write: what each adds and removes, and what the store remembers. */
#include "test_union_fixture.h"

#include "diff/union.h"

#define WEB "lab/qemu/101"

/* Tags 1 and 2 are of stages, 8 is of people. */
#define NONE "[]"
#define ONE  "[['tag', 'shared/tag/one']]"
#define TWO  "[['tag', 'shared/tag/two']]"

static int setup_union(void **state)
{
	int rc;

	further = &module_u;
	rc = setup(state);
	select_stage("u.one", true);
	select_stage("u.two", true);
	return rc;
}

static int setup_alone(void **state)
{
	further = NULL;
	return setup(state);
}

static void put_wanted(const char *source, const char *wanted)
{
	char text[200];

	snprintf(text, sizeof(text), "{'refs': {'tags': %s}}", wanted);
	put_row(source, WEB, text);
}

/* The guest in NetBox, and the tags that its stage and u.one want; NULL = no row. */
static void put_tags(const char *has, const char *guest, const char *one)
{
	char text[200];

	put_netbox("tag", "", "{'id': 1, 'name': 'one', 'slug': 'one'}");
	put_netbox("tag", "", "{'id': 2, 'name': 'two', 'slug': 'two'}");
	put_netbox("tag", "", "{'id': 8, 'name': 'theirs', 'slug': 'theirs'}");
	snprintf(text, sizeof(text), "{'id': 7, 'name': 'web', 'tags': %s}", has);
	put_netbox("vm", WEB, text);
	if (guest)
		put_wanted("guest", guest);
	if (one)
		put_wanted("one", one);
}

static void assert_update(const char *stage, const char *set)
{
	assert_json(update_of(stage, WEB)->set, set);
}

/* The members that the store remembers without a write. */
static void assert_settled(const char *members)
{
	assert_json(json_object_get(fx->run->diff->settled, WEB), members);
}

/* The members that it remembers once NetBox has accepted the update of a stage. */
static void assert_members(const char *stage, const char *members)
{
	char index[SB_SET_INDEX];

	sb_diff_set_index(WEB, stage, index);
	assert_json(json_object_get(fx->run->diff->set_members, index), members);
}

static void two_stages_add_their_tags_in_ops_of_their_own(void **state)
{
	(void)state;
	put_tags("[8]", ONE, TWO);
	put_change_log(WEB, "{'tags': []}");
	run_diff();
	assert_int_equal(n_ops(), 2);
	assert_update("t.guests", "{'tags': [1, 8]}");
	assert_update("u.one", "{'tags': [2, 8]}");
	assert_json(update_of("u.one", WEB)->was, "{'tags': [8]}");
	assert_members("t.guests", "{'tags': [1]}");
	assert_members("u.one", "{'tags:u.one': [2]}");
}

static void tags_that_are_there_are_remembered_for_each_stage(void **state)
{
	(void)state;
	put_tags("[1, 2, 8]", ONE, TWO);
	put_change_log(WEB, "{'tags': [1], 'tags:u.one': [2]}");
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_settled("{'tags': [1], 'tags:u.one': [2]}");
}

static void tags_that_people_gave_first_stay_theirs(void **state)
{
	(void)state;
	put_tags("[1, 2, 8]", ONE, TWO);
	put_change_log(WEB, "{'tags': []}");
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_settled("{'tags': [], 'tags:u.one': []}");
}

static void a_tag_of_people_that_a_stage_does_not_want_any_more_stays(void **state)
{
	(void)state;
	put_tags("[1, 2, 8]", NONE, NONE);
	put_applied(WEB, "{'tags': [], 'tags:u.one': [2]}"); /* both wanted 1, which was there */
	run_diff();
	assert_int_equal(n_ops(), 1);
	assert_update("u.one", "{'tags': [1, 8]}");
}

static void a_tag_that_is_missing_is_added_beside_those_of_people(void **state)
{
	(void)state;
	put_tags("[1, 8]", "[['tag', 'shared/tag/one'], ['tag', 'shared/tag/two']]", NULL);
	put_applied(WEB, "{'tags': []}");
	run_diff();
	assert_update("t.guests", "{'tags': [1, 2, 8]}");
	assert_members("t.guests", "{'tags': [2]}");
}

/* The change log has what was written before: nothing partial is remembered instead of it. */
static void without_store_and_change_log_nothing_is_remembered(void **state)
{
	(void)state;
	put_tags("[1, 8]", TWO, NULL);
	put_change_log(WEB, "{}");
	run_diff();
	assert_update("t.guests", "{'tags': [1, 2, 8]}");
	assert_null(json_object_get(json_object_get(fx->run->diff->settled, WEB), "tags"));
	assert_int_equal(json_object_size(fx->run->diff->set_members), 0);
}

static void a_stage_that_does_not_know_forgets_what_people_removed(void **state)
{
	(void)state;
	put_tags("[8]", NONE, NULL);
	put_row("one", WEB, "{'unknown': {'tags': 'no answer'}}");
	put_applied(WEB, "{'tags': [], 'tags:u.one': [2], 'tags:gone.stage': [1, 8]}");
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_settled("{'tags:u.one': [], 'tags:gone.stage': [8]}");
}

static void a_stage_that_knows_adds_what_people_removed(void **state)
{
	(void)state;
	put_tags("[8]", NONE, TWO);
	put_applied(WEB, "{'tags': [], 'tags:u.one': [2]}");
	run_diff();
	assert_update("u.one", "{'tags': [2, 8]}");
	assert_members("u.one", "{'tags:u.one': [2]}");
	assert_null(json_object_get(json_object_get(fx->run->diff->settled, WEB), "tags:u.one"));
}

static void a_stage_that_became_the_owner_takes_over_its_tags(void **state)
{
	(void)state;
	put_tags("[1, 2, 8]", NONE, NULL);
	put_applied(WEB, "{'tags': [1], 'tags:t.guests': [2]}");
	run_diff();
	assert_int_equal(n_ops(), 1);
	assert_update("t.guests", "{'tags': [8]}");
	assert_members("t.guests", "{'tags': [], 'tags:t.guests': []}");
}

/* NetBox may have committed the update of a run that was killed. */
static void tags_of_an_update_without_answer_are_ours_by_the_change_log(void **state)
{
	sb_autojson *open = parse_quoted("[{'kind': 'vm', 'keys': [{'key': '" WEB
					 "', 'sent': {'id': 7, 'tags': [1, 2, 8]}}]}]");

	(void)state;
	put_tags("[1, 2, 8]", "[['tag', 'shared/tag/one'], ['tag', 'shared/tag/two']]", NULL);
	put_applied(WEB, "{'tags': [1]}");
	put_change_log(WEB, "{'tags': [2]}");
	sb_run_note_sent(fx->run, open);
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_settled("{'tags': [1, 2]}");
}

static void the_owner_removes_its_own_tags_only(void **state)
{
	(void)state;
	put_tags("[1, 2, 8]", NONE, TWO);
	put_applied(WEB, "{'tags': [1], 'tags:u.one': [2]}");
	run_diff();
	assert_int_equal(n_ops(), 1);
	assert_update("t.guests", "{'tags': [2, 8]}");
	assert_members("t.guests", "{'tags': []}");
}

static void a_second_stage_removes_its_own_tags_only(void **state)
{
	(void)state;
	put_tags("[1, 2, 8]", ONE, NONE);
	put_applied(WEB, "{'tags': [1], 'tags:u.one': [2]}");
	run_diff();
	assert_int_equal(n_ops(), 1);
	assert_update("u.one", "{'tags': [1, 8]}");
	assert_members("u.one", "{'tags:u.one': []}");
}

static void assert_second_stage_keeps_its_tags(void)
{
	run_diff();
	assert_int_equal(n_ops(), 1);
	assert_update("t.guests", "{'tags': [2, 8]}");
	assert_null(json_object_get(json_object_get(fx->run->diff->settled, WEB), "tags:u.one"));
}

static void a_stage_whose_tags_are_unknown_keeps_them(void **state)
{
	(void)state;
	put_tags("[1, 2, 8]", NONE, NULL);
	put_row("one", WEB, "{'unknown': {'tags': 'no answer'}}");
	put_applied(WEB, "{'tags': [1], 'tags:u.one': [2]}");
	assert_second_stage_keeps_its_tags();
}

static void a_stage_that_lacks_its_rows_keeps_its_tags(void **state)
{
	(void)state;
	put_tags("[1, 2, 8]", NONE, NULL);
	put_unknown("one", "", "no answer");
	put_applied(WEB, "{'tags': [1], 'tags:u.one': [2]}");
	assert_second_stage_keeps_its_tags();
}

static void a_stage_that_is_not_selected_keeps_its_tags(void **state)
{
	(void)state;
	put_tags("[1, 2, 8]", NONE, NULL);
	select_stage("u.one", false);
	put_applied(WEB, "{'tags': [1], 'tags:u.one': [2]}");
	assert_second_stage_keeps_its_tags();
}

/* A stage that another one is after is compared, but its ops are dropped. */
static void a_stage_that_is_compared_but_not_selected_keeps_its_tags(void **state)
{
	(void)state;
	put_tags("[1, 2, 8]", NONE, NONE);
	put_wanted("two", NONE);
	stage_of("u.one")->selected = false;
	put_applied(WEB, "{'tags': [1], 'tags:u.one': [2], 'tags:u.two': [2]}");
	assert_second_stage_keeps_its_tags();
}

static void a_failed_stage_keeps_its_tags(void **state)
{
	(void)state;
	put_tags("[1, 2, 8]", NONE, NULL);
	put_row("one", WEB, "{'refs': {'tags': []}, 'fail': 'a defect'}");
	put_applied(WEB, "{'tags': [1], 'tags:u.one': [2]}");
	assert_second_stage_keeps_its_tags();
}

static void a_stage_that_is_not_loaded_keeps_its_tags(void **state)
{
	(void)state;
	put_tags("[1, 2, 8]", NONE, NULL);
	put_applied(WEB, "{'tags': [1, 2], 'tags:u.one': [2]}");
	assert_second_stage_keeps_its_tags();
}

static void the_owner_keeps_its_tags_when_it_does_not_know_them(void **state)
{
	(void)state;
	put_tags("[1, 2, 8]", NULL, NONE);
	put_row("guest", WEB, "{'unknown': {'tags': 'no answer'}}");
	put_applied(WEB, "{'tags': [1], 'tags:u.one': [1, 2]}");
	run_diff();
	assert_int_equal(n_ops(), 1);
	assert_update("u.one", "{'tags': [1, 8]}");
}

static void a_tag_that_a_later_stage_wants_stays(void **state)
{
	(void)state;
	put_tags("[1, 8]", NONE, ONE);
	put_applied(WEB, "{'tags': [1]}");
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_settled("{'tags': [], 'tags:u.one': [1]}");
}

static void a_tag_that_an_earlier_stage_wants_stays(void **state)
{
	(void)state;
	put_tags("[1, 8]", ONE, NONE);
	put_applied(WEB, "{'tags:u.one': [1]}");
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_settled("{'tags': [1], 'tags:u.one': []}");
}

static void of_two_stages_that_added_a_tag_the_later_one_removes_it(void **state)
{
	(void)state;
	put_tags("[1, 8]", NONE, NONE);
	put_applied(WEB, "{'tags': [1], 'tags:u.one': [1]}");
	run_diff();
	assert_int_equal(n_ops(), 1);
	assert_update("u.one", "{'tags': [8]}");
	assert_members("u.one", "{'tags:u.one': []}");
	assert_settled("{'tags': []}");
}

static void tags_of_people_stay_whatever_stages_want(void **state)
{
	(void)state;
	put_tags("[1, 2, 8]", NONE, NONE);
	put_wanted("two", NONE);
	put_applied(WEB, "{'tags': [], 'tags:u.one': []}");
	run_diff();
	assert_int_equal(n_ops(), 0);
}

static void without_the_store_each_stage_removes_its_own_tags(void **state)
{
	(void)state;
	put_tags("[1, 2, 8]", ONE, NONE);
	put_wanted("two", NONE);
	put_change_log(WEB, "{'tags': [1], 'tags:u.two': [2]}");
	run_diff();
	assert_int_equal(n_ops(), 1);
	assert_update("u.two", "{'tags': [1, 8]}");
	assert_members("u.two", "{'tags:u.two': []}");
}

static void without_the_store_a_stage_that_does_not_know_keeps_its_tags(void **state)
{
	(void)state;
	put_tags("[1, 2, 8]", ONE, NONE); /* u.two has no row */
	put_change_log(WEB, "{'tags': [1], 'tags:u.two': [2]}");
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_settled("{'tags': [1], 'tags:u.one': [], 'tags:u.two': [2]}");
}

static void without_the_store_a_stage_that_is_not_selected_keeps_its_tags(void **state)
{
	(void)state;
	put_tags("[1, 2, 8]", ONE, NONE);
	put_wanted("two", NONE);
	stage_of("u.one")->selected = false;
	put_change_log(WEB, "{'tags': [1], 'tags:u.one': [2]}");
	run_diff();
	assert_int_equal(n_ops(), 1);
	assert_update("u.one", "{'tags': [1, 8]}"); /* dropped: the stage is not selected */
	assert_settled("{'tags': [1], 'tags:u.one': [2], 'tags:u.two': []}");
}

static void without_the_store_a_stage_that_is_not_loaded_keeps_its_tags(void **state)
{
	(void)state;
	put_tags("[1, 2, 8]", ONE, NULL);
	put_change_log(WEB, "{'tags': [1], 'tags:u.one': [2]}");
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_settled("{'tags': [1], 'tags:u.one': [2]}");
}

/* A stage that is not loaded may have added it. */
static void a_tag_of_an_unknown_stage_stays(void **state)
{
	(void)state;
	put_tags("[1, 2, 8]", ONE, NONE);
	put_wanted("two", NONE);
	put_applied(WEB, "{'tags': [1], 'tags:u.one': [], 'tags:': [2, 9]}");
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_json(json_object_get(json_object_get(fx->run->diff->settled, WEB), "tags:"), "[2]");
}

static void a_stage_that_wants_a_tag_of_an_unknown_stage_claims_it(void **state)
{
	(void)state;
	put_tags("[1, 2, 8]", ONE, TWO);
	put_applied(WEB, "{'tags': [1], 'tags:': [2]}");
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_settled("{'tags:u.one': [2], 'tags:': []}");
}

/* Nothing is written for it, so it does not count as updated. */
static void a_second_stage_that_adds_no_tag_to_a_new_object_writes_nothing(void **state)
{
	(void)state;
	put_row("guest", WEB, "{'set': {'name': 'web', 'cluster': 1}}");
	put_wanted("one", NONE);
	mark_all_asked();
	run_diff();
	assert_int_equal(n_ops(), 1);
	assert_non_null(op_of(WEB, SB_CREATE));
}

static void a_new_object_gets_the_tags_of_a_second_stage_after_its_create(void **state)
{
	(void)state;
	put_netbox("tag", "", "{'id': 1, 'name': 'one', 'slug': 'one'}");
	put_netbox("tag", "", "{'id': 2, 'name': 'two', 'slug': 'two'}");
	put_row("guest", WEB, "{'set': {'name': 'web', 'cluster': 1}, 'refs': {'tags': " ONE "}}");
	put_wanted("one", TWO);
	mark_all_asked();
	run_diff();
	assert_int_equal(n_ops(), 2);
	assert_json(json_object_get(op_of(WEB, SB_CREATE)->set, "tags"), "[1]");
	assert_update("u.one", "{'tags': [2]}");
	assert_members("u.one", "{'tags:u.one': [2]}");
}

/* Tags by which other tools mark an object as gone are removed in each pass. */
static void a_tag_that_no_pass_can_leave_does_not_repeat_them_for_ever(void **state)
{
	(void)state;
	put_netbox("tag", "", "{'id': 5, 'name': 'gone', 'slug': 'proxbox-soft-deleted'}");
	put_row("guest", WEB, "{'set': {'name': 'web', 'cluster': 1}, 'refs': {'tags': []}}");
	put_wanted("one", "[['tag', 'shared/tag/proxbox-soft-deleted']]");
	put_unowned("vm", "{'id': 40, 'name': 'web', 'cluster': {'id': 1}, 'tags': [{'id': 5}]}");
	mark_all_asked();
	run_diff();
	assert_int_equal(n_ops(), 1);
	assert_json(json_object_get(update_of("t.guests", WEB)->set, "tags"), "[]");
}

static void a_part_with_tags_of_a_second_module_has_no_tags_of_people(void **state)
{
	sb_autojson *applied = parse_quoted("{'mtu': 1, 'tags': [1], 'tags:u.one': [2]}");
	sb_autojson *ours = sb_union_remembered(applied, "tags");
	sb_autojson *none = sb_union_remembered(applied, "tagged_vlans");

	(void)state;
	assert_json(ours, "[1, 2]");
	assert_null(none);
}

#define CASE(name)  cmocka_unit_test_setup_teardown(name, setup_union, teardown)
#define ALONE(name) cmocka_unit_test_setup_teardown(name, setup_alone, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(two_stages_add_their_tags_in_ops_of_their_own),
		CASE(tags_that_are_there_are_remembered_for_each_stage),
		CASE(the_owner_removes_its_own_tags_only),
		CASE(a_second_stage_removes_its_own_tags_only),
		CASE(a_stage_whose_tags_are_unknown_keeps_them),
		CASE(a_stage_that_lacks_its_rows_keeps_its_tags),
		CASE(a_stage_that_is_not_selected_keeps_its_tags),
		CASE(a_stage_that_is_compared_but_not_selected_keeps_its_tags),
		CASE(a_failed_stage_keeps_its_tags),
		ALONE(a_stage_that_is_not_loaded_keeps_its_tags),
		CASE(the_owner_keeps_its_tags_when_it_does_not_know_them),
		CASE(a_tag_that_a_later_stage_wants_stays),
		CASE(a_tag_that_an_earlier_stage_wants_stays),
		CASE(of_two_stages_that_added_a_tag_the_later_one_removes_it),
		CASE(tags_of_people_stay_whatever_stages_want),
		CASE(tags_that_people_gave_first_stay_theirs),
		CASE(a_tag_of_people_that_a_stage_does_not_want_any_more_stays),
		CASE(a_tag_that_is_missing_is_added_beside_those_of_people),
		CASE(without_store_and_change_log_nothing_is_remembered),
		CASE(a_stage_that_does_not_know_forgets_what_people_removed),
		CASE(a_stage_that_knows_adds_what_people_removed),
		CASE(a_stage_that_became_the_owner_takes_over_its_tags),
		CASE(tags_of_an_update_without_answer_are_ours_by_the_change_log),
		CASE(without_the_store_each_stage_removes_its_own_tags),
		CASE(without_the_store_a_stage_that_does_not_know_keeps_its_tags),
		CASE(without_the_store_a_stage_that_is_not_selected_keeps_its_tags),
		ALONE(without_the_store_a_stage_that_is_not_loaded_keeps_its_tags),
		CASE(a_tag_of_an_unknown_stage_stays),
		CASE(a_stage_that_wants_a_tag_of_an_unknown_stage_claims_it),
		CASE(a_second_stage_that_adds_no_tag_to_a_new_object_writes_nothing),
		CASE(a_new_object_gets_the_tags_of_a_second_stage_after_its_create),
		CASE(a_tag_that_no_pass_can_leave_does_not_repeat_them_for_ever),
		CASE(a_part_with_tags_of_a_second_module_has_no_tags_of_people),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
