/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the VLAN and the MTU that a NIC gets from its bridge. */
#include "guest/guest_priv.h"

static json_t *get_port(struct sb_stage_run *stage, const json_t *nic)
{
	const char *node = sb_json_str(nic, "node"), *bridge = sb_json_str(nic, "bridge");
	sb_autofree char *key = NULL;

	if (!node || !bridge)
		return NULL;
	key = sb_guest_format("%s/node/%s/%s", sb_run_endpoint(stage), node, bridge);
	return key ? sb_row_get(stage, "node-interface", key) : NULL;
}

static json_t *get_vnet(struct sb_stage_run *stage, const char *name)
{
	sb_autofree char *key = sb_guest_format("%s/%s", sb_run_endpoint(stage), name);

	return key ? sb_row_get(stage, "sdn-vnet", key) : NULL;
}

enum sb_guest_bridge sb_guest_bridge_vlan(struct sb_stage_run *stage, const json_t *nic,
					  int64_t *ret_vid)
{
	const char *bridge = sb_json_str(nic, "bridge");
	sb_autojson *vnet = bridge ? get_vnet(stage, bridge) : NULL, *port = NULL, *known = NULL;

	if (!bridge)
		return SB_GUEST_BRIDGE_PLAIN;
	if (!vnet) {
		port = get_port(stage, nic);
		known = sb_row_get(stage, "sdn-known", sb_run_endpoint(stage));
		return port || known ? SB_GUEST_BRIDGE_PLAIN : SB_GUEST_BRIDGE_HIDDEN;
	}
	return sb_guest_vnet_vlan(stage, vnet, ret_vid);
}

bool sb_guest_bridge_mtu(struct sb_stage_run *stage, const json_t *nic, int64_t *ret_mtu)
{
	sb_autojson *port = get_port(stage, nic);

	*ret_mtu = 0;
	sb_json_int(port, "mtu", ret_mtu);
	return port != NULL;
}
