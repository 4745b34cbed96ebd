/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration of a recording decides neither about code nor about limits without bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "conf/conf.h"
#include "stagebox/json.h"

static struct sb_error err;

static json_t *make_recorded(void)
{
	return json_pack(
		"{s:{s:s, s:s, s:i}, s:[{s:s, s:[s], s:s}], s:[s, s], s:s, s:[s], s:{s:s}, "
		"s:{}}",
		"netbox", "url", "https://netbox", "ca_file", "/etc/shadow", "batch", 50,
		"endpoints", "slug", "lab", "urls", "https://pve:8006", "token", "secret",
		"modules", "cluster", "qemu", "module_dir", "/tmp/evil", "module_path",
		"/tmp/worse", "policy", "vm.description", "always", "options");
}

static json_t *check_conf(json_t *conf_take, const json_t *own)
{
	sb_autojson *from = conf_take;
	json_t *conf = NULL;

	if (sb_conf_recorded(from, own, &conf, &err) < 0)
		fail_msg("%s", err.text);
	return conf;
}

static void assert_refused(json_t *conf_take, const json_t *own, const char *part)
{
	sb_autojson *from = conf_take;
	json_t *conf = NULL;

	assert_int_equal(sb_conf_recorded(from, own, &conf, &err), SB_E_CONFIG);
	assert_null(conf);
	if (!strstr(err.text, part))
		fail_msg("\"%s\" does not contain \"%s\"", err.text, part);
}

static const char *member_of(const json_t *conf, const char *group, const char *name)
{
	return sb_json_str(json_object_get(conf, group), name);
}

static void modules_come_from_the_folders_of_the_caller(void **state)
{
	sb_autojson *own =
		json_pack("{s:s, s:[s]}", "module_dir", "/usr/mine", "module_path", "/usr/more");
	sb_autojson *alone = check_conf(make_recorded(), NULL),
		    *with = check_conf(make_recorded(), own);

	(void)state;
	assert_string_equal(sb_json_str(alone, "module_dir"), "");
	assert_string_equal(sb_json_str(with, "module_dir"), "/usr/mine");
	assert_int_equal(json_array_size(json_object_get(alone, "module_path")), 0);
	assert_true(json_equal(json_object_get(with, "module_path"),
			       json_object_get(own, "module_path")));
	assert_int_equal(json_array_size(json_object_get(with, "modules")), 2);
}

static void only_modules_that_the_caller_lists_are_loaded(void **state)
{
	sb_autojson *own = json_pack("{s:[s]}", "modules", "cluster");
	sb_autojson *both = json_pack("{s:[s, s, s]}", "modules", "lxc", "qemu", "cluster");
	sb_autojson *conf = check_conf(make_recorded(), both);

	(void)state;
	assert_int_equal(json_array_size(json_object_get(conf, "modules")), 2);
	assert_refused(make_recorded(), own, "module \"qemu\"");
}

static void a_module_with_a_path_is_refused(void **state)
{
	json_t *conf = make_recorded();

	(void)state;
	json_object_set_new(conf, "modules", json_pack("[s]", "../../tmp/evil"));
	assert_refused(conf, NULL, "modules");
}

static void no_file_and_no_secret_is_taken(void **state)
{
	sb_autojson *conf = check_conf(make_recorded(), NULL);
	const json_t *endpoint = sb_conf_endpoint(conf, "lab");

	(void)state;
	assert_string_equal(member_of(conf, "netbox", "ca_file"), "");
	assert_string_equal(member_of(conf, "netbox", "token"), "");
	assert_string_equal(sb_json_str(endpoint, "token"), "");
	assert_string_equal(member_of(conf, "store", "path"), "");
}

static void values_out_of_bounds_are_refused_by_name(void **state)
{
	json_t *conf = make_recorded();

	(void)state;
	json_object_set_new(json_object_get(conf, "netbox"), "settle", json_integer(INT64_MAX));
	assert_refused(conf, NULL, "netbox.settle");
	conf = make_recorded();
	json_object_set_new(conf, "limits", json_pack("{s:i}", "memory_mib", -1));
	assert_refused(conf, NULL, "limits.memory_mib");
	conf = make_recorded();
	json_object_set_new(conf, "limits", json_pack("{s:s}", "wall_s", "for ever"));
	assert_refused(conf, NULL, "limits.wall");
	conf = make_recorded();
	json_object_set_new(conf, "policy", json_pack("{s:s}", "vm.name", "mine"));
	assert_refused(conf, NULL, "policy.vm.name");
	conf = make_recorded();
	json_object_set_new(conf, "prune", json_array());
	assert_refused(conf, NULL, "prune is not a group");
	conf = make_recorded();
	json_object_set_new(conf, "endpoints", json_pack("[i]", 1));
	assert_refused(conf, NULL, "endpoints.slug is missing");
	assert_refused(json_pack("[i]", 1), NULL, "netbox");
}

static void what_no_table_knows_is_dropped_and_defaults_are_filled_in(void **state)
{
	json_t *from = make_recorded();
	sb_autojson *conf = NULL;

	(void)state;
	json_object_set_new(from, "surprise", json_integer(1));
	json_object_set_new(json_object_get(from, "netbox"), "surprise", json_integer(1));
	conf = check_conf(from, NULL);
	assert_null(json_object_get(conf, "surprise"));
	assert_null(json_object_get(json_object_get(conf, "netbox"), "surprise"));
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(conf, "netbox"), "settle")),
		130);
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(conf, "netbox"), "batch")), 50);
	assert_string_equal(member_of(conf, "policy", "vm.description"), "always");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(modules_come_from_the_folders_of_the_caller),
		cmocka_unit_test(only_modules_that_the_caller_lists_are_loaded),
		cmocka_unit_test(a_module_with_a_path_is_refused),
		cmocka_unit_test(no_file_and_no_secret_is_taken),
		cmocka_unit_test(values_out_of_bounds_are_refused_by_name),
		cmocka_unit_test(what_no_table_knows_is_dropped_and_defaults_are_filled_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
