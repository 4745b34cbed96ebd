/* SPDX-License-Identifier: Apache-2.0 */
/* The state of an endpoint as a JSON object by key. */
#include "pve/ceph.h"
#include "pve/ha.h"
#include "pve/task.h"

#include <inttypes.h>

static json_t *guest_entry(const struct pve_guest *guest)
{
	json_t *entry =
		json_pack("{ss ss sO sO}", "node", guest->node->name, "status", guest->status,
			  "config", guest->config, "addresses", guest->addresses);

	if (guest->pool)
		json_object_set_new(entry, "pool", json_string(guest->pool));
	if (guest->ha_state)
		json_object_set_new(entry, "hastate", json_string(guest->ha_state));
	if (guest->pending)
		json_object_set(entry, "pending", guest->pending);
	if (guest->snapshots)
		json_object_set(entry, "snapshots", guest->snapshots);
	if (pve_guest_text(guest, "agent"))
		json_object_set_new(entry, "agent_runs", json_boolean(guest->agent_runs));
	if (guest->ignores_shutdown)
		json_object_set_new(entry, "ignores_shutdown", json_true());
	return entry;
}

static json_t *task_entry(const struct pve_task *task)
{
	json_t *entry = json_pack("{ss ss sI ss}", "node", task->order.node->name, "type",
				  task->order.type, "vmid", (json_int_t)task->order.vmid, "status",
				  pve_task_runs(task) ? "running" : "stopped");

	if (!pve_task_runs(task))
		json_object_set_new(entry, "exitstatus", json_string(task->exit));
	return entry;
}

static json_t *node_entry(const struct pve_node *node)
{
	json_t *ifaces = json_object(), *row;
	size_t i;

	json_array_foreach (node->ifaces, i, row) {
		json_object_set(ifaces, json_string_value(json_object_get(row, "iface")), row);
	}
	return json_pack("{ss so}", "status", pve_node_is_up(node) ? "online" : "offline",
			 "interfaces", ifaces);
}

static void add_entry(json_t *all, const struct lab_pve *pve, const char *family, const char *name,
		      json_t *entry_take)
{
	sb_autojson *key = json_sprintf("%s/%s/%s", pve->slug, family, name);

	json_object_set_new(all, json_string_value(key), entry_take);
}

static void add_pools(json_t *all, const struct lab_pve *pve)
{
	const char *name;
	json_t *comment;

	json_object_foreach (pve->pools, name, comment) {
		json_t *members = json_array();

		for (size_t i = 0; i < pve->n_guests; i++)
			if (pve->guests[i]->pool && sb_streq(pve->guests[i]->pool, name))
				json_array_append_new(members, json_integer(pve->guests[i]->vmid));
		add_entry(all, pve, "pool", name,
			  json_pack("{sO so}", "comment", comment, "members", members));
	}
}

static void add_all(json_t *all, const struct lab_pve *pve, const char *family, json_t *objects)
{
	const char *name;
	json_t *object;

	json_object_foreach (objects, name, object)
		add_entry(all, pve, family, name, json_incref(object));
}

static void add_ha(json_t *all, const struct lab_pve *pve)
{
	for (size_t i = 0; i < pve->n_guests; i++) {
		const struct pve_guest *guest = pve->guests[i];
		json_t *object;
		sb_autojson *sid = guest->ha ? pve_ha_sid(guest) : NULL;

		if (!sid)
			continue;
		object = json_copy(guest->ha);
		json_object_set_new(object, "state", json_string(guest->ha_state));
		add_entry(all, pve, "ha", json_string_value(sid), object);
	}
	add_all(all, pve, "ha-rule", pve->ha_rules);
	add_all(all, pve, "ha-group", pve->ha_groups);
}

static void add_ceph(json_t *all, const struct lab_pve *pve)
{
	static const char *const states[] = {"absent", "uninitialized", "ready"};
	const struct pve_ceph *ceph = pve->ceph;
	sb_autojson *key = json_sprintf("%s/ceph", pve->slug);

	if (!ceph->fsid) /* there was never one */
		return;
	json_object_set_new(all, json_string_value(key),
			    json_pack("{ss sO sO sO}", "state", states[ceph->state], "fsid",
				      ceph->fsid, "flags", ceph->flags, "nodes", ceph->hosts));
	add_all(all, pve, "ceph/mon", ceph->services[PVE_CEPH_MON]);
	add_all(all, pve, "ceph/mgr", ceph->services[PVE_CEPH_MGR]);
	add_all(all, pve, "ceph/mds", ceph->services[PVE_CEPH_MDS]);
	add_all(all, pve, "ceph/osd", ceph->osds);
	add_all(all, pve, "ceph/pool", ceph->pools);
	add_all(all, pve, "ceph/fs", ceph->filesystems);
	add_all(all, pve, "ceph/rule", ceph->rules);
	add_all(all, pve, "ceph/check", ceph->checks);
}

json_t *lab_pve_dump(const struct lab_pve *pve)
{
	sb_autojson *shared = json_object();
	json_t *copy;

	for (size_t i = 0; i < pve->n_nodes; i++) {
		sb_autojson *key = json_sprintf("%s/node/%s", pve->slug, pve->nodes[i].name);

		json_object_set_new(shared, json_string_value(key), node_entry(&pve->nodes[i]));
	}
	for (size_t i = 0; i < pve->n_guests; i++) {
		const struct pve_guest *guest = pve->guests[i];
		sb_autojson *key = json_sprintf("%s/%s/%" PRIu32, pve->slug, pve_guest_kind(guest),
						guest->vmid);

		json_object_set_new(shared, json_string_value(key), guest_entry(guest));
	}
	add_pools(shared, pve);
	add_ha(shared, pve);
	add_ceph(shared, pve);
	for (size_t i = 0; i < pve->n_tasks; i++) {
		const struct pve_task *task = pve->tasks[i];
		sb_autojson *key = json_sprintf("%s/task/%s", pve->slug, task->upid);

		if (!task->is_history)
			json_object_set_new(shared, json_string_value(key), task_entry(task));
	}
	/* A deep copy, because the caller's object must not change with the state. */
	copy = json_deep_copy(shared);
	return copy;
}
