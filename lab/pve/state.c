/* SPDX-License-Identifier: Apache-2.0 */
/* The state of an endpoint: guests sorted by id, nodes by name, values by config key. */
#include "pve/ceph.h"
#include "pve/task.h"

#include <errno.h>
#include <inttypes.h>

struct pve_node *pve_node_find(const struct lab_pve *pve, const char *name)
{
	for (size_t i = 0; i < pve->n_nodes; i++)
		if (sb_streq(pve->nodes[i].name, name))
			return &pve->nodes[i];
	return NULL;
}

struct pve_node *pve_node_local(const struct lab_pve *pve)
{
	for (size_t i = 0; i < pve->n_nodes; i++)
		if (pve_node_is_up(&pve->nodes[i]))
			return &pve->nodes[i];
	return &pve->nodes[0];
}

/* The index of the first guest whose id is at least vmid. */
static size_t guest_index(const struct lab_pve *pve, uint32_t vmid)
{
	size_t low = 0, high = pve->n_guests;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (pve->guests[middle]->vmid < vmid)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct pve_guest *pve_guest_find(const struct lab_pve *pve, uint32_t vmid)
{
	size_t i = guest_index(pve, vmid);

	return i < pve->n_guests && pve->guests[i]->vmid == vmid ? pve->guests[i] : NULL;
}

static void guest_destroy(struct pve_guest *guest)
{
	if (!guest)
		return;
	free(guest->pool);
	json_decref(guest->ha);
	json_decref(guest->config);
	json_decref(guest->pending);
	json_decref(guest->addresses);
	json_decref(guest->snapshots);
	free(guest);
}

static bool make_room(struct lab_pve *pve)
{
	if (pve->n_guests < pve->room_guests)
		return true;

	size_t room = pve->room_guests ? pve->room_guests * 2 : 64;
	struct pve_guest **guests = realloc(pve->guests, room * sizeof(*guests));

	if (!guests)
		return false;
	pve->guests = guests;
	pve->room_guests = room;
	return true;
}

struct pve_guest *pve_guest_insert(struct lab_pve *pve, uint32_t vmid, bool is_container,
				   struct pve_node *node)
{
	size_t i = guest_index(pve, vmid);

	if ((i < pve->n_guests && pve->guests[i]->vmid == vmid) || !make_room(pve))
		return NULL;

	struct pve_guest *guest = calloc(1, sizeof(*guest));

	if (!guest)
		return NULL;
	guest->vmid = vmid;
	guest->is_container = is_container;
	guest->node = node;
	guest->status = "stopped";
	guest->config = json_object();
	guest->addresses = json_object();
	if (!guest->config || !guest->addresses) {
		guest_destroy(guest);
		return NULL;
	}
	memmove(&pve->guests[i + 1], &pve->guests[i], (pve->n_guests - i) * sizeof(*pve->guests));
	pve->guests[i] = guest;
	pve->n_guests++;
	return guest;
}

void pve_guest_remove(struct lab_pve *pve, struct pve_guest *guest)
{
	size_t i = guest_index(pve, guest->vmid);

	memmove(&pve->guests[i], &pve->guests[i + 1],
		(pve->n_guests - i - 1) * sizeof(*pve->guests));
	pve->n_guests--;
	guest_destroy(guest);
}

const char *pve_guest_text(const struct pve_guest *guest, const char *key)
{
	return json_string_value(json_object_get(guest->config, key));
}

int64_t pve_guest_number(const struct pve_guest *guest, const char *key, int64_t otherwise)
{
	json_t *value = json_object_get(guest->config, key);
	const char *text = json_string_value(value);

	if (json_is_integer(value))
		return json_integer_value(value);
	if (!text)
		return otherwise;
	if (sb_starts_with(text, "current="))
		text += 8;

	char *end;
	long long number = strtoll(text, &end, 10);

	return end == text ? otherwise : number;
}

json_t *pve_guest_name(const struct pve_guest *guest)
{
	const char *name = pve_guest_text(guest, guest->is_container ? "hostname" : "name");

	if (name)
		return json_string(name);
	return json_sprintf(guest->is_container ? "CT%" PRIu32 : "VM %" PRIu32, guest->vmid);
}

void pve_guest_set_status(struct lab_pve *pve, struct pve_guest *guest, const char *status)
{
	if (!pve_guest_is_active(guest))
		guest->started_s = pve->clock_s;
	guest->status = status;
}

const char *pve_status_word(bool is_container, const char *text)
{
	static const char *const words[] = {"running",   "stopped",   "paused",
					    "suspended", "prelaunch", "io-error"};

	for (size_t i = 0; i < (is_container ? 2 : SB_ARRAY_LEN(words)); i++)
		if (sb_streq(words[i], text))
			return words[i];
	return NULL;
}

static uint64_t hash_text(uint64_t hash, const char *text)
{
	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3u;
	return hash;
}

json_t *pve_digest(const json_t *tree)
{
	sb_autofree char *text = json_dumps(tree, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);

	if (!text)
		return NULL;

	/* Clients can only compare digests, so another hash can replace SHA-1. */
	uint64_t a = hash_text(0xcbf29ce484222325u, text),
		 b = hash_text(a ^ 0x9e3779b97f4a7c15u, text),
		 c = hash_text(b ^ 0xd1b54a32d192ed03u, text);

	return json_sprintf("%016" PRIx64 "%016" PRIx64 "%08" PRIx32, a, b, (uint32_t)(c >> 32));
}

void pve_state_finish(struct lab_pve *pve)
{
	pve_task_finish(pve);
	pve_ceph_finish(pve);
	for (size_t i = 0; i < pve->n_guests; i++)
		guest_destroy(pve->guests[i]);
	free(pve->guests);
	for (size_t i = 0; i < pve->n_nodes; i++) {
		free(pve->nodes[i].name);
		free(pve->nodes[i].description);
		json_decref(pve->nodes[i].ifaces);
	}
	free(pve->nodes);
	json_decref(pve->options);
	json_decref(pve->storages);
	json_decref(pve->pools);
	json_decref(pve->ha_rules);
	json_decref(pve->ha_groups);
	json_decref(pve->zones);
	json_decref(pve->vnets);
	json_decref(pve->old_rows);
	json_decref(pve->held);
	json_decref(pve->writer_held);
	free(pve->slug);
	free(pve->user);
	free(pve->token_name);
	free(pve->secret);
	free(pve->writer);
	free(pve->writer_name);
	free(pve->writer_secret);
	free(pve->why);
}
