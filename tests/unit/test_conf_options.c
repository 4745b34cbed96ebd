/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of single values: the options of a module against its table, durations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

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

static int is_even(const json_t *value, struct sb_error *err)
{
	if (json_integer_value(value) % 2 == 0)
		return 0;
	return sb_fail(err, SB_E_ARG, "must be even");
}

static int never_called(const json_t *value, struct sb_error *err)
{
	(void)value;
	return sb_fail(err, SB_E_ARG, "a check function was given a secret");
}

static const struct sb_opt guarded[] = {
	{.name = "width",
	 .type = SB_OPT_INT,
	 .dflt = "2",
	 .max = 10,
	 .help = "w",
	 .check = is_even},
	{.name = "key",
	 .type = SB_OPT_STR,
	 .dflt = "",
	 .help = "k",
	 .flags = SB_OPT_SECRET,
	 .check = never_called},
	{0},
};

static void the_check_function_of_an_option_sees_values_of_the_right_type_only(void **state)
{
	static const struct {
		const char *json, *says;
	} cases[] = {
		{"{\"width\":3}", "options.shelf.width: must be even"},
		{"{\"width\":\"x\"}", "options.shelf.width: expected an integer"},
		{"{\"width\":11}", "options.shelf.width: 11 is out of bounds"},
		{"{\"key\":\"letmein\"}", "options.shelf.key"},
		{"{\"key\":{\"secrets\":\"letmein\"}}", "options.shelf.key"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < SB_ARRAY_LEN(cases); i++) {
		struct sb_error err = SB_ERROR_INIT;
		sb_autojson *given = json_loads(cases[i].json, 0, NULL);
		json_t *opts = NULL;

		assert_int_equal(sb_conf_options("shelf", guarded, given, &opts, &err),
				 SB_E_CONFIG);
		if (!strstr(err.text, cases[i].says) || strstr(err.text, "letmein"))
			fail_msg("%s", err.text);
	}
}

static void a_secret_option_is_a_reference_or_what_core_read(void **state)
{
	static const char *const right[] = {"{}", "{\"key\":\"\"}", "{\"key\":\"env:KEY\"}",
					    "{\"key\":{\"secret\":\"s\"}}"};
	size_t i;

	(void)state;
	for (i = 0; i < SB_ARRAY_LEN(right); i++) {
		struct sb_error err = SB_ERROR_INIT;
		sb_autojson *given = json_loads(right[i], 0, NULL);
		sb_autojson *opts = NULL;

		if (sb_conf_options("shelf", guarded, given, &opts, &err) != 0)
			fail_msg("%s: %s", right[i], err.text);
	}
}

static json_t *two_endpoints(void)
{
	return json_pack("{s:{s:{s:i, s:s}}, s:[{s:s, s:{s:{s:i}, s:{s:i}}}, {s:s}]}", "options",
			 "shelf", "width", 2, "key", "env:E2E_ALL", "endpoints", "slug", "lab",
			 "options", "shelf", "width", 4, "other", "depth", 1, "slug", "edge");
}

static int64_t number_of(const json_t *conf, const char *module, const char *name)
{
	return json_integer_value(
		json_object_get(json_object_get(json_object_get(conf, "options"), module), name));
}

static void options_of_an_endpoint_win_over_those_of_all(void **state)
{
	sb_autojson *conf = two_endpoints(), *before = json_deep_copy(conf);
	sb_autojson *lab = sb_conf_for_endpoint(conf, "lab");
	sb_autojson *edge = sb_conf_for_endpoint(conf, "edge");

	(void)state;
	assert_int_equal(number_of(lab, "shelf", "width"), 4);
	assert_int_equal(number_of(lab, "other", "depth"), 1);
	assert_non_null(
		json_object_get(json_object_get(json_object_get(lab, "options"), "shelf"), "key"));
	assert_null(
		json_object_get(json_array_get(json_object_get(lab, "endpoints"), 0), "options"));
	assert_int_equal(number_of(edge, "shelf", "width"), 2);
	assert_null(json_object_get(json_object_get(edge, "options"), "other"));
	assert_true(sb_conf_has_own_options(conf, "lab"));
	assert_false(sb_conf_has_own_options(conf, "edge"));
	assert_true(json_equal(conf, before));
}

static void secrets_of_options_are_read_where_the_module_declares_them(void **state)
{
	sb_autojson *modules = json_pack("[{s:s, s:[s]}]", "name", "shelf", "secrets", "key");
	sb_autojson *conf = two_endpoints(), *options;
	struct sb_error err = SB_ERROR_INIT;

	(void)state;
	setenv("E2E_ALL", "letmein", 1);
	assert_true(sb_conf_may_have_option_secrets(conf));
	assert_int_equal(sb_conf_resolve_options(conf, modules, NULL, &err), 0);
	options = json_deep_copy(json_object_get(json_object_get(conf, "options"), "shelf"));
	assert_string_equal(
		json_string_value(json_object_get(json_object_get(options, "key"), "secret")),
		"letmein");
	/* a group in the file does not count as a secret that was read */
	assert_int_equal(sb_conf_resolve_options(conf, modules, NULL, &err), SB_E_CONFIG);
	assert_null(strstr(err.text, "letmein"));
	unsetenv("E2E_ALL");
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
		cmocka_unit_test(
			the_check_function_of_an_option_sees_values_of_the_right_type_only),
		cmocka_unit_test(a_secret_option_is_a_reference_or_what_core_read),
		cmocka_unit_test(options_of_an_endpoint_win_over_those_of_all),
		cmocka_unit_test(secrets_of_options_are_read_where_the_module_declares_them),
		cmocka_unit_test(durations_have_units_and_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
