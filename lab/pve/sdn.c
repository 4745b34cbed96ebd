/* SPDX-License-Identifier: Apache-2.0 */
/* Answers about SDN: zones and vnets, which are configured and applied. */
#include "pve/answer.h"

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
		if (!call->pve->no_sdn_audit)
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
