/* SPDX-License-Identifier: Apache-2.0 */
/* The events in Proxmox VE: guests come, go, move and change. */
#include "families.h"

#include <stdio.h>

#include "stagebox/json.h"

enum { VMIDS = 12, FIRST_VMID = 101, MAX_CHANGES = 4 };

/* One change; returns false when it does not apply. */
typedef bool happening(struct sim_history *history, const char *key);

bool sim_set(struct sim_history *history, const char *key, const char *field, const char *value)
{
	const char *why;
	bool is_done = true;
	size_t i;

	for (i = 0; i < SIM_WORLDS; i++)
		is_done = lab_pve_set(history->worlds[i].pve, key, field, value, &why) == 0 &&
			  is_done;
	if (is_done)
		sim_note(history, "Proxmox VE: set %s %s=%s", key, field, value);
	return is_done;
}

bool sim_draw_guest(struct sim_history *history, char ret_key[40])
{
	sb_autojson *all = lab_pve_dump(history->worlds[0].pve);
	const char *key;
	json_t *guest;
	size_t n = 0, pick;

	json_object_foreach (all, key, guest)
		n += json_object_get(guest, "config") != NULL;
	if (!n)
		return false;
	pick = sim_draw(history, (unsigned)n);
	json_object_foreach (all, key, guest)
		if (json_object_get(guest, "config") && !pick--)
			snprintf(ret_key, 40, "%s", key);
	return true;
}

/* Without pruning the object of a former guest waits for people, who then decide what becomes of
 * its successor. */
static bool may_add(const struct sim_history *history, const char *key)
{
	const char *other;
	json_t *when;

	json_object_foreach (history->added, other, when)
		if (!history->setup.prunes && sb_streq(strrchr(other, '/'), strrchr(key, '/')))
			return false;
	return true;
}

/* Note the guests that are new. */
static void note_guests(struct sim_history *history, const json_t *before)
{
	sb_autojson *all = lab_pve_dump(history->worlds[0].pve);
	const char *key;
	json_t *guest;

	json_object_foreach (all, key, guest)
		if (json_object_get(guest, "config") && !json_object_get(before, key))
			json_object_set_new(history->added, key,
					    json_integer(history->worlds[0].now_ms));
}

static bool add_key(struct sim_history *history, const char *key)
{
	const char *why;
	bool is_done = true;
	size_t i;

	if (!may_add(history, key))
		return false;
	for (i = 0; i < SIM_WORLDS; i++)
		is_done = lab_pve_add(history->worlds[i].pve, key, &why) == 0 && is_done;
	if (!is_done)
		return false;
	json_object_set_new(history->added, key, json_integer(history->worlds[0].now_ms));
	sim_note(history, "Proxmox VE: add %s", key);
	return true;
}

static bool add_guest(struct sim_history *history, const char *key)
{
	char arrival[40];

	(void)key;
	snprintf(arrival, sizeof(arrival), SIM_SLUG "/%s/%u", sim_draw(history, 3) ? "qemu" : "lxc",
		 FIRST_VMID + sim_draw(history, VMIDS));
	return add_key(history, arrival);
}

static bool remove_guest(struct sim_history *history, const char *key)
{
	const char *why;
	size_t i;

	for (i = 0; i < SIM_WORLDS; i++)
		if (lab_pve_rm(history->worlds[i].pve, key, &why) < 0)
			return false;
	sim_note(history, "Proxmox VE: rm %s", key);
	return true;
}

/* Another guest gets the VMID at once. */
static bool reuse_number(struct sim_history *history, const char *key)
{
	char arrival[40];

	snprintf(arrival, sizeof(arrival), SIM_SLUG "/%s/%s", sim_draw(history, 3) ? "qemu" : "lxc",
		 strrchr(key, '/') + 1);
	return may_add(history, key) && remove_guest(history, key) && add_key(history, arrival);
}

static bool move_guest(struct sim_history *history, const char *key)
{
	char node[16];
	const char *why;
	bool is_done = true;
	size_t i;

	snprintf(node, sizeof(node), "pve%u", 1 + sim_draw(history, 3));
	for (i = 0; i < SIM_WORLDS; i++)
		is_done = lab_pve_move(history->worlds[i].pve, key, node, &why) == 0 && is_done;
	if (is_done)
		sim_note(history, "Proxmox VE: move %s %s", key, node);
	return is_done;
}

static bool is_container(const char *key)
{
	return strstr(key, "/lxc/") != NULL;
}

/* Few names, so that several guests get the same one. */
static bool rename_guest(struct sim_history *history, const char *key)
{
	static const char *const names[] = {"web", "db", "mail", "web-2"};

	return sim_set(history, key, is_container(key) ? "hostname" : "name",
		       names[sim_draw(history, SB_ARRAY_LEN(names))]);
}

static bool set_memory(struct sim_history *history, const char *key)
{
	char value[16];

	snprintf(value, sizeof(value), "%u", 512 * (1 + sim_draw(history, 8)));
	return sim_set(history, key, "memory", value);
}

static bool set_tags(struct sim_history *history, const char *key)
{
	static const char *const tags[] = {"", "prod", "prod;web", "gold"};

	return sim_set(history, key, "tags", tags[sim_draw(history, SB_ARRAY_LEN(tags))]);
}

static bool set_status(struct sim_history *history, const char *key)
{
	return sim_set(history, key, "status", sim_draw(history, 2) ? "running" : "stopped");
}

static bool set_notes(struct sim_history *history, const char *key)
{
	static const char *const notes[] = {"", "the web server", "to be replaced"};

	return sim_set(history, key, "description", notes[sim_draw(history, 3)]);
}

static bool set_card(struct sim_history *history, const char *key)
{
	char value[80];
	unsigned tag = 10 + sim_draw(history, 3);

	if (!sim_draw(history, 3))
		return sim_set(history, key, "net1", "");
	snprintf(value, sizeof(value),
		 is_container(key) ? "name=eth1,bridge=vmbr0,ip=dhcp,tag=%u,type=veth"
				   : "virtio,bridge=vmbr0,tag=%u",
		 tag);
	return sim_set(history, key, "net1", value);
}

/* Few addresses, so that several guests, and several cards of a guest, get the same one; and a card
 * may lose its address. */
static bool set_address(struct sim_history *history, const char *key)
{
	unsigned card = !sim_draw(history, 3), network = !sim_draw(history, 3);
	unsigned last = sim_draw(history, 5);
	char value[40] = "", field[16];

	snprintf(field, sizeof(field), "ip/net%u", card);
	if (last)
		snprintf(value, sizeof(value), "10.77.%u.%u/24", network, last);
	return sim_set(history, key, field, value);
}

/* Both cards exchange their addresses, or one gets that of the other. */
static bool move_address(struct sim_history *history, const char *key)
{
	static const char *const fields[] = {"ip/net0", "ip/net1"};
	unsigned to = sim_draw(history, 2), last = 1 + sim_draw(history, 4);
	char values[2][40];

	snprintf(values[to], sizeof(values[to]), "10.77.0.%u/24", last);
	values[!to][0] = '\0';
	if (sim_draw(history, 2))
		snprintf(values[!to], sizeof(values[!to]), "10.77.1.%u/24", last);
	return sim_set(history, key, fields[0], values[0]) &&
	       sim_set(history, key, fields[1], values[1]);
}

static bool set_disk(struct sim_history *history, const char *key)
{
	char value[80];

	if (is_container(key))
		return false;
	if (!sim_draw(history, 3))
		return sim_set(history, key, "scsi7", "");
	snprintf(value, sizeof(value), "local-lvm:vm-%s-disk-7,size=%uG", strrchr(key, '/') + 1,
		 4 + sim_draw(history, 4));
	return sim_set(history, key, "scsi7", value);
}

static void change_any(struct sim_history *history)
{
	sb_autojson *before = lab_pve_dump(history->worlds[0].pve);
	unsigned i;

	for (i = 0; i < SIM_WORLDS; i++)
		lab_pve_churn(history->worlds[i].pve, 30);
	note_guests(history, before);
	sim_note(history, "Proxmox VE: churn 30");
}

void sim_churn(struct sim_history *history)
{
	static happening *const happenings[] = {
		add_guest,    add_guest,  remove_guest, remove_guest, reuse_number, move_guest,
		rename_guest, set_memory, set_tags,     set_status,   set_notes,    set_card,
		set_address,  set_disk,   set_address,  move_address};
	unsigned n = sim_draw(history, MAX_CHANGES + 1);
	char key[40];

	sim_weather_node(history, false); /* else new guests are on different nodes */
	for (; n; n--) {
		if (!sim_draw_guest(history, key))
			add_guest(history, "");
		else
			happenings[sim_draw(history, SB_ARRAY_LEN(happenings))](history, key);
	}
	if (history->setup.prunes && !sim_draw(history, 6)) /* it uses any VMID */
		change_any(history);
	sim_churn_families(history);
	sim_weather_node(history, true);
}

/* "name=eth0,bridge=..." -> "name=lan0,bridge=...", and back. */
static void rename_card(struct sim_history *history, const char *key, const char *card)
{
	const char *rest = strstr(card, "0,");
	char value[300];

	if (!rest || strlen(card) > sizeof(value) - 10)
		return;
	snprintf(value, sizeof(value), "name=%s%s",
		 sb_starts_with(card, "name=eth0,") ? "lan" : "eth", rest);
	sim_set(history, key, "net0", value);
}

void sim_churn_cards(struct sim_history *history)
{
	sb_autojson *all = lab_pve_dump(history->worlds[0].pve);
	const char *key, *card;
	json_t *guest;

	sim_weather_node(history, false);
	json_object_foreach (all, key, guest) {
		card = sb_json_str(json_object_get(guest, "config"), "net0");
		if (card && is_container(key))
			rename_card(history, key, card);
	}
	sim_weather_node(history, true);
}

void sim_churn_begin(struct sim_history *history)
{
	note_guests(history, NULL);
}

void sim_churn_end(struct sim_history *history)
{
	sb_autojson *all = lab_pve_dump(history->worlds[0].pve);
	const char *key;
	json_t *guest;

	sim_end_families(history);
	json_object_foreach (all, key, guest) {
		if (!json_object_get(guest, "config"))
			continue;
		sim_set(history, key, "status", "stopped");
		sim_set(history, key, "status", "running");
		if (!is_container(key))
			sim_set(history, key, "agent-runs", "1");
	}
}
