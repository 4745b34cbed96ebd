/* SPDX-License-Identifier: Apache-2.0 */
/* Resource pools: answers. */
#include "pve/answer.h"

#include <inttypes.h>

static void add_to(json_t *row, const char *key, json_t *guest_row)
{
	double sum = json_number_value(json_object_get(row, key)) +
		     json_number_value(json_object_get(guest_row, key));
	bool is_load = sb_streq(key, "cpu");

	json_object_set_new(row, key, is_load ? json_real(sum) : json_integer((json_int_t)sum));
}

/* The values of a pool are sums over its running guests; they are absent when no guest runs. */
void pve_add_pool_rows(const struct pve_call *call, json_t *list)
{
	static const char *const sums[] = {"cpu", "maxcpu", "mem", "maxmem"};
	sb_autojson *rows = json_object();
	const char *poolid;
	json_t *comment;

	json_object_foreach (call->pve->pools, poolid, comment) {
		json_t *row = json_pack("{ss ss so}", "type", "pool", "pool", poolid, "id",
					json_sprintf("/pool/%s", poolid));

		json_object_set_new(rows, poolid, row);
		json_array_append(list, row);
	}
	for (size_t i = 0; i < call->pve->n_guests; i++) {
		const struct pve_guest *guest = call->pve->guests[i];
		json_t *row = guest->pool ? json_object_get(rows, guest->pool) : NULL;

		if (!row || !pve_guest_is_active(guest) || !pve_node_is_up(guest->node))
			continue;

		sb_autojson *guest_row = pve_guest_row(call, guest);
		json_t *uptime = json_object_get(guest_row, "uptime");

		for (size_t k = 0; k < SB_ARRAY_LEN(sums); k++)
			add_to(row, sums[k], guest_row);
		if (json_integer_value(uptime) > json_integer_value(json_object_get(row, "uptime")))
			json_object_set(row, "uptime", uptime);
	}
}

static json_t *pool_members(const struct pve_call *call, const char *poolid, const char *type)
{
	json_t *list = json_array();

	/* Like Proxmox VE, this path does not check privileges on the members. */
	for (size_t i = 0; i < call->pve->n_guests; i++) {
		const struct pve_guest *guest = call->pve->guests[i];

		if (guest->pool && sb_streq(guest->pool, poolid) &&
		    (!type || sb_streq(type, pve_guest_kind(guest))))
			json_array_append_new(list, pve_guest_row(call, guest));
	}
	return list;
}

static json_t *pool_row(const char *poolid, json_t *comment)
{
	json_t *row = json_pack("{ss}", "poolid", poolid);

	if (json_is_string(comment))
		json_object_set(row, "comment", comment);
	return row;
}

static void answer_pools(struct pve_call *call)
{
	const char *wanted = pve_param(call, "poolid"), *type = pve_param(call, "type"), *poolid;
	json_t *comment, *list;

	if (type && !wanted) {
		pve_refuse_param(call, "poolid", "missing property required by 'type'");
		return;
	}
	if (wanted && !json_object_get(call->pve->pools, wanted)) {
		pve_refuse(call, 500, "pool '%s' does not exist", wanted);
		return;
	}
	list = json_array();
	json_object_foreach (call->pve->pools, poolid, comment) {
		json_t *row;

		if (wanted && !sb_streq(wanted, poolid))
			continue;
		row = pool_row(poolid, comment);
		if (wanted)
			json_object_set_new(row, "members", pool_members(call, poolid, type));
		json_array_append_new(list, row);
	}
	pve_ok_list(call, list);
}

static const struct pve_param_rule pool_params[] = {
	{"poolid", PVE_PARAM_TEXT, NULL}, {"type", PVE_PARAM_ENUM, "qemu, lxc, storage"}, {0}};

const struct pve_route pve_pool_routes[] = {
	{"/pools", answer_pools, pool_params, 0, 0, 0, false},
	{0},
};
