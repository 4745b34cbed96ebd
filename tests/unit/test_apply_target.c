/* SPDX-License-Identifier: Apache-2.0 */
/* NetBox's row of each target is read again before a write: from an incomplete list nothing follows
 * about a row that it lacks. */
#include "test_apply_fixture.h"

#define KEY "lab/qemu/102"

/* An op on machine 7, which NetBox counts but does not list. */
static struct sb_op *add_cut(enum sb_verb verb, const char *set, const char *was)
{
	struct sb_op *op = add_op("vm", verb, KEY, "t.guests", set, was);

	op->target = io->cut = 7;
	json_object_set_new(
		io->rows, "virtualization/virtual-machines#7",
		parse_quoted("{'id': 7, 'memory': 1, 'custom_fields': {'stagebox_key': '" KEY
			     "'}}"));
	return op;
}

static void a_target_missing_from_an_incomplete_list_does_not_count_as_deleted(void **state)
{
	(void)state;
	add_cut(SB_UPDATE, "{'memory': 2}", "{'memory': 1}");
	apply_plan();
	assert_op(KEY, SB_OP_SKIPPED, "NetBox counts 1 rows but returned 0");
	assert_int_equal(count_requests("PATCH virtualization/virtual-machines"), 0);
}

static void its_delete_does_not_count_as_done(void **state)
{
	(void)state;
	add_cut(SB_DELETE, NULL, NULL);
	apply_plan();
	assert_op(KEY, SB_OP_SKIPPED, "NetBox counts 1 rows but returned 0");
	assert_int_equal(count_requests("DELETE virtualization/virtual-machines"), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup_apply, teardown_apply)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_target_missing_from_an_incomplete_list_does_not_count_as_deleted),
		T(its_delete_does_not_count_as_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
