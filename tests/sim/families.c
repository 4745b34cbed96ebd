/* SPDX-License-Identifier: Apache-2.0 */
/* High availability and Ceph: their events in Proxmox VE, and what of them is compared. */
#include "families.h"

#include <stdio.h>

#include "stagebox/json.h"

enum { MAX_CHANGES = 2, OSDS = 6 };

static void change_osd(struct sim_history *history)
{
	char key[40];

	snprintf(key, sizeof(key), SIM_SLUG "/ceph/osd/%u", sim_draw(history, OSDS));
	sim_set(history, key, sim_draw(history, 2) ? "up" : "in", sim_draw(history, 3) ? "1" : "0");
}

static void change_flag(struct sim_history *history)
{
	sim_set(history, SIM_SLUG "/ceph/flag/noout", "value", sim_draw(history, 2) ? "1" : "0");
}

static void change_daemon(struct sim_history *history)
{
	char key[40];

	snprintf(key, sizeof(key), SIM_SLUG "/ceph/mgr/pve%u", 1 + sim_draw(history, 3));
	sim_set(history, key, "state", sim_draw(history, 2) ? "standby" : "stopped");
}

static void change_pool(struct sim_history *history)
{
	static const char key[] = SIM_SLUG "/ceph/pool/images";
	bool is_new = sim_draw(history, 2);
	const char *why;
	size_t i;

	for (i = 0; i < SIM_WORLDS; i++)
		if (is_new)
			lab_pve_add(history->worlds[i].pve, key, &why);
		else
			lab_pve_rm(history->worlds[i].pve, key, &why);
	sim_note(history, "Proxmox VE: %s %s", is_new ? "add" : "rm", key);
}

/* Ceph is installed everywhere, nowhere, or not set up yet. */
static void change_ceph(struct sim_history *history)
{
	static const char *const states[] = {"ready", "ready", "ready", "absent", "uninitialized"};

	sim_set(history, SIM_SLUG "/ceph", "state",
		states[sim_draw(history, SB_ARRAY_LEN(states))]);
}

static void change_resource(struct sim_history *history)
{
	static const char *const states[] = {"started", "stopped", "error", "recovery", "fence"};
	const char *type, *number;
	char guest[40], key[60];

	if (!sim_draw_guest(history, guest))
		return;
	type = strstr(guest, "/lxc/") ? "ct" : "vm";
	number = strrchr(guest, '/') + 1;
	snprintf(key, sizeof(key), SIM_SLUG "/ha/%s:%s", type, number);
	sim_set(history, key, "state", states[sim_draw(history, SB_ARRAY_LEN(states))]);
}

void sim_churn_families(struct sim_history *history)
{
	static void (*const changes[])(struct sim_history * history) = {
		change_osd,  change_osd,  change_osd,      change_flag,     change_daemon,
		change_pool, change_ceph, change_resource, change_resource, change_resource};
	unsigned n = history->setup.has_families ? sim_draw(history, MAX_CHANGES + 1) : 0;

	for (; n; n--)
		changes[sim_draw(history, SB_ARRAY_LEN(changes))](history);
}

void sim_end_families(struct sim_history *history)
{
	if (history->setup.has_families)
		sim_set(history, SIM_SLUG "/ceph", "state", "ready");
}

/* The comparison */

/* Written with another change of their object, which another run may have seen. */
static const char *const moving[] = {
	"payload", "used_bytes",   "available_bytes",     "total_bytes",   "pgs",
	"summary", "percent_used", "max_available_bytes", "first_seen_at",
};

static void forget_moving(json_t *object)
{
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(moving); i++)
		json_object_del(object, moving[i]);
}

/* The objects in the document of a field home. */
static void generalise_document(json_t *document)
{
	json_t *objects, *object;
	const char *kind, *key;

	json_object_del(document, "truncated");
	json_object_foreach (document, kind, objects)
		json_object_foreach (objects, key, object)
			forget_moving(object);
}

void sim_generalise_families(json_t *dump)
{
	static const char *const paths[] = {"virtualization/clusters", "dcim/devices"};
	json_t *row;
	size_t i, k;

	for (i = 0; i < SB_ARRAY_LEN(paths); i++)
		json_array_foreach (json_object_get(dump, paths[i]), k, row)
			generalise_document(json_object_get(json_object_get(row, "custom_fields"),
							    "stagebox_ceph"));
	json_object_del(dump, "extras/journal-entries");
}

/* An entry names its run: two equal ones at one object are one that was written twice. */
void sim_check_entries(struct sim_history *history, const char *world, const json_t *dump)
{
	const json_t *entries = json_object_get(dump, "extras/journal-entries"), *one, *other;
	size_t i, k;

	json_array_foreach (entries, i, one)
		for (k = 0; k < i; k++) {
			other = json_array_get(entries, k);
			if (json_equal(json_object_get(one, "comments"),
				       json_object_get(other, "comments")) &&
			    json_equal(json_object_get(one, "assigned_object_id"),
				       json_object_get(other, "assigned_object_id")))
				sim_fail(history, "the %s NetBox has an entry twice: %.200s", world,
					 sb_json_str(one, "comments"));
		}
}
