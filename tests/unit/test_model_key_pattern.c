/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns of keys that stages declare. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/key_pattern.h"

static void a_star_stands_for_one_component(void **state)
{
	(void)state;
	assert_true(sb_key_pattern_covers("*/qemu/", "lab/qemu/"));
	assert_true(sb_key_pattern_covers("*/qemu/", "lab/qemu/101"));
	assert_true(sb_key_pattern_covers("*/qemu/", "lab/qemu/101/net0/"));
	assert_false(sb_key_pattern_covers("*/qemu/", "lab/lxc/101"));
	assert_false(sb_key_pattern_covers("*/qemu/", "lab/site/qemu/101"));
	assert_true(sb_key_pattern_covers("*/pool/*/member/", "lab/pool/a/member/7"));
	assert_false(sb_key_pattern_covers("*/pool/*/member/", "lab/pool/a/guest/7"));
}

static void a_shorter_prefix_is_not_covered(void **state)
{
	(void)state;
	assert_false(sb_key_pattern_covers("*/qemu/", ""));
	assert_false(sb_key_pattern_covers("*/qemu/", "lab/"));
	assert_false(sb_key_pattern_covers("*/qemu/", "lab/qemu"));
}

static void a_pattern_without_a_slash_at_its_end_is_the_beginning_of_a_component(void **state)
{
	(void)state;
	assert_true(sb_key_pattern_covers("*/cluster", "lab/cluster"));
	assert_true(sb_key_pattern_covers("*/cluster", "lab/cluster/a"));
	assert_false(sb_key_pattern_covers("*/cluster", "lab/clus"));
	assert_false(sb_key_pattern_covers("*/qemu/", "lab/qem/101"));
}

static void patterns_meet_when_a_key_matches_both(void **state)
{
	(void)state;
	assert_true(sb_key_patterns_meet("*/qemu/", "*/qemu/"));
	assert_true(sb_key_patterns_meet("*/qemu/", "*/*/"));
	assert_true(sb_key_patterns_meet("*/qemu/", "*/"));
	assert_true(sb_key_patterns_meet("*/qemu/", "*/qemu/*/net0"));
	assert_true(sb_key_patterns_meet("*/cluster", "*/clusters/"));
	assert_false(sb_key_patterns_meet("*/qemu/", "*/lxc/"));
	assert_false(sb_key_patterns_meet("*/qemu/", "*/qemus/"));
	assert_false(sb_key_patterns_meet("*/pool/*/member/", "*/pool/*/guest/"));
}

static void an_empty_component_is_no_pattern(void **state)
{
	(void)state;
	assert_true(sb_key_pattern_is_valid("*/qemu/"));
	assert_true(sb_key_pattern_is_valid("*/cluster"));
	assert_false(sb_key_pattern_is_valid(""));
	assert_false(sb_key_pattern_is_valid("/qemu/"));
	assert_false(sb_key_pattern_is_valid("*//"));
	assert_false(sb_key_pattern_is_valid("a*/qemu/"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_star_stands_for_one_component),
		cmocka_unit_test(a_shorter_prefix_is_not_covered),
		cmocka_unit_test(
			a_pattern_without_a_slash_at_its_end_is_the_beginning_of_a_component),
		cmocka_unit_test(patterns_meet_when_a_key_matches_both),
		cmocka_unit_test(an_empty_component_is_no_pattern),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
