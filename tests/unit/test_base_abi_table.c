/* SPDX-License-Identifier: Apache-2.0 */
/* Structs and tables of modules whose headers had fewer or more members. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/abi_table.h"

struct old_row {
	const char *name;
};

struct new_row {
	const char *name;
	int number;
	const char *more;
};

static void members_that_an_older_module_does_not_know_are_zero(void **state)
{
	static const struct old_row theirs[] = {{"a"}, {"b"}, {NULL}};
	struct new_row *ours = sb_abi_table(theirs, sizeof(theirs[0]), sizeof(*ours));

	(void)state;
	assert_non_null(ours);
	assert_string_equal(ours[0].name, "a");
	assert_string_equal(ours[1].name, "b");
	assert_int_equal(ours[1].number, 0);
	assert_null(ours[1].more);
	assert_null(ours[2].name);
	assert_null(ours[2].more);
	free(ours);
}

static void members_that_core_does_not_know_are_left_out(void **state)
{
	static const struct new_row theirs[] = {{"a", 1, "x"}, {"b", 2, "y"}, {NULL, 0, NULL}};
	struct old_row *ours = sb_abi_table(theirs, sizeof(theirs[0]), sizeof(*ours));

	(void)state;
	assert_non_null(ours);
	assert_string_equal(ours[0].name, "a");
	assert_string_equal(ours[1].name, "b");
	assert_null(ours[2].name);
	free(ours);
}

static void no_table_stays_none(void **state)
{
	(void)state;
	assert_null(sb_abi_table(NULL, 0, sizeof(struct new_row)));
}

static void a_shorter_struct_leaves_the_rest_zero(void **state)
{
	const struct old_row theirs = {"a"};
	struct new_row ours = {"old", 7, "old"};

	(void)state;
	sb_abi_copy(&ours, sizeof(ours), &theirs, sizeof(theirs));
	assert_string_equal(ours.name, "a");
	assert_int_equal(ours.number, 0);
	assert_null(ours.more);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_that_an_older_module_does_not_know_are_zero),
		cmocka_unit_test(members_that_core_does_not_know_are_left_out),
		cmocka_unit_test(no_table_stays_none),
		cmocka_unit_test(a_shorter_struct_leaves_the_rest_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
