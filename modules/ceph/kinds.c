/* SPDX-License-Identifier: Apache-2.0 */
/* The eight kinds, for which NetBox has no models. The numbers of fields are for ever; payload and
 * digest have the same ones in each kind. */
#include "ceph.h"

#include <string.h>

const char *const ceph_health_words[] = {"HEALTH_OK", "HEALTH_WARN", "HEALTH_ERR", "unknown", NULL};

/* Values that are entries of the journal, as are their ends. */
static const char *const when_false[] = {"false", NULL};
static const char *const not_active[] = {"standby", "stopped", "error", "unknown", NULL};

#define FIELD(id_, name_, label_, type_, ...)                                                      \
	{                                                                                          \
		.name = name_, .id = id_, .label = label_, .type = SB_FIELD_##type_, __VA_ARGS__   \
	}
#define TITLE(id_, label_) FIELD(id_, "name", label_, TEXT, .traits = SB_TRAIT_TITLE)
#define MOVING(id_, name_, label_, type_)                                                          \
	FIELD(id_, name_, label_, type_, .traits = SB_TRAIT_VOLATILE)
#define PARENT(id_, name_, label_, kind_)                                                          \
	FIELD(id_, name_, label_, REF, .kind = kind_, .traits = SB_TRAIT_NEEDED)
#define CLUSTER_OF_NODE FIELD(2, "cluster", "Cluster", REF, .kind = "cluster")
#define PAYLOAD                                                                                    \
	FIELD(100, "payload", "Answer of Proxmox VE", JSON,                                        \
	      .traits = SB_TRAIT_VOLATILE | SB_TRAIT_UNREAD),                                      \
		FIELD(101, SB_HOME_DIGEST, "Digest of the answer", TEXT)

static const struct sb_home_field cluster_fields[] = {
	TITLE(1, "Name"),
	PARENT(2, "cluster", "Cluster", "cluster"),
	FIELD(3, "fsid", "FSID", TEXT),
	FIELD(4, "health", "Health", TEXT),
	FIELD(5, "quorum_names", "Monitors in quorum", JSON),
	PAYLOAD,
	{0},
};

static const struct sb_home_field check_fields[] = {
	TITLE(1, "Check"),
	PARENT(2, "cluster", "Cluster", "cluster"),
	FIELD(3, "severity", "Severity", TEXT),
	MOVING(4, "summary", "Summary", TEXT),
	FIELD(5, "source", "Source", TEXT),
	FIELD(6, "first_seen_at", "First seen", TEXT, .traits = SB_TRAIT_VOLATILE,
	      .policy = SB_POLICY_CREATE_ONLY),
	PAYLOAD,
	{0},
};

static const struct sb_home_field daemon_fields[] = {
	TITLE(1, "Name"),
	CLUSTER_OF_NODE,
	PARENT(3, "device", "Node", "device"),
	FIELD(4, "daemon_type", "Type", TEXT),
	FIELD(5, "daemon_id", "Id", TEXT),
	FIELD(6, "host", "Host", TEXT),
	FIELD(7, "state", "State", TEXT, .journal = not_active),
	FIELD(8, "status", "Status", TEXT),
	FIELD(9, "version", "Version", TEXT),
	PAYLOAD,
	{0},
};

static const struct sb_home_field osd_fields[] = {
	TITLE(1, "Name"),
	CLUSTER_OF_NODE,
	PARENT(3, "device", "Node", "device"),
	FIELD(4, "osd_id", "Id", INT),
	FIELD(5, "host", "Host", TEXT),
	FIELD(6, "up", "Up", BOOL, .journal = when_false),
	FIELD(7, "in_cluster", "In", BOOL, .journal = when_false),
	FIELD(8, "status", "Status", TEXT),
	FIELD(9, "device_class", "Device class", TEXT),
	FIELD(10, "weight", "CRUSH weight", DECIMAL),
	FIELD(11, "reweight", "Reweight", DECIMAL),
	MOVING(12, "used_bytes", "Used (bytes)", INT),
	MOVING(13, "available_bytes", "Available (bytes)", INT),
	MOVING(14, "total_bytes", "Total (bytes)", INT),
	MOVING(15, "pgs", "Placement groups", INT),
	PAYLOAD,
	{0},
};

static const struct sb_home_field pool_fields[] = {
	TITLE(1, "Name"),
	PARENT(2, "cluster", "Cluster", "cluster"),
	FIELD(3, "pool_id", "Id", INT),
	FIELD(4, "size", "Size", INT),
	FIELD(5, "min_size", "Minimum size", INT),
	FIELD(6, "pg_num", "Placement groups", INT),
	FIELD(7, "pg_autoscale_mode", "Autoscale mode", TEXT),
	FIELD(8, "crush_rule", "CRUSH rule", TEXT),
	FIELD(9, "application", "Application", TEXT),
	MOVING(10, "used_bytes", "Used (bytes)", INT),
	MOVING(11, "max_available_bytes", "Available (bytes)", INT),
	MOVING(12, "percent_used", "Used (%)", DECIMAL),
	PAYLOAD,
	{0},
};

static const struct sb_home_field filesystem_fields[] = {
	TITLE(1, "Name"),
	PARENT(2, "cluster", "Cluster", "cluster"),
	FIELD(3, "metadata_pool", "Metadata pool", REF, .kind = CEPH_POOL),
	FIELD(4, "data_pools", "Data pools", JSON),
	FIELD(5, "standby_count_wanted", "Standby daemons wanted", INT),
	PAYLOAD,
	{0},
};

static const struct sb_home_field rule_fields[] = {
	TITLE(1, "Name"),
	PARENT(2, "cluster", "Cluster", "cluster"),
	FIELD(3, "rule_id", "Id", INT),
	FIELD(4, "rule_type", "Type", TEXT),
	FIELD(5, "device_class", "Device class", TEXT),
	FIELD(6, "steps", "Steps", JSON),
	PAYLOAD,
	{0},
};

static const struct sb_home_field flag_fields[] = {
	TITLE(1, "Flag"),
	PARENT(2, "cluster", "Cluster", "cluster"),
	FIELD(3, "enabled", "Enabled", BOOL),
	FIELD(4, "value", "Value", TEXT),
	PAYLOAD,
	{0},
};

#define HOME(kind_, slug_, label_, labels_, description_, parent_, fields_)                        \
	{                                                                                          \
		.size = sizeof(struct sb_home), .kind = kind_, .slug = slug_, .label = label_,     \
		.labels = labels_, .description = description_, .parent = parent_,                 \
		.custom_field = CEPH_FIELD, SB_TABLE(field, fields_),                              \
	}

/* A filesystem refers to its pool, which comes before it. */
static const struct sb_home homes[] = {
	HOME(CEPH_CLUSTER, "ceph-clusters", "Ceph cluster", "Ceph clusters",
	     "State of Ceph in a cluster of Proxmox VE", "cluster", cluster_fields),
	HOME(CEPH_CHECK, "ceph-health-checks", "Ceph health check", "Ceph health checks",
	     "What Ceph warns of", "cluster", check_fields),
	HOME(CEPH_DAEMON, "ceph-daemons", "Ceph daemon", "Ceph daemons",
	     "Monitors, managers, metadata servers", "device", daemon_fields),
	HOME(CEPH_OSD, "ceph-osds", "Ceph OSD", "Ceph OSDs", "Disks of Ceph", "device", osd_fields),
	HOME(CEPH_POOL, "ceph-pools", "Ceph pool", "Ceph pools", "Pools of Ceph", "cluster",
	     pool_fields),
	HOME(CEPH_FILESYSTEM, "ceph-filesystems", "Ceph filesystem", "Ceph filesystems",
	     "Filesystems of Ceph", "cluster", filesystem_fields),
	HOME(CEPH_CRUSH_RULE, "ceph-crush-rules", "Ceph CRUSH rule", "Ceph CRUSH rules",
	     "How Ceph places the copies of objects", "cluster", rule_fields),
	HOME(CEPH_FLAG, "ceph-flags", "Ceph flag", "Ceph flags", "Flags of all OSDs", "cluster",
	     flag_fields),
};

int ceph_add_kinds(struct sb_ctx *ctx, struct sb_error *err)
{
	size_t i;
	int rc = 0;

	for (i = 0; !rc && i < SB_ARRAY_LEN(homes); i++)
		rc = sb_home_add(ctx, &homes[i], err);
	return rc;
}

static const struct sb_home *find_home(const char *kind)
{
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(homes); i++)
		if (sb_streq(homes[i].kind, kind))
			return &homes[i];
	return NULL;
}

bool ceph_is_volatile(const char *kind, const char *name)
{
	const struct sb_home *home = find_home(kind);
	const struct sb_home_field *field;

	for (field = home ? home->fields : NULL; field && field->name; field++)
		if (sb_streq(field->name, name))
			return field->traits & SB_TRAIT_VOLATILE;
	return false;
}

bool ceph_is_of_node(const char *kind)
{
	const struct sb_home *home = find_home(kind);

	return home && sb_streq(home->parent, "device");
}
