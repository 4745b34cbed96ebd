/* SPDX-License-Identifier: Apache-2.0 */
/* Answers about Ceph: who may ask which node, daemons, filesystems, rules and flags. */
#include "pve/ceph.h"

#include "base/buf.h"

/* Is Ceph set up on the node that answers? False after a refusal. */
static bool node_is_ready(struct pve_call *call)
{
	const struct lab_pve *pve = call->pve;
	/* /cluster/ceph is answered by the node that the client is connected to. */
	const struct pve_node *node = call->node ? call->node : pve_node_local(pve);

	if (pve->ceph->state == PVE_CEPH_ABSENT || !json_object_get(pve->ceph->hosts, node->name))
		pve_refuse(call, 500, "binary not installed: /usr/bin/ceph-mon");
	else if (pve->ceph->state == PVE_CEPH_UNINITIALIZED)
		pve_refuse(call, 500,
			   "pveceph configuration not initialized - missing '/etc/pve/ceph.conf', "
			   "missing '/etc/pve/ceph'");
	else
		return true;
	return false;
}

bool pve_ceph_reach(struct pve_call *call)
{
	if (!node_is_ready(call))
		return false;
	if (pve_ceph_has_quorum(call->pve))
		return true;
	pve_refuse(call, 500, "got timeout");
	return false;
}

bool pve_ceph_is_broadcast(const struct lab_pve *pve, const json_t *daemon)
{
	const struct pve_node *node = pve_node_find(pve, pve_ceph_text(daemon, "host"));

	return node && pve_node_is_up(node) && *pve_ceph_text(daemon, "state");
}

static json_t *service_row(const struct lab_pve *pve, enum pve_ceph_service service,
			   const char *name, const json_t *daemon)
{
	const char *host = pve_ceph_text(daemon, "host"), *state = pve_ceph_text(daemon, "state");
	bool runs = pve_ceph_runs(pve, service, daemon);
	json_t *row = json_pack("{ss}", "name", name);

	if (pve_ceph_is_broadcast(pve, daemon)) {
		json_object_set_new(row, "host", json_string(host));
		json_object_set_new(row, "direxists", json_integer(1));
		/* A daemon whose unit is not enabled has the state "unknown". */
		if (!sb_streq(state, "unknown"))
			json_object_set_new(row, "service", json_integer(1));
	}
	if (*state)
		json_object_set_new(
			row, "state",
			json_string(pve_ceph_is_broadcast(pve, daemon) ? state : "unknown"));
	if (runs) {
		json_object_set_new(row, "ceph_version", pve_ceph_long_version(pve, host));
		json_object_set_new(row, "ceph_version_short",
				    json_string(pve_ceph_version(pve, host)));
	}
	return row;
}

static void set_address(const struct lab_pve *pve, json_t *row, const json_t *daemon,
			const char *port)
{
	sb_autojson *address = pve_ceph_address(pve, pve_ceph_text(daemon, "host"));

	json_object_set_new(row, "addr", json_sprintf("%s%s", json_string_value(address), port));
}

static void answer_mons(struct pve_call *call)
{
	const struct lab_pve *pve = call->pve;
	json_t *list, *mon;
	const char *name;
	int rank = 0;
	bool has_quorum;

	if (!node_is_ready(call))
		return;
	list = json_array();
	has_quorum = pve_ceph_has_quorum(pve);
	json_object_foreach (pve->ceph->services[PVE_CEPH_MON], name, mon) {
		json_t *row = service_row(pve, PVE_CEPH_MON, name, mon);

		json_array_append_new(list, row);
		if (!has_quorum) { /* this answer needs no monitor, but has less to say without one
				    */
			json_object_set_new(row, "state", json_string("unknown"));
			set_address(pve, row, mon, "");
			continue;
		}
		json_object_set_new(row, "rank", json_integer(rank++));
		set_address(pve, row, mon, ":6789/0");
		if (pve_ceph_runs(pve, PVE_CEPH_MON, mon))
			json_object_set_new(row, "quorum", json_integer(1));
	}
	pve_ok_list(call, list);
}

static void answer_mgrs(struct pve_call *call)
{
	const struct lab_pve *pve = call->pve;
	json_t *list, *mgr;
	const char *name, *active;

	if (!pve_ceph_reach(call))
		return;
	list = json_array();
	active = pve_ceph_active(pve, PVE_CEPH_MGR);
	json_object_foreach (pve->ceph->services[PVE_CEPH_MGR], name, mgr) {
		json_t *row;

		/* Managers are not in the configuration: one is known from its node, or not at all.
		 */
		if (!pve_ceph_is_broadcast(pve, mgr))
			continue;
		row = service_row(pve, PVE_CEPH_MGR, name, mgr);
		json_array_append_new(list, row);
		if (!pve_ceph_runs(pve, PVE_CEPH_MGR, mgr))
			continue;
		set_address(pve, row, mgr, "");
		json_object_set_new(
			row, "state",
			json_string(active && sb_streq(name, active) ? "active" : "standby"));
	}
	pve_ok_list(call, list);
}

/* A metadata server that runs: its state comes from the maps of the filesystems. */
static void add_mds_state(const struct lab_pve *pve, json_t *row, const char *name,
			  const json_t *mds, const char *active)
{
	const char *state = pve_ceph_text(mds, "state");
	bool is_active = active && sb_streq(name, active);
	bool follows = sb_streq(state, "up:standby-replay") && !is_active;
	void *first = json_object_iter(pve->ceph->filesystems);

	set_address(pve, row, mds, ":6801/1755000000");
	if (is_active)
		state = "up:active";
	else if (sb_streq(state, "up:active"))
		state = "up:standby"; /* there is one rank */
	json_object_set_new(row, "state", json_string(state));
	json_object_set_new(row, "rank", json_integer(is_active || follows ? 0 : -1));
	json_object_set_new(row, "standby_replay", json_integer(follows));
	if (pve->major >= 9 && first && (is_active || follows))
		json_object_set_new(row, "fs_name", json_string(json_object_iter_key(first)));
}

static void answer_mdss(struct pve_call *call)
{
	const struct lab_pve *pve = call->pve;
	const char *name, *active;
	json_t *list, *mds;

	if (!pve_ceph_reach(call))
		return;
	list = json_array();
	active = pve_ceph_active(pve, PVE_CEPH_MDS);
	json_object_foreach (pve->ceph->services[PVE_CEPH_MDS], name, mds) {
		json_t *row = service_row(pve, PVE_CEPH_MDS, name, mds);

		json_array_append_new(list, row);
		/* Without an address of its own the configuration has the name of the node. */
		json_object_set(row, "addr", json_object_get(mds, "host"));
		json_object_set(row, "host", json_object_get(mds, "host"));
		if (pve_ceph_runs(pve, PVE_CEPH_MDS, mds))
			add_mds_state(pve, row, name, mds, active);
	}
	pve_ok_list(call, list);
}

static json_t *pool_id(const struct pve_ceph *ceph, const char *pool)
{
	return json_integer(pve_ceph_int(json_object_get(ceph->pools, pool), "id"));
}

static json_t *filesystem_row(const struct lab_pve *pve, const char *name, const json_t *fs)
{
	const char *metadata_pool = pve_ceph_text(fs, "metadata_pool");
	json_t *pools = json_object_get(fs, "data_pools"), *ids = json_array(), *pool;
	json_t *row = json_pack("{ss ss sO}", "name", name, "metadata_pool", metadata_pool,
				"data_pool", json_array_get(pools, 0));
	size_t i;

	json_array_foreach (pools, i, pool)
		json_array_append_new(ids, pool_id(pve->ceph, json_string_value(pool)));
	if (pve->major >= 9) {
		json_object_set_new(row, "metadata_pool_id", pool_id(pve->ceph, metadata_pool));
		json_object_set(row, "data_pools", pools);
		json_object_set(row, "data_pool_ids", ids);
	}
	json_decref(ids);
	return row;
}

static void answer_filesystems(struct pve_call *call)
{
	json_t *list, *fs;
	const char *name;

	if (!pve_ceph_reach(call))
		return;
	list = json_array();
	json_object_foreach (call->pve->ceph->filesystems, name, fs)
		json_array_append_new(list, filesystem_row(call->pve, name, fs));
	pve_ok_list(call, list);
}

static void answer_rules(struct pve_call *call)
{
	json_t *list, *rule;
	const char *name;

	if (!pve_ceph_reach(call))
		return;
	list = json_array();
	json_object_foreach (call->pve->ceph->rules, name, rule)
		json_array_append_new(list, json_pack("{ss}", "name", name));
	pve_ok_list(call, list);
}

const struct pve_ceph_flag pve_ceph_flags[] = {
	{"nobackfill", "Backfilling of PGs is suspended."},
	{"nodeep-scrub", "Deep Scrubbing is disabled."},
	{"nodown",
	 "OSD failure reports are being ignored, such that the monitors will not mark OSDs "
	 "down."},
	{"noin",
	 "OSDs that were previously marked out will not be marked back in when they start."},
	{"noout", "OSDs will not automatically be marked out after the configured interval."},
	{"norebalance", "Rebalancing of PGs is suspended."},
	{"norecover", "Recovery of PGs is suspended."},
	{"noscrub", "Scrubbing is disabled."},
	{"notieragent", "Cache tiering activity is suspended."},
	{"noup", "OSDs are not allowed to start."},
	{"pause", "Pauses read and writes."},
	{0},
};

json_t *pve_ceph_flag_text(const struct pve_ceph *ceph)
{
	/* Ceph's own order. */
	static const char *const names[] = {"noup",         "nodown",      "noout",     "noin",
					    "nobackfill",   "norebalance", "norecover", "noscrub",
					    "nodeep-scrub", "notieragent"};
	sb_autobuf text = SB_BUF_INIT(1 << 10);

	if (json_object_get(ceph->flags, "pause"))
		sb_buf_add(&text, "pauserd,pausewr,");
	for (size_t i = 0; i < SB_ARRAY_LEN(names); i++)
		if (json_object_get(ceph->flags, names[i]))
			sb_buf_addf(&text, "%s,", names[i]);
	sb_buf_add(&text, "sortbitwise,recovery_deletes,purged_snapdirs,pglog_hardlimit");
	return json_string(sb_buf_str(&text));
}

static void answer_flags(struct pve_call *call)
{
	json_t *list;

	if (!pve_ceph_reach(call))
		return;
	list = json_array();
	for (const struct pve_ceph_flag *flag = pve_ceph_flags; flag->name; flag++)
		json_array_append_new(
			list, json_pack("{ss ss si}", "name", flag->name, "description",
					flag->description, "value",
					json_object_get(call->pve->ceph->flags, flag->name) != 0));
	pve_ok(call, list); /* Proxmox VE sorts this list */
}

static void answer_flag(struct pve_call *call)
{
	const struct pve_param_rule rule = {
		"flag", PVE_PARAM_ENUM,
		"nobackfill, nodeep-scrub, nodown, noin, noout, norebalance, norecover, noscrub, "
		"notieragent, noup, pause"};
	json_t *error = pve_param_error(&rule, call->name);

	if (error)
		pve_refuse_params(call, json_pack("{so}", "flag", error));
	else if (pve_ceph_reach(call))
		pve_ok(call,
		       json_integer(json_object_get(call->pve->ceph->flags, call->name) != 0));
}

static const struct pve_param_rule metadata_params[] = {{"scope", PVE_PARAM_ENUM, "all, versions"},
							{0}};
static const struct pve_param_rule pool_params[] = {{"verbose", PVE_PARAM_BOOL, NULL}, {0}};

#define ANY_AUDIT PVE_NEED_CEPH_AUDIT, 0, 0, true
#define SYS_AUDIT PVE_NEED_SYS_AUDIT, 0, 0, true
#define CEPH      "/nodes/{node}/ceph/"

const struct pve_route pve_ceph_routes[] = {
	{"/cluster/ceph/status", pve_answer_ceph_status, NULL, ANY_AUDIT},
	{"/cluster/ceph/metadata", pve_answer_ceph_metadata, metadata_params, ANY_AUDIT},
	{"/cluster/ceph/flags", answer_flags, NULL, SYS_AUDIT},
	{"/cluster/ceph/flags/{flag}", answer_flag, NULL, SYS_AUDIT},
	{CEPH "status", pve_answer_ceph_status, NULL, ANY_AUDIT},
	{CEPH "mon", answer_mons, NULL, ANY_AUDIT},
	{CEPH "mgr", answer_mgrs, NULL, ANY_AUDIT},
	{CEPH "mds", answer_mdss, NULL, ANY_AUDIT},
	{CEPH "osd", pve_answer_ceph_osds, NULL, ANY_AUDIT},
	{CEPH "osd/{osdid}/metadata", pve_answer_ceph_osd, NULL, SYS_AUDIT},
	{CEPH "pool", pve_answer_ceph_pools, NULL, ANY_AUDIT},
	{CEPH "pool/{name}/status", pve_answer_ceph_pool, pool_params, ANY_AUDIT},
	{CEPH "fs", answer_filesystems, NULL, ANY_AUDIT},
	{CEPH "rules", answer_rules, NULL, ANY_AUDIT},
	{CEPH "crush", pve_answer_ceph_crush, NULL, ANY_AUDIT},
	{0},
};
