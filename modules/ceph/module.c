/* SPDX-License-Identifier: Apache-2.0 */
/* Module ceph: the Ceph clusters of Proxmox VE in NetBox. It only reads from Proxmox VE. */
#include "ceph.h"

#include "stagebox/kind.h"

static const char *const clusters[] = {"cluster", NULL};

static const char *const alarming[] = {"HEALTH_WARN", "HEALTH_ERR", "unknown", NULL};

static const struct sb_field health = {
	.size = sizeof(struct sb_field),
	.name = CEPH_FIELD_HEALTH,
	.label = "Ceph health",
	.description = "health of Ceph in the cluster",
	.type = SB_FIELD_CHOICE,
	.choices = ceph_health_words,
	.kinds = clusters,
	.journal = alarming,
};

static const struct sb_opt options[] = {
	{.name = "crush_map",
	 .type = SB_OPT_BOOL,
	 .dflt = "true",
	 .help = "read the CRUSH map for what its rules do; the server runs crushtool for it"},
	{.name = "pool_details",
	 .type = SB_OPT_BOOL,
	 .dflt = "false",
	 .help = "read the space that is left in each pool; one request for each"},
	{.name = "refresh",
	 .type = SB_OPT_SECS,
	 .dflt = "24h",
	 .help = "write numbers that always change when the object in NetBox is older than this; "
		 "0s = than "
		 "netbox.refresh"},
	{0},
};

#define AFTER(...)                                                                                 \
	(const char *const[])                                                                      \
	{                                                                                          \
		"cluster.cluster", "cluster.nodes", __VA_ARGS__                                    \
	}
#define FIELDS(...)                                                                                \
	(const char *const[])                                                                      \
	{                                                                                          \
		"name", "cluster", __VA_ARGS__, "payload", SB_HOME_DIGEST, NULL                    \
	}

static const struct sb_write writes_status[] = {
	{"cluster", (const char *const[]){CEPH_FIELD_HEALTH, NULL}, "*/cluster"},
	{CEPH_CLUSTER, FIELDS("fsid", "health", "quorum_names"), "*/" CEPH_CLUSTER "/"},
	{CEPH_CHECK, FIELDS("severity", "summary", "source", "first_seen_at"), "*/" CEPH_CHECK "/"},
	{0}};
static const struct sb_write writes_daemons[] = {
	{CEPH_DAEMON,
	 FIELDS("device", "daemon_type", "daemon_id", "host", "state", "status", "version"),
	 "*/" CEPH_DAEMON "/"},
	{0}};
static const struct sb_write writes_osds[] = {
	{CEPH_OSD,
	 FIELDS("device", "osd_id", "host", "up", "in_cluster", "status", "device_class", "weight",
		"reweight", "used_bytes", "available_bytes", "total_bytes", "pgs"),
	 "*/" CEPH_OSD "/"},
	{0}};
static const struct sb_write writes_pools[] = {
	{CEPH_POOL,
	 FIELDS("pool_id", "size", "min_size", "pg_num", "pg_autoscale_mode", "crush_rule",
		"application", "used_bytes", "max_available_bytes", "percent_used"),
	 "*/" CEPH_POOL "/"},
	{0}};
static const struct sb_write writes_filesystems[] = {
	{CEPH_FILESYSTEM, FIELDS("metadata_pool", "data_pools", "standby_count_wanted"),
	 "*/" CEPH_FILESYSTEM "/"},
	{0}};
static const struct sb_write writes_crush[] = {
	{CEPH_CRUSH_RULE, FIELDS("rule_id", "rule_type", "device_class", "steps"),
	 "*/" CEPH_CRUSH_RULE "/"},
	{0}};
static const struct sb_write writes_flags[] = {
	{CEPH_FLAG, FIELDS("enabled", "value"), "*/" CEPH_FLAG "/"}, {0}};

static const struct sb_read reads_cluster[] = {{.kind = "cluster"}, {0}};
static const struct sb_read reads_node[] = {{.kind = "cluster"}, {.kind = "device"}, {0}};
static const struct sb_read reads_pool[] = {{.kind = "cluster"}, {.kind = CEPH_POOL}, {0}};

static const struct sb_need needs[] = {
	{.path = "/", .privilege = "Sys.Audit|Datastore.Audit", .use = "Ceph"}, {0}};
static const struct sb_need needs_flags[] = {
	{.path = "/", .privilege = "Sys.Audit", .use = "Ceph flags"}, {0}};

#define STAGE(word_, after_, reads_, writes_, needs_)                                              \
	{                                                                                          \
		.size = sizeof(struct sb_stage), .name = "ceph." #word_, .after = after_,          \
		SB_TABLE(read, reads_), SB_TABLE(write, writes_), SB_TABLE(need, needs_),          \
		.fetch = ceph_fetch_##word_, .diff = ceph_diff_##word_,                            \
	}

static const struct sb_stage stages[] = {
	STAGE(status, AFTER(NULL), reads_cluster, writes_status, needs),
	STAGE(daemons, AFTER("ceph.status", NULL), reads_node, writes_daemons, needs),
	STAGE(osds, AFTER("ceph.status", NULL), reads_node, writes_osds, needs),
	STAGE(pools, AFTER("ceph.status", NULL), reads_cluster, writes_pools, needs),
	STAGE(filesystems, AFTER("ceph.status", "ceph.pools", NULL), reads_pool, writes_filesystems,
	      needs),
	STAGE(crush, AFTER("ceph.status", NULL), reads_cluster, writes_crush, needs),
	STAGE(flags, AFTER("ceph.status", "ceph.osds", NULL), reads_cluster, writes_flags,
	      needs_flags),
};

static int start_module(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	size_t i;
	int rc = ceph_add_kinds(ctx, err);

	(void)ret_state;
	if (!rc)
		rc = sb_field_add(ctx, &health, err);
	for (i = 0; !rc && i < SB_ARRAY_LEN(stages); i++)
		rc = sb_stage_add(ctx, &stages[i], err);
	return rc;
}

SB_MODULE(ceph, .version = "0.1.0", .summary = "Ceph clusters", SB_TABLE(option, options),
	  .start = start_module)
