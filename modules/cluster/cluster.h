/* SPDX-License-Identifier: Apache-2.0 */
/* Declarations for the files of this module. */
#pragma once

#include "stagebox/conf.h"
#include "stagebox/guest.h"
#include "stagebox/json.h"
#include "stagebox/pve.h"
#include "stagebox/reconcile.h"

/* Sources, in addition to those that README.md lists for all modules. */
#define CLUSTER_PORTS     "node-interface" /* lab/node/pve1/vmbr0 */
#define CLUSTER_ADDRESSES "node-address"   /* lab/node/pve1/vmbr0/ip/10.0.0.1 */
#define CLUSTER_MACS      "node-mac"       /* lab/node/pve1/eno1/mac */
#define CLUSTER_HARDWARE  "node-hardware"  /* lab/node/pve1: {"cpu"?, "platform"?} or {"why"} */
#define CLUSTER_NOTES     "node-notes"     /* lab/node/pve1: {"notes"} or {"why"} */

int cluster_fetch(struct sb_stage_run *stage, void *arg, struct sb_error *err);

/** An answer of /access/acl: finds the guests that the role NoAccess hides; rows of
 * "resource-hidden" by endpoint and VMID. */
int cluster_on_acl(struct sb_stage_run *stage, const char *key, const json_t *data,
		   const struct sb_error *why, void *arg, struct sb_error *err);
int cluster_diff(struct sb_stage_run *stage, void *arg, struct sb_error *err);
int cluster_nodes_fetch(struct sb_stage_run *stage, void *arg, struct sb_error *err);
int cluster_nodes_diff(struct sb_stage_run *stage, void *arg, struct sb_error *err);
int cluster_interfaces_fetch(struct sb_stage_run *stage, void *arg, struct sb_error *err);
int cluster_interfaces_diff(struct sb_stage_run *stage, void *arg, struct sb_error *err);
int cluster_addresses_diff(struct sb_stage_run *stage, void *arg, struct sb_error *err);

/** The fields of a shared object: name and slug; NULL = out of memory. */
json_t *cluster_named(const char *name);

/** Request the site that a member of the cluster's row names: "site" (of the configuration), or
 * "node_site", which is never empty because NetBox has no device without a site. *ret_key NULL =
 * the member is empty. */
int cluster_demand_site(struct sb_stage_run *stage, const char *member, const char **ret_key,
			struct sb_error *err);

/** Join three texts; caller frees, NULL = out of memory. */
char *cluster_join(const char *head, const char *sign, const char *tail);

/** "<endpoint><tail>"; caller frees, NULL = out of memory. */
char *cluster_key(const struct sb_stage_run *stage, const char *tail);

/** The name of the cluster in NetBox, by the template of the endpoint; caller frees, NULL = out of
 * memory. */
char *cluster_make_name(const struct sb_stage_run *stage);

/**
 * The names of all nodes in NetBox, by the template of the endpoint.
 *
 * @ret_names  new object {"lab/node/pve1": name}
 *
 * SB_E_CONFLICT when two nodes would have the same name (NetBox ignores case).
 */
int cluster_device_names(struct sb_stage_run *stage, json_t **ret_names, struct sb_error *err);

/** Request the zones and vnets of SDN: rows "sdn-zone" and "sdn-vnet" ("lab/v120"), and "sdn-known"
 * ("lab") when the token sees all vnets. */
int cluster_sdn_fetch(struct sb_stage_run *stage, const char *key, struct sb_error *err);

/** Put the addresses of one row of /nodes/N/network. */
int cluster_put_addresses(struct sb_stage_run *stage, const char *node, const char *port,
			  const json_t *item, struct sb_error *err);

/** Declare that all addresses of a node were read. */
int cluster_network_known(struct sb_stage_run *stage, const char *node, struct sb_error *err);

/** Does Proxmox VE list bridges for this token? Otherwise it omits them without an error. */
bool cluster_sees_bridges(const struct sb_stage_run *stage);

/** The same for one bridge, which may have a rule of its own. */
bool cluster_sees_bridge(const struct sb_stage_run *stage, const char *name);
