/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of single values: the options of a module against its table, durations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "conf/conf.h"

static const struct sb_opt table[] = {
	{.name = "agent", .type = SB_OPT_BOOL, .dflt = "true", .help = "ask the agent"},
	{.name = "timeout", .type = SB_OPT_SECS, .dflt = "5m", .min = 1, .max = 600, .help = "t"},
	{.name = "skip", .type = SB_OPT_LIST, .dflt = "", .help = "names"},
	{.name = "depth", .type = SB_OPT_INT, .dflt = "-2", .help = "unbounded"},
	{.name = "label", .type = SB_OPT_STR, .help = "needed"},
	{0},
};

static void options_of_a_module_are_checked_by_its_table(void **state)
{
	struct sb_error err = SB_ERROR_INIT;
	sb_autojson *opts = NULL;
	sb_autojson *given =
		json_pack("{s:s, s:s, s:[s,s]}", "label", "x", "timeout", "90", "skip", "a", "a");

	(void)state;
	assert_int_equal(sb_conf_options("qemu", table, given, &opts, &err), 0);
	assert_true(json_is_true(json_object_get(opts, "agent")));
	assert_int_equal(json_integer_value(json_object_get(opts, "timeout")), 90);
	assert_int_equal(json_integer_value(json_object_get(opts, "depth")), -2);
	assert_int_equal(json_array_size(json_object_get(opts, "skip")), 2);
}

static void wrong_options_of_a_module_are_errors(void **state)
{
	static const struct {
		const char *json, *says;
	} cases[] = {
		{"{\"label\":\"x\",\"agnet\":true}", "options.qemu: unknown option agnet (did you "
						     "mean \"agent\"?)"},
		{"{\"label\":\"x\",\"timeout\":601}", "options.qemu.timeout: 601 is out of bounds"},
		{"{\"label\":\"x\",\"skip\":\"a\"}", "options.qemu.skip: expected a list"},
		{"{}", "options.qemu.label is required: needed"},
		{"[]", "expected a group"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < SB_ARRAY_LEN(cases); i++) {
		struct sb_error err = SB_ERROR_INIT;
		sb_autojson *given = json_loads(cases[i].json, 0, NULL);
		json_t *opts = NULL;

		assert_int_equal(sb_conf_options("qemu", table, given, &opts, &err), SB_E_CONFIG);
		if (!strstr(err.text, cases[i].says))
			fail_msg("%s", err.text);
	}
}

static void durations_have_units_and_bounds(void **state)
{
	static const char *const wrong[] = {"",
					    "s",
					    "-1",
					    "1.5h",
					    "5 m",
					    "1w",
					    "24hh",
					    " 1",
					    "99999999999999999999",
					    "9223372036854775807d"};
	int64_t secs = 0;
	size_t i;

	(void)state;
	assert_int_equal(sb_conf_secs("90", &secs), 0);
	assert_int_equal(secs, 90);
	assert_int_equal(sb_conf_secs("5m", &secs), 0);
	assert_int_equal(secs, 300);
	assert_int_equal(sb_conf_secs("7d", &secs), 0);
	assert_int_equal(secs, 604800);
	for (i = 0; i < SB_ARRAY_LEN(wrong); i++)
		assert_int_equal(sb_conf_secs(wrong[i], &secs), SB_E_CONFIG);
	assert_int_equal(secs, 604800);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_of_a_module_are_checked_by_its_table),
		cmocka_unit_test(wrong_options_of_a_module_are_errors),
		cmocka_unit_test(durations_have_units_and_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
