/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the VLAN and the MTU that a NIC gets from its bridge. */
#include "guest/guest_priv.h"

#define MAX_VID 4094

static json_t *get_port(struct sb_run *run, const json_t *nic)
{
	const char *node = sb_json_str(nic, "node"), *bridge = sb_json_str(nic, "bridge");
	sb_autofree char *key = NULL;

	if (!node || !bridge)
		return NULL;
	key = sb_guest_format("%s/node/%s/%s", sb_run_endpoint(run), node, bridge);
	return key ? sb_row_get(run, "node-interface", key) : NULL;
}

static json_t *get_sdn_row(struct sb_run *run, const char *source, const char *name)
{
	sb_autofree char *key = sb_guest_format("%s/%s", sb_run_endpoint(run), name);

	return key ? sb_row_get(run, source, key) : NULL;
}

enum sb_guest_bridge sb_guest_bridge_vlan(struct sb_run *run, const json_t *nic, int64_t *ret_vid)
{
	const char *bridge = sb_json_str(nic, "bridge"), *zone_name, *type;
	sb_autojson *vnet = bridge ? get_sdn_row(run, "sdn-vnet", bridge) : NULL;
	sb_autojson *zone = NULL, *port = NULL, *known = NULL;
	int64_t tag = 0;

	if (!bridge)
		return SB_GUEST_BRIDGE_PLAIN;
	if (!vnet) {
		port = get_port(run, nic);
		known = sb_row_get(run, "sdn-known", sb_run_endpoint(run));
		return port || known ? SB_GUEST_BRIDGE_PLAIN : SB_GUEST_BRIDGE_HIDDEN;
	}
	zone_name = sb_json_str(vnet, "zone");
	zone = zone_name ? get_sdn_row(run, "sdn-zone", zone_name) : NULL;
	type = sb_json_str(zone, "type");
	if (!type)
		return SB_GUEST_BRIDGE_HIDDEN;
	sb_json_int(vnet, "tag", &tag);
	if (!sb_streq(type, "vlan") || tag < 1 || tag > MAX_VID)
		return SB_GUEST_BRIDGE_PLAIN;
	*ret_vid = tag;
	return SB_GUEST_BRIDGE_VLAN;
}

bool sb_guest_bridge_mtu(struct sb_run *run, const json_t *nic, int64_t *ret_mtu)
{
	sb_autojson *port = get_port(run, nic);

	*ret_mtu = 0;
	sb_json_int(port, "mtu", ret_mtu);
	return port != NULL;
}
