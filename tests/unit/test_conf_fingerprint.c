/* SPDX-License-Identifier: Apache-2.0 */
/* The fingerprint of a configuration changes with what decides what a plan contains, and with
 * nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "conf/conf.h"
#include "stagebox/json.h"

static json_t *make_conf(void)
{
	json_t *conf = json_loads(
		"{\"netbox\": {\"url\": \"https://n\", \"token\": \"env:N\", \"refresh_s\": 60}, "
		"\"endpoints\": [{\"slug\": \"lab\", \"urls\": [\"https://p\"], \"token\": "
		"\"env:P\", \"site\": \"dc1\", \"options\": {}}], \"modules\": [\"one\"], "
		"\"module_dir\": \"/a\", \"device_name\": \"{node}\", \"adopt_nodes\": \"named\", "
		"\"options\": {\"one\": {\"x\": 1}}, \"policy\": {}, \"prune\": {\"runs\": 3}, "
		"\"limits\": {\"wall_s\": 60}, \"store\": {\"path\": \"/b\"}}",
		0, NULL);

	assert_non_null(conf);
	return conf;
}

/* Put a text in place of "group.name"; group NULL = the top level, "endpoints" = the first one. */
static bool changes_it(const char *group, const char *name)
{
	sb_autojson *conf = make_conf(), *other = make_conf();
	char before[SB_JSON_HASH_CHARS + 1], after[SB_JSON_HASH_CHARS + 1];
	json_t *at = group ? json_object_get(other, group) : other;

	if (json_is_array(at))
		at = json_array_get(at, 0);
	assert_int_equal(json_object_set_new(at, name, json_string("another")), 0);
	assert_int_equal(sb_conf_fingerprint(conf, before, NULL), 0);
	assert_int_equal(sb_conf_fingerprint(other, after, NULL), 0);
	return !sb_streq(before, after);
}

static void what_decides_a_plan_changes_it(void **state)
{
	(void)state;
	assert_true(changes_it(NULL, "modules"));
	assert_true(changes_it(NULL, "device_name"));
	assert_true(changes_it(NULL, "adopt_nodes"));
	assert_true(changes_it("options", "one"));
	assert_true(changes_it("policy", "name"));
	assert_true(changes_it("prune", "runs"));
	assert_true(changes_it("netbox", "refresh_s"));
	assert_true(changes_it("endpoints", "slug"));
	assert_true(changes_it("endpoints", "site"));
	assert_true(changes_it("endpoints", "vlan_group"));
	assert_true(changes_it("endpoints", "cluster_name"));
	assert_true(changes_it("endpoints", "device_name"));
	assert_true(changes_it("endpoints", "options"));
}

static void addresses_secrets_limits_and_paths_do_not(void **state)
{
	(void)state;
	assert_false(changes_it("netbox", "url"));
	assert_false(changes_it("netbox", "token"));
	assert_false(changes_it("endpoints", "urls"));
	assert_false(changes_it("endpoints", "token"));
	assert_false(changes_it(NULL, "module_dir"));
	assert_false(changes_it(NULL, "module_path"));
	assert_false(changes_it("limits", "wall_s"));
	assert_false(changes_it("store", "path"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_decides_a_plan_changes_it),
		cmocka_unit_test(addresses_secrets_limits_and_paths_do_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
