/* SPDX-License-Identifier: Apache-2.0 */
/* Ops that several stages have of one object: their order, and how many a document may have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/plan.h"
#include "stagebox/json.h"

static struct sb_kinds *kinds;
static struct sb_plan plan;

static int setup(void **state)
{
	(void)state;
	kinds = sb_kinds_create();
	return kinds ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	sb_plan_finish(&plan);
	sb_kinds_destroy(kinds);
	return 0;
}

static int load_plan(const char *text, struct sb_error *err)
{
	sb_autofree char *copy = strdup(text);
	sb_autojson *ops = NULL;
	char *c;

	for (c = copy; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	ops = json_loads(copy, 0, NULL);
	assert_non_null(ops);
	return sb_plan_from_json(&plan, kinds, ops, err);
}

static void load_and_link(const char *text)
{
	assert_int_equal(load_plan(text, NULL), 0);
	assert_int_equal(sb_plan_link(&plan, NULL), 0);
}

#define UPDATE_BY(stage, set)                                                                      \
	"{'key': 'k', 'kind': 'vm', 'verb': 'update', 'stage': '" stage                            \
	"', 'target': 4, 'set': {" set "}, 'was': {}}"

static void ops_of_other_stages_wait_for_the_end_of_those_before_them(void **state)
{
	(void)state;
	load_and_link("[" UPDATE_BY("a", "'memory': 1") "," UPDATE_BY(
		"b", "'vcpus': 2") "," UPDATE_BY("a", "'memory': 3") "]");
	assert_int_equal(plan.ops[1].n_needs, 1);
	assert_int_equal(plan.ops[0].n_blocks, 2);
	assert_true(plan.ops[0].blocks[0] == (1 | SB_OP_AFTER));
	assert_true(plan.ops[0].blocks[1] == 2); /* of the same stage */
	assert_true(plan.ops[1].blocks[0] == (2 | SB_OP_AFTER));
}

static void ops_of_other_stages_need_the_op_that_gives_the_object_its_key(void **state)
{
	(void)state;
	load_and_link("[" UPDATE_BY("a", "'stagebox_key': 'k'") "," UPDATE_BY(
		"b", "'vcpus': 2") "," UPDATE_BY("c", "'memory': 3") "]");
	assert_int_equal(plan.ops[0].n_blocks, 2);
	assert_true(plan.ops[0].blocks[0] == 1);
	assert_true(plan.ops[0].blocks[1] == 2);
	assert_int_equal(plan.ops[2].n_needs, 2);
}

/* A document with n updates of one key, by one stage or each by its own. */
static int load_updates(unsigned n, bool one_stage)
{
	sb_autobuf text = SB_BUF_INIT(100000);
	struct sb_error err = SB_ERROR_INIT;
	unsigned i;

	sb_buf_add(&text, "[");
	for (i = 0; i < n; i++)
		sb_buf_addf(&text,
			    "%s{'key': 'k', 'kind': 'vm', 'verb': 'update', 'stage': 's%u',"
			    " 'target': 4, 'set': {'memory': 1}, 'was': {}}",
			    i ? "," : "", one_stage ? 0 : i);
	sb_buf_add(&text, "]");
	return load_plan(sb_buf_str(&text), &err);
}

static void each_stage_may_have_a_few_ops_of_one_object(void **state)
{
	(void)state;
	assert_int_equal(load_updates(40, false), 0);
}

static void a_document_with_many_ops_of_one_object_and_stage_is_refused(void **state)
{
	(void)state;
	assert_int_equal(load_updates(17, true), SB_E_SHAPE);
}

static void a_document_with_hundreds_of_ops_of_one_object_is_refused(void **state)
{
	(void)state;
	assert_int_equal(load_updates(257, false), SB_E_SHAPE);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(ops_of_other_stages_wait_for_the_end_of_those_before_them),
		T(ops_of_other_stages_need_the_op_that_gives_the_object_its_key),
		T(each_stage_may_have_a_few_ops_of_one_object),
		T(a_document_with_many_ops_of_one_object_and_stage_is_refused),
		T(a_document_with_hundreds_of_ops_of_one_object_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
