/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of branching: which group decides, what is refused, and how modules become targets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <unistd.h>

#include "conf/conf_branching.h"
#include "conf/conf_priv.h"
#include "stagebox/json.h"

#define NETBOX  "netbox: { url = \"https://nb.example.org\"; token = \"env:NB\"; };\n"
#define MODULES "modules = [ \"qemu\", \"ceph\", \"lxc\", \"ha\" ];\n"
#define ENDPOINTS(branching)                                                                       \
	"endpoints: ( { slug = \"lab\"; urls = [ \"https://10.0.0.1\" ]; token = \"env:P\"; "      \
	"branching: { " branching " }; },\n"                                                       \
	"{ slug = \"edge\"; urls = [ \"https://10.0.0.2\" ]; token = \"env:P\"; } );\n"
#define ALL(branching) "branching: { " branching " };\n"
#define BASE           NETBOX MODULES

static char path[] = "/tmp/stagebox-branching-XXXXXX";
static struct sb_error err;

static int load_text(const char *text, json_t **ret_conf)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	return sb_conf_load_all(path, ret_conf, NULL, &err);
}

static json_t *load_ok(const char *text)
{
	json_t *conf = NULL;

	if (load_text(text, &conf) < 0)
		fail_msg("%s", err.text);
	return conf;
}

static void assert_refused(const char *text, const char *part)
{
	json_t *conf = NULL;

	assert_int_equal(load_text(text, &conf), SB_E_CONFIG);
	assert_null(conf);
	if (!strstr(err.text, part))
		fail_msg("\"%s\" does not contain \"%s\"", err.text, part);
}

/* A text of JSON with single quotes. */
static void assert_json(const json_t *value, const char *expected)
{
	sb_autofree char *text = strdup(expected), *have = NULL;
	sb_autojson *wanted = NULL;
	char *quote;

	for (quote = strchr(text, '\''); quote; quote = strchr(quote, '\''))
		*quote = '"';
	wanted = json_loads(text, 0, NULL);
	assert_non_null(wanted);
	have = json_dumps(value, JSON_COMPACT);
	if (!json_equal(value, wanted))
		fail_msg("%s is not %s", have, text);
}

static json_t *settings_of(const json_t *conf, const char *slug, const char *module,
			   const char *mode)
{
	json_t *settings = NULL;

	if (sb_conf_branching(conf, slug, module, mode, &settings, &err) < 0)
		fail_msg("%s", err.text);
	return settings;
}

static void assert_member(const json_t *conf, const char *slug, const char *module,
			  const char *name, const char *expected)
{
	sb_autojson *settings = settings_of(conf, slug, module, NULL);

	assert_string_equal(sb_json_str(settings, name), expected);
}

static void runs_go_to_main_where_nothing_is_set(void **state)
{
	sb_autojson *conf = load_ok(BASE ENDPOINTS("")), *targets = NULL;
	sb_autojson *settings = settings_of(conf, "lab", "ceph", NULL);
	sb_autojson *empty = json_object(), *without = settings_of(empty, "lab", "ceph", NULL);

	(void)state;
	assert_json(settings, "{'mode': 'off', 'prefix': 'stagebox', 'on_conflict': 'fail', "
			      "'merge': true, 'keep_days': 0, 'wait_s': 600}");
	assert_true(json_equal(settings, without));
	assert_int_equal(sb_conf_targets(conf, "lab", NULL, &targets, &err), 0);
	assert_json(targets, "[{'modules': ['qemu', 'ceph', 'lxc', 'ha']}]");
	assert_json(json_object_get(sb_conf_endpoint(conf, "edge"), "branching"),
		    "{'modules': {}}");
}

static void the_nearest_group_that_sets_a_member_decides(void **state)
{
	sb_autojson *conf = load_ok(BASE ENDPOINTS(
		"prefix = \"own\"; wait = 5; merge = false; modules: { ceph: { prefix = "
		"\"own-ceph\"; }; };") ALL("mode = \"required\"; prefix = \"all\"; keep_days = 7; "
					   "wait = \"1h\"; modules: { ceph: { mode = "
					   "\"if-available\"; prefix = \"ceph\"; wait = 6; }; };"));
	sb_autojson *ceph = settings_of(conf, "lab", "ceph", NULL);
	sb_autojson *qemu = settings_of(conf, "lab", "qemu", NULL);
	sb_autojson *edge = settings_of(conf, "edge", "ceph", NULL);
	sb_autojson *all = settings_of(conf, NULL, NULL, NULL);

	(void)state;
	assert_json(ceph, "{'mode': 'if-available', 'prefix': 'own-ceph', 'on_conflict': 'fail', "
			  "'merge': false, 'keep_days': 7, 'wait_s': 6}");
	assert_json(qemu, "{'mode': 'required', 'prefix': 'own', 'on_conflict': 'fail', 'merge': "
			  "false, 'keep_days': 7, 'wait_s': 5}");
	assert_json(edge, "{'mode': 'if-available', 'prefix': 'ceph', 'on_conflict': 'fail', "
			  "'merge': true, 'keep_days': 7, 'wait_s': 6}");
	assert_json(all, "{'mode': 'required', 'prefix': 'all', 'on_conflict': 'fail', 'merge': "
			 "true, 'keep_days': 7, 'wait_s': 3600}");
}

static void a_module_with_a_group_has_a_prefix_of_its_own(void **state)
{
	sb_autojson *of_all =
		load_ok(BASE ENDPOINTS("prefix = \"own\";") ALL("modules: { ceph: { }; };"));
	sb_autojson *of_one = load_ok(BASE ENDPOINTS("modules: { ceph: { wait = 9; }; };"));

	(void)state;
	assert_member(of_all, "lab", "ceph", "prefix", "ceph-sync");
	assert_member(of_all, "lab", "qemu", "prefix", "own");
	assert_member(of_all, "edge", "qemu", "prefix", "stagebox");
	assert_member(of_one, "lab", "ceph", "prefix", "ceph-sync");
	assert_member(of_one, "edge", "ceph", "prefix", "stagebox");
}

static void modules_of_equal_settings_are_one_target_and_main_is_the_first(void **state)
{
	sb_autojson *conf = load_ok(BASE ENDPOINTS(
		"modules: { lxc: { mode = \"off\"; }; ha: { mode = \"off\"; wait = 1; }; };")
					    ALL("mode = \"required\"; modules: { ceph: { }; };"));
	sb_autojson *lab = NULL, *edge = NULL;

	(void)state;
	assert_int_equal(sb_conf_targets(conf, "lab", NULL, &lab, &err), 0);
	assert_json(lab, "[{'modules': ['lxc', 'ha']}, {'modules': ['qemu'], 'branch': {'mode': "
			 "'required', 'prefix': 'stagebox', 'on_conflict': 'fail', 'merge': true, "
			 "'keep_days': 0, 'wait_s': 600}}, {'modules': ['ceph'], 'branch': "
			 "{'mode': 'required', 'prefix': 'ceph-sync', 'on_conflict': 'fail', "
			 "'merge': true, 'keep_days': 0, 'wait_s': 600}}]");
	assert_int_equal(sb_conf_targets(conf, "edge", NULL, &edge, &err), 0);
	assert_int_equal(json_array_size(edge), 2);
	assert_json(json_object_get(json_array_get(edge, 0), "modules"), "['qemu', 'lxc', 'ha']");
}

static void a_mode_of_the_command_replaces_that_of_every_module(void **state)
{
	sb_autojson *conf =
		load_ok(BASE ENDPOINTS("") ALL("modules: { ceph: { mode = \"required\"; }; };"));
	sb_autojson *off = NULL, *on = NULL, *wrong = NULL;

	(void)state;
	assert_int_equal(sb_conf_targets(conf, "lab", "off", &off, &err), 0);
	assert_json(off, "[{'modules': ['qemu', 'ceph', 'lxc', 'ha']}]");
	assert_int_equal(sb_conf_targets(conf, "lab", "if-available", &on, &err), 0);
	assert_int_equal(json_array_size(on), 2);
	assert_string_equal(sb_json_str(json_object_get(json_array_get(on, 1), "branch"), "mode"),
			    "if-available");
	assert_int_equal(sb_conf_targets(conf, "lab", "on", &wrong, &err), SB_E_CONFIG);
	assert_null(wrong);
	assert_non_null(strstr(err.text, "\"on\" is not one of off, if-available, required"));
}

static void a_dump_keeps_what_is_set_and_nothing_more(void **state)
{
	sb_autojson *before = load_ok(
		BASE ENDPOINTS("keep_days = 3; modules: { ceph: { wait = 90; }; qemu: { }; };")
			ALL("modules: { lxc: { merge = false; }; };"));
	sb_autojson *after = NULL;
	sb_autofree char *text = sb_conf_dump(before, &err);

	(void)state;
	assert_non_null(text);
	after = load_ok(text);
	if (!json_equal(before, after))
		fail_msg("not the same:\n%s", text);
	assert_non_null(strstr(text, "wait = \"90s\";"));
	assert_non_null(strstr(text, "qemu: {\n"));
	assert_null(strstr(strstr(text, "slug = \"edge\""), "\t\tbranching: {"));
}

static void wrong_values_are_refused_with_their_place(void **state)
{
	(void)state;
	assert_refused(BASE ENDPOINTS("") ALL("mode = \"of\";"),
		       ":5: branching.mode: \"of\" is not one of off, if-available, required (did "
		       "you mean \"off\"?)");
	assert_refused(BASE ENDPOINTS("") ALL("on_conflict = \"ask\";"),
		       "branching.on_conflict: \"ask\" is not one of fail, acknowledge");
	assert_refused(BASE ENDPOINTS("") ALL("keep_days = 3651;"),
		       "branching.keep_days: 3651 is out of bounds: 0 to 3650");
	assert_refused(BASE ENDPOINTS("wait = 0;"),
		       ":3: endpoints[0].branching.wait: 0 is out of bounds: 1 to 86400 seconds");
	assert_refused(BASE ENDPOINTS("prefix = \"a b\";"),
		       "endpoints[0].branching.prefix: \"a b\": a prefix is 1 to 64 characters of "
		       "A-Z a-z 0-9 - _");
	assert_refused(BASE ENDPOINTS("modules: { ceph: { prefix = \"\"; }; };"),
		       "endpoints[0].branching.modules.ceph.prefix: \"\": a prefix is 1 to 64");
	assert_refused(BASE ENDPOINTS("") ALL("modules: { ceph: { merge = 1; }; };"),
		       "branching.modules.ceph.merge: expected true or false, got an integer");
}

static void unknown_options_and_wrong_groups_are_refused(void **state)
{
	(void)state;
	assert_refused(BASE ENDPOINTS("") ALL("mod = \"off\";"),
		       "unknown option branching.mod (did you mean \"mode\"?)");
	assert_refused(BASE ENDPOINTS("on_conflit = \"fail\";"),
		       "unknown option endpoints[0].branching.on_conflit (did you mean "
		       "\"on_conflict\"?)");
	assert_refused(BASE ENDPOINTS("modules: { ceph: { modules: { }; }; };"),
		       "unknown option endpoints[0].branching.modules.ceph.modules");
	assert_refused(BASE ENDPOINTS("") ALL("modules: { ceph = \"off\"; };"),
		       ":5: branching.modules.ceph: expected a group: { ... }");
	assert_refused(BASE ENDPOINTS("") ALL("modules = \"ceph\";"),
		       "branching.modules: expected a group: { ... }");
	assert_refused(BASE "endpoints: ( { slug = \"lab\"; urls = [ \"https://a\" ]; token = "
			    "\"env:P\"; branching = true; } );\n",
		       ":3: endpoints[0].branching: expected a group: { ... }");
}

static void the_environment_sets_the_options_for_all(void **state)
{
	sb_autojson *conf = NULL;

	(void)state;
	setenv("STAGEBOX_BRANCHING_MODE", "required", 1);
	setenv("STAGEBOX_BRANCHING_ON_CONFLICT", "acknowledge", 1);
	setenv("STAGEBOX_BRANCHING_WAIT", "2m", 1);
	conf = load_ok(BASE ENDPOINTS("") ALL("mode = \"off\";"));
	unsetenv("STAGEBOX_BRANCHING_ON_CONFLICT");
	unsetenv("STAGEBOX_BRANCHING_WAIT");
	assert_json(json_object_get(conf, "branching"),
		    "{'mode': 'required', 'prefix': 'stagebox', 'on_conflict': 'acknowledge', "
		    "'merge': true, 'keep_days': 0, 'wait_s': 120, 'modules': {}}");
	setenv("STAGEBOX_BRANCHING_MODE", "yes", 1);
	assert_refused(BASE ENDPOINTS(""), "environment STAGEBOX_BRANCHING_MODE: \"yes\" is not");
	unsetenv("STAGEBOX_BRANCHING_MODE");
	setenv("STAGEBOX_BRANCHING_MODULES", "ceph", 1);
	assert_refused(BASE ENDPOINTS(""), "branching.modules cannot be set by the environment");
	unsetenv("STAGEBOX_BRANCHING_MODULES");
}

/* Put a value in place of the mode that all have. */
static void assert_recorded_refused(const json_t *from, const char *group, const char *name,
				    json_t *value_take, const char *part)
{
	sb_autojson *recorded = json_deep_copy(from);
	json_t *conf = NULL, *at = json_object_get(recorded, "branching");

	if (group)
		at = json_object_get(json_object_get(at, "modules"), group);
	json_object_set_new(at, name, value_take);
	assert_int_equal(sb_conf_recorded(recorded, NULL, &conf, &err), SB_E_CONFIG);
	if (!strstr(err.text, part))
		fail_msg("\"%s\" does not contain \"%s\"", err.text, part);
}

static void the_branching_of_a_recording_passes_the_same_tables(void **state)
{
	sb_autojson *conf = load_ok(BASE ENDPOINTS("merge = false; modules: { ha: { }; };")
					    ALL("modules: { ceph: { wait = 7; }; };"));
	sb_autojson *same = NULL, *older = json_deep_copy(conf), *filled = NULL;
	const json_t *lab;

	(void)state;
	if (sb_conf_recorded(conf, NULL, &same, &err) < 0)
		fail_msg("%s", err.text);
	assert_true(
		json_equal(json_object_get(conf, "branching"), json_object_get(same, "branching")));
	lab = json_object_get(sb_conf_endpoint(same, "lab"), "branching");
	assert_json(lab, "{'merge': false, 'modules': {'ha': {}}}");
	json_object_del(older, "branching");
	json_object_del(sb_conf_endpoint(older, "lab"), "branching");
	if (sb_conf_recorded(older, NULL, &filled, &err) < 0)
		fail_msg("%s", err.text);
	assert_member(filled, "lab", "ceph", "mode", "off");

	assert_recorded_refused(conf, NULL, "mode", json_string("on"),
				"configuration of the recording: branching.mode: \"on\" is not");
	assert_recorded_refused(conf, NULL, "modules", json_true(),
				"branching.modules is not a group");
	assert_recorded_refused(conf, "ceph", "wait_s", json_integer(86401),
				"branching.modules.ceph.wait: 86401 is out of bounds");
	assert_recorded_refused(conf, "ceph", "prefix", json_string("../x"),
				"branching.modules.ceph.prefix: \"../x\": a prefix is");
}

static int make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int drop_file(void **state)
{
	(void)state;
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_go_to_main_where_nothing_is_set),
		cmocka_unit_test(the_nearest_group_that_sets_a_member_decides),
		cmocka_unit_test(a_module_with_a_group_has_a_prefix_of_its_own),
		cmocka_unit_test(modules_of_equal_settings_are_one_target_and_main_is_the_first),
		cmocka_unit_test(a_mode_of_the_command_replaces_that_of_every_module),
		cmocka_unit_test(a_dump_keeps_what_is_set_and_nothing_more),
		cmocka_unit_test(wrong_values_are_refused_with_their_place),
		cmocka_unit_test(unknown_options_and_wrong_groups_are_refused),
		cmocka_unit_test(the_environment_sets_the_options_for_all),
		cmocka_unit_test(the_branching_of_a_recording_passes_the_same_tables),
	};

	return cmocka_run_group_tests(tests, make_file, drop_file);
}
