/* SPDX-License-Identifier: Apache-2.0 */
/* Stage cluster.cluster: reads the lists that all other stages use, and proves that they are
 * complete. */
#include "cluster.h"

#include <stdio.h>
#include <string.h>

#define NO_QUORUM "the cluster has no quorum: its lists may be outdated"

char *cluster_join(const char *head, const char *sign, const char *tail)
{
	size_t room = strlen(head) + strlen(sign) + strlen(tail) + 1;
	char *text = malloc(room);

	if (text)
		snprintf(text, room, "%s%s%s", head, sign, tail);
	return text;
}

char *cluster_key(const struct sb_stage_run *stage, const char *tail)
{
	return cluster_join(sb_run_endpoint(stage), "", tail);
}

/* Without this proof a missing guest does not count as vanished in this run. The row passes that on
 * to stages with collections that depend on the list of guests. */
static int put_gap(struct sb_stage_run *stage, const char *proof, const struct sb_error *why,
		   struct sb_error *err)
{
	int rc = sb_rows_unknown(stage, "resource", "", why);
	json_t *text;

	if (rc < 0)
		return sb_fail(err, rc, "the list of guests: out of memory");
	text = sb_json_text(why->text, sizeof(why->text));
	if (!text) /* the reason phrase of a server may be invalid UTF-8 */
		text = json_string(proof);
	rc = sb_row_put(stage, "resource-gap",
			json_pack("{s:o,s:i}", "why", text, "code", why->code), err, "%s/%s",
			sb_run_endpoint(stage), proof);
	return rc < 0 ? rc : 0;
}

/* The same for the list of nodes, which is as old as that of guests. */
static int put_cluster_gap(struct sb_stage_run *stage, const char *proof,
			   const struct sb_error *why, struct sb_error *err)
{
	int rc = sb_rows_unknown(stage, "node", "", why);

	return rc < 0 ? sb_fail(err, rc, "nodes: out of memory") : put_gap(stage, proof, why, err);
}

static int put_gap_text(struct sb_stage_run *stage, const char *proof, const char *text,
			struct sb_error *err)
{
	struct sb_error why = SB_ERROR_INIT;

	sb_fail(&why, SB_E_STATE, "%s", text);
	return put_gap(stage, proof, &why, err);
}

/* Describe an answer that is missing or has the wrong structure. */
static struct sb_error add_frame(const struct sb_error *why, const char *what)
{
	struct sb_error error = SB_ERROR_INIT;

	if (why)
		error = *why;
	else
		sb_fail(&error, SB_E_SHAPE, "the answer has an unexpected structure");
	sb_context(&error, -1, "%s", what);
	return error;
}

/* The name of a node is a part of paths and keys. Proxmox VE itself permits host names only. */
static bool is_node_name(const char *name)
{
	return name && *name && !strchr(name, '/') && !sb_streq(name, ".") && !sb_streq(name, "..");
}

/* Nothing is read from such a node, and its guests are unknown. */
static int refuse_node(struct sb_stage_run *stage, const char *name, struct sb_error *err)
{
	sb_autojson *text = sb_json_text(name ? name : "", 100);
	struct sb_error why = SB_ERROR_INIT;
	int rc;

	sb_fail(&why, SB_E_SHAPE,
		"Proxmox VE reports a node with the name \"%s\", which is not a host name: the "
		"node is left out; check this server",
		json_string_value(text) ? json_string_value(text) : "?");
	rc = sb_rows_unknown(stage, "node", "-", &why);
	return rc < 0 ? sb_fail(err, rc, "nodes: out of memory") : 0;
}

/* Put a node of /cluster/status, which is the first to report that a node is down. */
static int put_status_node(struct sb_stage_run *stage, const json_t *item, struct sb_error *err)
{
	const char *name = sb_json_str(item, "name"), *ip = sb_json_str(item, "ip");
	sb_autojson *row = NULL;
	int64_t online;
	int rc;

	if (!is_node_name(name))
		return refuse_node(stage, name, err);
	row = json_pack("{s:s}", "name", name);
	if (ip && *ip && json_object_set_new(row, "ip", json_string(ip)) < 0)
		return sb_fail(err, SB_E_NOMEM, "node %s: out of memory", name);
	if (row && !sb_json_int(item, "online", &online) &&
	    json_object_set_new(row, "online", json_boolean(online)) < 0)
		return sb_fail(err, SB_E_NOMEM, "node %s: out of memory", name);
	rc = sb_row_put(stage, "node", sb_steal(row), err, "%s/node/%s", sb_run_endpoint(stage),
			name);
	return rc < 0 ? rc : 0;
}

static int on_status(struct sb_stage_run *stage, const char *key, const json_t *data,
		     const struct sb_error *why, void *arg, struct sb_error *err)
{
	const json_t *item; /* borrowed */
	bool is_quorate = !sb_pve_is_cluster(stage);
	struct sb_error error;
	size_t i;
	int rc;

	(void)arg;
	(void)key;
	if (!json_is_array(data)) {
		error = add_frame(data ? NULL : why, "status of the cluster");
		return put_cluster_gap(stage, "status", &error, err);
	}
	json_array_foreach (data, i, item) {
		const char *type = sb_json_str(item, "type");

		rc = 0;
		if (type && sb_streq(type, "cluster"))
			is_quorate = sb_json_bool(item, "quorate", false);
		else if (type && sb_streq(type, "node"))
			rc = put_status_node(stage, item, err);
		if (rc < 0)
			return rc;
	}
	if (is_quorate)
		return 0;
	sb_fail(&error, SB_E_STATE, NO_QUORUM);
	return put_cluster_gap(stage, "quorum", &error, err);
}

/* Put a node of the list of resources unless /cluster/status has it, in either order of the two
 * answers. */
static int put_resource_node(struct sb_stage_run *stage, const json_t *item, struct sb_error *err)
{
	const char *name = sb_json_str(item, "node"), *status = sb_json_str(item, "status");
	sb_autofree char *prefix = cluster_key(stage, "/node/"), *key = NULL;
	sb_autojson *known = NULL, *row = NULL;
	int rc;

	if (!is_node_name(name))
		return refuse_node(stage, name, err);
	/* Without pvestatd a node is online in /cluster/status and unknown here, with its guests.
	 */
	if (status && sb_streq(status, "unknown")) {
		rc = sb_row_put(stage, "node-silent", json_object(), err, "%s/node/%s",
				sb_run_endpoint(stage), name);
		if (rc < 0)
			return rc;
	}
	key = prefix ? malloc(strlen(prefix) + strlen(name) + 1) : NULL;
	row = json_pack("{s:s}", "name", name);
	if (!key || !row)
		return sb_fail(err, SB_E_NOMEM, "node %s: out of memory", name);
	memcpy(key, prefix, strlen(prefix));
	memcpy(key + strlen(prefix), name, strlen(name) + 1);
	known = sb_row_get(stage, "node", key);
	if (known)
		return 0;
	if (status && (sb_streq(status, "online") || sb_streq(status, "offline")) &&
	    json_object_set_new(row, "online", json_boolean(sb_streq(status, "online"))) < 0)
		return sb_fail(err, SB_E_NOMEM, "node %s: out of memory", name);
	rc = sb_row_put(stage, "node", sb_steal(row), err, "%s", key);
	return rc < 0 ? rc : 0;
}

/* Put the needed members of a guest. Usage figures are omitted, because they always change; of the
 * uptime only the time of the start is used. */
static int put_guest(struct sb_stage_run *stage, const json_t *item, struct sb_error *err)
{
	static const char *const members[] = {"type", "vmid",     "node",   "name",  "status",
					      "lock", "template", "maxcpu", "uptime"};
	const char *type = sb_json_str(item, "type"), *node = sb_json_str(item, "node");
	sb_autojson *row = json_object();
	const json_t *value; /* borrowed */
	int64_t vmid;
	size_t i;
	int rc;

	if (node && !is_node_name(node))
		return put_gap_text(stage, "node",
				    "the list of guests contains a guest on a node with an "
				    "invalid name",
				    err);

	if (!type || strchr(type, '/') || sb_json_int(item, "vmid", &vmid) < 0)
		return put_gap_text(stage, "shape",
				    "the list of guests contains a guest without type or VMID",
				    err);
	for (i = 0; row && i < SB_ARRAY_LEN(members); i++) {
		value = json_object_get(item, members[i]);
		if (value && !json_is_null(value) &&
		    json_object_set_new(row, members[i], json_deep_copy(value)) < 0)
			return sb_fail(err, SB_E_NOMEM, "guest %s: out of memory", type);
	}
	rc = sb_row_put(stage, "resource", sb_steal(row), err, "%s/%s/%lld", sb_run_endpoint(stage),
			type, (long long)vmid);
	return rc < 0 ? rc : 0;
}

static int on_resources(struct sb_stage_run *stage, const char *key, const json_t *data,
			const struct sb_error *why, void *arg, struct sb_error *err)
{
	const json_t *item; /* borrowed */
	struct sb_error error;
	size_t i, n_nodes = 0;
	int rc = 0;

	(void)arg;
	(void)key;
	if (!json_is_array(data)) {
		error = add_frame(data ? NULL : why, "the list of guests");
		return put_gap(stage, "resources", &error, err);
	}
	if (sb_rows_read(stage, "resource") < 0)
		return sb_fail(err, SB_E_NOMEM, "the list of guests: out of memory");
	json_array_foreach (data, i, item) {
		const char *type = sb_json_str(item, "type");

		if (type && sb_streq(type, "node")) {
			n_nodes++;
			rc = put_resource_node(stage, item, err);
		} else if (json_object_get(item, "vmid")) {
			rc = put_guest(stage, item, err);
		}
		if (rc < 0)
			return rc;
	}
	/* Every token can see nodes, so a list without nodes proves nothing. */
	if (!n_nodes)
		return put_gap_text(stage, "nodes", "the list of guests contains no node", err);
	return 0;
}

static int on_options(struct sb_stage_run *stage, const char *key, const json_t *data,
		      const struct sb_error *why, void *arg, struct sb_error *err)
{
	json_t *style, *row; /* style borrowed */
	int rc;

	(void)arg;
	(void)why;
	if (!json_is_object(data))
		return 0; /* without a row, colours are not managed */
	style = json_object_get(data, "tag-style");
	row = style ? json_pack("{s:O}", "tag-style", style) : json_object();
	rc = sb_row_put(stage, "cluster-options", row, err, "%s", key);
	return rc < 0 ? rc : 0;
}

/* The HA status detects a dead corosync, while /cluster/status may still report "quorate". */
static int on_ha(struct sb_stage_run *stage, const char *key, const json_t *data,
		 const struct sb_error *why, void *arg, struct sb_error *err)
{
	const json_t *item; /* borrowed */
	struct sb_error error;
	size_t i;

	(void)arg;
	(void)key;
	if (!json_is_array(data)) {
		error = add_frame(data ? NULL : why, "quorum of the cluster");
		return put_cluster_gap(stage, "ha-status", &error, err);
	}
	json_array_foreach (data, i, item) {
		const char *type = sb_json_str(item, "type");

		if (type && sb_streq(type, "quorum") && sb_json_bool(item, "quorate", false))
			return 0;
	}
	sb_fail(&error, SB_E_STATE, NO_QUORUM);
	return put_cluster_gap(stage, "ha-quorum", &error, err);
}

static int put_cluster(struct sb_stage_run *stage, const char *key, struct sb_error *err)
{
	const char *name = sb_pve_name(stage), *site = sb_run_site(stage);
	sb_autofree char *made = NULL, *shown = cluster_make_name(stage);
	size_t room = strlen(name) + sizeof("Proxmox Default Site - ");
	int rc;

	made = malloc(room);
	if (!made || !shown)
		return sb_fail(err, SB_E_NOMEM, "cluster: out of memory");
	snprintf(made, room, "Proxmox Default Site - %s", name);
	rc = sb_row_put(stage, "cluster",
			json_pack("{s:s,s:s,s:s,s:b}", "name", shown, "site", site, "node_site",
				  *site ? site : made, "is_cluster", sb_pve_is_cluster(stage)),
			err, "%s", key);
	return rc < 0 ? rc : 0;
}

int cluster_fetch(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	sb_autofree char *key = cluster_key(stage, "/cluster");
	int may = sb_pve_may(stage, "/vms", "VM.Audit"), rc;

	(void)arg;
	if (!key)
		return sb_fail(err, SB_E_NOMEM, "cluster: out of memory");
	rc = put_cluster(stage, key, err);
	if (!rc && may != 1)
		rc = put_gap_text(
			stage, "privilege",
			may ? "the privileges of the token could not be read"
			    : "the token lacks VM.Audit on /vms: the list may be filtered",
			err);
	if (!rc)
		rc = sb_pve_ask(stage, on_status, NULL, key, SB_PVE_PROTECTED, err,
				"/cluster/status");
	if (!rc)
		rc = sb_pve_ask(stage, on_resources, NULL, key, SB_PVE_INLINE, err,
				"/cluster/resources");
	if (!rc)
		rc = sb_pve_ask(stage, on_options, NULL, key, SB_PVE_INLINE, err,
				"/cluster/options");
	if (!rc)
		rc = cluster_sdn_fetch(stage, key, err);
	if (!rc)
		rc = sb_pve_ask(stage, cluster_on_acl, NULL, key, SB_PVE_INLINE, err,
				"/access/acl");
	if (!rc && sb_pve_is_cluster(stage))
		rc = sb_pve_ask(stage, on_ha, NULL, key, SB_PVE_INLINE, err,
				"/cluster/ha/status/current");
	return rc < 0 ? rc : 0;
}

json_t *cluster_named(const char *name)
{
	sb_autofree char *slug = sb_slug(name);

	return slug ? json_pack("{s:s,s:s}", "name", name, "slug", slug) : NULL;
}

int cluster_demand_site(struct sb_stage_run *stage, const char *member, const char **ret_key,
			struct sb_error *err)
{
	sb_autofree char *key = cluster_key(stage, "/cluster");
	sb_autojson *row = key ? sb_row_get(stage, "cluster", key) : NULL;
	const char *site = sb_json_str(row, member);
	json_t *fields = site && *site ? cluster_named(site) : NULL;

	*ret_key = NULL;
	if (site && !*site)
		return 0;
	if (!fields || json_object_set_new(fields, "status", json_string("active")) < 0) {
		json_decref(fields);
		return sb_fail(err, SB_E_NOMEM, "site of the endpoint: out of memory");
	}
	return sb_shared(stage, "site", fields, ret_key, err);
}

/* Data for want_cluster(). */
struct keys {
	const char *site, *type;
};

static int want_cluster(struct sb_stage_run *stage, const char *key, const json_t *row,
			struct sb_want *want, void *arg, struct sb_error *err)
{
	const struct keys *keys = arg;

	(void)stage;
	(void)key;
	(void)err;
	sb_want_set(want, "name", sb_json_text(sb_json_str(row, "name"), 100));
	sb_want_ref(want, "type", "cluster-type", keys->type);
	if (keys->site)
		sb_want_ref(want, "scope", "site", keys->site);
	else
		sb_want_null(want, "scope");
	return 0;
}

int cluster_diff(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	sb_autofree char *key = cluster_key(stage, "/cluster");
	struct sb_reconcile reconcile = {.size = sizeof(reconcile), .kind = "cluster"};
	struct keys keys;
	json_t *type;
	int rc;

	(void)arg;
	type = json_pack("{s:s,s:s}", "name",
			 sb_pve_is_cluster(stage) ? "Proxmox VE" : "Proxmox VE, standalone", "slug",
			 sb_pve_is_cluster(stage) ? "proxmox-ve" : "proxmox-ve-standalone");
	if (!key || !type) {
		json_decref(type);
		return sb_fail(err, SB_E_NOMEM, "cluster: out of memory");
	}
	rc = sb_shared(stage, "cluster-type", type, &keys.type, err);
	if (!rc)
		rc = cluster_demand_site(stage, "site", &keys.site, err);
	if (rc < 0)
		return rc;
	reconcile.source = "cluster";
	reconcile.prefix = key;
	reconcile.want = want_cluster;
	reconcile.arg = &keys;
	return sb_reconcile(stage, &reconcile, err);
}
