/* SPDX-License-Identifier: Apache-2.0 */
/* The health of Ceph: checks that follow from the state, and those that people set. */
#include "pve/ceph.h"

#include "base/buf.h"

#include <inttypes.h>

/* Add a check; count 0 = it has not occurred. */
static void add_check(json_t *checks, const char *code, const char *severity, int64_t count,
		      json_t *message_take)
{
	if (count)
		json_object_set_new(checks, code,
				    json_pack("{ss s{sO sI} s[] sb}", "severity", severity,
					      "summary", "message", message_take, "count",
					      (json_int_t)count, "detail", "muted", 0));
	json_decref(message_take);
}

static void add_detail(json_t *checks, const char *code, json_t *message_take)
{
	json_t *detail = json_object_get(json_object_get(checks, code), "detail");

	json_array_append_new(detail, json_pack("{so}", "message", message_take));
}

static void check_osds(const struct lab_pve *pve, const struct pve_ceph_sums *sums, json_t *checks)
{
	struct pve_osd osd = {.sums = sums, .id = -1};

	add_check(checks, "OSD_DOWN", "HEALTH_WARN", sums->n_down_in,
		  json_sprintf("%" PRId64 " osds down", sums->n_down_in));
	while (sums->n_down_in && pve_ceph_next_osd(pve, &osd)) {
		const struct pve_node *node = pve_node_find(pve, osd.host);

		if (osd.is_in && !osd.is_up)
			add_detail(checks, "OSD_DOWN",
				   node && pve_osd_is_placed(&osd)
					   ? json_sprintf("osd.%d (root=default,rack=rack%u,"
							  "host=%s) is down",
							  osd.id, pve_ceph_rack(node), osd.host)
					   : json_sprintf("osd.%d () is down", osd.id));
	}
}

/* The hosts whose OSDs are all down, of those that are in: name -> number of OSDs. */
static json_t *find_dead_hosts(const struct lab_pve *pve, const struct pve_ceph_sums *sums)
{
	struct pve_osd osd = {.sums = sums, .id = -1};
	sb_autojson *alive = json_object();
	json_t *hosts = json_object();

	while (sums->n_down_in && pve_ceph_next_osd(pve, &osd)) {
		if (!osd.is_in || !pve_osd_is_placed(&osd) || json_object_get(alive, osd.host))
			continue;
		if (osd.is_up) {
			json_object_set_new(alive, osd.host, json_true());
			json_object_del(hosts, osd.host);
		} else {
			json_object_set_new(hosts, osd.host,
					    json_integer(pve_ceph_int(hosts, osd.host) + 1));
		}
	}
	return hosts;
}

static void check_hosts(const struct lab_pve *pve, const struct pve_ceph_sums *sums, json_t *checks)
{
	sb_autojson *hosts = find_dead_hosts(pve, sums);
	size_t n_hosts = json_object_size(hosts);
	int64_t n_osds = 0;
	const char *host;
	json_t *n;

	json_object_foreach (hosts, host, n)
		n_osds += json_integer_value(n);
	add_check(checks, "OSD_HOST_DOWN", "HEALTH_WARN", (int64_t)n_hosts,
		  json_sprintf("%zu host%s (%" PRId64 " osds) down", n_hosts,
			       n_hosts == 1 ? "" : "s", n_osds));
	json_object_foreach (hosts, host, n) {
		const struct pve_node *node = pve_node_find(pve, host);

		add_detail(checks, "OSD_HOST_DOWN",
			   json_sprintf("host %s (root=default,rack=rack%u) (%" PRId64
					" osds) is down",
					host, node ? pve_ceph_rack(node) : 1,
					(int64_t)json_integer_value(n)));
	}
}

static void check_mons(const struct lab_pve *pve, json_t *checks)
{
	json_t *mons = pve->ceph->services[PVE_CEPH_MON], *mon;
	sb_autobuf quorum = SB_BUF_INIT(1 << 16);
	int64_t n_down = 0, rank = 0;
	const char *name;

	json_object_foreach (mons, name, mon) {
		if (pve_ceph_runs(pve, PVE_CEPH_MON, mon))
			sb_buf_addf(&quorum, "%s%s", quorum.len ? "," : "", name);
		else
			n_down++;
	}
	add_check(checks, "MON_DOWN", "HEALTH_WARN", n_down,
		  json_sprintf("%" PRId64 "/%zu mons down, quorum %s", n_down,
			       json_object_size(mons), sb_buf_str(&quorum)));
	json_object_foreach (mons, name, mon) {
		sb_autojson *address = pve_ceph_address(pve, pve_ceph_text(mon, "host"));
		const char *ip = json_string_value(address);

		if (!pve_ceph_runs(pve, PVE_CEPH_MON, mon))
			add_detail(checks, "MON_DOWN",
				   json_sprintf("mon.%s (rank %" PRId64
						") addr [v2:%s:3300/0,v1:%s:6789/0] is down (out "
						"of quorum)",
						name, rank, ip, ip));
		rank++;
	}
}

static void check_flags(const struct pve_ceph *ceph, json_t *checks)
{
	sb_autojson *text = pve_ceph_flag_text(ceph);
	const char *flags = json_string_value(text), *own = strstr(flags, "sortbitwise");

	add_check(
		checks, "OSDMAP_FLAGS", "HEALTH_WARN", own > flags,
		json_sprintf("%.*s flag(s) set", own > flags ? (int)(own - flags - 1) : 0, flags));
}

static void check_pools(const struct lab_pve *pve, const struct pve_ceph_sums *sums, json_t *checks)
{
	sb_autojson *details = json_array();
	int64_t n_single = 0, n_bad = sums->n_down_pgs, n_objects = sums->n_objects * 3, n_missing;
	const char *name;
	json_t *pool;
	size_t i;

	n_missing = sums->n_pgs ? sums->n_objects * n_bad / sums->n_pgs : 0;
	add_check(checks, "PG_DEGRADED", "HEALTH_WARN", n_bad,
		  json_sprintf("Degraded data redundancy: %" PRId64 "/%" PRId64
			       " objects degraded (%.3f%%), %" PRId64 " pgs degraded, %" PRId64
			       " pgs undersized",
			       n_missing, n_objects,
			       n_objects ? 100.0 * (double)n_missing / (double)n_objects : 0, n_bad,
			       n_bad));
	json_object_foreach (pve->ceph->pools, name, pool) {
		if (pve_ceph_int(pool, "size") != 1)
			continue;
		n_single++;
		json_array_append_new(details,
				      json_sprintf("pool '%s' has no replicas configured", name));
	}
	add_check(checks, "POOL_NO_REDUNDANCY", "HEALTH_WARN", n_single,
		  json_sprintf("%" PRId64 " pool(s) have no replicas configured", n_single));
	json_array_foreach (details, i, pool)
		add_detail(checks, "POOL_NO_REDUNDANCY", json_incref(pool));
}

static void check_services(const struct lab_pve *pve, json_t *checks)
{
	size_t n_fs = json_object_size(pve->ceph->filesystems);

	add_check(checks, "MGR_DOWN", "HEALTH_WARN", !pve_ceph_active(pve, PVE_CEPH_MGR),
		  json_string("no active mgr"));
	if (n_fs && !pve_ceph_active(pve, PVE_CEPH_MDS))
		add_check(checks, "MDS_ALL_DOWN", "HEALTH_ERR", (int64_t)n_fs,
			  json_sprintf("%zu filesystem%s offline", n_fs,
				       n_fs == 1 ? " is" : "s are"));
}

/* A check that people set replaces a derived one with the same code. */
static void add_own_checks(const struct pve_ceph *ceph, json_t *checks)
{
	const char *code;
	json_t *own;

	json_object_foreach (ceph->checks, code, own) {
		json_t *texts = json_object_get(own, "detail"), *text, *check;
		int64_t count = pve_ceph_int(own, "count");
		size_t i;

		add_check(checks, code, pve_ceph_text(own, "severity"), count ? count : 1,
			  json_string(pve_ceph_text(own, "summary")));
		check = json_object_get(checks, code);
		json_array_foreach (texts, i, text)
			add_detail(checks, code, json_incref(text));
		json_object_set_new(check, "muted", json_boolean(pve_ceph_int(own, "muted")));
	}
}

static json_t *find_worst(const json_t *checks, json_t *mutes)
{
	const char *worst = "HEALTH_OK", *code;
	json_t *check;

	json_object_foreach ((json_t *)(uintptr_t)checks, code, check) {
		const json_t *summary = json_object_get(check, "summary");
		const char *severity = pve_ceph_text(check, "severity");

		if (json_is_true(json_object_get(check, "muted")))
			json_array_append_new(
				mutes, json_pack("{ss sb sO sO}", "code", code, "sticky", 0,
						 "summary", json_object_get(summary, "message"),
						 "count", json_object_get(summary, "count")));
		else if (!sb_streq(worst, "HEALTH_ERR"))
			worst = sb_streq(severity, "HEALTH_ERR") ? "HEALTH_ERR" : "HEALTH_WARN";
	}
	return json_string(worst);
}

json_t *pve_ceph_health(const struct lab_pve *pve, int64_t now_s)
{
	struct pve_ceph_sums sums = pve_ceph_sum(pve, now_s);
	json_t *checks = json_object(), *mutes = json_array();
	json_t *status;

	check_mons(pve, checks);
	check_services(pve, checks);
	check_flags(pve->ceph, checks);
	check_osds(pve, &sums, checks);
	check_hosts(pve, &sums, checks);
	check_pools(pve, &sums, checks);
	add_own_checks(pve->ceph, checks);
	status = find_worst(checks, mutes);
	return json_pack("{so so so}", "status", status, "checks", checks, "mutes", mutes);
}
