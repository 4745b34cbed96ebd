/* SPDX-License-Identifier: Apache-2.0 */
/* Stage cluster.interfaces: bridges, bonds and ports of nodes. */
#include "cluster.h"

#include <stdio.h>
#include <string.h>

#define SOURCE            "node-interface"
#define NAME_CHARS        64
#define DESCRIPTION_CHARS 200
#define MAX_MTU           65536

/* The ports below "<node key>/" could not be read whole. */
static int ports_unknown(struct sb_run *run, const char *key, const struct sb_error *why,
			 struct sb_error *err)
{
	size_t room = strlen(key) + 2;
	sb_autofree char *prefix = malloc(room);
	int rc = SB_E_NOMEM;

	if (prefix) {
		snprintf(prefix, room, "%s/", key);
		rc = sb_rows_unknown(run, SOURCE, prefix, why);
	}
	return rc < 0 ? sb_fail(err, SB_E_NOMEM, "ports of %s: out of memory", key) : 0;
}

/* What other stages and later ones need too: members of bonds and bridges, parents of VLANs. */
static int put_port(struct sb_run *run, const char *key, const json_t *item, struct sb_error *err)
{
	static const char *const texts[][2] = {
		{"type", "type"},         {"comments", "comments"},      {"slaves", "members"},
		{"ovs_bonds", "members"}, {"bridge_ports", "ports"},     {"ovs_ports", "ports"},
		{"ovs_bridge", "bridge"}, {"vlan-raw-device", "parent"},
	};
	static const char *const numbers[][2] = {
		{"mtu", "mtu"}, {"ovs_mtu", "mtu"}, {"vlan-id", "vid"}};
	const char *name = sb_json_str(item, "iface"), *text;
	sb_autojson *row = NULL;
	int64_t number;
	size_t i;
	int rc;

	if (!name || !*name || strchr(name, '/'))
		return 0;
	row = json_pack("{s:s,s:b}", "name", name, "active", sb_json_bool(item, "active", false));
	rc = row ? 0 : -1;
	for (i = 0; !rc && i < SB_ARRAY_LEN(texts); i++) {
		text = sb_json_str(item, texts[i][0]);
		if (text && *text)
			rc = json_object_set_new(row, texts[i][1], json_string(text));
	}
	for (i = 0; !rc && i < SB_ARRAY_LEN(numbers); i++)
		if (!sb_json_int(item, numbers[i][0], &number))
			rc = json_object_set_new(row, numbers[i][1], json_integer(number));
	if (rc < 0)
		return sb_fail(err, SB_E_NOMEM, "ports of %s: out of memory", key);
	rc = sb_row_put(run, SOURCE, sb_steal(row), err, "%s/%s", key, name);
	return rc < 0 ? rc : 0;
}

static int on_network(struct sb_run *run, const char *key, const json_t *data,
		      const struct sb_error *why, struct sb_error *err)
{
	struct sb_error error = SB_ERROR_INIT;
	const json_t *item; /* borrowed */
	size_t i;
	int rc;

	if (!json_is_array(data)) {
		if (!data && why)
			error = *why;
		else
			sb_fail(&error, SB_E_SHAPE, "no list");
		sb_context(&error, -1, "ports of %s", key);
		return ports_unknown(run, key, &error, err);
	}
	json_array_foreach (data, i, item) {
		rc = put_port(run, key, item, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* Bridges are left out of the list, without a word, for a token that may see none. */
static bool may_see_bridges(const struct sb_run *run)
{
	static const char zone[] = "/sdn/zones/localnetwork";

	return sb_pve_may(run, zone, "SDN.Audit") == 1 || sb_pve_may(run, zone, "SDN.Use") == 1;
}

static int ask_node(struct sb_run *run, const char *key, const json_t *row, void *arg,
		    struct sb_error *err)
{
	const char *name = sb_json_str(row, "name");
	struct sb_error why = SB_ERROR_INIT;
	const bool *is_whole = arg;
	int rc;

	if (!name || !sb_json_bool(row, "online", false)) {
		sb_fail(&why, SB_E_STATE, "node %s is not online", name ? name : key);
		return ports_unknown(run, key, &why, err);
	}
	if (!*is_whole) {
		sb_fail(&why, SB_E_FORBIDDEN,
			"the token lacks SDN.Audit on /sdn/zones/localnetwork: bridges of node %s "
			"may be left out",
			name);
		rc = ports_unknown(run, key, &why, err);
		if (rc < 0)
			return rc;
	}
	return sb_pve_ask(run, on_network, key, SB_PVE_INLINE, err, "/nodes/%s/network", name);
}

/* Whether all nodes are known: a missing row of a node must not take its ports with it. */
static int note_gap(struct sb_run *run, const char *key, const json_t *row, void *arg,
		    struct sb_error *err)
{
	const char *text = sb_json_str(row, "why");
	struct sb_error why = SB_ERROR_INIT;

	(void)arg;
	if (strcmp(key, "status") != 0 && strcmp(key, "quorum") != 0)
		return 0;
	sb_fail(&why, SB_E_STATE, "%s", text ? text : key);
	if (sb_rows_unknown(run, SOURCE, "", &why) < 0)
		return sb_fail(err, SB_E_NOMEM, "ports of nodes: out of memory");
	return 0;
}

int cluster_interfaces_fetch(struct sb_run *run, struct sb_error *err)
{
	bool is_whole = may_see_bridges(run);
	int rc = sb_rows_read(run, SOURCE);

	if (rc < 0)
		return sb_fail(err, rc, "ports of nodes: out of memory");
	rc = sb_rows_each(run, "resource-gap", "", note_gap, NULL, err);
	return rc < 0 ? rc : sb_rows_each(run, "node", "", ask_node, &is_whole, err);
}

static const char *type_of(const char *type)
{
	static const struct {
		const char *from, *to;
	} map[] = {
		{"bridge", "bridge"},      {"OVSBridge", "bridge"}, {"bond", "lag"},
		{"OVSBond", "lag"},        {"vlan", "virtual"},     {"alias", "virtual"},
		{"OVSIntPort", "virtual"}, {"fabric", "virtual"},   {"vnet", "bridge"},
	};
	size_t i;

	for (i = 0; type && i < SB_ARRAY_LEN(map); i++)
		if (!strcmp(type, map[i].from))
			return map[i].to;
	return "other";
}

/* The first line of the comments, without blanks around. */
static json_t *description_of(const char *comments)
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

static int want_port(struct sb_run *run, const char *key, const json_t *row, struct sb_want *want,
		     void *arg, struct sb_error *err)
{
	sb_autofree char *node = strndup(key, (size_t)(strrchr(key, '/') - key));
	int64_t mtu = 0;

	(void)run;
	(void)arg;
	if (!node)
		return sb_fail(err, SB_E_NOMEM, "%s: out of memory", key);
	sb_json_int(row, "mtu", &mtu);
	sb_want_ref(want, "device", "device", node);
	sb_want_set(want, "name", sb_json_text(sb_json_str(row, "name"), NAME_CHARS));
	sb_want_str(want, "type", type_of(sb_json_str(row, "type")));
	sb_want_bool(want, "enabled", sb_json_bool(row, "active", false));
	if (mtu >= 1 && mtu <= MAX_MTU)
		sb_want_int(want, "mtu", mtu);
	else
		sb_want_null(want, "mtu");
	sb_want_set(want, "description", description_of(sb_json_str(row, "comments")));
	return 0;
}

int cluster_interfaces_diff(struct sb_run *run, struct sb_error *err)
{
	sb_autofree char *prefix = cluster_key(run, "/node/");
	struct sb_reconcile reconcile = {.size = sizeof(reconcile), .kind = "interface"};

	if (!prefix)
		return sb_fail(err, SB_E_NOMEM, "ports of nodes: out of memory");
	reconcile.source = SOURCE;
	reconcile.prefix = prefix;
	reconcile.want = want_port;
	return sb_reconcile(run, &reconcile, err);
}
