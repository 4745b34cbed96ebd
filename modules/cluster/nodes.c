/* SPDX-License-Identifier: Apache-2.0 */
/* Stage cluster.nodes: a device for each node. Its rows come from cluster.cluster. */
#include "cluster.h"

/* Keys of the shared objects that all nodes refer to. */
struct keys {
	const char *cluster, *site, *type, *role;
};

static int want_node(struct sb_run *run, const char *key, const json_t *row, struct sb_want *want,
		     void *arg, struct sb_error *err)
{
	const struct keys *keys = arg;
	const char *name = sb_json_str(row, "name");
	struct sb_error why = SB_ERROR_INIT;

	(void)run;
	(void)key;
	(void)err;
	sb_want_set(want, "name", sb_json_text(name ? name : "", 64));
	sb_want_ref(want, "device_type", "device-type", keys->type);
	sb_want_ref(want, "role", "device-role", keys->role);
	sb_want_ref(want, "site", "site", keys->site);
	sb_want_ref(want, "cluster", "cluster", keys->cluster);
	if (json_object_get(row, "online")) {
		sb_want_str(want, "status",
			    sb_json_bool(row, "online", false) ? "active" : "offline");
		return 0;
	}
	sb_fail(&why, SB_E_STATE, "whether the node is online is not known");
	sb_want_unknown(want, "status", &why);
	return 0;
}

static int demand_type(struct sb_run *run, const char **ret_key, struct sb_error *err)
{
	json_t *maker = cluster_named("Proxmox"), *type;
	const char *maker_key;
	int rc;

	if (!maker)
		return sb_fail(err, SB_E_NOMEM, "device type: out of memory");
	rc = sb_shared(run, "manufacturer", maker, &maker_key, err);
	if (rc < 0)
		return rc;
	type = json_pack("{s:{s:s},s:s,s:s}", "manufacturer", "$ref", maker_key, "model",
			 "Proxmox Generic Device", "slug", "proxmox-generic-device");
	if (!type)
		return sb_fail(err, SB_E_NOMEM, "device type: out of memory");
	return sb_shared(run, "device-type", type, ret_key, err);
}

static int demand_role(struct sb_run *run, const char **ret_key, struct sb_error *err)
{
	json_t *role = json_pack("{s:s,s:s,s:s,s:b}", "name", "Proxmox Node", "slug",
				 "proxmox-node", "color", "00bcd4", "vm_role", 0);

	if (!role)
		return sb_fail(err, SB_E_NOMEM, "role of nodes: out of memory");
	return sb_shared(run, "device-role", role, ret_key, err);
}

int cluster_nodes_diff(struct sb_run *run, struct sb_error *err)
{
	sb_autofree char *cluster = cluster_key(run, "/cluster");
	sb_autofree char *prefix = cluster_key(run, "/node/");
	struct sb_reconcile reconcile = {.size = sizeof(reconcile), .kind = "device"};
	struct keys keys = {.cluster = cluster};
	int rc;

	if (!cluster || !prefix)
		return sb_fail(err, SB_E_NOMEM, "nodes: out of memory");
	rc = cluster_demand_site(run, &keys.site, err);
	if (!rc)
		rc = demand_type(run, &keys.type, err);
	if (!rc)
		rc = demand_role(run, &keys.role, err);
	if (rc < 0)
		return rc;
	reconcile.source = "node";
	reconcile.prefix = prefix;
	reconcile.want = want_node;
	reconcile.arg = &keys;
	return sb_reconcile(run, &reconcile, err);
}
