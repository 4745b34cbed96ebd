/* SPDX-License-Identifier: Apache-2.0 */
/* Fields that a stage writes of the objects of another stage: needs and accounts. */
#include "job/select.h"
#include "run/account.h"
#include "run/account_count.h"
#include "test_diff_fixture.h"

#define WEB "lab/qemu/101"

static void put_web(const char *wanted, const char *fields)
{
	put_row("guest", WEB, wanted);
	put_row("primary", WEB, fields);
	put_netbox("vm", WEB, "{'id': 7, 'name': 'web', 'memory': 256, 'serial': '', 'vcpus': 1}");
	put_change_log(WEB, "{}");
}

/* How the update of a stage waits for another op: "" not, "done", or "over". */
static const char *waits_for(const char *stage, const struct sb_op *other)
{
	size_t seq = update_of(stage, WEB)->seq, i;

	for (i = 0; i < other->n_blocks; i++) {
		if (other->blocks[i] == seq)
			return "done";
		if (other->blocks[i] == (seq | SB_OP_AFTER))
			return "over";
	}
	return "";
}

static void an_update_of_a_second_stage_waits_only_for_the_end_of_the_owners(void **state)
{
	(void)state;
	put_web("{'set': {'memory': 512}}", "{'set': {'serial': 'abc'}}");
	run_diff();
	assert_string_equal(waits_for("t.primary", update_of("t.guests", WEB)), "over");
	assert_int_equal(update_of("t.primary", WEB)->n_needs, 1);
}

static void an_update_of_a_second_stage_needs_the_create(void **state)
{
	(void)state;
	put_row("guest", WEB, GUEST("web"));
	put_row("primary", WEB, "{'set': {'serial': 'abc'}}");
	mark_all_asked();
	run_diff();
	assert_string_equal(waits_for("t.primary", op_of(WEB, SB_CREATE)), "done");
}

static void an_update_of_a_second_stage_needs_the_adoption(void **state)
{
	(void)state;
	put_row("guest", WEB, "{'set': {'name': 'web', 'cluster': 1}}");
	put_unowned("vm", "{'id': 7, 'name': 'web', 'cluster': {'id': 1}, 'serial': ''}");
	put_row("primary", WEB, "{'set': {'serial': 'abc'}}");
	mark_all_asked();
	run_diff();
	assert_string_equal(waits_for("t.primary", update_of("t.guests", WEB)), "done");
	assert_int_equal(find_account("vm")->updated, 1);
	assert_int_equal(find_fields_account("t.primary", "vm")->updated, 1);
}

static void a_failed_op_of_a_second_stage_leaves_the_owners_account(void **state)
{
	struct sb_error err = SB_ERROR_INIT;

	(void)state;
	put_web("{'set': {'memory': 512}}", "{'set': {'serial': 'abc'}}");
	assert_int_equal(sb_diff_all(fx->run, &err), 0);
	update_of("t.guests", WEB)->state = SB_OP_DONE;
	update_of("t.primary", WEB)->state = SB_OP_FAILED;
	assert_int_equal(sb_account_finish(fx->run), 0);
	assert_int_equal(find_account("vm")->updated, 1);
	assert_int_equal(find_account("vm")->failed, 0);
	assert_int_equal(find_fields_account("t.primary", "vm")->failed, 1);
	assert_int_equal(sb_account_check(find_account("vm"), "t.guests", NULL), 0);
	assert_int_equal(
		sb_account_check(find_fields_account("t.primary", "vm"), "t.primary", NULL), 0);
}

static void an_object_of_two_stages_is_one_object_of_the_plan(void **state)
{
	(void)state;
	put_web("{'set': {'memory': 512}}", "{'set': {'serial': 'abc'}}");
	run_diff();
	assert_int_equal(n_ops(), 2);
	assert_int_equal(sb_account_planned(fx->run), 1);
}

static void totals_count_an_object_of_two_stages_once(void **state)
{
	(void)state;
	put_web("{'set': {'memory': 512}}", "{'set': {'serial': 'abc'}}"); /* both update it */
	put_row("guest", "lab/qemu/102", "{'set': {'vcpus': 1}}");         /* only one does */
	put_row("primary", "lab/qemu/102", "{'set': {'serial': 'abc'}}");
	put_netbox("vm", "lab/qemu/102", "{'id': 8, 'name': 'db', 'vcpus': 1, 'serial': ''}");
	put_change_log("lab/qemu/102", "{}");
	put_row("guest", "lab/qemu/103", GUEST("new")); /* created, then updated */
	put_row("primary", "lab/qemu/103", "{'set': {'serial': 'abc'}}");
	mark_all_asked();
	run_diff();
	assert_json(fx->run->diff->overlap, "{'vm': {'update': 2, 'same': 1}}");
}

static void an_op_of_a_stage_that_is_not_selected_counts_as_skipped_there(void **state)
{
	struct sb_error err = SB_ERROR_INIT;

	(void)state;
	put_web("{'set': {'memory': 512}}", "{'set': {'serial': 'abc'}}");
	get_stage(3)->selected = false;
	assert_int_equal(sb_diff_all(fx->run, &err), 0);
	assert_int_equal(sb_select_ops(fx->run, NULL), 0);
	assert_int_equal(n_ops(), 1);
	assert_int_equal(sb_account_finish(fx->run), 0);
	assert_int_equal(find_account("vm")->updated, 1);
	assert_int_equal(find_fields_account("t.primary", "vm")->skipped, 1);
	assert_int_equal(
		sb_account_check(find_fields_account("t.primary", "vm"), "t.primary", NULL), 0);
}

static void a_field_that_a_stage_does_not_declare_fails_it(void **state)
{
	(void)state;
	put_web("{'set': {'memory': 512}}", "{'set': {'memory': 1024}}");
	run_diff();
	assert_status(0, SB_STAGE_OK);
	assert_status(3, SB_STAGE_FAILED);
	assert_says(&get_stage(3)->why, "does not declare that it writes it: add \"memory\" to the "
					"fields of {\"vm\", fields, \"*/qemu/\"} in its writes");
	assert_says(&get_stage(3)->why, "\"memory\"");
	assert_says(&get_stage(3)->why, WEB);
	assert_int_equal(n_ops(), 1);
	assert_json(update_of("t.guests", WEB)->set, "{'memory': 512}");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(an_update_of_a_second_stage_waits_only_for_the_end_of_the_owners),
		CASE(an_update_of_a_second_stage_needs_the_create),
		CASE(an_update_of_a_second_stage_needs_the_adoption),
		CASE(a_failed_op_of_a_second_stage_leaves_the_owners_account),
		CASE(an_object_of_two_stages_is_one_object_of_the_plan),
		CASE(totals_count_an_object_of_two_stages_once),
		CASE(an_op_of_a_stage_that_is_not_selected_counts_as_skipped_there),
		CASE(a_field_that_a_stage_does_not_declare_fails_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
