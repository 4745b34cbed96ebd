/* SPDX-License-Identifier: Apache-2.0 */
/* Exit codes: their order, and the code of each error. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/exit.h"

static void the_worse_of_two_exit_codes_is_chosen(void **state)
{
	static const int order[] = {130, 78, 64, 77, 75, 124, 69, 5, 1, 4, 3, 2, 0};
	size_t i, j;

	(void)state;
	for (i = 0; i < SB_ARRAY_LEN(order); i++)
		for (j = i; j < SB_ARRAY_LEN(order); j++) {
			assert_int_equal(sb_exit_worse(order[i], order[j]), order[i]);
			assert_int_equal(sb_exit_worse(order[j], order[i]), order[i]);
		}
}

static void each_error_has_its_exit_code(void **state)
{
	static const struct {
		int code, exit_code;
	} rows[] = {
		{SB_E_AUTH, 77}, {SB_E_FORBIDDEN, 77}, {SB_E_CONFIG, 78}, {SB_E_ARG, 64},
		{SB_E_NET, 69},  {SB_E_TIMEOUT, 69},   {SB_E_BUSY, 75},   {SB_E_REFUSED, 5},
		{SB_E_NOMEM, 1}, {SB_E_JSON, 1},       {SB_E_SHAPE, 1},   {SB_E_HTTP, 1},
		{SB_E_STATE, 1}, {SB_E_CONFLICT, 1},   {SB_OK, 0},
	};
	size_t i;

	(void)state;
	for (i = 0; i < SB_ARRAY_LEN(rows); i++) {
		struct sb_error err = {.code = rows[i].code};

		assert_int_equal(sb_exit_of(&err), rows[i].exit_code);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_worse_of_two_exit_codes_is_chosen),
		cmocka_unit_test(each_error_has_its_exit_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
