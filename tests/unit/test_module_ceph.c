/* SPDX-License-Identifier: Apache-2.0 */
/* Status, the node that is asked, and daemons of the module ceph. */
#include "test_module_ceph.h"

/* Status and health checks */

static void the_cluster_and_its_checks_come_from_the_status(void **state)
{
	struct module_run *run = *state;

	module_fetch(run, "ceph.status");
	assert_string_equal(read_field(run, CLUSTER, "health"), "HEALTH_WARN");
	assert_string_equal(read_field(run, CLUSTER, "fsid"),
			    "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d");
	assert_string_equal(read_field(run, CLUSTER, "quorum_names"),
			    "[\"pve1\",\"pve2\",\"pve3\"]");
	assert_string_equal(
		read_field(run, "ceph-health-check", "lab/ceph-health-check/OSD_DOWN", "summary"),
		"1 osds down");
	assert_int_equal(count_asked(run, "ceph/status"), 1);
}

static void a_check_that_is_over_is_in_no_row_any_more(void **state)
{
	struct module_run *run = *state;

	module_answer(run, "/nodes/pve1/ceph/status", "{'health': {'status': 'HEALTH_OK'}}");
	module_fetch(run, "ceph.status");
	assert_string_equal(read_field(run, CLUSTER, "health"), "HEALTH_OK");
	assert_int_equal(count_rows(run, "ceph-health-check"), 0);
	assert_false(module_is_unknown(run, "ceph-health-check", ""));
}

static void health_is_a_word_or_an_object_that_has_it(void **state)
{
	struct module_run *run = *state;

	module_answer(run, "/nodes/pve1/ceph/status", "{'health': 'HEALTH_ERR'}");
	module_fetch(run, "ceph.status");
	assert_string_equal(read_field(run, CLUSTER, "health"), "HEALTH_ERR");
	module_answer(run, "/nodes/pve1/ceph/status", "{'health': {'status': 'HEALTH_STRANGE'}}");
	module_fetch(run, "ceph.status");
	assert_string_equal(read_field(run, CLUSTER, "health"), "unknown");
}

static void checks_that_were_not_sent_are_unknown(void **state)
{
	static const char *const answers[] = {
		"{'health': 'HEALTH_ERR'}", "{'health': {'status': 'HEALTH_WARN'}}",
		"{'health': {'status': 'HEALTH_WARN', 'checks': []}}",
		"{'health': {'status': 'HEALTH_WARN', 'checks': {'OSD_DOWN': 5}}}"};
	struct module_run *run = *state;
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(answers); i++) {
		json_object_clear(run->unknown);
		module_answer(run, "/nodes/pve1/ceph/status", answers[i]);
		module_fetch(run, "ceph.status");
		assert_true(module_is_unknown(run, "ceph-health-check", ""));
		assert_false(module_is_unknown(run, "ceph-cluster", ""));
	}
}

static void a_muted_check_says_so(void **state)
{
	struct module_run *run = *state;

	module_answer(run, "/nodes/pve1/ceph/status",
		      "{'health': {'status': 'HEALTH_OK', 'checks': {'OSD_DOWN': {'muted': true,"
		      " 'severity': 'HEALTH_WARN', 'summary': {'message': '1 osds down'}}}}}");
	module_fetch(run, "ceph.status");
	assert_string_equal(
		read_field(run, "ceph-health-check", "lab/ceph-health-check/OSD_DOWN", "summary"),
		"(muted) 1 osds down");
}

static void a_name_that_is_cut_in_a_character_costs_only_itself(void **state)
{
	struct module_run *run = *state;
	char answer[512], name[] = "a/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaä";

	snprintf(answer, sizeof(answer),
		 "{'health': {'status': 'HEALTH_WARN', 'checks': {'%s': {}, 'OSD_DOWN':"
		 " {'severity': 'HEALTH_WARN', 'summary': {'message': '1 osds down'}}}}}",
		 name);
	module_answer(run, "/nodes/pve1/ceph/status", answer);
	module_fetch(run, "ceph.status");
	assert_int_equal(count_rows(run, "ceph-health-check"), 1);
}

static void descriptions_of_modules_are_not_stored(void **state)
{
	struct module_run *run = *state;

	module_answer(run, "/nodes/pve1/ceph/status",
		      "{'health': 'HEALTH_OK', 'mgrmap': {'active_name': 'a', 'available_modules':"
		      " [{'module_options': {'x': {}}}], 'standbys': [{'name': 'b',"
		      " 'available_modules': [1]}]}}");
	module_fetch(run, "ceph.status");
	assert_string_equal(read_field(run, CLUSTER, "payload"),
			    "{\"health\":\"HEALTH_OK\",\"mgrmap\":{\"active_name\":\"a\","
			    "\"standbys\":[{\"name\":\"b\"}]}}");
}

static void the_digest_of_a_check_ignores_numbers_that_move(void **state)
{
	static const char answer[] =
		"{'health': {'status': 'HEALTH_WARN', 'checks': {'%s': {'severity': 'HEALTH_WARN',"
		" 'summary': {'message': '%d objects', 'count': %d}}}}}";
	struct module_run *run = *state;
	const char *const codes[] = {"PG_DEGRADED", "OSD_DOWN"};
	size_t i;

	for (i = 0; i < 2; i++) {
		char text[512], key[128], before[64];

		snprintf(key, sizeof(key), "lab/ceph-health-check/%s", codes[i]);
		snprintf(text, sizeof(text), answer, codes[i], 7, 7);
		module_answer(run, "/nodes/pve1/ceph/status", text);
		module_fetch(run, "ceph.status");
		snprintf(before, sizeof(before), "%s",
			 read_field(run, "ceph-health-check", key, "stagebox_digest"));
		assert_int_equal(strlen(before), 32);
		snprintf(text, sizeof(text), answer, codes[i], 8, 8);
		module_answer(run, "/nodes/pve1/ceph/status", text);
		module_fetch(run, "ceph.status");
		if (i == 0)
			assert_string_equal(
				read_field(run, "ceph-health-check", key, "stagebox_digest"),
				before);
		else
			assert_string_not_equal(
				read_field(run, "ceph-health-check", key, "stagebox_digest"),
				before);
	}
}

/* Which node is asked */

static void a_node_without_ceph_passes_on_to_the_next_one(void **state)
{
	struct module_run *run = *state;

	module_refuse(run, "/nodes/pve1/ceph/status", ABSENT);
	module_answer(run, "/nodes/pve2/ceph/status", status);
	module_answer(run, "/nodes/pve2/ceph/fs", "[{'name': 'cephfs'}]");
	module_fetch(run, "ceph.status");
	assert_string_equal(read_field(run, CLUSTER, "health"), "HEALTH_WARN");
	module_fetch(run, "ceph.filesystems");
	assert_int_equal(count_rows(run, "ceph-filesystem"), 1);
	assert_false(module_was_asked(run, "/nodes/pve1/ceph/fs")); /* it answered before */
}

static void a_node_that_fails_passes_on_too(void **state)
{
	struct module_run *run = *state;

	module_refuse(run, "/nodes/pve1/ceph/status", "HTTP 500 got timeout");
	module_refuse(run, "/nodes/pve2/ceph/status", ABSENT);
	module_answer(run, "/nodes/pve3/ceph/status", status);
	module_fetch(run, "ceph.status");
	assert_int_equal(count_rows(run, "ceph-cluster"), 1);
	assert_int_equal(count_asked(run, "ceph/status"), 3);
}

static void a_node_that_is_down_is_not_asked(void **state)
{
	struct module_run *run = *state;

	module_row(run, "node", "lab/node/pve1", "{'name': 'pve1', 'online': false}");
	module_answer(run, "/nodes/pve2/ceph/status", status);
	module_fetch(run, "ceph.status");
	assert_int_equal(count_rows(run, "ceph-cluster"), 1);
	assert_false(module_was_asked(run, "/nodes/pve1/ceph/status"));
}

static void a_cluster_without_ceph_is_no_failure(void **state)
{
	struct module_run *run = *state;
	struct sb_error err = SB_ERROR_INIT;

	module_refuse(run, "/nodes/pve1/ceph/status", ABSENT);
	module_refuse(run, "/nodes/pve2/ceph/status", UNSET);
	module_refuse(run, "/nodes/pve3/ceph/status", "HTTP 501 not implemented");
	assert_int_equal(module_try_fetch(run, "ceph.status", &err), SB_E_STATE);
	assert_non_null(strstr(err.text, "no node has Ceph: "));
	assert_int_equal(count_asked(run, "ceph/status"), 3);
	assert_false(module_is_unknown(run, "ceph-cluster", ""));
}

static void a_node_that_is_offline_may_have_ceph(void **state)
{
	struct module_run *run = *state;

	module_row(run, "node", "lab/node/pve3", "{'name': 'pve3', 'online': false}");
	module_refuse(run, "/nodes/pve1/ceph/status", ABSENT);
	module_refuse(run, "/nodes/pve2/ceph/status", ABSENT);
	module_fetch(run, "ceph.status");
	assert_true(module_is_unknown(run, "ceph-cluster", ""));
}

static void a_node_that_is_not_listed_may_have_ceph(void **state)
{
	struct module_run *run = *state;

	json_object_set_new(run->unknown, "node", json_pack("{s:s}", "", "the list is cut"));
	module_refuse(run, "/nodes/pve1/ceph/status", ABSENT);
	module_refuse(run, "/nodes/pve2/ceph/status", ABSENT);
	module_refuse(run, "/nodes/pve3/ceph/status", ABSENT);
	module_fetch(run, "ceph.status");
	assert_true(module_is_unknown(run, "ceph-cluster", ""));
}

static void health_without_a_word_is_unknown(void **state)
{
	static const char *const answers[] = {"{'health': {}}", "{'health': ''}",
					      "{'health': {'status': 7}}", "{}", "[]"};
	struct module_run *run = *state;
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(answers); i++) {
		json_object_clear(run->unknown);
		module_answer(run, "/nodes/pve1/ceph/status", answers[i]);
		module_fetch(run, "ceph.status");
		assert_int_equal(count_rows(run, "ceph-cluster"), 0);
		assert_true(module_is_unknown(run, "ceph-cluster", ""));
		assert_true(module_is_unknown(run, "ceph-health-check", ""));
	}
}

static void one_node_that_cannot_say_it_leaves_it_unknown(void **state)
{
	struct module_run *run = *state;

	module_refuse(run, "/nodes/pve1/ceph/status", ABSENT);
	module_refuse(run, "/nodes/pve2/ceph/status", "HTTP 500 got timeout");
	module_refuse(run, "/nodes/pve3/ceph/status", ABSENT);
	module_fetch(run, "ceph.status");
	assert_true(module_is_unknown(run, "ceph-cluster", ""));
	assert_true(module_is_unknown(run, "ceph-health-check", ""));
}

static void without_a_status_each_list_asks_one_node(void **state)
{
	struct module_run *run = *state;
	size_t i;
	char path[64];

	for (i = 1; i <= 3; i++) {
		snprintf(path, sizeof(path), "/nodes/pve%zu/ceph/status", i);
		module_refuse(run, path, "HTTP 500 got timeout");
		snprintf(path, sizeof(path), "/nodes/pve%zu/ceph/pool", i);
		module_refuse(run, path, "HTTP 500 got timeout");
	}
	module_fetch(run, "ceph.status");
	module_fetch(run, "ceph.pools");
	assert_int_equal(count_asked(run, "ceph/status"), 3);
	assert_int_equal(count_asked(run, "ceph/pool"), 1);
	assert_true(module_is_unknown(run, "ceph-pool", ""));
}

static void a_token_without_rights_is_refused_once(void **state)
{
	struct module_run *run = *state;

	module_refuse(run, "/nodes/pve1/ceph/status",
		      "HTTP 403 Permission check failed (/, Sys.Audit|Datastore.Audit)");
	module_fetch(run, "ceph.status");
	assert_int_equal(count_asked(run, "ceph/status"), 1);
	assert_true(module_is_unknown(run, "ceph-cluster", ""));
}

/* Daemons */

static void what_each_node_lists_is_counted_once(void **state)
{
	static const char mons[] = "[{'name': 'pve1', 'host': 'pve1', 'state': 'running'},"
				   " {'name': 'pve2', 'host': 'pve2', 'state': 'stopped'},"
				   " {'name': 'pve3', 'host': 'pve3', 'rank': 2}]";
	struct module_run *run = *state;

	module_answer(run, "/nodes/pve1/ceph/mon", mons);
	module_answer(run, "/nodes/pve2/ceph/mon", mons);
	module_answer(run, "/nodes/pve1/ceph/mgr",
		      "[{'name': 'pve1', 'host': 'pve1', 'state': 'active'},"
		      " {'name': 'pve2', 'state': 'standby'}]");
	module_answer(run, "/nodes/pve1/ceph/mds",
		      "[{'name': 'a', 'host': 'pve1', 'state': 'up:active'},"
		      " {'name': 'b', 'host': 'pve2', 'state': 'up:standby-replay'},"
		      " {'name': 'c', 'host': 'pve3', 'state': 'up:rejoin'},"
		      " {'name': 'd', 'host': 'pve3', 'state': 'stopped'}]");
	module_fetch(run, "ceph.daemons");
	assert_int_equal(count_rows(run, "ceph-daemon"), 9);
	assert_int_equal(count_asked(run, "/ceph/"), 3);
	assert_string_equal(read_field(run, "ceph-daemon", "lab/ceph-daemon/mon/pve3", "state"),
			    "error");
	assert_string_equal(read_field(run, "ceph-daemon", "lab/ceph-daemon/mon/pve2", "state"),
			    "stopped");
	assert_string_equal(read_field(run, "ceph-daemon", "lab/ceph-daemon/mgr/pve2", "state"),
			    "standby");
	assert_string_equal(read_field(run, "ceph-daemon", "lab/ceph-daemon/mgr/pve2", "host"),
			    "pve2");
	assert_string_equal(read_field(run, "ceph-daemon", "lab/ceph-daemon/mds/b", "state"),
			    "standby");
	assert_string_equal(read_field(run, "ceph-daemon", "lab/ceph-daemon/mds/c", "state"),
			    "running");
	assert_string_equal(read_field(run, "ceph-daemon", "lab/ceph-daemon/mds/c", "status"),
			    "up:rejoin");
}

static void monitors_that_do_not_answer_are_unknown_and_not_their_states(void **state)
{
	struct module_run *run = *state;

	module_answer(run, "/nodes/pve1/ceph/mon",
		      "[{'name': 'pve1', 'host': 'pve1', 'state': 'unknown'},"
		      " {'name': 'pve2', 'host': 'pve2', 'state': 'unknown'}]");
	module_fetch(run, "ceph.daemons");
	assert_true(module_is_unknown(run, "ceph-daemon", "lab/ceph-daemon/mon/"));
	assert_int_equal(count_rows(run, "ceph-daemon"), 0);
}

static void a_daemon_of_a_node_that_is_offline_is_not_gone(void **state)
{
	struct module_run *run = *state;

	module_row(run, "node", "lab/node/pve3", "{'name': 'pve3', 'online': false}");
	module_answer(run, "/nodes/pve1/ceph/mgr",
		      "[{'name': 'pve1', 'host': 'pve1', 'state': 'active'}]");
	module_fetch(run, "ceph.daemons");
	assert_true(module_is_kept(run, "ceph-daemon", "lab/ceph-daemon/mgr/"));
	json_object_clear(run->keep);
	module_row(run, "node", "lab/node/pve3", "{'name': 'pve3', 'online': true}");
	module_fetch(run, "ceph.daemons");
	assert_false(module_is_kept(run, "ceph-daemon", "lab/ceph-daemon/mgr/"));
}

static void no_monitor_is_no_answer(void **state)
{
	struct module_run *run = *state;

	module_answer(run, "/nodes/pve1/ceph/mon", "[]");
	module_fetch(run, "ceph.daemons");
	assert_true(module_is_unknown(run, "ceph-daemon", "lab/ceph-daemon/mon/"));
}

static void a_list_that_fails_makes_its_daemons_unknown_and_no_others(void **state)
{
	struct module_run *run = *state;

	module_answer(run, "/nodes/pve1/ceph/mon", "[{'name': 'pve1', 'host': 'pve1'}]");
	module_answer(run, "/nodes/pve1/ceph/mds", "[]");
	module_refuse(run, "/nodes/pve1/ceph/mgr", "HTTP 500 got timeout");
	module_fetch(run, "ceph.daemons");
	assert_true(module_is_unknown(run, "ceph-daemon", "lab/ceph-daemon/mgr/"));
	assert_false(module_is_unknown(run, "ceph-daemon", ""));
	assert_false(module_is_unknown(run, "ceph-daemon", "lab/ceph-daemon/mon/"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_cluster_and_its_checks_come_from_the_status),
		TEST(a_check_that_is_over_is_in_no_row_any_more),
		TEST(health_is_a_word_or_an_object_that_has_it),
		TEST(checks_that_were_not_sent_are_unknown),
		TEST(descriptions_of_modules_are_not_stored),
		TEST(the_digest_of_a_check_ignores_numbers_that_move),
		TEST(a_node_without_ceph_passes_on_to_the_next_one),
		TEST(a_node_that_fails_passes_on_too),
		TEST(a_node_that_is_down_is_not_asked),
		TEST(a_cluster_without_ceph_is_no_failure),
		TEST(a_node_that_is_offline_may_have_ceph),
		TEST(a_node_that_is_not_listed_may_have_ceph),
		TEST(health_without_a_word_is_unknown),
		TEST(one_node_that_cannot_say_it_leaves_it_unknown),
		TEST(without_a_status_each_list_asks_one_node),
		TEST(a_token_without_rights_is_refused_once),
		TEST(what_each_node_lists_is_counted_once),
		TEST(monitors_that_do_not_answer_are_unknown_and_not_their_states),
		TEST(a_daemon_of_a_node_that_is_offline_is_not_gone),
		TEST(no_monitor_is_no_answer),
		TEST(a_muted_check_says_so),
		TEST(a_name_that_is_cut_in_a_character_costs_only_itself),
		TEST(a_list_that_fails_makes_its_daemons_unknown_and_no_others),
	};

	return cmocka_run_group_tests_name("module ceph", tests, NULL, NULL);
}
