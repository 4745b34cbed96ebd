/* SPDX-License-Identifier: Apache-2.0 */
/* Answers about high availability: its state, its resources, rules (9) or groups (8). */
#include "pve/answer.h"
#include "pve/ha.h"

#include <inttypes.h>
#include <time.h>

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

/* Copy a member of the configuration of a resource, or set its default. */
static void add_member(json_t *row, const struct pve_guest *guest, const char *key, int otherwise)
{
	json_t *value = json_object_get(guest->ha, key);

	if (value)
		json_object_set(row, key, value);
	else if (otherwise >= 0)
		json_object_set_new(row, key, json_integer(otherwise));
}

static json_t *service_row(const struct lab_pve *pve, const struct pve_guest *guest)
{
	const char *node = guest->node->name;
	sb_autojson *sid = pve_ha_sid(guest);
	const char *text = json_string_value(sid);
	json_t *row =
		json_pack("{so ss sO ss ss ss ss so}", "id", json_sprintf("service:%s", text),
			  "type", "service", "sid", sid, "node", node, "state", guest->ha_state,
			  "crm_state", guest->ha_state, "request_state", requested_state(guest),
			  "status", json_sprintf("%s (%s, %s)", text, node, guest->ha_state));

	add_member(row, guest, "max_restart", 1);
	add_member(row, guest, "max_relocate", 1);
	add_member(row, guest, "comment", -1);
	if (pve->major >= 9)
		add_member(row, guest, "failback", 1);
	else
		add_member(row, guest, "group", -1);
	return row;
}

/* Has the HA manager ever had work? */
static bool is_used(const struct lab_pve *pve)
{
	return pve->n_nodes > 1 && pve->n_guests;
}

static void answer_status(struct pve_call *call)
{
	const struct lab_pve *pve = call->pve;
	const char *local = pve_node_local(pve)->name;
	json_t *list = json_pack("[{ss ss ss ss si}]", "id", "quorum", "type", "quorum", "node",
				 local, "status", pve->no_quorum ? "No quorum on node" : "OK",
				 "quorate", !pve->no_quorum);

	if (pve->major >= 9)
		json_array_append_new(
			list, json_pack("{ss ss ss ss ss}", "id", "fencing", "type", "fencing",
					"node", local, "status",
					is_used(pve) ? "armed (CRM watchdog active)"
						     : "standby (CRM watchdog standby)",
					"armed-state", is_used(pve) ? "armed" : "standby"));
	if (is_used(pve))
		json_array_append_new(list, json_pack("{ss ss ss so sI}", "id", "master", "type",
						      "master", "node", local, "status",
						      time_text("active", local, call->now_s),
						      "timestamp", (json_int_t)call->now_s));
	for (size_t i = 0; is_used(pve) && i < pve->n_nodes; i++) {
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

/* The state of the manager as it stores it: what it knows of each service. */
static json_t *service_states(const struct lab_pve *pve)
{
	json_t *all = json_object();

	for (size_t i = 0; i < pve->n_guests; i++) {
		const struct pve_guest *guest = pve->guests[i];
		sb_autojson *sid = guest->ha_state ? pve_ha_sid(guest) : NULL;
		json_t *state;

		if (!sid || sb_streq(guest->ha_state, "ignored"))
			continue;
		state = json_pack("{ss ss so}", "node", guest->node->name, "state", guest->ha_state,
				  "uid", pve_digest(sid));
		if (pve_guest_is_active(guest) && sb_streq(guest->ha_state, "started"))
			json_object_set_new(state, "running", json_integer(1));
		json_object_set_new(all, json_string_value(sid), state);
	}
	return all;
}

static void answer_manager_status(struct pve_call *call)
{
	const struct lab_pve *pve = call->pve;
	const char *local = pve_node_local(pve)->name;
	json_t *nodes = json_object(), *lrms = json_object();
	json_t *manager = json_pack("{so}", "node_status", nodes);
	json_t *data = json_pack("{so s{ss ss}}", "manager_status", manager, "quorum", "node",
				 local, "quorate", pve->no_quorum ? "0" : "1");

	for (size_t i = 0; is_used(pve) && i < pve->n_nodes; i++) {
		bool is_up = pve_node_is_up(&pve->nodes[i]);

		json_object_set_new(nodes, pve->nodes[i].name,
				    json_string(is_up ? "online" : "unknown"));
		json_object_set_new(
			lrms, pve->nodes[i].name,
			is_up ? json_pack("{ss ss sI s{}}", "mode", "active", "state", "active",
					  "timestamp", (json_int_t)call->now_s - 3, "results")
			      : json_pack("{ss}", "mode", "unknown"));
	}
	if (is_used(pve)) {
		json_object_set_new(manager, "master_node", json_string(local));
		json_object_set_new(manager, "timestamp", json_integer(call->now_s));
		json_object_set_new(manager, "service_status", service_states(pve));
		json_object_set(data, "lrm_status", lrms);
	}
	json_decref(lrms);
	pve_ok(call, data);
}

/* All resources have one file, and so one digest. */
static json_t *resources_digest(const struct lab_pve *pve)
{
	sb_autojson *all = json_object();

	for (size_t i = 0; i < pve->n_guests; i++) {
		sb_autojson *sid = pve->guests[i]->ha_state ? pve_ha_sid(pve->guests[i]) : NULL;

		if (sid)
			json_object_set_new(all, json_string_value(sid),
					    json_pack("[sO]", requested_state(pve->guests[i]),
						      pve->guests[i]->ha));
	}
	return pve_digest(all);
}

static json_t *resource_row(const struct pve_guest *guest, json_t *digest)
{
	json_t *row = json_pack("{so ss sO}", "sid", pve_ha_sid(guest), "type",
				guest->is_container ? "ct" : "vm", "digest", digest);

	json_object_update(row, guest->ha);
	/* Unset means "started", and many resources do not set it. */
	if (json_object_get(guest->ha, "state") || !sb_streq(requested_state(guest), "started"))
		json_object_set_new(row, "state", json_string(requested_state(guest)));
	return row;
}

static void answer_resources(struct pve_call *call)
{
	const struct lab_pve *pve = call->pve;
	const char *type = pve_param(call, "type");
	sb_autojson *digest = resources_digest(pve);
	json_t *list = json_array();

	for (size_t i = 0; i < pve->n_guests; i++) {
		const struct pve_guest *guest = pve->guests[i];

		if (guest->ha_state && (!type || sb_streq(type, guest->is_container ? "ct" : "vm")))
			json_array_append_new(list, resource_row(guest, digest));
	}
	pve_ok_list(call, list);
}

static void answer_resource(struct pve_call *call)
{
	const struct pve_guest *guest = pve_ha_guest(call->pve, call->name);
	sb_autojson *digest = resources_digest(call->pve);

	if (guest && guest->ha_state)
		pve_ok(call, resource_row(guest, digest));
	else
		pve_refuse(call, 500, "no such resource '%s'", call->name);
}

static json_t *rule_row(const struct lab_pve *pve, const char *name, json_t *rule, size_t order)
{
	const char *resources = json_string_value(json_object_get(rule, "resources"));
	const char *type = json_string_value(json_object_get(rule, "type"));
	json_t *row = json_pack("{ss so sI}", "rule", name, "digest", pve_digest(pve->ha_rules),
				"order", (json_int_t)order);

	json_object_update(row, rule);
	if (sb_streq(type, "resource-affinity") && !strchr(resources, ','))
		json_object_set_new(
			row, "errors",
			json_pack("{s[s]}", "resources",
				  "rule is ineffective as there are less than two resources"));
	return row;
}

/* The rows of all rules that the request wants; name NULL = any. */
static json_t *rule_rows(const struct pve_call *call, const char *wanted)
{
	const char *type = pve_param(call, "type"), *resource = pve_param(call, "resource"), *name;
	json_t *list = json_array(), *rule;
	size_t order = 0;

	json_object_foreach (call->pve->ha_rules, name, rule) {
		order++;
		if ((wanted && !sb_streq(wanted, name)) ||
		    (type && !sb_streq(type, json_string_value(json_object_get(rule, "type")))) ||
		    (resource &&
		     !pve_has_word(json_string_value(json_object_get(rule, "resources")),
				   resource)))
			continue;
		json_array_append_new(list, rule_row(call->pve, name, rule, order));
	}
	return list;
}

static void answer_rules(struct pve_call *call)
{
	pve_ok_list(call, rule_rows(call, NULL));
}

static void answer_rule(struct pve_call *call)
{
	sb_autojson *rows = rule_rows(call, call->name);

	if (json_array_size(rows))
		pve_ok(call, json_incref(json_array_get(rows, 0)));
	else
		pve_refuse(call, 500, "no such ha rule '%s'", call->name);
}

static json_t *group_row(const struct lab_pve *pve, const char *name, json_t *group)
{
	json_t *row = json_pack("{ss ss so}", "group", name, "type", "group", "digest",
				pve_digest(pve->ha_groups));

	json_object_update(row, group);
	return row;
}

static void answer_groups(struct pve_call *call)
{
	json_t *list, *group;
	const char *name;

	if (call->pve->major >= 9) {
		pve_refuse(call, 500, "cannot index groups: ha groups have been migrated to rules");
		return;
	}
	list = json_array();
	json_object_foreach (call->pve->ha_groups, name, group)
		json_array_append_new(list, group_row(call->pve, name, group));
	pve_ok_list(call, list);
}

static void answer_group(struct pve_call *call)
{
	json_t *group = json_object_get(call->pve->ha_groups, call->name);

	if (call->pve->major >= 9)
		pve_refuse(call, 500, "cannot read group: ha groups have been migrated to rules");
	else if (group)
		pve_ok(call, group_row(call->pve, call->name, group));
	else
		pve_refuse(call, 500, "no such ha group '%s'", call->name);
}

static const struct pve_param_rule resource_params[] = {{"type", PVE_PARAM_ENUM, "ct, vm"}, {0}};
static const struct pve_param_rule rule_params[] = {
	{"type", PVE_PARAM_ENUM, "node-affinity, resource-affinity"},
	{"resource", PVE_PARAM_TEXT, NULL},
	{0}};

#define AUDIT PVE_NEED_SYS_AUDIT, 0

const struct pve_route pve_ha_routes[] = {
	{"/cluster/ha/status/current", answer_status, NULL, AUDIT, 0, false},
	{"/cluster/ha/status/manager_status", answer_manager_status, NULL, AUDIT, 0, false},
	{"/cluster/ha/resources", answer_resources, resource_params, AUDIT, 0, false},
	{"/cluster/ha/resources/{sid}", answer_resource, NULL, AUDIT, 0, false},
	{"/cluster/ha/rules", answer_rules, rule_params, AUDIT, 9, false},
	{"/cluster/ha/rules/{rule}", answer_rule, NULL, AUDIT, 9, false},
	{"/cluster/ha/groups", answer_groups, NULL, AUDIT, 0, false},
	{"/cluster/ha/groups/{group}", answer_group, NULL, AUDIT, 0, false},
	{0},
};
