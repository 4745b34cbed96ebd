/* SPDX-License-Identifier: Apache-2.0 */
/* SDN: zones and vnets, which are configured and applied. */
#include "pve/answer.h"
#include "pve/change.h"

void pve_add_zone_rows(const struct pve_call *call, json_t *list)
{
	for (size_t i = 0; i < call->pve->n_nodes; i++) {
		const char *node = call->pve->nodes[i].name;

		if (!pve_node_is_up(&call->pve->nodes[i]) || !pve_holds(call, "SDN.Audit"))
			continue;
		if (call->pve->major >= 9)
			json_array_append_new(
				list, json_pack("{ss so ss ss ss ss ss}", "type", "network", "id",
						json_sprintf("network/%s/zone/localnetwork", node),
						"network", "localnetwork", "network-type", "zone",
						"zone-type", "localnetwork", "node", node, "status",
						"ok"));
		else
			json_array_append_new(
				list, json_pack("{ss so ss ss ss}", "type", "sdn", "id",
						json_sprintf("sdn/%s/localnetwork", node), "sdn",
						"localnetwork", "node", node, "status", "ok"));
	}
}

/* Lists are filtered by the privilege, without an error. */
static void answer_objects(struct pve_call *call, const json_t *objects, const char *name,
			   const char *type)
{
	const char *pending = pve_param(call, "pending"), *running = pve_param(call, "running"),
		   *id;
	bool is_plain =
		!(pending && sb_streq(pending, "1")) && !(running && sb_streq(running, "1"));
	json_t *list = json_array(), *object;

	json_object_foreach ((json_t *)(uintptr_t)objects, id, object) {
		json_t *row = json_pack("{ssso}", name, id, "digest",
					is_plain ? pve_digest(objects) : json_null());

		if (type)
			json_object_set_new(row, "type", json_string(type));
		json_object_update(row, object);
		if (pve_holds(call, "SDN.Audit"))
			json_array_append(list, row);
		json_decref(row);
	}
	pve_ok_list(call, list);
}

static void answer_zones(struct pve_call *call)
{
	answer_objects(call, call->pve->zones, "zone", NULL);
}

static void answer_vnets(struct pve_call *call)
{
	answer_objects(call, call->pve->vnets, "vnet", "vnet");
}

static const struct pve_param_rule zone_params[] = {
	{"pending", PVE_PARAM_BOOL, NULL},
	{"running", PVE_PARAM_BOOL, NULL},
	{"type", PVE_PARAM_ENUM, "evpn, faucet, qinq, simple, vlan, vxlan"},
	{0}};
static const struct pve_param_rule vnet_params[] = {
	{"pending", PVE_PARAM_BOOL, NULL}, {"running", PVE_PARAM_BOOL, NULL}, {0}};

const struct pve_route pve_sdn_routes[] = {
	{"/cluster/sdn/zones", answer_zones, zone_params, 0, 0, 0, false},
	{"/cluster/sdn/vnets", answer_vnets, vnet_params, 0, 0, 0, false},
	{0},
};

/* Set a member of a zone or vnet; the first one creates it. An empty type or zone removes it. */
static int set_object(struct lab_pve *pve, json_t *objects, const char *name, const char *field,
		      const char *value)
{
	json_t *object = json_object_get(objects, name);
	bool is_number = *value && !value[strspn(value, "0123456789")];

	if (!*name || strlen(name) > 8 || strchr(name, '/'))
		return pve_change_refuse(pve, "the name of a zone or vnet has 1 to 8 characters");
	if (!*value && (sb_streq(field, "type") || sb_streq(field, "zone")))
		return json_object_del(objects, name);
	if (!object) {
		object = json_object();
		json_object_set_new(objects, name, object);
	}
	if (!*value)
		return json_object_del(object, field);
	return json_object_set_new(
		object, field,
		is_number ? json_integer(strtoll(value, NULL, 10)) : json_string(value));
}

static int set_zone(struct lab_pve *pve, const struct pve_key *key, const char *field,
		    const char *value)
{
	return set_object(pve, pve->zones, key->name, field, value);
}

static int set_vnet(struct lab_pve *pve, const struct pve_key *key, const char *field,
		    const char *value)
{
	return set_object(pve, pve->vnets, key->name, field, value);
}

static const char *const zone_fields[] = {"type", "MEMBER", NULL};
const struct pve_family pve_zone_family = {
	.fields = zone_fields, .prefix = "zone/", .form = "zone/NAME", .set = set_zone};
static const char *const vnet_fields[] = {"zone", "MEMBER", NULL};
const struct pve_family pve_vnet_family = {
	.fields = vnet_fields, .prefix = "vnet/", .form = "vnet/NAME", .set = set_vnet};
