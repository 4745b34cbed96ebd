/* SPDX-License-Identifier: Apache-2.0 */
/* The fetch of stage cluster.interfaces: puts rows for ports of nodes and for their addresses. */
#include "cluster.h"

#include <string.h>

/* Declare that the ports of a node and their addresses are unknown. */
static int set_ports_unknown(struct sb_stage_run *stage, const char *key,
			     const struct sb_error *why, struct sb_error *err)
{
	sb_autofree char *prefix = cluster_join(key, "/", "");
	int rc = SB_E_NOMEM;

	if (prefix) {
		rc = sb_rows_unknown(stage, CLUSTER_PORTS, prefix, why);
		if (!rc)
			rc = sb_rows_unknown(stage, CLUSTER_ADDRESSES, prefix, why);
		if (!rc)
			rc = sb_rows_unknown(stage, CLUSTER_MACS, prefix, why);
	}
	return rc < 0 ? sb_fail(err, SB_E_NOMEM, "ports of %s: out of memory", key) : 0;
}

/* Proxmox VE does not report MAC addresses, but the name of a card may contain one: "enx" and its
 * digits. */
static bool parse_mac_name(const char *name, char ret_mac[18])
{
	return name && strlen(name) == 15 && sb_starts_with(name, "enx") &&
	       sb_guest_mac(name + 3, ret_mac);
}

static int put_mac(const json_t *item, json_t *row)
{
	const char *type = sb_json_str(item, "type");
	const json_t *name; /* borrowed */
	char mac[18];
	size_t i;
	bool is_known = parse_mac_name(sb_json_str(item, "iface"), mac);

	json_array_foreach (json_object_get(item, "altnames"), i, name)
		is_known = is_known || parse_mac_name(json_string_value(name), mac);
	if (!is_known || !type || !sb_streq(type, "eth"))
		return 0;
	return json_object_set_new(row, "mac", json_string(mac));
}

/* The other names of a card: pinning (Proxmox VE 9) makes its former name one of them. */
static int put_altnames(const json_t *item, json_t *row)
{
	json_t *names = json_object_get(item, "altnames");

	return json_is_array(names) ? json_object_set(row, "altnames", names) : 0;
}

/* Copy the members that the diff and other stages need, under one name for all types of ports. */
static int put_members(const json_t *item, json_t *row)
{
	static const char *const texts[][2] = {
		{"type", "type"},         {"comments", "comments"},      {"slaves", "members"},
		{"ovs_bonds", "members"}, {"bridge_ports", "ports"},     {"ovs_ports", "ports"},
		{"ovs_bridge", "bridge"}, {"vlan-raw-device", "parent"}, {"ovs_options", "options"},
	};
	static const char *const numbers[][2] = {
		{"mtu", "mtu"}, {"ovs_mtu", "mtu"}, {"vlan-id", "vid"}, {"ovs_tag", "tag"}};
	const char *text;
	int64_t number;
	size_t i;
	int rc = 0;

	for (i = 0; !rc && i < SB_ARRAY_LEN(texts); i++) {
		text = sb_json_str(item, texts[i][0]);
		if (text && *text)
			rc = json_object_set_new(row, texts[i][1], json_string(text));
	}
	for (i = 0; !rc && i < SB_ARRAY_LEN(numbers); i++)
		if (!sb_json_int(item, numbers[i][0], &number))
			rc = json_object_set_new(row, numbers[i][1], json_integer(number));
	if (!rc)
		rc = put_altnames(item, row);
	return rc < 0 ? rc : put_mac(item, row);
}

static int put_port(struct sb_stage_run *stage, const char *key, const json_t *item,
		    struct sb_error *err)
{
	const char *name = sb_json_str(item, "iface");
	sb_autojson *row = NULL;
	json_t *mac;
	int rc = 0;

	if (!name || !*name || strchr(name, '/'))
		return 0;
	row = json_pack("{s:s,s:b}", "name", name, "autostart",
			sb_json_bool(item, "autostart", false));
	if (!row || put_members(item, row) < 0)
		return sb_fail(err, SB_E_NOMEM, "ports of %s: out of memory", key);
	mac = json_object_get(row, "mac");
	if (mac)
		rc = sb_row_put(stage, CLUSTER_MACS, json_pack("{s:O}", "mac", mac), err,
				"%s/%s/mac", key, name);
	if (rc >= 0)
		rc = sb_row_put(stage, CLUSTER_PORTS, sb_steal(row), err, "%s/%s", key, name);
	return rc < 0 ? rc : cluster_put_addresses(stage, key, name, item, err);
}

static bool may_see(const struct sb_stage_run *stage, const char *path)
{
	return sb_pve_may(stage, path, "SDN.Audit") == 1 || sb_pve_may(stage, path, "SDN.Use") == 1;
}

bool cluster_sees_bridges(const struct sb_stage_run *stage)
{
	return may_see(stage, "/sdn/zones/localnetwork");
}

bool cluster_sees_bridge(const struct sb_stage_run *stage, const char *name)
{
	sb_autofree char *path = cluster_join("/sdn/zones/localnetwork", "/", name);

	return path && may_see(stage, path);
}

static int on_network(struct sb_stage_run *stage, const char *key, const json_t *data,
		      const struct sb_error *why, void *arg, struct sb_error *err)
{
	struct sb_error error = SB_ERROR_INIT;
	const json_t *item; /* borrowed */
	size_t i;
	int rc;

	(void)arg;
	if (!json_is_array(data)) {
		if (!data && why)
			error = *why;
		else
			sb_fail(&error, SB_E_SHAPE, "the answer is not a list");
		sb_context(&error, -1, "ports of %s", key);
		return set_ports_unknown(stage, key, &error, err);
	}
	json_array_foreach (data, i, item) {
		rc = put_port(stage, key, item, err);
		if (rc < 0)
			return rc;
	}
	return cluster_sees_bridges(stage) ? cluster_network_known(stage, key, err) : 0;
}

static int ask_node(struct sb_stage_run *stage, const char *key, const json_t *row, void *arg,
		    struct sb_error *err)
{
	const char *name = sb_json_str(row, "name");
	struct sb_error why = SB_ERROR_INIT;
	const bool *are_bridges_visible = arg;
	int rc;

	if (!name || !sb_json_bool(row, "online", false)) {
		sb_fail(&why, SB_E_STATE, "node %s is not online", name ? name : key);
		return set_ports_unknown(stage, key, &why, err);
	}
	if (!*are_bridges_visible) {
		sb_fail(&why, SB_E_FORBIDDEN,
			"the token lacks SDN.Audit on /sdn/zones/localnetwork: bridges of the "
			"node may be hidden");
		rc = set_ports_unknown(stage, key, &why, err);
		if (rc < 0)
			return rc;
	}
	return sb_pve_ask(stage, on_network, NULL, key, SB_PVE_INLINE, err, "/nodes/%s/network",
			  name);
}

/* If nodes may be missing from the list, the ports of a missing node must not count as vanished. */
static int follow_nodes(struct sb_stage_run *stage, struct sb_error *err)
{
	struct sb_error why = SB_ERROR_INIT;

	if (sb_rows_state(stage, "node", "", &why) != SB_ROWS_UNKNOWN)
		return 0;
	if (sb_rows_unknown(stage, CLUSTER_PORTS, "", &why) < 0 ||
	    sb_rows_unknown(stage, CLUSTER_ADDRESSES, "", &why) < 0 ||
	    sb_rows_unknown(stage, CLUSTER_MACS, "", &why) < 0)
		return sb_fail(err, SB_E_NOMEM, "ports of nodes: out of memory");
	return 0;
}

int cluster_interfaces_fetch(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	bool are_bridges_visible = cluster_sees_bridges(stage);
	int rc = sb_rows_read(stage, CLUSTER_PORTS);

	(void)arg;
	if (!rc)
		rc = sb_rows_read(stage, CLUSTER_ADDRESSES);
	if (!rc)
		rc = sb_rows_read(stage, CLUSTER_MACS);
	if (rc < 0)
		return sb_fail(err, rc, "ports of nodes: out of memory");
	rc = follow_nodes(stage, err);
	return rc < 0 ? rc : sb_rows_each(stage, "node", "", ask_node, &are_bridges_visible, err);
}
