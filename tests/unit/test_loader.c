/* SPDX-License-Identifier: Apache-2.0 */
/* The loader: a good module is loaded, a bad one is refused with file and reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "load/loader.h"
#include "load/inspect.h"

static int load_modules(const char *names, struct sb_registry **ret_registry, struct sb_error *err)
{
	sb_autojson *conf = json_pack("{s:s, s:o}", "module_dir", SB_TEST_MODULES, "modules",
				      json_loads(names, 0, NULL));

	memset(err, 0, sizeof(*err));
	*ret_registry = NULL;
	return sb_registry_load_watched(conf, NULL, ret_registry, err);
}

static void assert_contains(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" does not contain \"%s\"", text, part);
}

static void assert_refused(const char *name, const char *reason)
{
	struct sb_registry *registry;
	struct sb_error err;
	char names[80], file[80];

	snprintf(names, sizeof(names), "[\"%s\"]", name);
	snprintf(file, sizeof(file), "/%s.so", name);
	assert_int_equal(load_modules(names, &registry, &err), SB_E_CONFIG);
	assert_int_equal(err.code, SB_E_CONFIG);
	assert_null(registry);
	assert_contains(err.text, file);
	assert_contains(err.text, reason);
}

static void a_good_module_is_loaded_and_its_stages_are_sorted(void **state)
{
	struct sb_registry *registry;
	struct sb_error err;

	(void)state;
	assert_int_equal(load_modules("[\"good\"]", &registry, &err), 0);
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

static void tables_with_rows_of_another_size_are_read(void **state)
{
	const struct sb_module *module;
	const struct sb_stage *stage;
	const struct sb_kind *kind;
	struct sb_registry *registry;
	struct sb_error err;

	(void)state;
	assert_int_equal(load_modules("[\"wide_rows\"]", &registry, &err), 0);
	module = sb_registry_module(registry, 0)->module;
	assert_string_equal(module->options[1].name, "second");
	assert_null(module->options[2].name);
	stage = &sb_registry_stage(registry, 0)->stage;
	assert_string_equal(stage->reads[1].kind, "wide");
	assert_null(stage->reads[2].kind);
	assert_string_equal(stage->needs[1].privilege, "Sys.Audit");
	assert_null(stage->needs[2].path);
	kind = sb_kinds_find(sb_registry_kinds(registry), "wide");
	assert_int_equal(kind->fields[1].max_chars, 7);
	assert_null(kind->fields[2].name);
	assert_string_equal(kind->keeps[0].why, "a reason");
	assert_null(kind->keeps[1].field);
	assert_string_equal(kind->adopt_rules[1].words, "b word");
	assert_null(kind->adopt_rules[2].name);
	sb_registry_destroy(registry);
}

static void a_module_can_be_loaded_again_after_its_registry_is_destroyed(void **state)
{
	struct sb_registry *first, *second;
	struct sb_error err;

	(void)state;
	assert_int_equal(load_modules("[\"good\"]", &first, &err), 0);
	assert_int_equal(load_modules("[\"good\"]", &second, &err), 0);
	sb_registry_destroy(first);
	assert_string_equal(sb_registry_module(second, 0)->module->version, "1.2");
	sb_registry_destroy(second);
	assert_int_equal(load_modules("[\"good\"]", &first, &err), 0);
	sb_registry_destroy(first);
}

static void an_empty_list_gives_an_empty_registry(void **state)
{
	struct sb_registry *registry;
	struct sb_error err;

	(void)state;
	assert_int_equal(load_modules("[]", &registry, &err), 0);
	assert_int_equal(sb_registry_n_stages(registry), 0);
	sb_registry_destroy(registry);
}

static void a_bad_descriptor_is_refused_with_the_reason(void **state)
{
	(void)state;
	assert_refused("wrong_magic", "wrong magic 0x12345678");
	assert_refused("old_major", "built for ABI 1.0");
	assert_refused("newer_minor", "needs ABI 2.1");
	assert_refused("short_size", "too short");
	assert_refused("null_name", "no name");
	assert_refused("other_name", "\"something_else\"");
	assert_refused("no_entry", "sb_module_entry");
	assert_refused("null_descriptor", "no descriptor");
}

static void the_error_contains_the_message_of_the_dynamic_linker(void **state)
{
	(void)state;
	assert_refused("undefined_symbol", "undefined symbol: sb_service_that_never_was");
	assert_refused("truncated", "file too short");
	assert_refused("absent", "No such file");
}

static void a_path_or_an_invalid_name_is_refused(void **state)
{
	struct sb_registry *registry;
	struct sb_error err;

	(void)state;
	assert_int_equal(load_modules("[\"../modules/good\"]", &registry, &err), SB_E_CONFIG);
	assert_contains(err.text, "not paths");
	assert_int_equal(load_modules("[\"Good\"]", &registry, &err), SB_E_CONFIG);
	assert_contains(err.text, "not made of a-z");
	assert_int_equal(load_modules("[7]", &registry, &err), SB_E_CONFIG);
}

static void a_failing_start_is_reported_with_its_reason(void **state)
{
	(void)state;
	assert_refused("failing_start", "start failed: this module fails on purpose");
	assert_refused("mute_start", "it returned -13 (state) without an error message");
	assert_refused("positive_start", "start failed: it returned 7");
}

static void a_module_or_stage_cannot_be_added_twice(void **state)
{
	struct sb_registry *registry;
	struct sb_error err;

	(void)state;
	assert_int_equal(load_modules("[\"good\", \"good\"]", &registry, &err), SB_E_CONFIG);
	assert_contains(err.text, "/good.so");
	assert_contains(err.text, "already loaded");
	assert_refused("double_stage", "\"double_stage.once\" is already registered");
	assert_refused("foreign_stage", "\"good.third\" is not \"foreign_stage.<resource>\"");
}

static void an_impossible_order_of_stages_is_refused(void **state)
{
	(void)state;
	assert_refused("cycle", "cycle.a -> cycle.b -> cycle.a");
	assert_refused("unknown_after", "\"nobody.home\"");
	assert_refused("unknown_after", "\"unknown_after.lone\"");
	assert_refused("unknown_kind", "unknown kind \"unicorn\"");
}

static void inspection_describes_one_file_without_its_predecessors(void **state)
{
	sb_autojson *info = NULL;
	struct sb_error err = SB_ERROR_INIT;
	json_t *stages;

	(void)state;
	assert_int_equal(sb_module_inspect(SB_TEST_MODULES "/good.so", &info, &err), 0);
	assert_string_equal(json_string_value(json_object_get(info, "version")), "1.2");
	assert_string_equal(json_string_value(json_object_get(info, "abi")), "2.0");
	assert_int_equal(json_array_size(json_object_get(info, "options")), 4);
	stages = json_object_get(info, "stages");
	assert_int_equal(json_array_size(stages), 2);
	assert_int_equal(json_array_size(json_object_get(info, "kinds")), 0);
	/* Inspection accepts unknown predecessors: other modules may bring them. */
	json_decref(info);
	info = NULL;
	assert_int_equal(sb_module_inspect(SB_TEST_MODULES "/unknown_after.so", &info, &err), 0);
}

static void inspection_refuses_a_bad_file_with_the_reason(void **state)
{
	sb_autojson *info = NULL;
	struct sb_error err = SB_ERROR_INIT;

	(void)state;
	assert_int_equal(sb_module_inspect(SB_TEST_MODULES "/wrong_magic.so", &info, &err),
			 SB_E_CONFIG);
	assert_contains(err.text, "wrong_magic.so");
	assert_contains(err.text, "wrong magic");
	assert_int_equal(sb_module_inspect("/nowhere/x.so", &info, &err), SB_E_CONFIG);
	assert_null(info);
}

/* A file alone has the faults that config check refuses, unless another module may help. */
static void inspection_finds_the_faults_of_stages(void **state)
{
	static const char *const cases[][2] = {
		{"good", NULL},
		{"unknown_after", NULL},
		{"unknown_kind", "stage \"unknown_kind.stage\" reads unknown kind \"unicorn\""},
		{"misspelt",
		 "writes field \"adress\", which kind \"ip\" does not have (did you mean "
		 "\"address\"?)"},
		{"bare_stage", "stage \"bare_stage.stage\" does nothing"},
	};
	struct sb_error err = SB_ERROR_INIT;
	char path[400];
	size_t i;

	(void)state;
	for (i = 0; i < SB_ARRAY_LEN(cases); i++) {
		sb_autojson *info = NULL;
		const char *fault;

		snprintf(path, sizeof(path), SB_TEST_MODULES "/%s.so", cases[i][0]);
		assert_int_equal(sb_module_inspect(path, &info, &err), 0);
		fault = json_string_value(json_object_get(info, "fault"));
		if (cases[i][1])
			assert_contains(fault ? fault : "", cases[i][1]);
		else
			assert_null(fault);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_module_is_loaded_and_its_stages_are_sorted),
		cmocka_unit_test(tables_with_rows_of_another_size_are_read),
		cmocka_unit_test(a_module_can_be_loaded_again_after_its_registry_is_destroyed),
		cmocka_unit_test(an_empty_list_gives_an_empty_registry),
		cmocka_unit_test(a_bad_descriptor_is_refused_with_the_reason),
		cmocka_unit_test(the_error_contains_the_message_of_the_dynamic_linker),
		cmocka_unit_test(a_path_or_an_invalid_name_is_refused),
		cmocka_unit_test(a_failing_start_is_reported_with_its_reason),
		cmocka_unit_test(a_module_or_stage_cannot_be_added_twice),
		cmocka_unit_test(an_impossible_order_of_stages_is_refused),
		cmocka_unit_test(inspection_describes_one_file_without_its_predecessors),
		cmocka_unit_test(inspection_finds_the_faults_of_stages),
		cmocka_unit_test(inspection_refuses_a_bad_file_with_the_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
