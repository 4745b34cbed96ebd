/* SPDX-License-Identifier: Apache-2.0 */
/* Answers about Ceph. No server with a working Ceph was recorded: these forms come from the source
 * of pve-manager and of Ceph. Refusals of servers without it are recorded (test_conform_refusals).
 */
#include "test_pve.h"

#define CEPH "/nodes/pve2/ceph/"

static json_int_t number_of(json_t *row, const char *key)
{
	json_t *value = json_object_get(row, key);

	if (!json_is_integer(value))
		fail_msg("%s is not a whole number", key);
	return json_integer_value(value);
}

static json_t *get_member(json_t *row, const char *key)
{
	json_t *value = json_object_get(row, key);

	if (!value)
		fail_msg("%s is missing", key);
	return value;
}

/* Collect the rows of a type below a row of the tree: {name: [rows]}. */
static void collect_rows(json_t *row, const char *type, json_t *found)
{
	const char *own = member_text(row, "type"), *name = member_text(row, "name");
	json_t *child;
	size_t i;

	if (own && sb_streq(own, type)) {
		if (!json_object_get(found, name))
			json_object_set_new(found, name, json_array());
		json_array_append(json_object_get(found, name), row);
	}
	json_array_foreach (json_object_get(row, "children"), i, child)
		collect_rows(child, type, found);
}

static json_t *rows_of_tree(struct lab *lab, const char *type)
{
	json_t *found = json_object();

	collect_rows(get_member(get_data(lab, CEPH "osd"), "root"), type, found);
	return found;
}

static void assert_answer(struct lab *lab, const char *path, int status, const char *reason)
{
	assert_int_equal(status_of(lab, path), status);
	if (reason)
		assert_string_equal(lab->answer.reason, reason);
}

static void all_nodes_give_the_same_lists(void **state)
{
	static const char *const lists[] = {"mon", "mgr", "mds", "pool", "fs", "rules", "crush"};
	struct lab *lab = *state;
	char path[64];

	for (size_t i = 0; i < SB_ARRAY_LEN(lists); i++) {
		size_t n = 0;

		for (int node = 1; node <= 3; node++) {
			sb_autojson *text = NULL;
			json_t *data;

			snprintf(path, sizeof(path), "/nodes/pve%d/ceph/%s", node, lists[i]);
			data = get_data(lab, path);
			assert_int_equal(lab->answer.status, 200);
			text = json_is_string(data) ? json_incref(data) : NULL;
			if (node > 1)
				assert_int_equal(
					n, text ? json_string_length(text) : json_array_size(data));
			n = text ? json_string_length(text) : json_array_size(data);
		}
		assert_true(n > 0);
	}
}

static void the_status_is_the_same_by_both_paths(void **state)
{
	sb_autojson *cluster = json_incref(get_data(*state, "/cluster/ceph/status"));
	json_t *health = get_member(cluster, "health");

	assert_true(json_equal(cluster, get_data(*state, CEPH "status")));
	assert_string_equal(member_text(health, "status"), "HEALTH_OK");
	assert_int_equal(json_object_size(get_member(health, "checks")), 0);
	assert_int_equal(strlen(member_text(cluster, "fsid")), 36);
	assert_int_equal(json_array_size(get_member(cluster, "quorum_names")), 3);
	assert_int_equal(json_array_size(get_member(get_member(cluster, "monmap"), "mons")), 3);
	assert_string_equal(member_text(get_member(cluster, "mgrmap"), "active_name"), "pve1");
	assert_int_equal(number_of(get_member(cluster, "osdmap"), "num_osds"), 6);
	assert_int_equal(number_of(get_member(cluster, "fsmap"), "up:standby"), 1);
}

static void the_maps_have_the_sums_of_the_lists(void **state)
{
	struct lab *lab = *state;
	sb_autojson *osds = rows_of_tree(lab, "osd");
	sb_autojson *status = json_incref(get_data(lab, CEPH "status"));
	json_t *pgmap = get_member(status, "pgmap"), *list, *pools, *pool;
	json_int_t used = 0, total = 0, n_pgs = 0, placed = 0;
	const char *name;
	size_t i;

	json_object_foreach (osds, name, list) {
		json_t *row = json_array_get(list, 0);

		used += number_of(row, "bytes_used");
		total += number_of(row, "total_space");
		placed -= number_of(row, "pgs");
	}
	pools = get_data(lab, CEPH "pool");
	json_array_foreach (pools, i, pool) {
		n_pgs += number_of(pool, "pg_num");
		placed += number_of(pool, "pg_num") * number_of(pool, "size");
	}
	assert_int_equal(number_of(pgmap, "bytes_used"), used);
	assert_int_equal(number_of(pgmap, "bytes_total"), total);
	assert_int_equal(number_of(pgmap, "bytes_avail"), total - used);
	assert_int_equal(number_of(pgmap, "num_pgs"), n_pgs);
	assert_int_equal(placed, 0);
}

static void a_node_that_is_down_takes_its_daemons_with_it(void **state)
{
	struct lab *lab = *state;
	json_t *checks, *row, *metadata;

	assert_int_equal(lab_pve_fault(lab->pve, "node-offline", "pve1", true), 0);
	assert_int_equal(status_of(lab, "/nodes/pve1/ceph/mon"), 595);
	checks = get_member(get_member(get_data(lab, "/cluster/ceph/status"), "health"), "checks");
	assert_string_equal(
		member_text(get_member(get_member(checks, "MON_DOWN"), "summary"), "message"),
		"1/3 mons down, quorum pve2,pve3");
	assert_string_equal(
		member_text(get_member(get_member(checks, "OSD_HOST_DOWN"), "summary"), "message"),
		"1 host (2 osds) down");
	row = row_with(get_data(lab, CEPH "mon"), "name", "pve1");
	assert_string_equal(member_text(row, "state"), "unknown");
	assert_null(json_object_get(row, "quorum"));
	assert_int_equal(number_of(row, "rank"), 0);
	/* Managers are known from their nodes only. */
	assert_null(row_with(get_data(lab, CEPH "mgr"), "name", "pve1"));
	row = row_with(get_data(lab, CEPH "mgr"), "name", "pve2");
	assert_string_equal(member_text(row, "state"), "active");
	row = row_with(get_data(lab, CEPH "mds"), "name", "pve2");
	assert_string_equal(member_text(row, "state"), "up:active");
	metadata = get_data(lab, "/cluster/ceph/metadata");
	assert_null(json_object_get(get_member(metadata, "mon"), "pve1@pve1"));
	assert_null(json_object_get(get_member(metadata, "node"), "pve1"));
	assert_int_equal(json_array_size(get_member(metadata, "osd")), 6);
}

static void metadata_has_numbers_as_text_and_keys_with_the_node(void **state)
{
	json_t *data = get_data(*state, "/cluster/ceph/metadata?scope=all");
	json_t *mon = get_member(get_member(data, "mon"), "pve1@pve1"), *osd;
	json_t *version = get_member(get_member(get_member(data, "node"), "pve3"), "version");

	assert_non_null(member_text(mon, "addrs"));
	assert_int_equal(number_of(mon, "service"), 1);
	assert_int_equal(number_of(mon, "direxists"), 1);
	assert_true(json_is_string(get_member(mon, "mem_total_kb")));
	osd = json_array_get(get_member(data, "osd"), 0);
	assert_true(number_of(osd, "id") >= 0);
	assert_non_null(member_text(osd, "devices"));
	assert_string_equal(member_text(version, "str"), member_text(mon, "ceph_version_short"));
	assert_int_equal(json_array_size(get_member(version, "parts")), 4);
	data = get_data(*state, "/cluster/ceph/metadata?scope=versions");
	assert_int_equal(json_object_size(data), 1);
	assert_int_equal(status_of(*state, "/cluster/ceph/metadata?scope=some"), 400);
}

static void a_pool_uses_a_ratio_and_an_osd_a_percentage(void **state)
{
	json_t *pool = row_with(get_data(*state, CEPH "pool"), "pool_name", "vmpool");
	double used = json_number_value(get_member(pool, "percent_used"));
	json_t *status;

	assert_true(used > 0 && used < 1);
	assert_int_equal(number_of(pool, "crush_rule"), 1);
	assert_string_equal(member_text(pool, "crush_rule_name"), "replicated_ssd");
	assert_non_null(json_object_get(get_member(pool, "application_metadata"), "rbd"));
	assert_true(json_is_null(get_member(pool, "target_size")));
	assert_null(json_object_get(pool, "max_avail"));
	status = get_data(*state, CEPH "pool/vmpool/status");
	assert_null(json_object_get(status, "statistics"));
	assert_string_equal(member_text(status, "noscrub"), "0");
	assert_string_equal(member_text(status, "crush_rule"), "replicated_ssd");
	status = get_data(*state, CEPH "pool/vmpool/status?verbose=1");
	assert_true(number_of(get_member(status, "statistics"), "max_avail") > 0);
	assert_string_equal(
		json_string_value(json_array_get(get_member(status, "application_list"), 0)),
		"rbd");
	assert_answer(*state, CEPH "pool/none/status", 500,
		      "error with 'osd pool get': mon_command failed - unrecognized pool 'none'");
}

static void an_osd_is_described_by_its_own_node_only(void **state)
{
	struct lab *lab = *state;
	json_t *data = get_data(lab, "/nodes/pve1/ceph/osd/0/metadata"), *device;

	device = json_array_get(get_member(data, "devices"), 0);
	assert_string_equal(member_text(device, "device"), "block");
	assert_string_equal(member_text(device, "type"), "hdd");
	assert_non_null(member_text(device, "physical_device"));
	assert_int_equal(number_of(get_member(data, "osd"), "encrypted"), 0);
	assert_answer(lab, "/nodes/pve2/ceph/osd/0/metadata", 500,
		      "OSD '0' does not exists on host 'pve2'");
	assert_answer(lab, "/nodes/pve2/ceph/osd/77/metadata", 500,
		      "error with 'osd metadata': mon_command failed - osd.77 does not exist");
	assert_answer(lab, "/nodes/pve2/ceph/osd/x/metadata", 400, NULL);
}

/* The text must have everything that a reader of `crushtool -d` looks for. */
static void the_crush_map_is_one_text(void **state)
{
	static const char *const parts[] = {
		"# begin crush map\ntunable choose_local_tries 0\n",
		"# devices\ndevice 0 osd.0 class hdd\n",
		"# types\ntype 0 osd\ntype 1 host\n",
		"host pve1 {\n\tid -13\t\t# do not change unnecessarily\n\tid -14 class hdd\t\t# "
		"do "
		"not change unnecessarily\n",
		"\talg straw2\n\thash 0\t# rjenkins1\n\titem osd.0 weight 3.63867\n",
		"root default {\n\tid -1\t\t",
		"rule replicated_ssd {\n\tid 1\n\ttype replicated\n\tstep take default class "
		"ssd\n\tstep chooseleaf firstn 0 type host\n\tstep emit\n}\n",
		"rule erasure_hdd {\n\tid 2\n\ttype erasure\n\tstep set_chooseleaf_tries 5\n",
		"\n# end crush map\n",
	};
	const char *text = json_string_value(get_data(*state, CEPH "crush"));

	assert_non_null(text);
	for (size_t i = 0; i < SB_ARRAY_LEN(parts); i++)
		if (!strstr(text, parts[i]))
			fail_msg("without: %s", parts[i]);
	assert_true(strstr(text, "host pve1 {") < strstr(text, "item pve1 "));
}

static void release_8_knows_less_of_filesystems(void **state)
{
	json_t *fs = json_array_get(get_data(*state, CEPH "fs"), 0), *row;

	assert_int_equal(json_object_size(fs), 3);
	assert_string_equal(member_text(fs, "data_pool"), "cephfs_data");
	row = row_with(get_data(*state, CEPH "mds"), "state", "up:active");
	assert_null(json_object_get(row, "fs_name"));
	row = get_member(get_data(*state, "/nodes/pve1/ceph/osd/0/metadata"), "osd");
	assert_null(json_object_get(row, "encrypted"));
	assert_string_equal(member_text(row, "version"), "18.2.7-pve1 (reef)");
}

static void release_9_names_all_pools_of_a_filesystem(void **state)
{
	json_t *fs = json_array_get(get_data(*state, CEPH "fs"), 0), *row;

	assert_string_equal(json_string_value(json_array_get(get_member(fs, "data_pools"), 0)),
			    "cephfs_data");
	assert_int_equal(number_of(fs, "metadata_pool_id"), 4);
	row = row_with(get_data(*state, CEPH "mds"), "state", "up:active");
	assert_string_equal(member_text(row, "fs_name"), "cephfs");
}

static void what_is_measured_changes_with_the_clock(void **state)
{
	struct lab *lab = *state;
	sb_autojson *before = json_incref(get_member(get_data(lab, CEPH "status"), "pgmap"));
	sb_autojson *osds = rows_of_tree(lab, "osd"), *later = NULL;
	json_t *pgmap;

	pgmap = get_member(get_data(lab, CEPH "status"), "pgmap");
	assert_true(json_equal(before, pgmap));
	lab->passed_ms += 60000;
	pgmap = get_member(get_data(lab, CEPH "status"), "pgmap");
	assert_true(number_of(before, "read_bytes_sec") != number_of(pgmap, "read_bytes_sec"));
	assert_true(number_of(before, "bytes_used") != number_of(pgmap, "bytes_used"));
	later = rows_of_tree(lab, "osd");
	assert_true(number_of(json_array_get(get_member(osds, "osd.0"), 0), "commit_latency_ms") !=
		    number_of(json_array_get(get_member(later, "osd.0"), 0), "commit_latency_ms"));
}

static void small_endpoints_have_no_ceph(void **state)
{
	json_t *data = get_data(*state, "/cluster/ceph/metadata?scope=versions");

	assert_int_equal(json_object_size(get_member(data, "node")), 0);
	assert_answer(*state, "/cluster/ceph/status", 500,
		      "binary not installed: /usr/bin/ceph-mon");
	assert_answer(*state, "/cluster/ceph/metadata", 500,
		      "binary not installed: /usr/bin/ceph-mon");
	assert_answer(*state, "/nodes/edge-pve1/ceph/osd", 500,
		      "binary not installed: /usr/bin/ceph-mon");
	assert_answer(*state, "/nodes/edge-pve1/ceph/mon/x", 501, NULL);
}

static void either_audit_privilege_on_the_root_is_enough(void **state)
{
	struct lab *lab = *state;
	const char *why;

	assert_int_equal(lab_pve_grant(lab->pve, "Sys.Audit", false, &why), 0);
	assert_int_equal(status_of(lab, "/cluster/ceph/status"), 200);
	assert_int_equal(status_of(lab, CEPH "crush"), 200);
	assert_answer(lab, "/cluster/ceph/flags", 403, "Permission check failed (/, Sys.Audit)");
	assert_answer(lab, "/nodes/pve1/ceph/osd/0/metadata", 403,
		      "Permission check failed (/, Sys.Audit)");
	assert_int_equal(lab_pve_grant(lab->pve, "Datastore.Audit", false, &why), 0);
	assert_answer(lab, "/cluster/ceph/status", 403,
		      "Permission check failed (/, Sys.Audit|Datastore.Audit)");
}

static void the_order_of_lists_follows_the_seed(void **state)
{
	struct lab *lab = *state;
	bool differs = false;
	sb_autojson *first = NULL;

	lab_pve_shuffle(lab->pve, 1);
	first = json_incref(get_data(lab, CEPH "pool"));
	for (uint64_t seed = 2; seed < 9 && !differs; seed++) {
		lab_pve_shuffle(lab->pve, seed);
		differs = !json_equal(first, get_data(lab, CEPH "pool"));
	}
	assert_true(differs);
	lab_pve_shuffle(lab->pve, 1);
	assert_true(json_equal(first, get_data(lab, CEPH "pool")));
}

static void the_tree_shows_each_osd_again_below_its_device_class(void **state)
{
	struct lab *lab = *state;
	sb_autojson *osds = rows_of_tree(lab, "osd"), *racks = rows_of_tree(lab, "rack"),
		    *hosts = rows_of_tree(lab, "host"), *once = NULL;
	json_t *list, *row;
	const char *name;

	assert_int_equal(json_object_size(osds), 6);
	assert_int_equal(json_object_size(racks), 6);
	assert_non_null(json_object_get(hosts, "pve1~ssd"));
	json_object_foreach (osds, name, list) {
		assert_int_equal(json_array_size(list), 2);
		row = json_array_get(list, 0);
		assert_true(json_equal(row, json_array_get(list, 1)));
		assert_false(strchr(member_text(row, "host"), '~'));
		assert_int_equal(number_of(row, "leaf"), 1);
		assert_int_equal(number_of(row, "in"), 1);
		assert_true(json_number_value(get_member(row, "percent_used")) > 1);
		assert_true(json_is_null(get_member(row, "waldev")));
	}
	row = json_array_get(json_object_get(hosts, "pve1"), 0);
	assert_non_null(member_text(row, "version"));
	assert_true(number_of(row, "id") < 0);
	set_field(lab, "lab/ceph", "shadow", "0");
	once = rows_of_tree(lab, "osd");
	json_object_foreach (once, name, list)
		assert_int_equal(json_array_size(list), 1);
}

static void ids_of_buckets_stay_when_others_come_and_go(void **state)
{
	struct lab *lab = *state;
	sb_autojson *before = rows_of_tree(lab, "host"), *after = NULL;
	const char *why;

	assert_int_equal(lab_pve_rm(lab->pve, "lab/ceph/osd/0", &why), 0);
	assert_int_equal(lab_pve_rm(lab->pve, "lab/ceph/osd/1", &why), 0);
	after = rows_of_tree(lab, "host");
	assert_null(json_object_get(after, "pve1"));
	assert_int_equal(number_of(json_array_get(json_object_get(after, "pve3"), 0), "id"),
			 number_of(json_array_get(json_object_get(before, "pve3"), 0), "id"));
}

static json_t *checks_of(struct lab *lab)
{
	return get_member(get_member(get_data(lab, "/cluster/ceph/status"), "health"), "checks");
}

/* The message of a check of the last status. */
static const char *message_of(json_t *checks, const char *code)
{
	return member_text(get_member(get_member(checks, code), "summary"), "message");
}

static void an_osd_that_is_down_is_seen_everywhere(void **state)
{
	struct lab *lab = *state;
	json_t *checks, *check, *map, *row;
	sb_autojson *osds = NULL;

	set_field(lab, "lab/ceph/osd/2", "up", "0");
	checks = checks_of(lab);
	check = get_member(checks, "OSD_DOWN");
	assert_string_equal(message_of(checks, "OSD_DOWN"), "1 osds down");
	assert_int_equal(number_of(get_member(check, "summary"), "count"), 1);
	assert_true(json_is_false(get_member(check, "muted")));
	assert_string_equal(member_text(json_array_get(get_member(check, "detail"), 0), "message"),
			    "osd.2 (root=default,rack=rack2,host=pve2) is down");
	get_member(checks, "PG_DEGRADED");
	map = get_member(get_data(lab, CEPH "status"), "osdmap");
	assert_int_equal(number_of(map, "num_up_osds"), 5);
	assert_int_equal(number_of(map, "num_in_osds"), 6);
	map = get_member(get_data(lab, CEPH "status"), "pgmap");
	assert_int_equal(json_array_size(get_member(map, "pgs_by_state")), 2);
	osds = rows_of_tree(lab, "osd");
	row = json_array_get(json_object_get(osds, "osd.2"), 0);
	assert_string_equal(member_text(row, "status"), "down");
	row = get_member(get_data(lab, "/nodes/pve2/ceph/osd/2/metadata"), "osd");
	assert_int_equal(number_of(row, "mem_usage"), 0);
	assert_int_equal(number_of(row, "pid"), 0);
	/* An OSD that is out is not missed. */
	set_field(lab, "lab/ceph/osd/2", "in", "0");
	assert_null(json_object_get(checks_of(lab), "OSD_DOWN"));
}

static void without_a_quorum_of_monitors_only_their_list_answers(void **state)
{
	struct lab *lab = *state;
	json_t *row;

	set_field(lab, "lab/ceph/mon/pve2", "state", "stopped");
	row = row_with(get_data(lab, CEPH "mon"), "name", "pve2");
	assert_string_equal(member_text(row, "state"), "stopped");
	set_field(lab, "lab/ceph/mon/pve3", "state", "stopped");
	assert_answer(lab, "/cluster/ceph/status", 500, "got timeout");
	assert_answer(lab, CEPH "osd", 500, "got timeout");
	assert_answer(lab, "/cluster/ceph/flags", 500, "got timeout");
	row = row_with(get_data(lab, CEPH "mon"), "name", "pve1");
	assert_string_equal(member_text(row, "state"), "unknown");
	assert_int_equal(status_of(lab, "/cluster/ceph/metadata?scope=versions"), 200);
}

static void a_foreign_monitor_outside_the_quorum_has_no_state(void **state)
{
	struct lab *lab = *state;
	json_t *row;

	set_field(lab, "lab/ceph/mon/pve3", "state", "");
	row = row_with(get_data(lab, CEPH "mon"), "name", "pve3");
	assert_int_equal(json_object_size(row), 3);
	assert_int_equal(number_of(row, "rank"), 2);
	assert_string_equal(member_text(row, "addr"), "10.20.0.13:6789/0");
}

static void all_flags_are_listed_in_order(void **state)
{
	struct lab *lab = *state;
	const char *before = "";
	json_t *list, *row;
	size_t i;

	set_field(lab, "lab/ceph/flag/pause", "value", "1");
	set_field(lab, "lab/ceph/flag/noout", "value", "1");
	list = get_data(lab, "/cluster/ceph/flags");
	assert_int_equal(json_array_size(list), 11);
	json_array_foreach (list, i, row) {
		const char *name = member_text(row, "name");

		assert_true(strcmp(before, name) < 0);
		assert_int_equal(number_of(row, "value"),
				 sb_streq(name, "pause") || sb_streq(name, "noout"));
		before = name;
	}
	assert_int_equal(json_integer_value(get_data(lab, "/cluster/ceph/flags/pause")), 1);
	assert_int_equal(json_integer_value(get_data(lab, "/cluster/ceph/flags/noup")), 0);
	assert_int_equal(status_of(lab, "/cluster/ceph/flags/sortbitwise"), 400);
	assert_string_equal(member_text(get_data(lab, CEPH "osd"), "flags"),
			    "pauserd,pausewr,noout,sortbitwise,recovery_deletes,purged_snapdirs,"
			    "pglog_hardlimit");
	assert_string_equal(message_of(checks_of(lab), "OSDMAP_FLAGS"),
			    "pauserd,pausewr,noout flag(s) set");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON(start_cluster, all_nodes_give_the_same_lists),
		ON(start_cluster, the_status_is_the_same_by_both_paths),
		ON(start_cluster, the_maps_have_the_sums_of_the_lists),
		ON(start_cluster, a_node_that_is_down_takes_its_daemons_with_it),
		ON(start_cluster, metadata_has_numbers_as_text_and_keys_with_the_node),
		ON(start_cluster, a_pool_uses_a_ratio_and_an_osd_a_percentage),
		ON(start_cluster, an_osd_is_described_by_its_own_node_only),
		ON(start_cluster, the_crush_map_is_one_text),
		ON(start_cluster_8, release_8_knows_less_of_filesystems),
		ON(start_cluster, release_9_names_all_pools_of_a_filesystem),
		ON(start_cluster, what_is_measured_changes_with_the_clock),
		ON(start_edge, small_endpoints_have_no_ceph),
		ON(start_cluster, either_audit_privilege_on_the_root_is_enough),
		ON(start_cluster, the_order_of_lists_follows_the_seed),
		ON(start_cluster, the_tree_shows_each_osd_again_below_its_device_class),
		ON(start_cluster, ids_of_buckets_stay_when_others_come_and_go),
		ON(start_cluster, an_osd_that_is_down_is_seen_everywhere),
		ON(start_cluster, without_a_quorum_of_monitors_only_their_list_answers),
		ON(start_cluster, a_foreign_monitor_outside_the_quorum_has_no_state),
		ON(start_cluster, all_flags_are_listed_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
