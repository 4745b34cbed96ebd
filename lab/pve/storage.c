/* SPDX-License-Identifier: Apache-2.0 */
/* Storages: those of the cluster, and those of a node. */
#include "pve/answer.h"

#include <inttypes.h>

static bool storage_is_on(json_t *storage, const struct pve_node *node)
{
	const char *nodes = json_string_value(json_object_get(storage, "nodes"));

	return !json_integer_value(json_object_get(storage, "disable")) &&
	       (!nodes || pve_has_word(nodes, node->name));
}

static void storage_space(json_t *storage, const struct pve_node *node, int64_t *ret_used,
			  int64_t *ret_total)
{
	const char *type = json_string_value(json_object_get(storage, "type"));
	bool is_shared = json_integer_value(json_object_get(storage, "shared")) != 0;

	if (is_shared)
		*ret_total = (int64_t)(strlen(type) + 5) << 40;
	else
		*ret_total = sb_streq(type, "dir") ? node->disk_bytes : node->disk_bytes * 8;
	*ret_used = *ret_total / 100 * (is_shared ? 42 : 23 + node->id);
}

static json_t *storage_row(json_t *storage, const struct pve_node *node, bool is_expired)
{
	const char *id = json_string_value(json_object_get(storage, "storage"));
	bool is_up = pve_node_is_up(node) && !is_expired;
	json_t *shared = json_object_get(storage, "shared");
	json_t *row = json_pack("{ss so ss ss sO sO si ss}", "type", "storage", "id",
				json_sprintf("storage/%s/%s", node->name, id), "storage", id,
				"node", node->name, "plugintype", json_object_get(storage, "type"),
				"content", json_object_get(storage, "content"), "shared",
				(int)json_integer_value(shared), "status",
				is_up ? "available" : "unknown");
	int64_t used, total;

	if (is_up) {
		storage_space(storage, node, &used, &total);
		json_object_set_new(row, "disk", json_integer(used));
		json_object_set_new(row, "maxdisk", json_integer(total));
	}
	return row;
}

void pve_add_storage_rows(const struct pve_call *call, json_t *list)
{
	size_t i;
	json_t *storage;

	for (size_t n = 0; n < call->pve->n_nodes; n++) {
		json_array_foreach (call->pve->storages, i, storage) {
			if (pve_holds(call, "Datastore.Audit") &&
			    storage_is_on(storage, &call->pve->nodes[n]))
				json_array_append_new(list,
						      storage_row(storage, &call->pve->nodes[n],
								  call->pve->is_expired));
		}
	}
}

static void answer_storages(struct pve_call *call)
{
	const char *type = pve_param(call, "type");
	json_t *list = json_array(), *storage;
	size_t i;

	json_array_foreach (call->pve->storages, i, storage) {
		json_t *row = json_copy(storage);

		json_object_set_new(row, "digest", pve_digest(call->pve->storages));
		if (pve_holds(call, "Datastore.Audit") &&
		    (!type || sb_streq(type, json_string_value(json_object_get(storage, "type")))))
			json_array_append(list, row);
		json_decref(row);
	}
	pve_ok_list(call, list);
}

static json_t *node_storage_row(const struct pve_call *call, json_t *storage)
{
	bool is_on = storage_is_on(storage, call->node);
	json_t *row =
		json_pack("{sO sO sO si si si}", "storage", json_object_get(storage, "storage"),
			  "type", json_object_get(storage, "type"), "content",
			  json_object_get(storage, "content"), "active", is_on, "enabled", is_on,
			  "shared", (int)json_integer_value(json_object_get(storage, "shared")));
	int64_t used = 0, total = 0;

	if (is_on)
		storage_space(storage, call->node, &used, &total);
	json_object_set_new(row, "total", json_integer(total));
	json_object_set_new(row, "used", json_integer(used));
	json_object_set_new(row, "avail", json_integer(total - used));
	if (total)
		json_object_set_new(row, "used_fraction", json_real((double)used / (double)total));
	return row;
}

static void answer_node_storages(struct pve_call *call)
{
	const char *content = pve_param(call, "content"), *id = pve_param(call, "storage");
	const char *enabled = pve_param(call, "enabled");
	json_t *list = json_array(), *storage;
	size_t i;

	json_array_foreach (call->pve->storages, i, storage) {
		const char *has = json_string_value(json_object_get(storage, "content"));
		const char *name = json_string_value(json_object_get(storage, "storage"));

		if (!pve_holds(call, "Datastore.Audit"))
			break;
		if ((content && !pve_has_word(has, content)) || (id && !sb_streq(id, name)))
			continue;
		if (enabled && sb_streq(enabled, "1") &&
		    json_integer_value(json_object_get(storage, "disable")))
			continue;
		json_array_append_new(list, node_storage_row(call, storage));
	}
	pve_ok_list(call, list);
}

static const struct pve_param_rule storage_params[] = {
	{"type", PVE_PARAM_ENUM,
	 "btrfs, cephfs, cifs, dir, esxi, iscsi, iscsidirect, lvm, lvmthin, nfs, pbs, rbd, zfs, "
	 "zfspool"},
	{0}};

static const struct pve_param_rule node_storage_params[] = {
	{"content", PVE_PARAM_TEXT, NULL}, {"enabled", PVE_PARAM_BOOL, NULL},
	{"format", PVE_PARAM_BOOL, NULL},  {"storage", PVE_PARAM_TEXT, NULL},
	{"target", PVE_PARAM_TEXT, NULL},  {0}};

const struct pve_route pve_storage_routes[] = {
	{"/storage", answer_storages, storage_params, 0, 0, 0, false},
	{"/nodes/{node}/storage", answer_node_storages, node_storage_params, 0, 0, 0, false},
	{0},
};
