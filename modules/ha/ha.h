/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of the module ha: what it reads of high availability, the two stages that write it, and the
 * view that shows it. */
#pragma once

#include "stagebox/json.h"
#include "stagebox/module.h"

/* Rows of the stage ha.cluster, which ha.guests reads, too. Of lists, their keys are
 * "<endpoint>/ha/<id>"; of documents, "<endpoint>/ha". */
#define HA_CLUSTER   "ha-cluster"  /* the key of the cluster: {} */
#define HA_RESOURCES "ha-resource" /* by service id: {"group"?, "requested"?} */
#define HA_SERVICES  "ha-service"  /* by service id: {"state"} */
#define HA_BINDINGS  "ha-binding"  /* by rule: {"resources": [service id]} */
#define HA_STATUS                                                                                  \
	"ha-status" /* {"quorate", "master"?, "armed"?, "mode"?, "dead"?: [id], "drift"?: [id]} */
#define HA_MANAGER "ha-manager" /* {"master"?, "nodes": {"<node>": {"state", "lrm"}}} */
#define HA_OPTIONS "ha-options" /* {"crs": {}, "shutdown_policy"} */

/* Rows of ha.guests, and of the view. */
#define HA_GUESTS "ha-guest" /* by the key of the guest: {"sid"}, of the view with {"name"?} */

/* Rows of the view alone. */
#define HA_GROUPS "ha-group" /* by group, until Proxmox VE 8: ha_parse_group() */

/* Of a sync, rows have what is compared. Of the view, those of resources and rules are what
 * ha_parse_resource() and ha_parse_rule() make, rules that are not applied are there, too, and a
 * service has {"state", "node", "crm_state"} in the words of Proxmox VE. */
struct ha_reading {
	bool is_full;
};

/** The arg of the fetch functions. */
extern const struct ha_reading ha_for_sync, ha_for_view;

#define HA_FIELD         "stagebox_ha" /* of the cluster */
#define HA_FIELD_STATE   "stagebox_ha_state"
#define HA_FIELD_MANAGED "stagebox_ha_managed"
#define HA_FIELD_GROUP   "stagebox_ha_group"

/** The states of a resource that ha_state_word() gives; ends with NULL. */
extern const char *const ha_states[];

/** The word for a state of Proxmox VE: itself, or "other" for one that a later version adds. */
const char *ha_state_word(const char *state);

/** The word for a family of guests in ids of resources: "vm"; NULL = it is not one. */
const char *ha_word_of(const char *type);

/** The family of the guest of a resource; NULL = it is not a guest. */
const char *ha_type_of(const char *sid);

/* Each returns a new reference, NULL when out of memory. */

/** "ct:102,vm:101" as ["ct:102", "vm:101"]. */
json_t *ha_parse_list(const char *text);

/** "pve1:2,pve2" as [{"node": "pve1", "priority": 2}, {"node": "pve2", "priority": 0}]. */
json_t *ha_parse_nodes(const char *text);

/** {"type", "affinity", "resources": [], "nodes": [], "strict", "disabled", "errors": [text],
 * "comment"}. */
json_t *ha_parse_rule(const json_t *item);

/** {"nodes": [], "restricted", "nofailback", "comment"}. */
json_t *ha_parse_group(const json_t *item);

/** {"requested", "max_restart", "max_relocate", "failback", "group", "comment", "errors": [text]}.
 * @major of Proxmox VE */
json_t *ha_parse_resource(const json_t *item, int major);

/** An option of several values as an object of texts. It may be an object, or a text like
 * "static,ha-rebalance-on-start=1", whose first word may stand without its name. */
json_t *ha_parse_property(const json_t *value, const char *first);

/** Does the manager apply a rule: is it neither disabled nor does it have errors? @rule: as in the
 * answer */
bool ha_rule_is_applied(const json_t *rule);

/** Does the manager care for the guest of this row of HA_RESOURCES? It does nothing with one that
 * it is to ignore. NULL = there is none. */
bool ha_is_managed(const json_t *resource);

/** The row of an item of a list by its id, as "vm:101". New reference; NULL = there is none. */
json_t *ha_get_item(const struct sb_stage_run *stage, const char *source, const char *id);

/** Texts as "one, two". Caller frees; NULL when out of memory. */
char *ha_join(const json_t *names);

/** Add the members of a document to the value. False = it is not known, and why. */
bool ha_add_document(struct sb_stage_run *stage, const char *source, json_t *value,
		     struct sb_error *ret_why);

/** Ask for all lists and documents: one request each, none per guest. */
int ha_fetch(struct sb_stage_run *stage, void *arg, struct sb_error *err);

/** As ha_fetch(), and for the list of all guests. */
int ha_fetch_view(struct sb_stage_run *stage, void *arg, struct sb_error *err);

/** Show the state of high availability, or one guest. */
int ha_show(struct sb_stage_run *stage, json_t *document, void *arg, struct sb_error *err);

/** Write the state of the cluster. */
int ha_diff_cluster(struct sb_stage_run *stage, void *arg, struct sb_error *err);

/** Put a row for each guest of the endpoint. */
int ha_fetch_guests(struct sb_stage_run *stage, void *arg, struct sb_error *err);

/** Write what the HA manager does with each guest. */
int ha_diff_guests(struct sb_stage_run *stage, void *arg, struct sb_error *err);
