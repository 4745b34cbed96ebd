/* SPDX-License-Identifier: Apache-2.0 */
/* Actions on Proxmox VE in a plan. */
#include "test_model_plan_fixture.h"

#define ACTION                                                                                     \
	"{'system':'pve','key':'lab/qemu/1','kind':'vm','verb':'restart','stage':'power.guests',"  \
	"'why':'asked','was':{'status':'running','node':'pve1'},'birth':'aa bb'}"

static void an_action_is_an_op_with_a_system_and_a_name_of_its_own(void **arg)
{
	sb_autojson *ops = NULL, *shared = NULL, *expected = NULL;

	load_and_link(arg, "[" ACTION "]");
	assert_int_equal(plan_of(arg)->ops[0].verb, SB_ACT);
	assert_string_equal(sb_op_word(&plan_of(arg)->ops[0]), "restart");
	assert_string_equal(sb_op_system(&plan_of(arg)->ops[0]), "pve");
	assert_int_equal(sb_plan_to_json(plan_of(arg), &ops, &shared), 0);
	expected =
		parse_json("[{\"system\":\"pve\",\"key\":\"lab/qemu/1\",\"kind\":\"vm\",\"verb\":"
			   "\"restart\",\"stage\":\"power.guests\",\"why\":\"asked\",\"was\":"
			   "{\"status\":\"running\",\"node\":\"pve1\"},\"birth\":\"aa bb\"}]");
	assert_true(json_equal(ops, expected));
}

static void an_action_waits_for_the_create_of_its_object(void **arg)
{
	load_and_link(arg, "[{'key':'lab/qemu/1','kind':'vm','verb':'create','stage':'s.vm',"
			   "'set':{'name':'a','cluster':1}}," ACTION "]");
	assert_int_equal(plan_of(arg)->ops[1].n_needs, 1);
	assert_int_equal(plan_of(arg)->ops[1].state, SB_OP_WAITING);
}

static void of_an_action_an_update_by_another_stage_awaits_only_the_end(void **arg)
{
	const struct sb_op *action;

	load_and_link(arg, "[" ACTION ",{'key':'lab/qemu/1','kind':'vm','verb':'update','target':7,"
			   "'stage':'s.vm','set':{'name':'b'},'was':{'name':'a'}}]");
	action = &plan_of(arg)->ops[0];
	assert_int_equal(action->n_blocks, 1);
	assert_int_equal(action->blocks[0], 1 | SB_OP_AFTER);
}

static void actions_of_the_wrong_shape_are_refused(void **arg)
{
	expect_refused(
		arg,
		"[{'system':'ssh','key':'lab/qemu/1','kind':'vm','verb':'start','stage':'s.x'}]",
		"the only one that has actions");
	expect_refused(arg,
		       "[{'system':7,'key':'lab/qemu/1','kind':'vm','verb':'start','stage':'s.x'}]",
		       "the only one that has actions");
	expect_refused(
		arg,
		"[{'system':'pve','key':'lab/qemu/1','kind':'vm','verb':'delete','stage':'s.x'}]",
		"verb");
	expect_refused(
		arg, "[{'system':'pve','key':'lab/qemu/1','kind':'vm','verb':'a b','stage':'s.x'}]",
		"verb");
	expect_refused(arg,
		       "[{'system':'pve','key':'lab/qemu/1','kind':'vm','verb':'start',"
		       "'stage':'s.x','birth':7}]",
		       "instance id");
	expect_refused(
		arg,
		"[{'system':'pve','key':'shared/tag/a','kind':'tag','verb':'start','stage':'s.x'}]",
		"shared");
	expect_refused(arg,
		       "[{'system':'pve','key':'lab/qemu/"
		       "1','kind':'vm','verb':'start','stage':'s.x','set':3}]",
		       "objects");
	expect_refused(arg,
		       "[{'system':'pve','key':'lab/qemu/"
		       "1','kind':'vm','verb':'start','stage':'s.x','target':3}]",
		       "target");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(an_action_is_an_op_with_a_system_and_a_name_of_its_own),
		T(an_action_waits_for_the_create_of_its_object),
		T(of_an_action_an_update_by_another_stage_awaits_only_the_end),
		T(actions_of_the_wrong_shape_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
