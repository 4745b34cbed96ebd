/* SPDX-License-Identifier: Apache-2.0 */
/* Reading high availability: what Proxmox VE leaves out has its default, and zero stays zero. */
#include "module_run.h"

#include "../../modules/ha/ha.h"

static void assert_same(json_t *have_take, const char *want)
{
	sb_autojson *have = have_take, *wanted = module_parse(want);
	sb_autofree char *text = json_dumps(have, JSON_SORT_KEYS);

	if (!json_equal(have, wanted))
		fail_msg("%s is not %s", text, want);
}

static void nodes_have_priorities(void **state)
{
	(void)state;
	assert_same(ha_parse_nodes("n1:2,n2"), "[{'node': 'n1', 'priority': 2}, {'node': 'n2', "
					       "'priority': 0}]");
	assert_same(ha_parse_nodes("n1; n2:10"), "[{'node': 'n1', 'priority': 0}, {'node': 'n2', "
						 "'priority': 10}]");
	assert_same(ha_parse_nodes(""), "[]");
	assert_same(ha_parse_nodes(NULL), "[]");
}

static void a_rule_is_neither_strict_nor_disabled_unless_it_says_so(void **state)
{
	sb_autojson *item = module_parse("{'rule': 'r', 'type': 'node-affinity', 'resources': "
					 "'ct:1,vm:2', 'nodes': 'n1:1'}");
	sb_autojson *other = module_parse(
		"{'rule': 's', 'type': 'resource-affinity', 'affinity': 'negative', 'resources': "
		"'vm:2', 'disable': 1, 'strict': '1', 'comment': 'c', 'errors': {'resources': "
		"['one', 'two']}}");

	(void)state;
	assert_same(ha_parse_rule(item), "{'type': 'node-affinity', 'affinity': null, 'resources': "
					 "['ct:1', 'vm:2'], 'nodes': "
					 "[{'node': 'n1', 'priority': 1}], 'strict': false, "
					 "'disabled': false, 'errors': [], "
					 "'comment': null}");
	assert_same(ha_parse_rule(other),
		    "{'type': 'resource-affinity', 'affinity': 'negative', 'resources': ['vm:2'], "
		    "'nodes': [], 'strict': true, 'disabled': true, 'errors': ['resources: one', "
		    "'resources: two'], 'comment': 'c'}");
	assert_true(ha_rule_is_applied(item));
	assert_false(ha_rule_is_applied(other));
}

static void a_group_is_neither_restricted_nor_nofailback_unless_it_says_so(void **state)
{
	sb_autojson *item = module_parse("{'group': 'g', 'nodes': 'n2,n1:3'}");
	sb_autojson *other = module_parse("{'group': 'h', 'nodes': 'n1', 'restricted': 1, "
					  "'nofailback': 1, 'comment': ''}");

	(void)state;
	assert_same(ha_parse_group(item),
		    "{'nodes': [{'node': 'n2', 'priority': 0}, {'node': 'n1', "
		    "'priority': 3}], 'restricted': false, 'nofailback': false, "
		    "'comment': null}");
	assert_same(ha_parse_group(other),
		    "{'nodes': [{'node': 'n1', 'priority': 0}], 'restricted': "
		    "true, 'nofailback': true, 'comment': ''}");
}

static void a_resource_has_the_defaults_of_proxmox_ve(void **state)
{
	sb_autojson *item = module_parse("{'sid': 'vm:1', 'type': 'vm'}");

	(void)state;
	assert_same(
		ha_parse_resource(item, 9),
		"{'requested': 'started', 'max_restart': 1, 'max_relocate': 1, 'failback': true, "
		"'group': null, 'comment': null, 'errors': []}");
	assert_same(
		ha_parse_resource(item, 8),
		"{'requested': 'started', 'max_restart': 1, 'max_relocate': 1, 'failback': null, "
		"'group': null, 'comment': null, 'errors': []}");
}

static void zero_stays_zero(void **state)
{
	sb_autojson *item =
		module_parse("{'sid': 'vm:1', 'state': 'stopped', 'max_restart': 0, "
			     "'max_relocate': '0', 'failback': 0, 'group': 'g', 'errors': "
			     "{'group': 'no such group'}}");

	(void)state;
	assert_same(
		ha_parse_resource(item, 9),
		"{'requested': 'stopped', 'max_restart': 0, 'max_relocate': 0, 'failback': false, "
		"'group': 'g', 'comment': null, 'errors': ['group: no such group']}");
}

static void an_option_is_an_object_or_a_text(void **state)
{
	sb_autojson *text = json_string("static,ha-rebalance-on-start=1");
	sb_autojson *object = module_parse("{'ha': 'static', 'ha-rebalance-on-start': 1}");

	(void)state;
	assert_same(ha_parse_property(text, "ha"),
		    "{'ha': 'static', 'ha-rebalance-on-start': '1'}");
	assert_same(ha_parse_property(object, "ha"),
		    "{'ha': 'static', 'ha-rebalance-on-start': '1'}");
}

static void only_guests_have_a_family(void **state)
{
	(void)state;
	assert_string_equal(ha_type_of("vm:101"), "qemu");
	assert_string_equal(ha_type_of("ct:101"), "lxc");
	assert_null(ha_type_of("vmx:101"));
	assert_string_equal(ha_word_of("lxc"), "ct");
	assert_null(ha_word_of("storage"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nodes_have_priorities),
		cmocka_unit_test(a_rule_is_neither_strict_nor_disabled_unless_it_says_so),
		cmocka_unit_test(a_group_is_neither_restricted_nor_nofailback_unless_it_says_so),
		cmocka_unit_test(a_resource_has_the_defaults_of_proxmox_ve),
		cmocka_unit_test(zero_stays_zero),
		cmocka_unit_test(an_option_is_an_object_or_a_text),
		cmocka_unit_test(only_guests_have_a_family),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
