/* SPDX-License-Identifier: Apache-2.0 */
/* Pools of Ceph: their list, and the status of one. */
#include "pve/ceph.h"

static double used_ratio(const json_t *pool, const struct pve_ceph_sums *sums, int64_t now_s)
{
	double used = (double)pve_ceph_pool_bytes(pool, now_s);
	double room = (double)pve_ceph_pool_room(pool, sums) * (double)pve_ceph_int(pool, "size");

	return used + room > 0 ? used / (used + room) : 0;
}

static json_t *autoscale_status(const struct pve_call *call, const char *name, const json_t *pool,
				const struct pve_ceph_sums *sums)
{
	const char *mode = pve_ceph_text(pool, "pg_autoscale_mode");
	int pg_num = (int)pve_ceph_int(pool, "pg_num");
	json_int_t used = pve_ceph_pool_bytes(pool, call->now_s), total = sums->total_kb * 1024;
	json_t *row = json_pack("{si ss ss si si si sb sb sf sI sI sf}", "pool_id",
				(int)pve_ceph_int(pool, "id"), "pool_name", name,
				"pg_autoscale_mode", mode, "pg_num_target", pg_num, "pg_num_ideal",
				pg_num, "pg_num_final", pg_num, "would_adjust", 0, "bulk", 0,
				"bias", 1.0, "raw_used", used, "subtree_capacity", total,
				"raw_used_rate", (double)pve_ceph_int(pool, "size"));

	json_object_set_new(row, "capacity_ratio",
			    json_real(total ? (double)used / (double)total : 0));
	return row;
}

/* A member that is not set is null in answers of Proxmox VE. */
static void copy_option(json_t *row, const json_t *pool, const char *key)
{
	json_t *value = json_object_get(pool, key);

	json_object_set(row, key, value ? value : json_null());
}

/* A filesystem notes itself in its pools: {"metadata": "cephfs"}. */
static json_t *filesystem_mark(const struct pve_ceph *ceph, const char *pool)
{
	json_t *mark = json_object(), *fs, *data;
	const char *name;
	size_t i;

	json_object_foreach (ceph->filesystems, name, fs) {
		if (sb_streq(pve_ceph_text(fs, "metadata_pool"), pool))
			json_object_set_new(mark, "metadata", json_string(name));
		json_array_foreach (json_object_get(fs, "data_pools"), i, data)
			if (sb_streq(json_string_value(data), pool))
				json_object_set_new(mark, "data", json_string(name));
	}
	return mark;
}

static json_t *list_applications(const struct pve_ceph *ceph, const char *name, const json_t *pool)
{
	const char *application = pve_ceph_text(pool, "application");

	if (!*application)
		return json_object();
	return json_pack("{so}", application, filesystem_mark(ceph, name));
}

static json_t *pool_row(const struct pve_call *call, const char *name, const json_t *pool,
			const struct pve_ceph_sums *sums)
{
	const char *rule = pve_ceph_text(pool, "crush_rule");
	const json_t *found = json_object_get(call->pve->ceph->rules, rule);
	int pg_num = (int)pve_ceph_int(pool, "pg_num");
	json_t *row = json_pack(
		"{si ss ss si si si ss si si so so sI sf}", "pool", (int)pve_ceph_int(pool, "id"),
		"pool_name", name, "type", pve_ceph_text(pool, "type"), "size",
		(int)pve_ceph_int(pool, "size"), "min_size", (int)pve_ceph_int(pool, "min_size"),
		"pg_num", pg_num, "pg_autoscale_mode", pve_ceph_text(pool, "pg_autoscale_mode"),
		"pg_num_final", pg_num, "crush_rule", (int)pve_ceph_int(found, "id"),
		"application_metadata", list_applications(call->pve->ceph, name, pool),
		"autoscale_status", autoscale_status(call, name, pool, sums), "bytes_used",
		(json_int_t)pve_ceph_pool_bytes(pool, call->now_s), "percent_used",
		used_ratio(pool, sums, call->now_s));

	json_object_set_new(row, "crush_rule_name", json_string(rule));
	copy_option(row, pool, "pg_num_min");
	copy_option(row, pool, "target_size");
	copy_option(row, pool, "target_size_ratio");
	return row;
}

void pve_answer_ceph_pools(struct pve_call *call)
{
	struct pve_ceph_sums sums = pve_ceph_sum(call->pve, call->now_s);
	json_t *list, *pool;
	const char *name;

	if (!pve_ceph_reach(call))
		return;
	list = json_array();
	json_object_foreach (call->pve->ceph->pools, name, pool)
		json_array_append_new(list, pool_row(call, name, pool, &sums));
	pve_ok_list(call, list);
}

/* Proxmox VE makes texts of these booleans. */
static void add_switches(json_t *row)
{
	static const char *const off[] = {"noscrub",    "nodeep-scrub", "nodelete",
					  "nopgchange", "nosizechange", "write_fadvise_dontneed",
					  "fast_read"};
	static const char *const on[] = {"hashpspool", "use_gmt_hitset"};

	for (size_t i = 0; i < SB_ARRAY_LEN(off); i++)
		json_object_set_new(row, off[i], json_string("0"));
	for (size_t i = 0; i < SB_ARRAY_LEN(on); i++)
		json_object_set_new(row, on[i], json_string("1"));
}

static json_t *pool_statistics(const struct pve_call *call, const json_t *pool,
			       const struct pve_ceph_sums *sums)
{
	json_int_t used = pve_ceph_pool_bytes(pool, call->now_s);
	int64_t size = pve_ceph_int(pool, "size");

	return json_pack("{sI sI sI sI sf sI}", "stored", used / (size ? size : 1), "objects",
			 used / (4 << 20) / (size ? size : 1), "kb_used", used / 1024, "bytes_used",
			 used, "percent_used", used_ratio(pool, sums, call->now_s), "max_avail",
			 (json_int_t)pve_ceph_pool_room(pool, sums));
}

static void add_verbose(const struct pve_call *call, json_t *row, const json_t *pool)
{
	struct pve_ceph_sums sums = pve_ceph_sum(call->pve, call->now_s);
	sb_autojson *metadata = list_applications(call->pve->ceph, call->name, pool);
	json_t *list = json_array(), *value;
	const char *application;

	json_object_foreach (metadata, application, value)
		json_array_append_new(list, json_string(application));
	json_object_set_new(row, "application_list", list);
	json_object_set_new(row, "statistics", pool_statistics(call, pool, &sums));
	json_object_set_new(row, "autoscale_status",
			    autoscale_status(call, call->name, pool, &sums));
}

void pve_answer_ceph_pool(struct pve_call *call)
{
	const json_t *pool = json_object_get(call->pve->ceph->pools, call->name);
	const char *verbose = pve_param(call, "verbose");
	json_t *row;

	if (!pve_ceph_reach(call))
		return;
	if (!pool) {
		pve_refuse(call, 500,
			   "error with 'osd pool get': mon_command failed - unrecognized pool '%s'",
			   call->name);
		return;
	}
	row = json_pack("{si ss si si si si ss ss}", "id", (int)pve_ceph_int(pool, "id"), "name",
			call->name, "size", (int)pve_ceph_int(pool, "size"), "min_size",
			(int)pve_ceph_int(pool, "min_size"), "pg_num",
			(int)pve_ceph_int(pool, "pg_num"), "pgp_num",
			(int)pve_ceph_int(pool, "pg_num"), "crush_rule",
			pve_ceph_text(pool, "crush_rule"), "pg_autoscale_mode",
			pve_ceph_text(pool, "pg_autoscale_mode"));
	copy_option(row, pool, "pg_num_min");
	copy_option(row, pool, "target_size");
	copy_option(row, pool, "target_size_ratio");
	add_switches(row);
	if (verbose && sb_streq(verbose, "1"))
		add_verbose(call, row, pool);
	pve_ok(call, row);
}
