/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the VLAN and the MTU that a NIC gets from its bridge. */
#include "guest/guest_priv.h"

static json_t *get_port(struct sb_run *run, const json_t *nic)
{
	const char *node = sb_json_str(nic, "node"), *bridge = sb_json_str(nic, "bridge");
	sb_autofree char *key = NULL;

	if (!node || !bridge)
		return NULL;
	key = sb_guest_format("%s/node/%s/%s", sb_run_endpoint(run), node, bridge);
	return key ? sb_row_get(run, "node-interface", key) : NULL;
}

static json_t *get_vnet(struct sb_run *run, const char *name)
{
	sb_autofree char *key = sb_guest_format("%s/%s", sb_run_endpoint(run), name);

	return key ? sb_row_get(run, "sdn-vnet", key) : NULL;
}

enum sb_guest_bridge sb_guest_bridge_vlan(struct sb_run *run, const json_t *nic, int64_t *ret_vid)
{
	const char *bridge = sb_json_str(nic, "bridge");
	sb_autojson *vnet = bridge ? get_vnet(run, bridge) : NULL, *port = NULL, *known = NULL;

	if (!bridge)
		return SB_GUEST_BRIDGE_PLAIN;
	if (!vnet) {
		port = get_port(run, nic);
		known = sb_row_get(run, "sdn-known", sb_run_endpoint(run));
		return port || known ? SB_GUEST_BRIDGE_PLAIN : SB_GUEST_BRIDGE_HIDDEN;
	}
	return sb_guest_vnet_vlan(run, vnet, ret_vid);
}

bool sb_guest_bridge_mtu(struct sb_run *run, const json_t *nic, int64_t *ret_mtu)
{
	sb_autojson *port = get_port(run, nic);

	*ret_mtu = 0;
	sb_json_int(port, "mtu", ret_mtu);
	return port != NULL;
}
