/* SPDX-License-Identifier: Apache-2.0 */
/* Stage cluster.nodes: a device for each node. The stage cluster.cluster puts the list of nodes. */
#include "cluster.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define MODEL_CHARS 100

/* Keys of the shared objects that nodes refer to, and their names. */
struct nodes {
	const char *cluster, *site, *role, *maker;
	json_t *names; /* owned */
};

static int put_why(struct sb_stage_run *stage, const char *source, const char *key,
		   const struct sb_error *why, struct sb_error *err)
{
	json_t *text = sb_json_text(why ? why->text : "the answer has an unexpected structure",
				    sizeof(why->text));
	int rc = sb_row_put(stage, source, json_pack("{s:o}", "why", text), err, "%s", key);

	return rc < 0 ? rc : 0;
}

/* The model of the processor with single blanks, or NULL when it is not reported. New reference. */
static json_t *read_cpu(const json_t *data)
{
	const char *model = sb_json_str(json_object_get(data, "cpuinfo"), "model");
	sb_autofree char *text = model ? strdup(model) : NULL;
	char *to = text;

	if (!text)
		return NULL;
	for (; *model; model++)
		if (!isspace((unsigned char)*model))
			*to++ = *model;
		else if (to > text && to[-1] != ' ')
			*to++ = ' ';
	while (to > text && to[-1] == ' ')
		to--;
	*to = '\0';
	return *text && strcasecmp(text, "unknown") ? sb_json_text(text, MODEL_CHARS) : NULL;
}

/* "Proxmox VE 9" of "pve-manager/9.2.11/3a4b5c"; NULL when it is not reported. The nodes of a
 * cluster that is being upgraded have different versions. New reference. */
static json_t *read_platform(const json_t *data)
{
	static const char head[] = "pve-manager/";
	const char *version = sb_json_str(data, "pveversion");
	size_t digits;

	if (!version || !sb_starts_with(version, head))
		return NULL;
	version += strlen(head);
	digits = strspn(version, "0123456789");
	return digits ? json_sprintf("Proxmox VE %.*s", (int)digits, version) : NULL;
}

/* Proxmox VE does not report the model of the server itself. */
static int on_status(struct sb_stage_run *stage, const char *key, const json_t *data,
		     const struct sb_error *why, void *arg, struct sb_error *err)
{
	json_t *row;
	int rc;

	(void)arg;
	if (!json_is_object(data))
		return put_why(stage, CLUSTER_HARDWARE, key, data ? NULL : why, err);
	row = json_pack("{s:o*, s:o*}", "cpu", read_cpu(data), "platform", read_platform(data));
	rc = sb_row_put(stage, CLUSTER_HARDWARE, row, err, "%s", key);
	return rc < 0 ? rc : 0;
}

/* Proxmox VE's own limit for the notes of a node. */
#define MAX_NOTES_CHARS 65536

static size_t count_chars(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80; /* not inside a character of UTF-8 */
	return n;
}

static int on_config(struct sb_stage_run *stage, const char *key, const json_t *data,
		     const struct sb_error *why, void *arg, struct sb_error *err)
{
	const char *notes = sb_json_str(data, "description");
	struct sb_error too_long = SB_ERROR_INIT;
	int rc;

	(void)arg;
	if (!json_is_object(data))
		return put_why(stage, CLUSTER_NOTES, key, data ? NULL : why, err);
	if (notes && count_chars(notes) > MAX_NOTES_CHARS + 1) { /* it adds a line end */
		sb_fail(&too_long, SB_E_SHAPE,
			"they have more than %d characters, the limit of Proxmox VE",
			MAX_NOTES_CHARS);
		return put_why(stage, CLUSTER_NOTES, key, &too_long, err);
	}
	rc = sb_row_put(stage, CLUSTER_NOTES, json_pack("{s:s}", "notes", notes ? notes : ""), err,
			"%s", key);
	return rc < 0 ? rc : 0;
}

/* Request only data that the token may read: these privileges are optional, and without them the
 * fields are not managed. */
static int ask_node(struct sb_stage_run *stage, const char *key, const json_t *row, void *arg,
		    struct sb_error *err)
{
	const char *name = sb_json_str(row, "name");
	sb_autofree char *path = cluster_join("/nodes/", name ? name : "", "");
	int rc = 0;

	(void)arg;
	if (!path)
		return sb_fail(err, SB_E_NOMEM, "%s: out of memory", key);
	if (!name || !sb_json_bool(row, "online", false))
		return 0;
	if (sb_pve_may(stage, path, "Sys.Audit"))
		rc = sb_pve_ask(stage, on_status, NULL, key, SB_PVE_INLINE, err, "/nodes/%s/status",
				name);
	if (rc >= 0 && sb_pve_may(stage, "/", "Sys.Audit"))
		rc = sb_pve_ask(stage, on_config, NULL, key, SB_PVE_INLINE, err, "/nodes/%s/config",
				name);
	return rc < 0 ? rc : 0;
}

int cluster_nodes_fetch(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	const char *type = sb_opt_str(stage, "device_type");

	(void)arg;
	if (!sb_streq(type, "cpu") && !sb_streq(type, "generic"))
		return sb_fail(err, SB_E_CONFIG,
			       "option device_type of module cluster is \"%s\": use \"cpu\" or "
			       "\"generic\"",
			       type);
	return sb_rows_each(stage, "node", "", ask_node, NULL, err);
}

static int demand_type(struct sb_stage_run *stage, const struct nodes *nodes, const char *model,
		       const char **ret_key, struct sb_error *err)
{
	sb_autofree char *slug = sb_slug(model);
	json_t *type = slug ? json_pack("{s:{s:s},s:s,s:s}", "manufacturer", "$ref", nodes->maker,
					"model", model, "slug", slug)
			    : NULL;

	if (!type)
		return sb_fail(err, SB_E_NOMEM, "device type: out of memory");
	return sb_shared(stage, "device-type", type, ret_key, err);
}

/* Until people set the type of their server there is one type for all nodes. With the option "cpu"
 * the type is named after the processor; while that is unknown, a new device gets the general type,
 * and an existing one keeps its type. It also keeps it before bootstrap has made the field that
 * shows the processor, because the type of an earlier version may be the only place that names it.
 */
static int want_type(struct sb_stage_run *stage, const struct nodes *nodes, const char *cpu,
		     struct sb_want *want, struct sb_error *err)
{
	bool is_generic = sb_streq(sb_opt_str(stage, "device_type"), "generic");
	const char *type;
	int rc;

	if (!sb_want_is_new(want) &&
	    !(is_generic ? sb_field_writable(stage, "device", "stagebox_cpu") : cpu != NULL))
		return 0;
	rc = demand_type(stage, nodes, cpu && !is_generic ? cpu : "Proxmox VE node", &type, err);
	if (rc < 0)
		return rc;
	sb_want_ref(want, "device_type", "device-type", type);
	return 0;
}

static int want_platform(struct sb_stage_run *stage, const char *name, struct sb_want *want,
			 struct sb_error *err)
{
	json_t *platform = cluster_named(name);
	const char *key;
	int rc;

	if (!platform)
		return sb_fail(err, SB_E_NOMEM, "platform of a node: out of memory");
	rc = sb_shared(stage, "platform", platform, &key, err);
	if (rc < 0)
		return rc;
	sb_want_ref(want, "platform", "platform", key);
	return 0;
}

static int want_hardware(struct sb_stage_run *stage, const struct nodes *nodes, const char *key,
			 struct sb_want *want, struct sb_error *err)
{
	sb_autojson *row = sb_row_get(stage, CLUSTER_HARDWARE, key);
	const char *cpu = sb_json_str(row, "cpu"), *text = sb_json_str(row, "why");
	const char *platform = sb_json_str(row, "platform");
	struct sb_error why = SB_ERROR_INIT;
	int rc = 0;

	if (text) {
		sb_fail(&why, SB_E_STATE, "reading its processor: %s", text);
		sb_want_unknown(want, "stagebox_cpu", &why);
	}
	if (cpu)
		sb_want_str(want, "stagebox_cpu", cpu);
	if (platform)
		rc = want_platform(stage, platform, want, err);
	return rc < 0 ? rc : want_type(stage, nodes, cpu, want, err);
}

static int want_notes(struct sb_stage_run *stage, const char *key, struct sb_want *want,
		      struct sb_error *err)
{
	sb_autojson *row = sb_row_get(stage, CLUSTER_NOTES, key);
	const char *notes = sb_json_str(row, "notes"), *text = sb_json_str(row, "why");
	struct sb_error why = SB_ERROR_INIT;
	json_t *description, *comments;
	int rc;

	if (text) {
		sb_fail(&why, SB_E_STATE, "reading its notes: %s", text);
		sb_want_unknown(want, "comments", &why);
	}
	if (!notes)
		return 0;
	rc = sb_guest_notes(notes, &description, &comments, err);
	if (rc < 0)
		return rc;
	sb_want_set(want, "description", description);
	sb_want_set(want, "comments", comments);
	return 0;
}

static int note_address(struct sb_stage_run *stage, const char *key, const json_t *row, void *arg,
			struct sb_error *err)
{
	const char *ip = sb_json_str(row, "ip");

	(void)stage;
	(void)key;
	(void)err;
	if (ip)
		sb_want_evidence(arg, "ip", ip);
	return 0;
}

static int note_mac(struct sb_stage_run *stage, const char *key, const json_t *row, void *arg,
		    struct sb_error *err)
{
	const char *mac = sb_json_str(row, "mac");

	(void)stage;
	(void)key;
	(void)err;
	if (mac)
		sb_want_evidence(arg, "mac-address", mac);
	return 0;
}

/* A device of people is this node when it has one of its addresses. */
static int want_evidence(struct sb_stage_run *stage, const char *key, struct sb_want *want,
			 struct sb_error *err)
{
	char prefix[512];
	int rc;

	if (!sb_want_is_new(want))
		return 0;
	snprintf(prefix, sizeof(prefix), "%s/", key);
	rc = sb_rows_each(stage, CLUSTER_ADDRESSES, prefix, note_address, want, err);
	return rc < 0 ? rc : sb_rows_each(stage, CLUSTER_MACS, prefix, note_mac, want, err);
}

static int want_node(struct sb_stage_run *stage, const char *key, const json_t *row,
		     struct sb_want *want, void *arg, struct sb_error *err)
{
	const struct nodes *nodes = arg;
	const char *name = sb_json_str(nodes->names, key);
	struct sb_error why = SB_ERROR_INIT;
	int rc;

	sb_want_set(want, "name", json_string(name ? name : ""));
	sb_want_ref(want, "role", "device-role", nodes->role);
	sb_want_ref(want, "site", "site", nodes->site);
	sb_want_ref(want, "cluster", "cluster", nodes->cluster);
	if (json_object_get(row, "online")) {
		sb_want_str(want, "status",
			    sb_json_bool(row, "online", false) ? "active" : "offline");
	} else {
		sb_fail(&why, SB_E_STATE, "Proxmox VE does not report whether the node is online");
		sb_want_unknown(want, "status", &why);
	}
	rc = want_evidence(stage, key, want, err);
	if (!rc)
		rc = want_hardware(stage, nodes, key, want, err);
	return rc < 0 ? rc : want_notes(stage, key, want, err);
}

static int demand_maker(struct sb_stage_run *stage, const char **ret_key, struct sb_error *err)
{
	json_t *maker = cluster_named("Proxmox");

	if (!maker)
		return sb_fail(err, SB_E_NOMEM, "device type: out of memory");
	return sb_shared(stage, "manufacturer", maker, ret_key, err);
}

static int demand_role(struct sb_stage_run *stage, const char **ret_key, struct sb_error *err)
{
	json_t *role = json_pack("{s:s,s:s,s:s,s:b}", "name", "Proxmox Node", "slug",
				 "proxmox-node", "color", "9e9e9e", "vm_role", 0);

	if (!role)
		return sb_fail(err, SB_E_NOMEM, "role of nodes: out of memory");
	return sb_shared(stage, "device-role", role, ret_key, err);
}

int cluster_nodes_diff(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	sb_autofree char *cluster = cluster_key(stage, "/cluster");
	sb_autofree char *prefix = cluster_key(stage, "/node/");
	sb_autojson *names = NULL;
	struct sb_reconcile reconcile = {.size = sizeof(reconcile), .kind = "device"};
	struct nodes nodes = {.cluster = cluster};
	int rc;

	(void)arg;
	if (!cluster || !prefix)
		return sb_fail(err, SB_E_NOMEM, "nodes: out of memory");
	rc = cluster_device_names(stage, &names, err);
	if (!rc)
		rc = cluster_demand_site(stage, "node_site", &nodes.site, err);
	if (!rc)
		rc = demand_maker(stage, &nodes.maker, err);
	if (!rc)
		rc = demand_role(stage, &nodes.role, err);
	if (rc < 0)
		return rc;
	nodes.names = names;
	reconcile.source = "node";
	reconcile.prefix = prefix;
	reconcile.want = want_node;
	reconcile.arg = &nodes;
	return sb_reconcile(stage, &reconcile, err);
}
