/* SPDX-License-Identifier: Apache-2.0 */
/* Loading: each bad module gives the right error, naming file and reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "load/loader.h"
#include "load/inspect.h"

static int load(const char *names, struct sb_registry **ret_registry, struct sb_error *err)
{
	sb_autojson *conf = json_pack("{s:s, s:o}", "module_dir", SB_TEST_MODULES, "modules",
				      json_loads(names, 0, NULL));

	memset(err, 0, sizeof(*err));
	*ret_registry = NULL;
	return sb_registry_load(conf, ret_registry, err);
}

static void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" does not say \"%s\"", text, part);
}

static void refuses(const char *name, const char *reason)
{
	struct sb_registry *registry;
	struct sb_error err;
	char names[80], file[80];

	snprintf(names, sizeof(names), "[\"%s\"]", name);
	snprintf(file, sizeof(file), "/%s.so", name);
	assert_int_equal(load(names, &registry, &err), SB_E_CONFIG);
	assert_int_equal(err.code, SB_E_CONFIG);
	assert_null(registry);
	has(err.text, file);
	has(err.text, reason);
}

static void a_good_module_loads_and_its_stages_are_ordered(void **state)
{
	struct sb_registry *registry;
	struct sb_error err;

	(void)state;
	assert_int_equal(load("[\"good\"]", &registry, &err), 0);
	assert_int_equal(sb_registry_n_modules(registry), 1);
	assert_int_equal(sb_registry_n_stages(registry), 2);
	assert_string_equal(sb_registry_stage(registry, 0)->stage.name, "good.first");
	assert_string_equal(sb_registry_stage(registry, 0)->resource, "first");
	assert_string_equal(sb_registry_stage(registry, 1)->stage.name, "good.second");
	assert_int_equal(sb_registry_stage(registry, 1)->n_after, 1);
	assert_int_equal(sb_registry_stage(registry, 1)->after[0], 0);
	assert_int_equal(sb_registry_stage(registry, 1)->n_after_soft, 0);
	sb_registry_destroy(registry);
}

static void a_module_of_an_older_minor_loads_without_what_came_later(void **state)
{
	struct sb_registry *registry;
	struct sb_error err;

	(void)state;
	assert_int_equal(load("[\"old_minor\"]", &registry, &err), 0);
	assert_null(sb_registry_stage(registry, 0)->stage.needs);
	sb_registry_destroy(registry);
}

static void a_module_can_be_loaded_again_after_its_registry_died(void **state)
{
	struct sb_registry *first, *second;
	struct sb_error err;

	(void)state;
	assert_int_equal(load("[\"good\"]", &first, &err), 0);
	assert_int_equal(load("[\"good\"]", &second, &err), 0);
	sb_registry_destroy(first);
	assert_string_equal(sb_registry_module(second, 0)->module->version, "1.2");
	sb_registry_destroy(second);
	assert_int_equal(load("[\"good\"]", &first, &err), 0);
	sb_registry_destroy(first);
}

static void nothing_listed_is_an_empty_registry(void **state)
{
	struct sb_registry *registry;
	struct sb_error err;

	(void)state;
	assert_int_equal(load("[]", &registry, &err), 0);
	assert_int_equal(sb_registry_n_stages(registry), 0);
	sb_registry_destroy(registry);
}

static void descriptors_are_checked_before_they_are_believed(void **state)
{
	(void)state;
	refuses("wrong_magic", "wrong magic 0x12345678");
	refuses("old_major", "built for ABI 0.0");
	refuses("newer_minor", "needs ABI 1.2");
	refuses("short_size", "too short");
	refuses("null_name", "no name");
	refuses("other_name", "\"something_else\"");
	refuses("no_entry", "sb_module_entry");
	refuses("null_descriptor", "no descriptor");
}

static void the_dynamic_linkers_own_words_are_in_the_error(void **state)
{
	(void)state;
	refuses("undefined_symbol", "undefined symbol: sb_service_that_never_was");
	refuses("truncated", "file too short");
	refuses("absent", "No such file");
}

static void only_names_are_accepted_never_paths(void **state)
{
	struct sb_registry *registry;
	struct sb_error err;

	(void)state;
	assert_int_equal(load("[\"../modules/good\"]", &registry, &err), SB_E_CONFIG);
	has(err.text, "not a path");
	assert_int_equal(load("[\"Good\"]", &registry, &err), SB_E_CONFIG);
	has(err.text, "not made of a-z");
	assert_int_equal(load("[7]", &registry, &err), SB_E_CONFIG);
}

static void a_failing_start_tells_its_reason(void **state)
{
	(void)state;
	refuses("failing_start", "start failed: this module fails on purpose");
	refuses("mute_start", "no reason given");
}

static void a_name_can_be_taken_only_once(void **state)
{
	struct sb_registry *registry;
	struct sb_error err;

	(void)state;
	assert_int_equal(load("[\"good\", \"good\"]", &registry, &err), SB_E_CONFIG);
	has(err.text, "/good.so");
	has(err.text, "loaded already");
	refuses("double_stage", "\"double_stage.once\" is there already");
	refuses("foreign_stage", "\"good.third\" is not \"foreign_stage.<resource>\"");
}

static void an_order_that_cannot_be_is_refused(void **state)
{
	(void)state;
	refuses("cycle", "cycle.a -> cycle.b -> cycle.a");
	refuses("unknown_after", "\"nobody.home\"");
	refuses("unknown_after", "\"unknown_after.lone\"");
	refuses("unknown_kind", "unknown kind \"unicorn\"");
}

static void inspection_describes_a_file_alone(void **state)
{
	sb_autojson *info = NULL;
	struct sb_error err = SB_ERROR_INIT;
	json_t *stages;

	(void)state;
	assert_int_equal(sb_module_inspect(SB_TEST_MODULES "/good.so", &info, &err), 0);
	assert_string_equal(json_string_value(json_object_get(info, "version")), "1.2");
	assert_string_equal(json_string_value(json_object_get(info, "abi")), "1.1");
	assert_int_equal(json_array_size(json_object_get(info, "options")), 4);
	stages = json_object_get(info, "stages");
	assert_int_equal(json_array_size(stages), 2);
	assert_int_equal(json_array_size(json_object_get(info, "kinds")), 0);
	/* What it runs after may be in other modules. */
	json_decref(info);
	info = NULL;
	assert_int_equal(sb_module_inspect(SB_TEST_MODULES "/unknown_after.so", &info, &err), 0);
}

static void inspection_refuses_with_file_and_reason(void **state)
{
	sb_autojson *info = NULL;
	struct sb_error err = SB_ERROR_INIT;

	(void)state;
	assert_int_equal(sb_module_inspect(SB_TEST_MODULES "/wrong_magic.so", &info, &err),
			 SB_E_CONFIG);
	has(err.text, "wrong_magic.so");
	has(err.text, "wrong magic");
	assert_int_equal(sb_module_inspect("/nowhere/x.so", &info, &err), SB_E_CONFIG);
	assert_null(info);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_module_loads_and_its_stages_are_ordered),
		cmocka_unit_test(a_module_of_an_older_minor_loads_without_what_came_later),
		cmocka_unit_test(a_module_can_be_loaded_again_after_its_registry_died),
		cmocka_unit_test(nothing_listed_is_an_empty_registry),
		cmocka_unit_test(descriptors_are_checked_before_they_are_believed),
		cmocka_unit_test(the_dynamic_linkers_own_words_are_in_the_error),
		cmocka_unit_test(only_names_are_accepted_never_paths),
		cmocka_unit_test(a_failing_start_tells_its_reason),
		cmocka_unit_test(a_name_can_be_taken_only_once),
		cmocka_unit_test(an_order_that_cannot_be_is_refused),
		cmocka_unit_test(inspection_describes_a_file_alone),
		cmocka_unit_test(inspection_refuses_with_file_and_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
