/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of the module ha: what it reads of high availability, and the two stages that write it. */
#pragma once

#include "stagebox/json.h"
#include "stagebox/module.h"

/* Rows of the stage ha.cluster, which ha.guests reads, too. Of lists, their keys are
 * "<endpoint>/ha/<id>"; of documents, "<endpoint>/ha". */
#define HA_CLUSTER   "ha-cluster"  /* the key of the cluster: {} */
#define HA_RESOURCES "ha-resource" /* by service id: {"group"?, "state"?} */
#define HA_SERVICES  "ha-service"  /* by service id: {"state"} */
#define HA_BINDINGS  "ha-binding"  /* by rule: {"resources": [service id]} */
#define HA_STATUS    "ha-status"   /* {"quorate", "master"?, "armed"?, "mode"?, "dead"?: [id]} */
#define HA_MANAGER   "ha-manager"  /* {"master"?, "nodes": {"<node>": {"state", "lrm"}}} */
#define HA_OPTIONS   "ha-options"  /* {"crs": {}, "shutdown_policy"} */

/* Rows of ha.guests. */
#define HA_GUESTS "ha-guest" /* by the key of the guest: {"sid"} */

#define HA_FIELD         "stagebox_ha" /* of the cluster */
#define HA_FIELD_STATE   "stagebox_ha_state"
#define HA_FIELD_MANAGED "stagebox_ha_managed"
#define HA_FIELD_GROUP   "stagebox_ha_group"

/** The states of a resource that ha_state_word() gives; ends with NULL. */
extern const char *const ha_states[];

/** The word for a state of Proxmox VE: itself, or "other" for one that a later version adds. */
const char *ha_state_word(const char *state);

/** Ask for all lists and documents: one request each, none per guest. */
int ha_fetch(struct sb_stage_run *stage, void *arg, struct sb_error *err);

/** Write the state of the cluster. */
int ha_diff_cluster(struct sb_stage_run *stage, void *arg, struct sb_error *err);

/** Put a row for each guest of the endpoint. */
int ha_fetch_guests(struct sb_stage_run *stage, void *arg, struct sb_error *err);

/** Write what the HA manager does with each guest. */
int ha_diff_guests(struct sb_stage_run *stage, void *arg, struct sb_error *err);
