/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers by key: found again however many there are, replaced, absent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/map.h"

static int setup(void **state)
{
	*state = sb_map_create();
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	sb_map_destroy(*state);
	return 0;
}

static void an_empty_map_has_no_value(void **state)
{
	int64_t value = 7;

	assert_false(sb_map_get(*state, "a", &value));
	assert_int_equal(value, 7);
	assert_int_equal(sb_map_count(*state), 0);
}

static void each_of_many_keys_has_its_own_value(void **state)
{
	int64_t value;
	char key[32];
	int i;

	for (i = 0; i < 5000; i++) {
		snprintf(key, sizeof(key), "lab/qemu/%d", i);
		assert_int_equal(sb_map_put(*state, key, i - 2500), 0);
	}
	assert_int_equal(sb_map_count(*state), 5000);
	for (i = 0; i < 5000; i++) {
		snprintf(key, sizeof(key), "lab/qemu/%d", i);
		assert_true(sb_map_get(*state, key, &value));
		assert_int_equal(value, i - 2500);
	}
	assert_false(sb_map_get(*state, "lab/qemu/5000", NULL));
}

static void a_second_value_replaces_the_first(void **state)
{
	int64_t value;

	assert_int_equal(sb_map_put(*state, "a", 1), 0);
	assert_int_equal(sb_map_put(*state, "a", 2), 0);
	assert_int_equal(sb_map_count(*state), 1);
	assert_true(sb_map_get(*state, "a", &value));
	assert_int_equal(value, 2);
}

static void only_a_kept_key_is_not_copied(void **state)
{
	char kept[] = "kept", copied[] = "copied";

	assert_int_equal(sb_map_put_kept(*state, kept, 1), 0);
	assert_int_equal(sb_map_put(*state, copied, 2), 0);
	copied[0] = 'C';
	assert_true(sb_map_get(*state, "kept", NULL));
	assert_true(sb_map_get(*state, "copied", NULL));
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(an_empty_map_has_no_value),
		T(each_of_many_keys_has_its_own_value),
		T(a_second_value_replaces_the_first),
		T(only_a_kept_key_is_not_copied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
