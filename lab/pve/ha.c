/* SPDX-License-Identifier: Apache-2.0 */
/* Answers about high availability: its state, its resources, rules (9) or groups (8). */
#include "pve/answer.h"

#include "base/buf.h"

#include <inttypes.h>

static json_t *service_id(const struct pve_guest *guest)
{
	return json_sprintf("%s:%" PRIu32, guest->is_container ? "ct" : "vm", guest->vmid);
}

/* Derive the requested state from the current one. */
static const char *requested_state(const struct pve_guest *guest)
{
	if (sb_streq(guest->ha_state, "request_stop"))
		return "stopped";
	return !sb_streq(guest->ha_state, "error") ? guest->ha_state : "started";
}

static json_t *time_text(const char *fmt, const char *node, int64_t at_s)
{
	char when[64];
	time_t at = (time_t)at_s;
	struct tm tm;

	gmtime_r(&at, &tm);
	strftime(when, sizeof(when), "%a %b %e %H:%M:%S %Y", &tm);
	/* Proxmox VE uses this format for the master and for an LRM. */
	return json_sprintf("%s (%s, %s)", node, fmt, when);
}

static json_t *service_row(const struct lab_pve *pve, const struct pve_guest *guest)
{
	const char *node = guest->node->name;
	sb_autojson *sid = service_id(guest);
	const char *text = json_string_value(sid);
	json_t *row =
		json_pack("{so ss sO ss ss ss ss so si si}", "id", json_sprintf("service:%s", text),
			  "type", "service", "sid", sid, "node", node, "state", guest->ha_state,
			  "crm_state", guest->ha_state, "request_state", requested_state(guest),
			  "status", json_sprintf("%s (%s, %s)", text, node, guest->ha_state),
			  "max_restart", 1, "max_relocate", 1);

	if (pve->major >= 9)
		json_object_set_new(row, "failback", json_integer(1));
	else
		json_object_set_new(row, "group", json_string("prefer-first"));
	return row;
}

static void answer_status(struct pve_call *call)
{
	const struct lab_pve *pve = call->pve;
	const char *local = pve_node_local(pve)->name;
	bool is_used = pve->n_nodes > 1 && pve->n_guests;
	json_t *list = json_pack("[{ss ss ss ss si}]", "id", "quorum", "type", "quorum", "node",
				 local, "status", pve->no_quorum ? "No quorum on node" : "OK",
				 "quorate", !pve->no_quorum);

	if (pve->major >= 9)
		json_array_append_new(
			list, json_pack("{ss ss ss ss ss}", "id", "fencing", "type", "fencing",
					"node", local, "status",
					is_used ? "armed (CRM watchdog active)"
						: "standby (CRM watchdog standby)",
					"armed-state", is_used ? "armed" : "standby"));
	if (is_used)
		json_array_append_new(list, json_pack("{ss ss ss so sI}", "id", "master", "type",
						      "master", "node", local, "status",
						      time_text("active", local, call->now_s),
						      "timestamp", (json_int_t)call->now_s));
	for (size_t i = 0; is_used && i < pve->n_nodes; i++) {
		const char *node = pve->nodes[i].name;
		bool is_up = pve_node_is_up(&pve->nodes[i]);
		int64_t seen_s = is_up ? call->now_s - 3 : call->now_s - 600;

		json_array_append_new(
			list, json_pack("{so ss ss so sI}", "id", json_sprintf("lrm:%s", node),
					"type", "lrm", "node", node, "status",
					time_text(is_up ? "active, watchdog active"
							: "old timestamp - dead?",
						  node, seen_s),
					"timestamp", (json_int_t)seen_s));
	}
	for (size_t i = 0; i < pve->n_guests; i++)
		if (pve->guests[i]->ha_state)
			json_array_append_new(list, service_row(pve, pve->guests[i]));
	pve_ok_list(call, list);
}

static void answer_resources(struct pve_call *call)
{
	const struct lab_pve *pve = call->pve;
	const char *type = pve_param(call, "type");
	json_t *list = json_array();
	sb_autojson *digest = json_string("bd8cc7ea1199b42ddf0b47132866b749c52daade");

	for (size_t i = 0; i < pve->n_guests; i++) {
		const struct pve_guest *guest = pve->guests[i];
		const char *kind = guest->is_container ? "ct" : "vm";
		json_t *row;

		if (!guest->ha_state || (type && !sb_streq(type, kind)))
			continue;
		row = json_pack("{so ss sO}", "sid", service_id(guest), "type", kind, "digest",
				digest);
		/* Unset means "started", and many resources do not set it. */
		if (guest->vmid % 2 || !sb_streq(requested_state(guest), "started"))
			json_object_set_new(row, "state", json_string(requested_state(guest)));
		if (pve->major < 9)
			json_object_set_new(row, "group", json_string("prefer-first"));
		if (guest->vmid % 3 == 0)
			json_object_set_new(row, "max_restart", json_integer(3));
		json_array_append_new(list, row);
	}
	pve_ok_list(call, list);
}

/* List the managed guests, "ct:102,vm:101", in the order of Proxmox VE. */
static char *managed_list(const struct lab_pve *pve, size_t max)
{
	sb_autobuf buf = SB_BUF_INIT(1 << 20);
	size_t n = 0;

	for (int is_container = 1; is_container >= 0; is_container--)
		for (size_t i = 0; i < pve->n_guests && n < max; i++) {
			const struct pve_guest *guest = pve->guests[i];

			if (!guest->ha_state || guest->is_container != (is_container == 1))
				continue;
			sb_buf_addf(&buf, "%s%s:%" PRIu32, n++ ? "," : "",
				    is_container ? "ct" : "vm", guest->vmid);
		}
	return sb_buf_take(&buf);
}

static json_t *preferred_nodes(const struct lab_pve *pve)
{
	return pve->n_nodes > 2 ? json_sprintf("%s:2,%s", pve->nodes[0].name, pve->nodes[1].name)
				: json_string(pve->nodes[0].name);
}

static void answer_rules(struct pve_call *call)
{
	static const char digest[] = "fd975d2f13b8e6bae5bad8177be0997c88b6366d";
	const char *type = pve_param(call, "type"), *resource = pve_param(call, "resource");
	sb_autofree char *all = managed_list(call->pve, SIZE_MAX);
	sb_autofree char *two = managed_list(call->pve, 2);
	json_t *list = json_array();

	if (all && *all && (!type || sb_streq(type, "node-affinity")) &&
	    (!resource || pve_has_word(all, resource)))
		json_array_append_new(
			list, json_pack("{ss ss ss so si ss ss si}", "rule", "prefer-first", "type",
					"node-affinity", "resources", all, "nodes",
					preferred_nodes(call->pve), "strict", 0, "comment",
					"keep them together", "digest", digest, "order", 1));
	if (two && strchr(two, ',') && (!type || sb_streq(type, "resource-affinity")) &&
	    (!resource || pve_has_word(two, resource)))
		json_array_append_new(
			list, json_pack("{ss ss ss ss ss si si}", "rule", "apart", "type",
					"resource-affinity", "resources", two, "affinity",
					"negative", "digest", digest, "order", 2, "disable", 1));
	pve_ok_list(call, list);
}

static void answer_groups(struct pve_call *call)
{
	if (call->pve->major >= 9) {
		pve_refuse(call, 500, "cannot index groups: ha groups have been migrated to rules");
		return;
	}

	json_t *list = json_array();

	if (call->pve->n_nodes > 1)
		json_array_append_new(
			list, json_pack("{ss ss so si ss}", "group", "prefer-first", "type",
					"group", "nodes", preferred_nodes(call->pve), "nofailback",
					0, "digest", "fd975d2f13b8e6bae5bad8177be0997c88b6366d"));
	pve_ok_list(call, list);
}

static const struct pve_param_rule resource_params[] = {{"type", PVE_PARAM_ENUM, "ct, vm"}, {0}};
static const struct pve_param_rule rule_params[] = {
	{"type", PVE_PARAM_ENUM, "node-affinity, resource-affinity"},
	{"resource", PVE_PARAM_TEXT, NULL},
	{0}};

const struct pve_route pve_ha_routes[] = {
	{"/cluster/ha/status/current", answer_status, NULL, PVE_NEED_SYS_AUDIT, 0, 0, false},
	{"/cluster/ha/resources", answer_resources, resource_params, 0, 0, 0, false},
	{"/cluster/ha/rules", answer_rules, rule_params, 0, 0, 9, false},
	{"/cluster/ha/groups", answer_groups, NULL, 0, 0, 0, false},
	{0},
};
