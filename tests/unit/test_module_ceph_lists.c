/* SPDX-License-Identifier: Apache-2.0 */
/* OSDs, pools, filesystems, CRUSH rules and flags of the module ceph. */
#include "test_module_ceph.h"

/* OSDs */

static const char tree[] =
	"{'flags': 'noout,sortbitwise,recovery_deletes', 'root': {'leaf': 0, 'children': ["
	" {'id': -1, 'name': 'default', 'type': 'root', 'children': ["
	"  {'id': -9, 'name': 'rack1', 'type': 'rack', 'children': ["
	"   {'id': -3, 'name': 'pve1', 'type': 'host', 'children': ["
	"    {'id': 0, 'name': 'osd.0', 'type': 'osd', 'host': 'pve1', 'status': 'up', 'in': 1,"
	"     'crush_weight': 1.8194, 'reweight': '1', 'device_class': 'ssd', 'pgs': %d,"
	"     'total_space': 2000398934016, 'bytes_used': 500099733504, 'percent_used': 25,"
	"     'commit_latency_ms': %d, 'apply_latency_ms': %d},"
	"    {'id': 1, 'name': 'osd.1', 'type': 'osd', 'status': 'down', 'in': 0,"
	"     'total_space': 1024, 'bytes_used': 0}]}]}]},"
	" {'id': -2, 'name': 'default~ssd', 'type': 'root', 'children': ["
	"   {'id': -4, 'name': 'pve1~ssd', 'type': 'host', 'children': ["
	"    {'id': 0, 'name': 'osd.0', 'type': 'osd', 'status': 'up', 'in': 1}]}]},"
	" {'id': -7, 'name': '(stray)', 'type': 'root', 'children': ["
	"    {'id': 5, 'name': 'osd.5', 'type': 'osd', 'status': 'up', 'in': 1}]}]}}";

static void answer_tree(struct module_run *run, int latency)
{
	char text[4096];

	snprintf(text, sizeof(text), tree, 30 + latency, latency, latency);
	module_answer(run, "/nodes/pve1/ceph/osd", text);
}

static void each_osd_of_a_nested_tree_is_there_once_with_its_host(void **state)
{
	struct module_run *run = *state;

	answer_tree(run, 1);
	module_answer(run, "/cluster/ceph/metadata",
		      "{'osd': [{'id': 5, 'hostname': 'pve3'}, {'id': 0, 'hostname': 'pve9'}]}");
	module_fetch(run, "ceph.osds");
	assert_int_equal(count_rows(run, "ceph-osd"), 3);
	assert_string_equal(read_field(run, "ceph-osd", "lab/ceph-osd/0", "host"), "pve1");
	assert_string_equal(read_field(run, "ceph-osd", "lab/ceph-osd/1", "host"), "pve1");
	assert_string_equal(read_field(run, "ceph-osd", "lab/ceph-osd/5", "host"), "pve3");
	assert_string_equal(read_field(run, "ceph-osd", "lab/ceph-osd/0", "up"), "true");
	assert_string_equal(read_field(run, "ceph-osd", "lab/ceph-osd/1", "up"), "false");
	assert_string_equal(read_field(run, "ceph-osd", "lab/ceph-osd/1", "in_cluster"), "false");
	assert_string_equal(read_field(run, "ceph-osd", "lab/ceph-osd/0", "weight"),
			    "1.8200000000000001");
	assert_string_equal(read_field(run, "ceph-osd", "lab/ceph-osd/0", "device_class"), "ssd");
	assert_int_equal(count_asked(run, "/ceph/"), 2);
}

static void an_osd_below_a_bucket_with_another_name_is_on_the_host_of_its_daemon(void **state)
{
	struct module_run *run = *state;

	module_answer(
		run, "/nodes/pve1/ceph/osd",
		"{'root': {'children': [{'id': -3, 'name': 'pve2-ssd', 'type': 'host',"
		" 'children': [{'id': 0, 'type': 'osd', 'host': 'pve2-ssd', 'status': 'up'}]},"
		" {'id': -4, 'name': 'pve1.example.org', 'type': 'host',"
		" 'children': [{'id': 1, 'type': 'osd', 'status': 'up'}]}]}}");
	module_answer(run, "/cluster/ceph/metadata",
		      "{'osd': [{'id': 0, 'hostname': 'pve2'}, {'id': 1, 'hostname': 'pve9'}]}");
	module_fetch(run, "ceph.osds");
	assert_string_equal(read_field(run, "ceph-osd", "lab/ceph-osd/0", "host"), "pve2");
	assert_string_equal(read_field(run, "ceph-osd", "lab/ceph-osd/1", "host"),
			    "pve1.example.org");
}

static void a_host_that_could_not_be_read_is_unknown(void **state)
{
	static const char *const answers[] = {"{}", "{'osd': 7}"};
	struct module_run *run = *state;
	size_t i;

	for (i = 0; i <= SB_ARRAY_LEN(answers); i++) {
		json_object_clear(run->unknown);
		answer_tree(run, 1);
		if (i < SB_ARRAY_LEN(answers))
			module_answer(run, "/cluster/ceph/metadata", answers[i]);
		else
			module_refuse(run, "/cluster/ceph/metadata", "HTTP 500 got timeout");
		module_fetch(run, "ceph.osds");
		assert_true(module_is_unknown(run, "ceph-osd", "lab/ceph-osd/5"));
		assert_false(module_is_unknown(run, "ceph-osd", "lab/ceph-osd/0"));
	}
	json_object_clear(run->unknown);
	module_refuse(run, "/cluster/ceph/metadata",
		      "HTTP 500 binary not installed: /usr/bin/ceph-mon");
	module_fetch(run, "ceph.osds");
	assert_false(module_is_unknown(run, "ceph-osd", "lab/ceph-osd/5"));
}

static void a_value_of_another_type_is_not_known(void **state)
{
	static const char *const unset[] = {"pool_id",    "size",         "min_size",
					    "pg_num",     "crush_rule",   "application",
					    "used_bytes", "percent_used", "pg_autoscale_mode"};
	struct module_run *run = *state;
	size_t i;

	module_answer(run, "/nodes/pve1/ceph/pool",
		      "[{'pool_name': 'a', 'pool': 'x', 'size': [], 'min_size': {}, 'pg_num': 1.5,"
		      " 'crush_rule_name': 7, 'application_metadata': 'rbd', 'bytes_used': 'y',"
		      " 'percent_used': 1e9, 'pg_autoscale_mode': false},"
		      " {'pool_name': 'b', 'size': null}]");
	module_fetch(run, "ceph.pools");
	for (i = 0; i < SB_ARRAY_LEN(unset); i++)
		assert_string_equal(read_field(run, "ceph-pool", "lab/ceph-pool/a", unset[i]), "");
	assert_string_equal(read_field(run, "ceph-pool", "lab/ceph-pool/b", "size"), "null");
}

static void a_space_that_is_not_known_stays(void **state)
{
	struct module_run *run = *state;

	answer_tree(run, 1);
	module_fetch(run, "ceph.osds");
	assert_string_equal(read_field(run, "ceph-osd", "lab/ceph-osd/1", "total_bytes"), "");
	assert_string_equal(read_field(run, "ceph-osd", "lab/ceph-osd/0", "total_bytes"),
			    "2000398934016");
	assert_string_equal(read_field(run, "ceph-osd", "lab/ceph-osd/0", "available_bytes"),
			    "1500299200512");
}

static void the_digest_of_an_osd_ignores_latencies_and_placement_groups(void **state)
{
	struct module_run *run = *state;
	char before[64];

	answer_tree(run, 1);
	module_fetch(run, "ceph.osds");
	snprintf(before, sizeof(before), "%s",
		 read_field(run, "ceph-osd", "lab/ceph-osd/0", "stagebox_digest"));
	json_object_clear(run->rows);
	module_row(run, "node", "lab/node/pve1", "{'name': 'pve1', 'online': true}");
	answer_tree(run, 9);
	module_fetch(run, "ceph.osds");
	assert_string_equal(read_field(run, "ceph-osd", "lab/ceph-osd/0", "pgs"), "39");
	assert_string_equal(read_field(run, "ceph-osd", "lab/ceph-osd/0", "stagebox_digest"),
			    before);
}

static void a_tree_that_is_none_is_unknown(void **state)
{
	static const char *const answers[] = {
		"{'flags': ''}",
		"{'root': {}}",
		"{'root': {'children': []}}",
		"{'root': {'children': [{'type': 'root', 'children': {}}]}}",
		"{'root': {'children': [{'type': 'osd', 'name': 'osd.1'}]}}",
		"{'root': {'children': [7]}}",
		"{'root': {'children': [{}]}}",
		"{'root': {'children': [{'id': {}, 'type': 7}]}}",
		"{'root': {'children': [{'id': 2}]}}",
		"{'root': {'children': [{'id': 2, 'type': 'OSD'}]}}",
		"{'root': {'children': [{'id': 2, 'type': 'host', 'children': []}]}}",
		"{'root': {'children': [{'id': -2, 'type': 'host', 'children': null}]}}"};
	struct module_run *run = *state;
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(answers); i++) {
		json_object_clear(run->unknown);
		module_answer(run, "/nodes/pve1/ceph/osd", answers[i]);
		module_fetch(run, "ceph.osds");
		assert_true(module_is_unknown(run, "ceph-osd", ""));
	}
}

static void a_list_of_flags_that_is_empty_is_none(void **state)
{
	struct module_run *run = *state;

	module_answer(run, "/cluster/ceph/flags", "[]");
	module_fetch(run, "ceph.flags");
	assert_true(module_is_unknown(run, "ceph-flag", ""));
	json_object_clear(run->unknown);
	module_answer(run, "/cluster/ceph/flags",
		      "[{'name': 'noout', 'value': {}}, {'name': 'noin', 'value': '1'}]");
	module_fetch(run, "ceph.flags");
	assert_string_equal(read_field(run, "ceph-flag", "lab/ceph-flag/noout", "enabled"), "");
	assert_string_equal(read_field(run, "ceph-flag", "lab/ceph-flag/noin", "enabled"), "true");
}

static void a_state_that_was_not_sent_is_no_state(void **state)
{
	struct module_run *run = *state;

	module_answer(run, "/nodes/pve1/ceph/osd",
		      "{'root': {'children': [{'type': 'osd', 'id': 3, 'host': 'pve1'}]}}");
	module_fetch(run, "ceph.osds");
	assert_string_equal(read_field(run, "ceph-osd", "lab/ceph-osd/3", "up"), "");
	assert_string_equal(read_field(run, "ceph-osd", "lab/ceph-osd/3", "in_cluster"), "");
}

static void a_name_that_cannot_be_a_key_costs_only_itself(void **state)
{
	struct module_run *run = *state;

	module_answer(run, "/nodes/pve1/ceph/pool", "[{'pool_name': 'a/b'}, {'pool_name': 'c'}]");
	module_fetch(run, "ceph.pools");
	assert_int_equal(count_rows(run, "ceph-pool"), 1);
	assert_false(module_is_unknown(run, "ceph-pool", ""));
	module_answer(run, "/nodes/pve1/ceph/pool", "[{'size': 1}, {'pool_name': 'c'}]");
	module_fetch(run, "ceph.pools");
	assert_true(module_is_unknown(run, "ceph-pool", ""));
}

static void the_digest_does_not_depend_on_the_form_of_a_value(void **state)
{
	struct module_run *run = *state;
	char before[64];

	module_answer(run, "/nodes/pve1/ceph/mon", "[{'name': 'pve1', 'quorum': 1, 'rank': 0}]");
	module_fetch(run, "ceph.daemons");
	snprintf(before, sizeof(before), "%s",
		 read_field(run, "ceph-daemon", "lab/ceph-daemon/mon/pve1", "stagebox_digest"));
	module_answer(run, "/nodes/pve1/ceph/mon",
		      "[{'name': 'pve1', 'quorum': true, 'rank': '0', 'fs_name': null}]");
	module_fetch(run, "ceph.daemons");
	assert_string_equal(
		read_field(run, "ceph-daemon", "lab/ceph-daemon/mon/pve1", "stagebox_digest"),
		before);
}

/* Pools and filesystems */

static void the_share_of_a_pool_is_stored_in_percent(void **state)
{
	struct module_run *run = *state;

	module_answer(run, "/nodes/pve1/ceph/pool",
		      "[{'pool': 2, 'pool_name': 'rbd', 'size': 3, 'min_size': 2, 'pg_num': 32,"
		      "  'crush_rule': 0, 'crush_rule_name': 'replicated_rule', 'bytes_used': 5,"
		      "  'percent_used': 0.25, 'application_metadata': {'rgw': {}, 'rbd': {}},"
		      "  'secret': 'x', 'nested': {'mon_key': 'AQ=='}},"
		      " {'pool': 3, 'pool_name': 'old', 'crush_rule': 7}]");
	module_fetch(run, "ceph.pools");
	assert_string_equal(read_field(run, "ceph-pool", "lab/ceph-pool/rbd", "percent_used"),
			    "25.0");
	assert_string_equal(read_field(run, "ceph-pool", "lab/ceph-pool/rbd", "crush_rule"),
			    "replicated_rule");
	assert_string_equal(read_field(run, "ceph-pool", "lab/ceph-pool/old", "crush_rule"), "7");
	assert_string_equal(read_field(run, "ceph-pool", "lab/ceph-pool/rbd", "application"),
			    "rbd");
	assert_string_equal(read_field(run, "ceph-pool", "lab/ceph-pool/old", "pg_num"), "null");
}

static void the_answer_is_kept_whole_but_for_secrets(void **state)
{
	struct module_run *run = *state;

	module_answer(run, "/nodes/pve1/ceph/pool",
		      "[{'pool_name': 'rbd', 'more': [1, {'x': null}], 'secret': 'x',"
		      "  'nested': {'mon_key': 'AQ==', 'note': 'password: hidden'}}]");
	module_fetch(run, "ceph.pools");
	assert_string_equal(read_field(run, "ceph-pool", "lab/ceph-pool/rbd", "payload"),
			    "{\"more\":[1,{\"x\":null}],\"nested\":{\"mon_key\":\"***\",\"note\":"
			    "\"password: ***\"},\"pool_name\":\"rbd\",\"secret\":\"***\"}");
}

static void a_pool_list_that_fails_is_unknown_and_not_empty(void **state)
{
	struct module_run *run = *state;

	module_refuse(run, "/nodes/pve1/ceph/pool", "HTTP 500 got timeout");
	module_fetch(run, "ceph.pools");
	assert_true(module_is_unknown(run, "ceph-pool", ""));
}

static void the_space_that_is_left_is_asked_for_by_option_only(void **state)
{
	struct module_run *run = *state;

	module_fetch(run, "ceph.status"); /* the node that answers */
	module_answer(run, "/nodes/pve1/ceph/pool", "[{'pool_name': 'a b'}]");
	module_answer(run, "/nodes/pve1/ceph/pool/a%20b/status?verbose=1",
		      "{'statistics': {'max_avail': 77}}");
	module_fetch(run, "ceph.pools");
	assert_int_equal(count_asked(run, "verbose"), 0);
	module_option(run, "pool_details", true);
	module_fetch(run, "ceph.pools");
	assert_string_equal(
		read_field(run, "ceph-pool", "lab/ceph-pool/a b", "max_available_bytes"), "77");
}

static void an_older_filesystem_has_one_data_pool(void **state)
{
	struct module_run *run = *state;

	module_answer(run, "/nodes/pve1/ceph/fs",
		      "[{'name': 'old', 'metadata_pool': 'm', 'data_pool': 'd'},"
		      " {'name': 'new', 'metadata_pool': 'm', 'data_pool': 'd',"
		      "  'data_pools': ['d', 'e']}]");
	module_fetch(run, "ceph.filesystems");
	assert_string_equal(
		read_field(run, "ceph-filesystem", "lab/ceph-filesystem/old", "data_pools"),
		"[\"d\"]");
	assert_string_equal(
		read_field(run, "ceph-filesystem", "lab/ceph-filesystem/new", "data_pools"),
		"[\"d\",\"e\"]");
}

/* CRUSH rules */

static const char map[] =
	"'# begin crush map\\ndevice 0 osd.0 class ssd\\ntype 0 osd\\ntype 1 host\\njunk here\\n"
	"rule replicated_rule {\\n\\tid 0\\n\\ttype replicated\\n\\tstep take default class ssd\\n"
	"\\tstep chooseleaf firstn 0 type host\\n\\tstep emit\\n}\\nrule other {\\n\\tid 4\\n}\\n'";

static void rules_are_those_of_the_list_with_what_the_map_says(void **state)
{
	struct module_run *run = *state;

	module_answer(run, "/nodes/pve1/ceph/rules",
		      "[{'name': 'replicated_rule'}, {'name': 'not-in-map'}]");
	module_answer(run, "/nodes/pve1/ceph/crush", map);
	module_fetch(run, "ceph.crush");
	assert_int_equal(count_rows(run, "ceph-crush-rule"), 2);
	assert_string_equal(read_field(run, "ceph-crush-rule",
				       "lab/ceph-crush-rule/replicated_rule", "rule_id"),
			    "0");
	assert_string_equal(read_field(run, "ceph-crush-rule",
				       "lab/ceph-crush-rule/replicated_rule", "device_class"),
			    "ssd");
	assert_string_equal(
		read_field(run, "ceph-crush-rule", "lab/ceph-crush-rule/replicated_rule", "steps"),
		"[\"take default class ssd\",\"chooseleaf firstn 0 type host\","
		"\"emit\"]");
	assert_string_equal(
		read_field(run, "ceph-crush-rule", "lab/ceph-crush-rule/not-in-map", "rule_id"),
		"");
}

static void without_the_map_only_names_are_known(void **state)
{
	struct module_run *run = *state;

	module_answer(run, "/nodes/pve1/ceph/rules", "[{'name': 'replicated_rule'}]");
	module_refuse(run, "/nodes/pve1/ceph/crush", "HTTP 500 got timeout");
	module_fetch(run, "ceph.crush");
	assert_true(module_is_unknown(run, "ceph-crush-rule", ""));
	assert_string_equal(read_field(run, "ceph-crush-rule",
				       "lab/ceph-crush-rule/replicated_rule", "stagebox_digest"),
			    "");
	json_object_clear(run->unknown);
	module_option(run, "crush_map", false);
	module_fetch(run, "ceph.crush");
	assert_false(module_is_unknown(run, "ceph-crush-rule", ""));
}

/* Flags */

static void flags_come_from_their_list(void **state)
{
	struct module_run *run = *state;

	module_answer(run, "/cluster/ceph/flags",
		      "[{'name': 'noout', 'description': 'x', 'value': 1},"
		      " {'name': 'noup', 'description': 'y', 'value': 0}]");
	module_fetch(run, "ceph.flags");
	assert_string_equal(read_field(run, "ceph-flag", "lab/ceph-flag/noout", "enabled"), "true");
	assert_string_equal(read_field(run, "ceph-flag", "lab/ceph-flag/noup", "value"), "0");
}

static void flags_of_a_cluster_whose_entry_node_has_no_ceph_come_from_the_tree(void **state)
{
	struct module_run *run = *state;

	answer_tree(run, 1);
	module_fetch(run, "ceph.osds");
	module_refuse(run, "/cluster/ceph/flags", ABSENT);
	module_fetch(run, "ceph.flags");
	assert_int_equal(count_rows(run, "ceph-flag"), 11);
	assert_string_equal(read_field(run, "ceph-flag", "lab/ceph-flag/noout", "enabled"), "true");
	assert_string_equal(read_field(run, "ceph-flag", "lab/ceph-flag/pause", "enabled"),
			    "false");
	assert_null(module_get_row(run, "ceph-flag", "lab/ceph-flag/sortbitwise"));
}

static void flags_that_the_token_may_not_read_are_a_limit(void **state)
{
	struct module_run *run = *state;

	json_object_set_new(run->may, "/ Sys.Audit", json_integer(0));
	module_fetch(run, "ceph.flags");
	assert_false(module_was_asked(run, "/cluster/ceph/flags"));
	assert_non_null(json_object_get(run->limited, "ceph-flag"));
}

static void flags_that_cannot_be_read_are_unknown(void **state)
{
	struct module_run *run = *state;

	module_refuse(run, "/cluster/ceph/flags", "HTTP 500 got timeout");
	module_fetch(run, "ceph.flags");
	assert_true(module_is_unknown(run, "ceph-flag", ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_osd_of_a_nested_tree_is_there_once_with_its_host),
		TEST(an_osd_below_a_bucket_with_another_name_is_on_the_host_of_its_daemon),
		TEST(a_host_that_could_not_be_read_is_unknown),
		TEST(a_value_of_another_type_is_not_known),
		TEST(a_space_that_is_not_known_stays),
		TEST(the_digest_of_an_osd_ignores_latencies_and_placement_groups),
		TEST(a_tree_that_is_none_is_unknown),
		TEST(a_list_of_flags_that_is_empty_is_none),
		TEST(a_state_that_was_not_sent_is_no_state),
		TEST(a_name_that_cannot_be_a_key_costs_only_itself),
		TEST(the_digest_does_not_depend_on_the_form_of_a_value),
		TEST(the_share_of_a_pool_is_stored_in_percent),
		TEST(the_answer_is_kept_whole_but_for_secrets),
		TEST(a_pool_list_that_fails_is_unknown_and_not_empty),
		TEST(the_space_that_is_left_is_asked_for_by_option_only),
		TEST(an_older_filesystem_has_one_data_pool),
		TEST(rules_are_those_of_the_list_with_what_the_map_says),
		TEST(without_the_map_only_names_are_known),
		TEST(flags_come_from_their_list),
		TEST(flags_of_a_cluster_whose_entry_node_has_no_ceph_come_from_the_tree),
		TEST(flags_that_the_token_may_not_read_are_a_limit),
		TEST(flags_that_cannot_be_read_are_unknown),
	};

	return cmocka_run_group_tests_name("module ceph, lists", tests, NULL, NULL);
}
