/* SPDX-License-Identifier: Apache-2.0 */
/* The diff of stage cluster.interfaces: bridges, bonds, VLANs and network cards of nodes, and the
 * references between them. */
#include "cluster.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define DESCRIPTION_CHARS 200
#define MAX_MTU           65536

/* Data of one diff that is collected from all ports before any of them is compared. */
struct ports {
	json_t *links; /* {"lab/node/pve1/eno1": {"lag": key, "bridge": key}} */
	json_t *vlans; /* cache of sb_guest_want_vlans() */
};

static void ports_finish(struct ports *ports)
{
	json_decref(ports->links);
	json_decref(ports->vlans);
}

/* The type in NetBox for a type of Proxmox VE. */
struct type {
	const char *from, *to;
	bool has_vlan; /* Proxmox VE defines the VLANs of these ports, also that there are none */
	/* Proxmox VE brings them up at boot if they have autostart. Each process of its API has a
	 * value of its own for what is active, which would flap. */
	bool has_autostart;
};

static const struct type *find_type(const char *type)
{
	static const struct type map[] = {
		{"bridge", "bridge", false, true},     {"OVSBridge", "bridge", false, true},
		{"bond", "lag", false, true},          {"OVSBond", "lag", true, true},
		{"vlan", "virtual", true, true},       {"alias", "virtual", false, false},
		{"OVSIntPort", "virtual", true, true}, {"fabric", "virtual", false, false},
		{"vnet", "bridge", false, false},      {"OVSPort", "other", true, false},
	};
	static const struct type other = {NULL, "other", false, false};
	size_t i;

	for (i = 0; type && i < SB_ARRAY_LEN(map); i++)
		if (sb_streq(type, map[i].from))
			return &map[i];
	return &other;
}

static bool is_virtual(const json_t *row)
{
	return sb_streq(find_type(sb_json_str(row, "type"))->to, "virtual");
}

/* The key of the parent: the node of a port, the port of a MAC address; caller frees. */
static char *parent_key(const char *key)
{
	return strndup(key, (size_t)(strrchr(key, '/') - key));
}

/* Find another port of the same node by name; returns its key, which the caller frees, or NULL. */
static char *find_sibling(const struct sb_stage_run *stage, const char *key, const char *name,
			  size_t len)
{
	size_t stem = (size_t)(strrchr(key, '/') - key) + 1;
	char *other = len ? malloc(stem + len + 1) : NULL;
	sb_autojson *row = NULL;

	if (!other)
		return NULL;
	memcpy(other, key, stem);
	memcpy(other + stem, name, len);
	other[stem + len] = '\0';
	row = memchr(name, '/', len) ? NULL : sb_row_get(stage, CLUSTER_PORTS, other);
	if (row && !sb_streq(other, key))
		return other;
	free(other);
	return NULL;
}

/* Record for each port in a list ("eno1 eno2") which bond or bridge names it first. */
static int link_ports(struct sb_stage_run *stage, struct ports *ports, const char *key,
		      const char *names, const char *field, struct sb_error *err)
{
	size_t len;

	for (; names && *names; names += len) {
		sb_autofree char *port = NULL;
		json_t *link;

		names += strspn(names, " \t,;");
		len = strcspn(names, " \t,;");
		port = find_sibling(stage, key, names, len);
		if (!port)
			continue;
		link = json_object_get(ports->links, port);
		if (!link) {
			link = json_object();
			if (json_object_set_new(ports->links, port, link) < 0)
				return sb_fail(err, SB_E_NOMEM, "%s: out of memory", key);
		}
		if (!json_object_get(link, field) &&
		    json_object_set_new(link, field, json_string(key)) < 0)
			return sb_fail(err, SB_E_NOMEM, "%s: out of memory", key);
	}
	return 0;
}

static int link_port(struct sb_stage_run *stage, const char *key, const json_t *row, void *arg,
		     struct sb_error *err)
{
	int rc = link_ports(stage, arg, key, sb_json_str(row, "members"), "lag", err);

	return rc < 0 ? rc : link_ports(stage, arg, key, sb_json_str(row, "ports"), "bridge", err);
}

/* The first line of the comments, trimmed. */
static json_t *make_description(const char *comments)
{
	sb_autofree char *line = NULL;
	size_t len;

	if (!comments)
		return json_string("");
	comments += strspn(comments, " \t\r\n");
	len = strcspn(comments, "\r\n");
	while (len && strchr(" \t", comments[len - 1]))
		len--;
	line = strndup(comments, len);
	return line ? sb_json_text(line, DESCRIPTION_CHARS) : NULL;
}

/* Set a reference to another port. One that is named but not listed may be hidden from the token:
 * then NetBox's value stays. */
static void want_sibling(struct sb_want *want, const char *field, const char *key, bool is_hidden)
{
	if (key)
		sb_want_ref(want, field, "interface", key);
	else if (!is_hidden)
		sb_want_null(want, field);
}

/* The parent of a virtual port is configured or, as Proxmox VE reads it, part of the name
 * ("bond0.20", and "eno1:0" for an alias). */
static void want_parent(struct sb_stage_run *stage, const char *key, const json_t *row,
			struct sb_want *want)
{
	const char *name = sb_json_str(row, "name"), *parent = sb_json_str(row, "parent");
	const char *sign = strrchr(name, ':');
	sb_autofree char *other = NULL, *stem = NULL;

	if (!sign)
		sign = strrchr(name, '.');
	stem = parent ? strdup(parent) : sign ? strndup(name, (size_t)(sign - name)) : NULL;
	if (stem)
		other = find_sibling(stage, key, stem, strlen(stem));
	want_sibling(want, "parent", is_virtual(row) ? other : NULL,
		     is_virtual(row) && stem && !cluster_sees_bridge(stage, stem));
}

/* Two bridges that name each other would be a cycle, so only the first by name becomes a port. */
static bool is_ring(const struct ports *ports, const char *key, const char *bridge)
{
	const char *back = sb_json_str(json_object_get(ports->links, bridge), "bridge");

	return back && sb_streq(back, key) && strcmp(key, bridge) > 0;
}

/* If bridges may be hidden from the token, a port without a visible bridge is not changed. */
static void want_bridge(struct sb_stage_run *stage, const struct ports *ports, const char *key,
			const json_t *row, struct sb_want *want)
{
	const char *bridge = sb_json_str(json_object_get(ports->links, key), "bridge");
	const char *own = sb_json_str(row, "bridge");
	sb_autofree char *other = own ? find_sibling(stage, key, own, strlen(own)) : NULL;

	if (!bridge)
		bridge = other;
	if (bridge && is_ring(ports, key, bridge))
		bridge = NULL;
	want_sibling(want, "bridge", bridge,
		     !cluster_sees_bridges(stage) ||
			     (own && !other && !cluster_sees_bridge(stage, own)));
}

/* "vlan_mode=trunk trunks=10,20-30" of Open vSwitch as "10;20-30"; caller frees. */
static char *parse_trunks(const char *options)
{
	const char *at = options ? strstr(options, "trunks=") : NULL;
	char *trunks, *c;

	if (!at || (at > options && !isspace((unsigned char)at[-1])))
		return NULL;
	at += strlen("trunks=");
	trunks = strndup(at, strcspn(at, " \t"));
	for (c = trunks; c && *c; c++)
		if (*c == ',')
			*c = ';';
	return trunks;
}

static int want_vlan(struct sb_stage_run *stage, struct ports *ports, const json_t *row,
		     struct sb_want *want, struct sb_error *err)
{
	const char *options = sb_json_str(row, "options");
	sb_autofree char *trunks = parse_trunks(options);
	const char *name = sb_json_str(row, "name"),
		   *text = options ? strstr(options, "tag=") : NULL;
	const char *dot = strrchr(name, '.');
	int64_t tag = 0;

	if (sb_json_int(row, "vid", &tag) < 0 && sb_json_int(row, "tag", &tag) < 0) {
		if (text && (text == options || isspace((unsigned char)text[-1])))
			tag = strtol(text + strlen("tag="), NULL, 10);
		else if (dot && sb_streq(sb_json_str(row, "type"), "vlan"))
			tag = strtol(dot + 1, NULL, 10);
	}
	return sb_guest_want_vlans(stage, want, tag, trunks, ports->vlans, err);
}

/* A card may have been known by one of its other names, and a port on it by that name as well:
 * "eno1.50" becomes "nic0.50". */
static int want_former_names(struct sb_stage_run *stage, const char *key, const json_t *row,
			     struct sb_want *want, struct sb_error *err)
{
	const char *name = sb_json_str(row, "name"), *rest = strpbrk(name, ".:");
	sb_autofree char *base =
		rest ? find_sibling(stage, key, name, (size_t)(rest - name)) : NULL;
	sb_autofree char *node = parent_key(key);
	sb_autojson *card = base ? sb_row_get(stage, CLUSTER_PORTS, base) : NULL;
	const json_t *other; /* borrowed */
	size_t i;

	json_array_foreach (json_object_get(card ? card : row, "altnames"), i, other) {
		const char *text = json_string_value(other);
		sb_autofree char *former = NULL, *whole = NULL;

		if (!text || !*text || strchr(text, '/'))
			continue;
		former = node ? cluster_join(node, "/", text) : NULL;
		whole = former ? cluster_join(former, "", card ? rest : "") : NULL;
		if (!whole)
			return sb_fail(err, SB_E_NOMEM, "%s: out of memory", key);
		sb_want_was(want, whole);
	}
	return 0;
}

static int want_port(struct sb_stage_run *stage, const char *key, const json_t *row,
		     struct sb_want *want, void *arg, struct sb_error *err)
{
	const struct type *type = find_type(sb_json_str(row, "type"));
	const char *mac = sb_json_str(row, "mac");
	sb_autofree char *node = parent_key(key);
	struct ports *ports = arg;
	int64_t mtu = 0;
	int rc;

	if (!node)
		return sb_fail(err, SB_E_NOMEM, "%s: out of memory", key);
	sb_json_int(row, "mtu", &mtu);
	sb_want_ref(want, "device", "device", node);
	sb_want_str(want, "name", sb_json_str(row, "name"));
	sb_want_str(want, "type", type->to);
	if (type->has_autostart)
		sb_want_bool(want, "enabled", sb_json_bool(row, "autostart", false));
	if (mtu >= 1 && mtu <= MAX_MTU)
		sb_want_int(want, "mtu", mtu);
	else
		sb_want_null(want, "mtu");
	if (mac)
		sb_want_str(want, "mac_address", mac);
	sb_want_set(want, "description", make_description(sb_json_str(row, "comments")));
	rc = want_former_names(stage, key, row, want, err);
	if (rc < 0)
		return rc;
	want_parent(stage, key, row, want);
	want_bridge(stage, ports, key, row, want);
	/* Every token can see bonds. */
	want_sibling(
		want, "lag",
		is_virtual(row) ? NULL : sb_json_str(json_object_get(ports->links, key), "lag"),
		false);
	/* People record the VLANs of cards and bridges, which depend on the switch port. */
	return type->has_vlan ? want_vlan(stage, ports, row, want, err) : 0;
}

static int want_mac(struct sb_stage_run *stage, const char *key, const json_t *row,
		    struct sb_want *want, void *arg, struct sb_error *err)
{
	sb_autofree char *port = parent_key(key);

	(void)stage;
	(void)arg;
	if (!port)
		return sb_fail(err, SB_E_NOMEM, "%s: out of memory", key);
	sb_want_str(want, "mac_address", sb_json_str(row, "mac"));
	sb_want_ref(want, "assigned_object", "interface", port);
	return 0;
}

static int want_primary_mac(struct sb_stage_run *stage, const char *key, const json_t *row,
			    struct sb_want *want, void *arg, struct sb_error *err)
{
	sb_autofree char *mac = cluster_join(key, "/", "mac");

	(void)stage;
	(void)arg;
	if (!mac)
		return sb_fail(err, SB_E_NOMEM, "%s: out of memory", key);
	if (sb_json_str(row, "mac"))
		sb_want_ref(want, "primary_mac_address", "mac-address", mac);
	return 0;
}

/* Up to NetBox 4.6 the MAC address of a port is an object, to which the port refers. */
static int reconcile_macs(struct sb_stage_run *stage, struct sb_reconcile *reconcile,
			  struct sb_error *err)
{
	int rc;

	if (!sb_kind_available(stage, "mac-address"))
		return 0;
	reconcile->arg = NULL;
	reconcile->kind = "mac-address";
	reconcile->source = CLUSTER_MACS;
	reconcile->want = want_mac;
	rc = sb_reconcile(stage, reconcile, err);
	if (rc < 0)
		return rc;
	reconcile->kind = "interface";
	reconcile->source = CLUSTER_PORTS;
	reconcile->flags = SB_RECONCILE_FIELDS;
	reconcile->want = want_primary_mac;
	return sb_reconcile(stage, reconcile, err);
}

int cluster_interfaces_diff(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	sb_autofree char *prefix = cluster_key(stage, "/node/");
	SB_CLEANUP(ports_finish) struct ports ports = {json_object(), json_object()};
	struct sb_reconcile reconcile = {.size = sizeof(reconcile), .kind = "interface"};
	int rc;

	(void)arg;
	if (!prefix || !ports.links || !ports.vlans)
		return sb_fail(err, SB_E_NOMEM, "ports of nodes: out of memory");
	rc = sb_rows_each(stage, CLUSTER_PORTS, prefix, link_port, &ports, err);
	if (rc < 0)
		return rc;
	reconcile.source = CLUSTER_PORTS;
	reconcile.prefix = prefix;
	reconcile.want = want_port;
	reconcile.arg = &ports;
	rc = sb_reconcile(stage, &reconcile, err);
	return rc < 0 ? rc : reconcile_macs(stage, &reconcile, err);
}
