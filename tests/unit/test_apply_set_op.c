/* SPDX-License-Identifier: Apache-2.0 */
/* Ops of several stages for one set of one object: each does its own part. */
#include "test_apply_fixture.h"

#include "test_union_fixture.h"

#define VMS "virtualization/virtual-machines"
#define WEB "lab/qemu/101"

static int setup_sets(void **state)
{
	further = &module_u;
	return setup_apply(state);
}

/* The guest of the plan, with the tags that it has in NetBox now. */
static void put_guest(const char *tags)
{
	char text[300];

	snprintf(text, sizeof(text),
		 "{'id': 1, 'name': 'web', 'tags': %s, 'custom_fields': {'stagebox_key': '" WEB
		 "'}}",
		 tags);
	json_object_set_new(io->rows, VMS "#1", parse_quoted(text));
	put_netbox("vm", WEB, text);
}

static void add_update(const char *stage, const char *set, const char *was)
{
	add_op("vm", SB_UPDATE, WEB, stage, set, was)->target = 1;
}

/* Tag 8 is of people; the owner adds 1, the second stage 2. */
static void add_two(void)
{
	put_applied(WEB, "{'tags': []}");
	add_update("t.guests", "{'tags': [1, 8]}", "{'tags': [8]}");
	add_update("u.one", "{'tags': [2, 8]}", "{'tags': [8]}");
}

static void assert_tags(const char *tags)
{
	assert_json(json_object_get(json_object_get(io->rows, VMS "#1"), "tags"), tags);
}

static void assert_state(const char *stage, enum sb_op_state state, const char *cause)
{
	const struct sb_op *op = update_of(stage, WEB);

	if (op->state != state || (cause && (!op->cause || !strstr(op->cause, cause))))
		fail_msg("%s: state %d, not %d: %s", stage, (int)op->state, (int)state,
			 op->cause ? op->cause : "no cause");
}

/* All values that were sent to the store, the later ones over the earlier ones. */
static void assert_stored(const char *expected)
{
	sb_autojson *all = json_object();
	const json_t *event;
	size_t i;

	json_array_foreach (io->events, i, event)
		if (sb_streq(sb_json_str(event, "ev"), "applied"))
			json_object_update(all, json_object_get(event, "fields"));
	assert_json(all, expected);
}

static void a_second_op_is_done_on_the_result_of_the_first(void **state)
{
	(void)state;
	put_guest("[8]");
	add_two();
	apply_plan();
	assert_all_done();
	assert_tags("[1, 2, 8]");
	assert_stored("{'tags': [1], 'tags:u.one': [2]}");
}

static void what_the_first_op_removes_stays_away(void **state)
{
	(void)state;
	put_guest("[1, 8]");
	put_applied(WEB, "{'tags': [1]}");
	add_update("t.guests", "{'tags': [8]}", "{'tags': [1, 8]}");
	add_update("u.one", "{'tags': [1, 2, 8]}", "{'tags': [1, 8]}");
	apply_plan();
	assert_all_done();
	assert_tags("[2, 8]");
	assert_stored("{'tags': [], 'tags:u.one': [2]}");
}

static void a_second_op_is_right_when_the_first_is_refused(void **state)
{
	(void)state;
	put_guest("[8]");
	add_two();
	io->bad_field = "tags";
	io->bad_value = "1";
	io->how = "field";
	io->words = "Tag one cannot be assigned";
	apply_plan();
	assert_state("u.one", SB_OP_DONE, NULL);
	assert_tags("[2, 8]");
	assert_stored("{'tags:u.one': [2]}");
}

static void only_members_that_netbox_took_are_remembered(void **state)
{
	char index[SB_SET_INDEX];

	(void)state;
	put_guest("[8]");
	sb_diff_set_index(WEB, "u.one", index);
	json_object_set_new(fx->run->diff->set_members, index,
			    parse_quoted("{'tags:u.one': [1, 2]}"));
	put_netbox("tag", "", "{'id': 1, 'name': 'one', 'slug': 'one'}");
	add_update("u.one", "{'tags': [1, 2, 8]}", "{'tags': [8]}");
	io->bad_field = "tags";
	io->bad_value = "1";
	io->how = "field";
	io->words = "Tag one cannot be assigned";
	apply_plan();
	assert_tags("[2, 8]");
	assert_stored("{'tags:u.one': [2]}");
}

static void a_change_of_people_after_the_plan_is_not_overwritten(void **state)
{
	(void)state;
	put_guest("[5, 8]");
	add_two();
	apply_plan();
	assert_state("t.guests", SB_OP_SKIPPED, "tags changed in NetBox after the plan was made");
	assert_state("u.one", SB_OP_SKIPPED, "tags changed in NetBox after the plan was made");
	assert_tags("[5, 8]");
	assert_stored("{}");
}

static void ops_that_are_applied_a_second_time_write_nothing(void **state)
{
	(void)state;
	put_guest("[1, 2, 8]");
	add_two();
	apply_plan();
	assert_state("t.guests", SB_OP_ALREADY, NULL);
	assert_state("u.one", SB_OP_ALREADY, NULL);
	assert_tags("[1, 2, 8]");
}

static void a_second_op_follows_a_first_that_was_applied_before(void **state)
{
	(void)state;
	put_guest("[1, 8]");
	add_two();
	apply_plan();
	assert_state("t.guests", SB_OP_ALREADY, NULL);
	assert_state("u.one", SB_OP_DONE, NULL);
	assert_tags("[1, 2, 8]");
	assert_stored("{'tags:u.one': [2]}");
}

/* The next run asks NetBox's change log, which has all of them. */
static void without_the_store_no_part_is_remembered(void **state)
{
	(void)state;
	put_guest("[8]");
	add_update("u.one", "{'tags': [2, 8]}", "{'tags': [8]}");
	apply_plan();
	assert_all_done();
	assert_tags("[2, 8]");
	assert_stored("{}");
}

static void a_created_object_keeps_the_tags_of_its_create(void **state)
{
	struct sb_op *op;

	(void)state;
	add_op("vm", SB_CREATE, WEB, "t.guests", "{'name': 'web', 'tags': [1]}", NULL);
	op = add_op("vm", SB_UPDATE, WEB, "u.one", "{'tags': [2]}", NULL);
	op->target_ref = strdup(WEB);
	op = add_op("vm", SB_UPDATE, WEB, "u.two", "{'tags': [3]}", NULL);
	op->target_ref = strdup(WEB);
	apply_plan();
	assert_all_done();
	assert_json(json_object_get(json_object_get(io->rows, VMS "#1000"), "tags"), "[1, 2, 3]");
	assert_stored("{'name': 'web', 'tags': [1], 'tags:u.one': [2], 'tags:u.two': [3]}");
}

static void a_write_without_an_answer_is_followed_by_the_second_op(void **state)
{
	(void)state;
	put_guest("[8]");
	add_update("t.guests", "{'name': 'web2', 'tags': [1, 8]}", "{'name': 'web', 'tags': [8]}");
	add_update("u.one", "{'tags': [2, 8]}", "{'tags': [8]}");
	io->silent = "web2";
	io->commits = true;
	apply_plan();
	assert_all_done();
	assert_tags("[1, 2, 8]");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup_sets, teardown_apply)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_second_op_is_done_on_the_result_of_the_first),
		T(what_the_first_op_removes_stays_away),
		T(a_second_op_is_right_when_the_first_is_refused),
		T(only_members_that_netbox_took_are_remembered),
		T(a_change_of_people_after_the_plan_is_not_overwritten),
		T(ops_that_are_applied_a_second_time_write_nothing),
		T(a_second_op_follows_a_first_that_was_applied_before),
		T(without_the_store_no_part_is_remembered),
		T(a_created_object_keeps_the_tags_of_its_create),
		T(a_write_without_an_answer_is_followed_by_the_second_op),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
