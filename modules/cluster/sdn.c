/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the zones and vnets of SDN: the bridge of a guest's NIC may be a vnet, whose VLAN it has.
 */
#include "cluster.h"

#include <string.h>

/* Without pending=1 the answer has changes that are not applied. With it, the members of a row are
 * those in effect; a new row has only pending ones, which is better than nothing. */
static json_t *get_effective(const json_t *item)
{
	const json_t *pending = json_object_get(item, "pending");
	const char *state = sb_json_str(item, "state");
	json_t *row = json_copy((json_t *)(uintptr_t)item);

	if (row && state && sb_streq(state, "new") && json_is_object(pending) &&
	    json_object_update(row, (json_t *)(uintptr_t)pending) < 0) {
		json_decref(row);
		return NULL;
	}
	return row;
}

/* Put a row of each item: its type and tag, and the zone and alias of a vnet. */
static int put_items(struct sb_stage_run *stage, const json_t *data, const char *source,
		     const char *name, struct sb_error *err)
{
	const json_t *item; /* borrowed */
	size_t i;
	int rc;

	json_array_foreach (data, i, item) {
		sb_autojson *effective = get_effective(item), *row = NULL;
		const char *id = sb_json_str(effective, name);
		int64_t tag = 0;

		if (!id || !*id || strchr(id, '/'))
			continue;
		sb_json_int(effective, "tag", &tag);
		row = json_pack("{s:s*,s:s*,s:s*,s:I}", "type", sb_json_str(effective, "type"),
				"zone", sb_json_str(effective, "zone"), "alias",
				sb_json_str(effective, "alias"), "tag", (json_int_t)tag);
		rc = sb_row_put(stage, source, sb_steal(row), err, "%s/%s", sb_run_endpoint(stage),
				id);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int on_zones(struct sb_stage_run *stage, const char *key, const json_t *data,
		    const struct sb_error *why, void *arg, struct sb_error *err)
{
	(void)arg;
	(void)key;
	(void)why;
	return json_is_array(data) ? put_items(stage, data, "sdn-zone", "zone", err) : 0;
}

/* Only a token that may see all vnets proves by the list that a bridge is not one. */
static int on_vnets(struct sb_stage_run *stage, const char *key, const json_t *data,
		    const struct sb_error *why, void *arg, struct sb_error *err)
{
	int rc;

	(void)arg;
	(void)key;
	(void)why;
	if (!json_is_array(data))
		return 0;
	rc = put_items(stage, data, "sdn-vnet", "vnet", err);
	if (!rc && sb_pve_may(stage, "/sdn/zones", "SDN.Audit") == 1)
		rc = sb_row_put(stage, "sdn-known", json_object(), err, "%s",
				sb_run_endpoint(stage));
	return rc < 0 ? rc : 0;
}

int cluster_sdn_fetch(struct sb_stage_run *stage, const char *key, struct sb_error *err)
{
	int rc = sb_pve_ask(stage, on_zones, NULL, key, SB_PVE_INLINE, err,
			    "/cluster/sdn/zones?pending=1");

	return rc < 0 ? rc
		      : sb_pve_ask(stage, on_vnets, NULL, key, SB_PVE_INLINE, err,
				   "/cluster/sdn/vnets?pending=1");
}
