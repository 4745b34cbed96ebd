/* SPDX-License-Identifier: Apache-2.0 */
/* Stage cluster.addresses: the addresses of nodes, including the primary ones. */
#include "cluster.h"

#include <stdio.h>
#include <string.h>

static int no_memory(const char *key, struct sb_error *err)
{
	return sb_fail(err, SB_E_NOMEM, "addresses of %s: out of memory", key);
}

static int put_address(struct sb_stage_run *stage, const char *node, const char *port,
		       const char *text, int64_t prefix, bool has_gateway, struct sb_error *err)
{
	const char *skip;
	struct sb_guest_ip ip;
	char address[64];
	int rc;

	if (!text || !sb_guest_ip_parse(text, prefix, &ip) || sb_guest_ip_is_local(&ip))
		return 0;
	skip = sb_guest_ip_refused(&ip);
	snprintf(address, sizeof(address), "%s/%u", ip.text, ip.prefix);
	rc = sb_row_put(stage, CLUSTER_ADDRESSES,
			json_pack("{s:s,s:s,s:s,s:s,s:i,s:b,s:s*}", "ip", ip.text, "address",
				  address, "node", node, "port", port, "version", ip.version,
				  "gateway", has_gateway, "skip", skip),
			err, "%s/%s/ip/%s", node, port, ip.text);
	if (rc < 0 || skip)
		return rc < 0 ? rc : 0;
	rc = sb_row_put(stage, "address-use", json_object(), err, "%s/use/%s/%s",
			sb_run_endpoint(stage), ip.text, node);
	return rc < 0 ? rc : 0;
}

int cluster_put_addresses(struct sb_stage_run *stage, const char *node, const char *port,
			  const json_t *item, struct sb_error *err)
{
	static const char *const names[][4] = {{"cidr", "address", "netmask", "gateway"},
					       {"cidr6", "address6", "netmask6", "gateway6"}};
	const char *text;
	int64_t prefix;
	size_t i;
	int rc = 0;

	for (i = 0; !rc && i < SB_ARRAY_LEN(names); i++) {
		prefix = -1;
		text = sb_json_str(item, names[i][0]);
		if (!text || !*text) { /* without cidr the prefix length is separate */
			text = sb_json_str(item, names[i][1]);
			sb_json_int(item, names[i][2], &prefix);
		}
		rc = put_address(stage, node, port, text, prefix,
				 sb_json_str(item, names[i][3]) != NULL, err);
	}
	return rc;
}

int cluster_network_known(struct sb_stage_run *stage, const char *node, struct sb_error *err)
{
	int rc = sb_row_put(stage, "address-known", json_pack("{s:b,s:b}", "4", 1, "6", 1), err,
			    "%s", node);

	return rc < 0 ? rc : 0;
}

static void format_place(const json_t *row, char *ret_place, size_t room)
{
	snprintf(ret_place, room, "%s %s", sb_json_str(row, "node"), sb_json_str(row, "ip"));
}

/* If several ports of a node have one address, the first by name gets it. */
static int note_port(struct sb_stage_run *stage, const char *key, const json_t *row, void *arg,
		     struct sb_error *err)
{
	json_t *ports = arg;
	char place[512];

	(void)stage;
	format_place(row, place, sizeof(place));
	if (!sb_json_str(row, "skip") && !json_object_get(ports, place) &&
	    json_object_set(ports, place, json_object_get(row, "port")) < 0)
		return no_memory(key, err);
	return 0;
}

static int want_address(struct sb_stage_run *stage, const char *key, const json_t *row,
			struct sb_want *want, void *arg, struct sb_error *err)
{
	const char *skip = sb_json_str(row, "skip"), *port = sb_json_str(row, "port");
	sb_autofree char *interface = cluster_join(sb_json_str(row, "node"), "/", port);
	const json_t *ports = arg; /* see cluster_addresses_diff() */
	char place[512];

	if (!interface)
		return no_memory(key, err);
	format_place(row, place, sizeof(place));
	if (!skip && !sb_streq(sb_json_str(ports, place), port))
		skip = "an earlier port of the node has the same address";
	if (skip) {
		sb_want_skip(want, skip);
		return 0;
	}
	sb_want_str(want, "address", sb_json_str(row, "address"));
	sb_want_ref(want, "assigned_object", "interface", interface);
	sb_want_str(want, "status", "active");
	return sb_guest_want_role(stage, want, sb_json_str(row, "ip"), err);
}

/* How suitable an address is as primary one; lower is better. */
enum rank {
	RANK_NAMED,   /* the address of the node in /cluster/status */
	RANK_GATEWAY, /* its port has the default gateway */
	RANK_BESIDE,  /* on the same port as RANK_NAMED */
	RANK_ONLY,    /* the only address of its version */
	RANK_NONE,
};

/* The search for the primary addresses of one node. */
struct choice {
	const char *ip; /* the node's address in /cluster/status; may be NULL */
	char *port;     /* owned: the port that has it */
	json_t *list;   /* owned: candidates by rank, RANK_NONE lists */
};

static void choice_finish(struct choice *choice)
{
	free(choice->port);
	json_decref(choice->list);
}

static bool is_named(const struct choice *choice, const json_t *row)
{
	struct sb_guest_ip ip;

	return choice->ip && sb_guest_ip_parse(choice->ip, -1, &ip) &&
	       sb_streq(ip.text, sb_json_str(row, "ip"));
}

static int find_named(struct sb_stage_run *stage, const char *key, const json_t *row, void *arg,
		      struct sb_error *err)
{
	struct choice *choice = arg;

	(void)stage;
	if (choice->port || sb_json_str(row, "skip") || !is_named(choice, row))
		return 0;
	choice->port = strdup(sb_json_str(row, "port"));
	return choice->port ? 0 : no_memory(key, err);
}

static int note_address(struct sb_stage_run *stage, const char *key, const json_t *row, void *arg,
			struct sb_error *err)
{
	struct choice *choice = arg;
	enum rank rank = RANK_ONLY;
	json_t *candidate;

	(void)stage;
	if (sb_json_str(row, "skip"))
		return 0;
	if (is_named(choice, row))
		rank = RANK_NAMED;
	else if (sb_json_bool(row, "gateway", false))
		rank = RANK_GATEWAY;
	else if (choice->port && sb_streq(choice->port, sb_json_str(row, "port")))
		rank = RANK_BESIDE;
	candidate = json_pack("{s:s,s:s,s:b}", "key", key, "address", sb_json_str(row, "address"),
			      "equal", rank == RANK_ONLY);
	return json_array_append_new(json_array_get(choice->list, rank), candidate) < 0
		       ? no_memory(key, err)
		       : 0;
}

static int want_primary(struct sb_stage_run *stage, const char *key, const json_t *row,
			struct sb_want *want, void *arg, struct sb_error *err)
{
	SB_CLEANUP(choice_finish)
	struct choice choice = {.ip = sb_json_str(row, "ip"), .list = json_pack("[[],[],[],[]]")};
	sb_autojson *known = sb_row_get(stage, "address-known", key), *all = json_array();
	sb_autofree char *prefix = cluster_join(key, "/", "");
	size_t i;
	int rc;

	(void)arg;
	if (!known) /* NetBox's value may be correct */
		return 0;
	if (!prefix || !choice.list || !all)
		return no_memory(key, err);
	rc = sb_rows_each(stage, CLUSTER_ADDRESSES, prefix, find_named, &choice, err);
	if (!rc)
		rc = sb_rows_each(stage, CLUSTER_ADDRESSES, prefix, note_address, &choice, err);
	for (i = 0; !rc && i < RANK_NONE; i++)
		if (json_array_extend(all, json_array_get(choice.list, i)) < 0)
			rc = no_memory(key, err);
	return rc < 0 ? rc : sb_guest_want_primary(stage, want, sb_steal(all), err);
}

int cluster_addresses_diff(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	sb_autofree char *prefix = cluster_key(stage, "/node/");
	/* {"lab/node/pve1 10.0.0.1": port}: the port of the node that gets the address */
	sb_autojson *ports = json_object();
	struct sb_reconcile reconcile = {.size = sizeof(reconcile), .kind = "ip"};
	int rc;

	(void)arg;
	if (!prefix || !ports)
		return sb_fail(err, SB_E_NOMEM, "addresses of nodes: out of memory");
	rc = sb_rows_each(stage, CLUSTER_ADDRESSES, prefix, note_port, ports, err);
	if (rc < 0)
		return rc;
	reconcile.source = CLUSTER_ADDRESSES;
	reconcile.prefix = prefix;
	reconcile.want = want_address;
	reconcile.arg = ports;
	rc = sb_reconcile(stage, &reconcile, err);
	if (rc < 0)
		return rc;
	reconcile.kind = "device";
	reconcile.source = "node";
	reconcile.flags = SB_RECONCILE_FIELDS;
	reconcile.want = want_primary;
	reconcile.arg = NULL;
	return sb_reconcile(stage, &reconcile, err);
}
