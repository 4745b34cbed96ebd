/* SPDX-License-Identifier: Apache-2.0 */
/* Stage ceph.daemons: monitors, managers and metadata servers. Each node lists all of them. */
#include "ceph.h"

#include <stdio.h>
#include <string.h>

#include "stagebox/conf.h"
#include "stagebox/snap.h"

/* Each list is a part of one collection: one that could not be read makes the daemons of its type
 * unknown. */

static int read_mons(struct sb_stage_run *stage, const json_t *data, struct sb_error *err);
static int read_mgrs(struct sb_stage_run *stage, const json_t *data, struct sb_error *err);
static int read_mdss(struct sb_stage_run *stage, const json_t *data, struct sb_error *err);

static const char *const sources[] = {CEPH_DAEMON, NULL};
static const struct ceph_list lists[] = {
	{.path = "mon",
	 .what = "list of monitors",
	 .sources = sources,
	 .part = "mon/",
	 .read = read_mons},
	{.path = "mgr",
	 .what = "list of managers",
	 .sources = sources,
	 .part = "mgr/",
	 .read = read_mgrs},
	{.path = "mds",
	 .what = "list of metadata servers",
	 .sources = sources,
	 .part = "mds/",
	 .read = read_mdss},
};

/* A monitor that the map has, so that it has a rank, and that is in no quorum may have no state. */
static const char *read_mon_state(const json_t *item, const char *state)
{
	bool is_in_map = json_object_get(item, "rank") != NULL;

	if (state && (sb_streq(state, "running") || sb_streq(state, "stopped")))
		return state;
	return !state && is_in_map && !sb_json_bool(item, "quorum", false) ? "error" : "unknown";
}

static const char *read_mds_state(const char *state)
{
	if (!state)
		return "unknown";
	if (sb_streq(state, "up:active"))
		return "active";
	if (sb_starts_with(state, "up:standby"))
		return "standby";
	if (sb_starts_with(state, "up:"))
		return "running";
	return sb_starts_with(state, "down:") || sb_streq(state, "stopped") ? "stopped" : "unknown";
}

static const char *read_mgr_state(const char *state)
{
	static const char *const known[] = {"active", "standby", "stopped"};
	size_t i;

	for (i = 0; state && i < SB_ARRAY_LEN(known); i++)
		if (sb_streq(known[i], state))
			return known[i];
	return "unknown";
}

static const char *read_state(const char *type, const json_t *item)
{
	const char *state = sb_json_str(item, "state");

	if (sb_streq(type, "mon"))
		return read_mon_state(item, state);
	return sb_streq(type, "mds") ? read_mds_state(state) : read_mgr_state(state);
}

/* The short version, or the start of the long one. New reference. */
static json_t *read_version(const json_t *item)
{
	const char *brief = sb_json_str(item, "ceph_version_short");
	const char *version = brief && *brief ? brief : sb_json_str(item, "ceph_version");
	json_t *text = version && *version ? sb_json_text(version, 128) : NULL;

	return text ? text : json_null();
}

/* Proxmox VE names a daemon after its node, and one of a node that is down has no host. */
static const char *read_host(const struct sb_stage_run *stage, const json_t *item, const char *name)
{
	const char *host = sb_json_str(item, "host");
	sb_autojson *node = NULL;
	char key[512];

	if (ceph_is_id(host))
		return host;
	snprintf(key, sizeof(key), "%s/node/%s", sb_run_endpoint(stage), name);
	node = sb_row_get(stage, "node", key);
	return node ? name : NULL;
}

static int put_daemon(struct sb_stage_run *stage, const struct ceph_list *list, const json_t *item,
		      struct sb_error *err)
{
	static const char *const stable[] = {"addr", "quorum", "fs_name", "rank", NULL};
	const char *type = list->path;
	const char *name = sb_json_str(item, "name"), *host = read_host(stage, item, name);
	char id[256];
	const struct ceph_object object = {
		.kind = CEPH_DAEMON,
		.id = id,
		.fields = json_pack("{s:s, s:s, s:s, s:s?, s:s, s:o*, s:o*}", "name", name,
				    "daemon_type", type, "daemon_id", name, "host", host, "state",
				    read_state(type, item), "status", ceph_text(item, "state"),
				    "version", read_version(item)),
		.host = host,
		.from = item,
		.stable = stable,
	};

	snprintf(id, sizeof(id), "%s/%s", type, name);
	return ceph_put_object(stage, &object, err);
}

/* When the monitors do not answer, Proxmox VE lists those of its configuration, all of them
 * unknown. */
static bool is_guessed(const json_t *mons)
{
	const json_t *mon;
	size_t i;

	json_array_foreach (mons, i, mon) {
		const char *state = sb_json_str(mon, "state");

		if (json_object_get(mon, "rank") || !state || !sb_streq(state, "unknown"))
			return false;
	}
	return json_array_size(mons) > 0;
}

static int note_guessed(struct sb_stage_run *stage, const struct ceph_list *list,
			struct sb_error *err)
{
	struct sb_error why = SB_ERROR_INIT;

	sb_fail(&why, SB_E_STATE, "the monitors do not answer: Ceph may have no quorum");
	return ceph_note_unread(stage, list, &why, err);
}

/* The other nodes forget the managers and metadata servers of a node some time after it went
 * offline, so that one that is not in the list may still be there, whatever its name is. */
static int keep_daemons(struct sb_stage_run *stage, const struct ceph_list *list,
			struct sb_error *err)
{
	char prefix[512], offline[CEPH_NODE_ROOM];
	int rc = ceph_find_offline(stage, offline, err);

	if (rc < 0 || !*offline)
		return rc < 0 ? rc : 0;
	snprintf(prefix, sizeof(prefix), "%s/" CEPH_DAEMON "/%s", sb_run_endpoint(stage),
		 list->part);
	return sb_rows_keep(stage, CEPH_DAEMON, prefix);
}

static int read_daemons(struct sb_stage_run *stage, const struct ceph_list *list,
			const json_t *data, struct sb_error *err)
{
	int rc;

	if (sb_streq(list->path, "mon") && is_guessed(data))
		return note_guessed(stage, list, err);
	if (sb_streq(list->path, "mon") && !json_array_size(data)) /* one of them answered */
		return ceph_note_unread(stage, list, NULL, err);
	rc = ceph_put_items(stage, list, data, "name", put_daemon, err);
	if (rc < 0)
		return rc;
	rc = keep_daemons(stage, list, err);
	return rc < 0 ? rc : sb_rows_read(stage, CEPH_DAEMON);
}

static int read_mons(struct sb_stage_run *stage, const json_t *data, struct sb_error *err)
{
	return read_daemons(stage, &lists[0], data, err);
}

static int read_mgrs(struct sb_stage_run *stage, const json_t *data, struct sb_error *err)
{
	return read_daemons(stage, &lists[1], data, err);
}

static int read_mdss(struct sb_stage_run *stage, const json_t *data, struct sb_error *err)
{
	return read_daemons(stage, &lists[2], data, err);
}

int ceph_fetch_daemons(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	size_t i;
	int rc = 0;

	(void)arg;
	for (i = 0; !rc && i < SB_ARRAY_LEN(lists); i++)
		rc = ceph_ask(stage, &lists[i], err);
	return rc;
}

int ceph_diff_daemons(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	(void)arg;
	return ceph_reconcile(stage, CEPH_DAEMON, err);
}
