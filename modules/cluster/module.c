/* SPDX-License-Identifier: Apache-2.0 */
/* Module cluster: the cluster itself, its nodes, their ports and their addresses. */
#include "cluster.h"

#define NAMES(...)                                                                                 \
	(const char *const[])                                                                      \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}

static const struct sb_write cluster_writes[] = {
	{"cluster", NAMES("name", "type", "scope"), "*/cluster"},
	{NULL, NULL, NULL},
};

static const struct sb_read cluster_reads[] = {
	{.kind = "cluster-type"},
	{.kind = "site"},
	{0},
};

static const struct sb_write node_writes[] = {
	{"device",
	 NAMES("name", "device_type", "role", "platform", "site", "cluster", "status",
	       "description", "comments", "stagebox_cpu"),
	 "*/node/"},
	{NULL, NULL, NULL},
};

static const struct sb_read node_reads[] = {
	{.kind = "cluster"},
	{.kind = "manufacturer"},
	{.kind = "device-type"},
	{.kind = "device-role"},
	{.kind = "platform"},
	{.kind = "site"},
	{0},
};

static const struct sb_write interface_writes[] = {
	{"interface",
	 NAMES("device", "name", "type", "enabled", "mtu", "mac_address", "primary_mac_address",
	       "parent", "bridge", "lag", "mode", "untagged_vlan", "tagged_vlans", "description"),
	 "*/node/"},
	{"mac-address", NAMES("mac_address", "assigned_object"), "*/node/"},
	{NULL, NULL, NULL},
};

static const struct sb_read interface_reads[] = {
	{.kind = "interface", .fields = NAMES("_occupied")},
	{.kind = "device"},
	{.kind = "vlan-group"},
	{.kind = "vlan"},
	{0},
};

static const struct sb_need cluster_needs[] = {
	{.path = "/", .privilege = "Sys.Audit", .use = "the cluster, its nodes and its quorum"},
	{.path = "/vms", .privilege = "VM.Audit", .use = "the complete list of guests"},
	{0},
};

/* Linux bridges belong to the zone localnetwork, and Proxmox VE omits them without an error. */
static const struct sb_need interface_needs[] = {
	{.path = "/sdn/zones/localnetwork",
	 .privilege = "SDN.Audit|SDN.Use",
	 .use = "bridges of nodes"},
	{0},
};

static const struct sb_write address_writes[] = {
	{"ip", NAMES("address", "assigned_object", "status", "role"), "*/node/"},
	{"device", NAMES("primary_ip4", "primary_ip6"), "*/node/"},
	{NULL, NULL, NULL},
};

static const struct sb_read address_reads[] = {
	{.kind = "interface"},
	{0},
};

static const struct sb_opt options[] = {
	{.name = "device_type",
	 .type = SB_OPT_STR,
	 .dflt = "generic",
	 .help = "the device type of nodes: generic = \"Proxmox VE node\", cpu = named after the "
		 "processor"},
	{0},
};

static int start_module(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	static const char *const after_cluster[] = {"cluster.cluster", NULL};
	static const char *const after_nodes[] = {"cluster.cluster", "cluster.nodes", NULL};
	static const char *const after_interfaces[] = {"cluster.nodes", "cluster.interfaces", NULL};
	static const struct sb_stage stages[] = {
		{
			.size = sizeof(struct sb_stage),
			.name = "cluster.cluster",
			SB_TABLE(write, cluster_writes),
			SB_TABLE(read, cluster_reads),
			.fetch = cluster_fetch,
			.diff = cluster_diff,
			SB_TABLE(need, cluster_needs),
		},
		{
			.size = sizeof(struct sb_stage),
			.name = "cluster.nodes",
			.after = after_cluster,
			SB_TABLE(write, node_writes),
			SB_TABLE(read, node_reads),
			.fetch = cluster_nodes_fetch,
			.diff = cluster_nodes_diff,
		},
		{
			.size = sizeof(struct sb_stage),
			.name = "cluster.interfaces",
			.after = after_nodes,
			SB_TABLE(write, interface_writes),
			SB_TABLE(read, interface_reads),
			.fetch = cluster_interfaces_fetch,
			.diff = cluster_interfaces_diff,
			SB_TABLE(need, interface_needs),
		},
		{
			.size = sizeof(struct sb_stage),
			.name = "cluster.addresses",
			.after = after_interfaces,
			SB_TABLE(write, address_writes),
			SB_TABLE(read, address_reads),
			.diff = cluster_addresses_diff,
		},
	};
	size_t i;
	int rc;

	(void)ret_state;
	for (i = 0; i < SB_ARRAY_LEN(stages); i++) {
		rc = sb_stage_add(ctx, &stages[i], err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

SB_MODULE(cluster, .version = "0.1.0", .summary = "Cluster, nodes, their ports and their addresses",
	  SB_TABLE(option, options), .start = start_module)
