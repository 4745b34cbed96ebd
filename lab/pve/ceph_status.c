/* SPDX-License-Identifier: Apache-2.0 */
/* The status of Ceph, as `ceph status` has it, with the maps that Proxmox VE adds. */
#include "pve/ceph.h"

#include <inttypes.h>
#include <time.h>

static json_t *ceph_time(int64_t at_s)
{
	char text[48];
	time_t at = (time_t)at_s;
	struct tm tm;

	gmtime_r(&at, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S.000000+0000", &tm);
	return json_string(text);
}

static json_t *address_vector(const char *ip, int first, int second)
{
	return json_pack("{s[{ss so si} {ss so si}]}", "addrvec", "type", "v2", "addr",
			 json_sprintf("%s:%d", ip, first), "nonce", 0, "type", "v1", "addr",
			 json_sprintf("%s:%d", ip, second), "nonce", 0);
}

static json_t *mon_row(const struct lab_pve *pve, const char *name, const json_t *mon, int rank)
{
	sb_autojson *address = pve_ceph_address(pve, pve_ceph_text(mon, "host"));
	const char *ip = json_string_value(address);

	return json_pack("{si ss so so so si si ss}", "rank", rank, "name", name, "public_addrs",
			 address_vector(ip, 3300, 6789), "addr", json_sprintf("%s:6789/0", ip),
			 "public_addr", json_sprintf("%s:6789/0", ip), "priority", 0, "weight", 0,
			 "crush_location", "{}");
}

/* The monitors: their map, and the ranks and names of those in the quorum. */
static void add_mons(const struct lab_pve *pve, json_t *status)
{
	json_t *mons = json_array(), *ranks = json_array(), *names = json_array(), *mon;
	const char *name, *version = pve_ceph_version(pve, pve->nodes[0].name);
	int rank = 0;

	json_object_foreach (pve->ceph->services[PVE_CEPH_MON], name, mon) {
		json_array_append_new(mons, mon_row(pve, name, mon, rank));
		if (pve_ceph_runs(pve, PVE_CEPH_MON, mon)) {
			json_array_append_new(ranks, json_integer(rank));
			json_array_append_new(names, json_string(name));
		}
		rank++;
	}
	json_object_set(status, "quorum", ranks);
	json_object_set_new(status, "quorum_names", names);
	json_object_set_new(
		status, "monmap",
		json_pack("{si sO so so si ss si ss sb so so}", "epoch", 3, "fsid", pve->ceph->fsid,
			  "modified", ceph_time(pve->nodes[0].booted_s + 600), "created",
			  ceph_time(pve->nodes[0].booted_s + 300), "min_mon_release",
			  (int)strtol(version, NULL, 10), "min_mon_release_name",
			  pve_ceph_release(version), "election_strategy", 1, "disallowed_leaders",
			  "", "stretch_mode", 0, "mons", mons, "quorum", ranks));
}

static void add_mgrs(const struct lab_pve *pve, json_t *status)
{
	const char *active = pve_ceph_active(pve, PVE_CEPH_MGR), *name;
	json_t *standbys = json_array(), *mgr, *map;
	int gid = 14100;

	json_object_foreach (pve->ceph->services[PVE_CEPH_MGR], name, mgr) {
		gid++;
		if (pve_ceph_runs(pve, PVE_CEPH_MGR, mgr) && !sb_streq(name, active))
			json_array_append_new(
				standbys, json_pack("{si ss sI s[]}", "gid", gid, "name", name,
						    "mgr_features", (json_int_t)4540701547738038271,
						    "available_modules"));
	}
	map = json_pack("{sI ss sb so s[ss] s{}}", "epoch", (json_int_t)(40 + pve->ceph->n_changes),
			"active_name", active ? active : "", "available", active != NULL,
			"standbys", standbys, "modules", "iostat", "nfs", "services");
	if (active) {
		json_t *daemon = json_object_get(pve->ceph->services[PVE_CEPH_MGR], active);
		sb_autojson *address = pve_ceph_address(pve, pve_ceph_text(daemon, "host"));
		const char *ip = json_string_value(address);

		json_object_set_new(map, "active_addr", json_sprintf("%s:6801/1755000000", ip));
		json_object_set_new(map, "active_addrs", address_vector(ip, 6800, 6801));
	}
	json_object_set_new(status, "mgrmap", map);
}

static void add_mdss(const struct lab_pve *pve, json_t *status)
{
	const char *active = pve_ceph_active(pve, PVE_CEPH_MDS), *name;
	json_t *ranks = json_array(), *mds;
	int standbys = 0, gid = 24100, n_fs = (int)json_object_size(pve->ceph->filesystems);

	json_object_foreach (pve->ceph->services[PVE_CEPH_MDS], name, mds) {
		gid++;
		if (active && sb_streq(name, active))
			json_array_append_new(
				ranks, json_pack("{si si ss ss si}", "filesystem_id", 1, "rank", 0,
						 "name", name, "status", "up:active", "gid", gid));
		else
			standbys += pve_ceph_runs(pve, PVE_CEPH_MDS, mds);
	}
	mds = json_pack("{sI so si}", "epoch", (json_int_t)(12 + pve->ceph->n_changes), "by_rank",
			ranks, "up:standby", standbys);
	if (n_fs) { /* without a filesystem there is no more to say */
		json_object_set_new(mds, "id", json_integer(1));
		json_object_set_new(mds, "up", json_integer((json_int_t)json_array_size(ranks)));
		json_object_set_new(mds, "in", json_integer(n_fs));
		json_object_set_new(mds, "max", json_integer(n_fs));
	}
	json_object_set_new(status, "fsmap", mds);
}

static json_t *osd_map(const struct lab_pve *pve, const struct pve_ceph_sums *sums)
{
	return json_pack("{sI sI sI sI sI sI si}", "epoch",
			 (json_int_t)(300 + pve->ceph->n_changes), "num_osds",
			 (json_int_t)sums->n_osds, "num_up_osds", (json_int_t)sums->n_up,
			 "osd_up_since", (json_int_t)(pve->nodes[0].booted_s + 60), "num_in_osds",
			 (json_int_t)sums->n_in, "osd_in_since",
			 (json_int_t)(pve->nodes[0].booted_s + 600), "num_remapped_pgs", 0);
}

/* A rate that differs from one second to the next. */
static json_int_t draw_rate(int64_t now_s, int64_t most, uint64_t what)
{
	struct lab_random random = {(uint64_t)now_s * 1000003u + what};

	return (json_int_t)lab_random_below(&random, (uint64_t)most);
}

static json_t *pg_map(const struct lab_pve *pve, const struct pve_ceph_sums *sums, int64_t now_s)
{
	json_t *states = json_array();
	int64_t n_clean = sums->n_pgs - sums->n_down_pgs;

	if (n_clean)
		json_array_append_new(states, json_pack("{ss sI}", "state_name", "active+clean",
							"count", (json_int_t)n_clean));
	if (sums->n_down_pgs)
		json_array_append_new(
			states, json_pack("{ss sI}", "state_name", "active+undersized+degraded",
					  "count", (json_int_t)sums->n_down_pgs));
	return json_pack("{so sI sI sI sI sI sI sI sI sI sI sI}", "pgs_by_state", states, "num_pgs",
			 (json_int_t)sums->n_pgs, "num_pools",
			 (json_int_t)json_object_size(pve->ceph->pools), "num_objects",
			 (json_int_t)sums->n_objects, "data_bytes", (json_int_t)sums->stored_bytes,
			 "bytes_used", (json_int_t)(sums->used_kb * 1024), "bytes_avail",
			 (json_int_t)((sums->total_kb - sums->used_kb) * 1024), "bytes_total",
			 (json_int_t)(sums->total_kb * 1024), "read_bytes_sec",
			 draw_rate(now_s, 40 << 20, 1), "write_bytes_sec",
			 draw_rate(now_s, 20 << 20, 2), "read_op_per_sec", draw_rate(now_s, 900, 3),
			 "write_op_per_sec", draw_rate(now_s, 700, 4));
}

void pve_answer_ceph_status(struct pve_call *call)
{
	const struct lab_pve *pve = call->pve;
	struct pve_ceph_sums sums = pve_ceph_sum(pve, call->now_s);
	json_t *status;

	if (!pve_ceph_reach(call))
		return;
	status = json_pack(
		"{sO so so so si sI s{si ss s{}} s{}}", "fsid", pve->ceph->fsid, "health",
		pve_ceph_health(pve, call->now_s), "osdmap", osd_map(pve, &sums), "pgmap",
		pg_map(pve, &sums, call->now_s), "election_epoch", 24, "quorum_age",
		(json_int_t)(call->now_s - pve->nodes[0].booted_s - 60), "servicemap", "epoch", 9,
		"modified", "2026-01-10T08:00:00.000000+0000", "services", "progress_events");
	add_mons(pve, status);
	add_mgrs(pve, status);
	add_mdss(pve, status);
	pve_ok(call, status);
}
