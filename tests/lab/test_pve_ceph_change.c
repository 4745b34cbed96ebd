/* SPDX-License-Identifier: Apache-2.0 */
/* Ceph by hand: what a change shows in the answers, and which changes are refused. */
#include "test_pve.h"

#define CEPH "/nodes/pve2/ceph/"

static void make_key(struct lab *lab, const char *key)
{
	const char *why = "";

	if (lab_pve_add(lab->pve, key, &why) < 0)
		fail_msg("%s: %s", key, why);
}

static void remove_key(struct lab *lab, const char *key)
{
	const char *why = "";

	if (lab_pve_rm(lab->pve, key, &why) < 0)
		fail_msg("%s: %s", key, why);
}

static json_t *health_of(struct lab *lab)
{
	return json_object_get(get_data(lab, "/cluster/ceph/status"), "health");
}

static json_t *check_of(struct lab *lab, const char *code)
{
	return json_object_get(json_object_get(health_of(lab), "checks"), code);
}

static json_int_t count_osds(struct lab *lab)
{
	return json_integer_value(json_object_get(
		json_object_get(get_data(lab, "/cluster/ceph/status"), "osdmap"), "num_osds"));
}

/* The first row with this name below a row of the tree; NULL = none. Borrowed. */
static json_t *find_row(json_t *row, const char *name)
{
	const char *own = member_text(row, "name");
	json_t *child, *found = NULL;
	size_t i;

	if (own && sb_streq(own, name))
		return row;
	json_array_foreach (json_object_get(row, "children"), i, child) {
		found = find_row(child, name);
		if (found)
			return found;
	}
	return NULL;
}

static json_t *row_of_tree(struct lab *lab, const char *name)
{
	return find_row(json_object_get(get_data(lab, CEPH "osd"), "root"), name);
}

static void ceph_can_be_absent_or_not_set_up(void **state)
{
	struct lab *lab = *state;
	sb_autojson *before = json_incref(get_data(lab, "/cluster/ceph/metadata?scope=versions"));

	set_field(lab, "lab/ceph", "state", "absent");
	assert_int_equal(status_of(lab, CEPH "status"), 500);
	assert_string_equal(lab->answer.reason, "binary not installed: /usr/bin/ceph-mon");
	set_field(lab, "lab/ceph", "state", "uninitialized");
	assert_int_equal(status_of(lab, CEPH "fs"), 500);
	assert_string_equal(lab->answer.reason, "pveceph configuration not initialized - missing "
						"'/etc/pve/ceph.conf', missing '/etc/pve/ceph'");
	set_field(lab, "lab/ceph", "state", "ready");
	assert_true(json_equal(before, get_data(lab, "/cluster/ceph/metadata?scope=versions")));
	assert_refused(lab, "lab/ceph", "state", "broken");
}

static void a_small_endpoint_can_get_ceph(void **state)
{
	struct lab *lab = *state;

	assert_refused(lab, "edge/ceph/osd/0", "up", "0");
	assert_refused(lab, "edge/ceph", "osds", "3");
	refuse_add(lab, "edge/ceph/pool/x", "Ceph is not set up; use set edge/ceph state=ready");
	refuse_rm(lab, "edge/ceph/mon/x", "Ceph is not set up; use set edge/ceph state=ready");
	set_field(lab, "edge/ceph", "state", "ready");
	assert_int_equal(count_osds(lab), 2);
	assert_string_equal(member_text(health_of(lab), "status"), "HEALTH_OK");
}

static void a_node_without_binaries_answers_as_if_there_was_no_ceph(void **state)
{
	struct lab *lab = *state;

	set_field(lab, "lab/ceph/node/pve1", "installed", "0");
	assert_int_equal(status_of(lab, "/nodes/pve1/ceph/mon"), 500);
	assert_int_equal(status_of(lab, "/nodes/pve2/ceph/mon"), 200);
	/* The client is connected to the first node. */
	assert_int_equal(status_of(lab, "/cluster/ceph/status"), 500);
	assert_int_equal(status_of(lab, "/cluster/ceph/metadata?scope=versions"), 200);
	set_field(lab, "lab/ceph/node/pve1", "installed", "1");
	assert_int_equal(status_of(lab, "/cluster/ceph/status"), 200);
	set_field(lab, "lab/ceph/node/pve1", "version", "19.2.1-pve1");
	assert_string_equal(member_text(row_with(get_data(lab, CEPH "mon"), "name", "pve1"),
					"ceph_version_short"),
			    "19.2.1-pve1");
	assert_refused(lab, "lab/ceph/node/pve9", "installed", "1");
}

static void the_number_of_osds_can_be_set(void **state)
{
	struct lab *lab = *state;
	json_t *data;

	set_field(lab, "lab/ceph", "osds", "24");
	assert_int_equal(count_osds(lab), 72);
	data = get_data(lab, "/cluster/ceph/metadata");
	assert_int_equal(json_array_size(json_object_get(data, "osd")), 72);
	assert_refused(lab, "lab/ceph", "osds", "-1");
	set_field(lab, "lab/ceph", "osds", "0");
	assert_int_equal(count_osds(lab), 0);
	assert_int_equal(status_of(lab, CEPH "osd"), 200);
	assert_int_equal(status_of(lab, CEPH "pool"), 200);
	assert_int_equal(status_of(lab, CEPH "crush"), 200);
}

static void osds_come_change_and_go(void **state)
{
	struct lab *lab = *state;
	json_t *row;

	make_key(lab, "lab/ceph/osd/10");
	make_key(lab, "lab/ceph/osd/7");
	set_field(lab, "lab/ceph/osd/10", "host", "pve3");
	set_field(lab, "lab/ceph/osd/10", "class", "nvme");
	set_field(lab, "lab/ceph/osd/10", "size", "1024");
	set_field(lab, "lab/ceph/osd/10", "used", "50");
	set_field(lab, "lab/ceph/osd/10", "reweight", "0.9");
	row = row_of_tree(lab, "osd.10");
	assert_string_equal(member_text(row, "host"), "pve3");
	assert_true(json_real_value(json_object_get(row, "reweight")) > 0.8);
	assert_int_equal(json_integer_value(json_object_get(row, "total_space")), 1LL << 40);
	assert_true(json_number_value(json_object_get(row, "percent_used")) > 49);
	assert_non_null(row_of_tree(lab, "pve3~nvme"));
	set_field(lab, "lab/ceph/osd/10", "destroyed", "1");
	row = row_of_tree(lab, "osd.10");
	assert_string_equal(member_text(row, "status"), "destroyed");
	assert_int_equal(json_integer_value(json_object_get(row, "total_space")), 1024);
	assert_null(json_object_get(row, "osdtype"));
	remove_key(lab, "lab/ceph/osd/10");
	assert_null(row_of_tree(lab, "osd.10"));
	assert_int_equal(count_osds(lab), 7);
}

static void wrong_osds_are_refused(void **state)
{
	struct lab *lab = *state;

	refuse_add(lab, "lab/ceph/osd/5", "OSD '5' already exists");
	refuse_add(lab, "lab/ceph/osd/07", "'07' is not the number of an OSD");
	refuse_add(lab, "lab/ceph/osd/", "'' is not the number of an OSD");
	refuse_add(lab, "lab/ceph/osd/-1", "'-1' is not the number of an OSD");
	refuse_rm(lab, "lab/ceph/osd/10", "no such OSD '10'");
	assert_refused(lab, "lab/ceph/osd/5", "up", "2");
	assert_refused(lab, "lab/ceph/osd/5", "class", "floppy");
	assert_refused(lab, "lab/ceph/osd/5", "host", "pve9");
	assert_refused(lab, "lab/ceph/osd/5", "color", "red");
	assert_refused(lab, "lab/ceph/osd/x", "up", "1");
}

static void an_osd_can_be_outside_the_map(void **state)
{
	struct lab *lab = *state;
	json_t *row;

	set_field(lab, "lab/ceph/osd/3", "place", "stray");
	row = row_of_tree(lab, "osd.3");
	assert_null(json_object_get(row, "host"));
	row = row_of_tree(lab, "(stray)");
	assert_int_equal(json_array_size(json_object_get(row, "children")), 1);
	assert_null(strstr(json_string_value(get_data(lab, CEPH "crush")), "osd.3"));
	set_field(lab, "lab/ceph/osd/3", "place", "none");
	assert_null(row_of_tree(lab, "osd.3"));
	assert_null(row_of_tree(lab, "(stray)"));
	assert_int_equal(count_osds(lab), 6);
	set_field(lab, "lab/ceph/osd/3", "place", "");
	assert_string_equal(member_text(row_of_tree(lab, "osd.3"), "host"), "pve2");
}

static void pools_come_change_and_go(void **state)
{
	struct lab *lab = *state;
	json_t *row;

	make_key(lab, "lab/ceph/pool/backup");
	set_field(lab, "lab/ceph/pool/backup", "size", "2");
	set_field(lab, "lab/ceph/pool/backup", "pg_num", "64");
	set_field(lab, "lab/ceph/pool/backup", "pg_autoscale_mode", "warn");
	set_field(lab, "lab/ceph/pool/backup", "crush_rule", "erasure_hdd");
	set_field(lab, "lab/ceph/pool/backup", "type", "erasure");
	set_field(lab, "lab/ceph/pool/backup", "target_size_ratio", "0.2");
	row = row_with(get_data(lab, CEPH "pool"), "pool_name", "backup");
	assert_int_equal(json_integer_value(json_object_get(row, "pool")), 5);
	assert_int_equal(json_integer_value(json_object_get(row, "min_size")), 1);
	assert_int_equal(json_integer_value(json_object_get(row, "crush_rule")), 2);
	assert_string_equal(member_text(row, "type"), "erasure");
	set_field(lab, "lab/ceph/pool/backup", "size", "1");
	assert_non_null(check_of(lab, "POOL_NO_REDUNDANCY"));
	refuse_rm(lab, "lab/ceph/pool/cephfs_data",
		  "pool 'cephfs_data' is in use by CephFS 'cephfs'");
	refuse_rm(lab, "lab/ceph/rule/erasure_hdd", "crush rule 'erasure_hdd' is in use");
	remove_key(lab, "lab/ceph/pool/backup");
	remove_key(lab, "lab/ceph/rule/erasure_hdd");
	assert_int_equal(json_array_size(get_data(lab, CEPH "rules")), 2);
	refuse_rm(lab, "lab/ceph/pool/backup", "unrecognized pool 'backup'");
	refuse_add(lab, "lab/ceph/pool/a/b", "'a/b' is not the name of a pool");
	assert_refused(lab, "lab/ceph/pool/vmpool", "size", "9");
	assert_refused(lab, "lab/ceph/pool/vmpool", "size", "");
	assert_refused(lab, "lab/ceph/pool/vmpool", "crush_rule", "none");
	assert_refused(lab, "lab/ceph/pool/vmpool", "pg_autoscale_mode", "maybe");
}

static void rules_are_in_the_text_of_the_map(void **state)
{
	struct lab *lab = *state;

	make_key(lab, "lab/ceph/rule/by_rack");
	set_field(lab, "lab/ceph/rule/by_rack", "domain", "rack");
	set_field(lab, "lab/ceph/rule/by_rack", "class", "hdd");
	assert_non_null(row_with(get_data(lab, CEPH "rules"), "name", "by_rack"));
	assert_non_null(strstr(json_string_value(get_data(lab, CEPH "crush")),
			       "rule by_rack {\n\tid 3\n\ttype replicated\n\tstep take default "
			       "class hdd\n\tstep chooseleaf firstn 0 type rack\n"));
	refuse_add(lab, "lab/ceph/rule/by_rack", "CRUSH rule 'by_rack' already exists");
}

static void a_new_filesystem_has_pools(void **state)
{
	struct lab *lab = *state;
	json_t *row;

	make_key(lab, "lab/ceph/fs/scratch");
	row = row_with(get_data(lab, CEPH "fs"), "name", "scratch");
	assert_string_equal(member_text(row, "data_pool"), "scratch_data");
	set_field(lab, "lab/ceph/fs/scratch", "data_pools", "cephfs_data,scratch_data");
	row = row_with(get_data(lab, CEPH "fs"), "name", "scratch");
	assert_string_equal(member_text(row, "data_pool"), "cephfs_data");
	assert_int_equal(json_array_size(json_object_get(row, "data_pools")), 2);
	assert_refused(lab, "lab/ceph/fs/scratch", "data_pools", "none");
	assert_refused(lab, "lab/ceph/fs/scratch", "data_pools", "");
	remove_key(lab, "lab/ceph/fs/scratch");
	assert_non_null(row_with(get_data(lab, CEPH "pool"), "pool_name", "scratch_data"));
	remove_key(lab, "lab/ceph/fs/cephfs");
	row = row_with(get_data(lab, CEPH "mds"), "name", "pve1");
	assert_string_equal(member_text(row, "state"), "up:standby");
}

static void only_one_daemon_of_a_service_is_active(void **state)
{
	struct lab *lab = *state;
	json_t *row;

	set_field(lab, "lab/ceph/mgr/pve3", "state", "active");
	row = row_with(get_data(lab, CEPH "mgr"), "state", "active");
	assert_string_equal(member_text(row, "name"), "pve3");
	set_field(lab, "lab/ceph/mgr/pve3", "state", "stopped");
	row = row_with(get_data(lab, CEPH "mgr"), "state", "active");
	assert_string_equal(member_text(row, "name"), "pve1");
	set_field(lab, "lab/ceph/mds/pve2", "state", "up:standby-replay");
	row = row_with(get_data(lab, CEPH "mds"), "name", "pve2");
	assert_int_equal(json_integer_value(json_object_get(row, "standby_replay")), 1);
	assert_int_equal(json_integer_value(json_object_get(row, "rank")), 0);
	set_field(lab, "lab/ceph/mds/pve1", "state", "stopped");
	set_field(lab, "lab/ceph/mds/pve2", "state", "stopped");
	assert_string_equal(member_text(health_of(lab), "status"), "HEALTH_ERR");
	assert_non_null(check_of(lab, "MDS_ALL_DOWN"));
	row = row_with(get_data(lab, CEPH "mds"), "name", "pve2");
	assert_string_equal(member_text(row, "addr"), "pve2");
	assert_refused(lab, "lab/ceph/mds/pve2", "state", "");
	assert_refused(lab, "lab/ceph/mgr/pve9", "state", "active");
}

static void daemons_come_and_go(void **state)
{
	struct lab *lab = *state;
	json_t *row;

	make_key(lab, "lab/ceph/mds/second");
	set_field(lab, "lab/ceph/mds/second", "host", "pve3");
	row = row_with(get_data(lab, CEPH "mds"), "name", "second");
	assert_string_equal(member_text(row, "host"), "pve3");
	refuse_add(lab, "lab/ceph/mon/pve1", "daemon 'lab/ceph/mon/pve1' already exists");
	remove_key(lab, "lab/ceph/mon/pve1");
	remove_key(lab, "lab/ceph/mon/pve2");
	refuse_rm(lab, "lab/ceph/mon/pve3", "can't remove last monitor");
	assert_string_equal(member_text(health_of(lab), "status"), "HEALTH_OK");
}

static void the_health_is_that_of_its_worst_check(void **state)
{
	struct lab *lab = *state;
	json_t *detail, *health;

	set_field(lab, "lab/ceph/check/OSD_NEARFULL", "summary", "1 nearfull osd(s)");
	set_field(lab, "lab/ceph/check/OSD_NEARFULL", "detail", "osd.1 is near full");
	assert_string_equal(member_text(health_of(lab), "status"), "HEALTH_WARN");
	detail = json_object_get(check_of(lab, "OSD_NEARFULL"), "detail");
	assert_string_equal(member_text(json_array_get(detail, 0), "message"),
			    "osd.1 is near full");
	make_key(lab, "lab/ceph/check/OSD_FULL");
	set_field(lab, "lab/ceph/check/OSD_FULL", "severity", "HEALTH_ERR");
	assert_string_equal(member_text(health_of(lab), "status"), "HEALTH_ERR");
	set_field(lab, "lab/ceph/check/OSD_FULL", "muted", "1");
	health = health_of(lab);
	assert_string_equal(member_text(health, "status"), "HEALTH_WARN");
	assert_int_equal(json_array_size(json_object_get(health, "mutes")), 1);
	remove_key(lab, "lab/ceph/check/OSD_FULL");
	remove_key(lab, "lab/ceph/check/OSD_NEARFULL");
	assert_string_equal(member_text(health_of(lab), "status"), "HEALTH_OK");
	refuse_rm(lab, "lab/ceph/check/OSD_DOWN", "no check 'OSD_DOWN' was set");
	/* A refused change does not create a check. */
	assert_refused(lab, "lab/ceph/check/OSD_FULL", "severity", "HEALTH_OK");
	assert_string_equal(member_text(health_of(lab), "status"), "HEALTH_OK");
}

static void only_flags_of_people_can_be_set(void **state)
{
	assert_refused(*state, "lab/ceph/flag/sortbitwise", "value", "1");
	assert_refused(*state, "lab/ceph/flag/noout", "value", "yes");
	assert_refused(*state, "lab/ceph/flag/noout", "state", "1");
}

static void the_dump_shows_ceph(void **state)
{
	struct lab *lab = *state;
	sb_autojson *dump = lab_pve_dump(lab->pve);

	assert_string_equal(member_text(json_object_get(dump, "lab/ceph"), "state"), "ready");
	assert_string_equal(member_text(json_object_get(dump, "lab/ceph/osd/0"), "host"), "pve1");
	assert_string_equal(member_text(json_object_get(dump, "lab/ceph/mon/pve1"), "state"),
			    "running");
	assert_non_null(json_object_get(dump, "lab/ceph/pool/vmpool"));
}

/* Days of change leave a Ceph that answers every path. */
static void churn_changes_ceph_and_no_answer_breaks(void **state)
{
	static const char *const paths[] = {"/cluster/ceph/status",
					    "/cluster/ceph/metadata",
					    "/cluster/ceph/flags",
					    CEPH "mon",
					    CEPH "mgr",
					    CEPH "mds",
					    CEPH "osd",
					    CEPH "pool",
					    CEPH "fs",
					    CEPH "rules",
					    CEPH "crush",
					    CEPH "pool/vmpool/status"};
	static const char *const watched[] = {"lab/ceph", "lab/ceph/check/OSD_NEARFULL",
					      "lab/ceph/osd/0", "lab/ceph/pool/vmpool"};
	struct lab *lab = *state;
	json_int_t n_changed = 0;

	for (int day = 0; day < 100; day++) {
		sb_autojson *before = lab_pve_dump(lab->pve), *after = NULL;

		lab_pve_churn(lab->pve, 1);
		after = lab_pve_dump(lab->pve);
		for (size_t i = 0; i < SB_ARRAY_LEN(watched); i++)
			n_changed += !json_equal(json_object_get(before, watched[i]),
						 json_object_get(after, watched[i]));
		for (size_t i = 0; i < SB_ARRAY_LEN(paths); i++)
			assert_int_equal(status_of(lab, paths[i]), 200);
	}
	assert_true(n_changed > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON(start_cluster, ceph_can_be_absent_or_not_set_up),
		ON(start_edge, a_small_endpoint_can_get_ceph),
		ON(start_cluster, a_node_without_binaries_answers_as_if_there_was_no_ceph),
		ON(start_cluster, the_number_of_osds_can_be_set),
		ON(start_cluster, osds_come_change_and_go),
		ON(start_cluster, wrong_osds_are_refused),
		ON(start_cluster, an_osd_can_be_outside_the_map),
		ON(start_cluster, pools_come_change_and_go),
		ON(start_cluster, rules_are_in_the_text_of_the_map),
		ON(start_cluster, a_new_filesystem_has_pools),
		ON(start_cluster, only_one_daemon_of_a_service_is_active),
		ON(start_cluster, daemons_come_and_go),
		ON(start_cluster, the_health_is_that_of_its_worst_check),
		ON(start_cluster, only_flags_of_people_can_be_set),
		ON(start_cluster, the_dump_shows_ceph),
		ON(start_cluster, churn_changes_ceph_and_no_answer_breaks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
