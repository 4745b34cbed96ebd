/* SPDX-License-Identifier: Apache-2.0 */
/* Random everyday changes: guests grow, are renamed, get network cards and tags, migrate, are
 * created. */
#include "pve/ceph_change.h"

#include "base/buf.h"
#include "pve/property.h"
#include "pve/seed.h"

#include <inttypes.h>

/* One change of a guest; returns false when it does not apply to this guest. */
typedef bool happening(struct lab_pve *pve, struct pve_guest *guest, const char *key);

static bool set_text(struct lab_pve *pve, const char *key, const char *field, json_t *value_take)
{
	const char *why;
	bool is_set = value_take &&
		      lab_pve_set(pve, key, field, json_string_value(value_take), &why) == 0;

	json_decref(value_take);
	return is_set;
}

static bool change_memory(struct lab_pve *pve, struct pve_guest *guest, const char *key)
{
	int64_t now = pve_guest_number(guest, "memory", 512);

	return set_text(pve, key, "memory",
			json_sprintf("%" PRId64, now > 60000 ? 4096 : now + 512));
}

static bool change_name(struct lab_pve *pve, struct pve_guest *guest, const char *key)
{
	sb_autojson *name = pve_guest_name(guest);
	const char *text = json_string_value(name), *old = strstr(text, "-new");

	/* "VM 103" is not a valid name; lists show it for guests without one. */
	if (strchr(text, ' '))
		return set_text(pve, key, "name", json_sprintf("vm-%" PRIu32, guest->vmid));
	return set_text(
		pve, key, "name",
		old ? json_stringn(text, (size_t)(old - text)) : json_sprintf("%s-new", text));
}

static int free_nic(const struct pve_guest *guest, char *key, size_t room)
{
	for (int i = 0; i < 8; i++) {
		snprintf(key, room, "net%d", i);
		if (!pve_guest_text(guest, key))
			return i;
	}
	return -1;
}

static bool add_nic(struct lab_pve *pve, struct pve_guest *guest, const char *key)
{
	unsigned vlan = pve_vlan(lab_random_next(&pve->change));
	char nic[24];
	int index = free_nic(guest, nic, sizeof(nic));
	json_t *value;

	if (index < 0)
		return false;
	value = guest->is_container
			? json_sprintf("name=eth%d,bridge=vmbr0,ip=dhcp,tag=%u,type=veth", index,
				       vlan)
			: json_sprintf("virtio,bridge=vmbr0,tag=%u", vlan);
	if (!set_text(pve, key, nic, value))
		return false;
	json_object_set_new(
		guest->addresses, nic,
		json_pack("[o]", pve_place_v4(pve, pve_place_take(pve, pve_vlan_slot(vlan)))));
	return true;
}

/* Remove the last network card, but never the first one. */
static bool remove_nic(struct lab_pve *pve, struct pve_guest *guest, const char *key)
{
	const char *why;
	char nic[24];

	for (int i = 31; i > 0; i--) {
		snprintf(nic, sizeof(nic), "net%d", i);
		if (pve_guest_text(guest, nic))
			return lab_pve_set(pve, key, nic, "", &why) == 0;
	}
	return false;
}

static bool grow_disk(struct lab_pve *pve, struct pve_guest *guest, const char *key)
{
	const char *disk = NULL, *field;
	json_t *value;
	int64_t bytes = -1;

	json_object_foreach (guest->config, field, value) {
		disk = json_string_value(value);
		if (!disk || !(pve_key_is_drive(field) || sb_streq(field, "rootfs")) ||
		    pve_slice_is(pve_property(disk, "media"), "cdrom") ||
		    pve_key_in_family(field, "efidisk", NULL) ||
		    pve_key_in_family(field, "tpmstate", NULL))
			continue;
		bytes = pve_size_bytes(pve_property(disk, "size"));
		if (bytes > 0)
			break;
	}
	if (bytes <= 0)
		return false;

	sb_autojson *size = json_sprintf("%" PRId64 "G", (bytes >> 30) + 10);
	sb_autofree char *grown = pve_property_set(disk, "size", json_string_value(size));

	return grown && set_text(pve, key, field, json_string(grown));
}

static bool change_tags(struct lab_pve *pve, struct pve_guest *guest, const char *key)
{
	static const char *const tags[] = {"moved", "checked", "prod", "web", "patched", "gold"};
	const char *now = pve_guest_text(guest, "tags");
	const char *tag = tags[lab_random_below(&pve->change, SB_ARRAY_LEN(tags))];

	if (now && strstr(now, tag))
		return set_text(pve, key, "tags", json_string(""));
	return set_text(pve, key, "tags", json_sprintf("%s;%s", now ? now : "", tag));
}

static bool flip_status(struct lab_pve *pve, struct pve_guest *guest, const char *key)
{
	return set_text(pve, key, "status",
			json_string(pve_guest_is_active(guest) ? "stopped" : "running"));
}

static bool migrate_guest(struct lab_pve *pve, struct pve_guest *guest, const char *key)
{
	const char *why;
	const struct pve_node *node = &pve->nodes[guest->node->id % pve->n_nodes];

	return lab_pve_move(pve, key, node->name, &why) == 0;
}

static bool add_guest(struct lab_pve *pve, struct pve_guest *guest, const char *key)
{
	uint32_t vmid = pve->guests[pve->n_guests - 1]->vmid + 1;
	bool is_container = lab_random_below(&pve->change, 10) >= 6;
	sb_autojson *arrival =
		json_sprintf("%s/%s/%" PRIu32, pve->slug, is_container ? "lxc" : "qemu", vmid);
	const char *why;

	(void)guest;
	(void)key;
	return lab_pve_add(pve, json_string_value(arrival), &why) == 0;
}

static void change_guest(struct lab_pve *pve, uint32_t vmid)
{
	static happening *const happenings[] = {change_memory, change_name,   add_nic,
						remove_nic,    grow_disk,     change_tags,
						flip_status,   migrate_guest, add_guest};
	struct pve_guest *guest = pve_guest_find(pve, vmid);
	size_t pick = (size_t)lab_random_below(&pve->change, SB_ARRAY_LEN(happenings));
	sb_autojson *key = json_sprintf("%s/%s/%" PRIu32, pve->slug, pve_guest_kind(guest), vmid);

	/* A change of the memory applies to every guest. */
	if (!happenings[pick](pve, guest, json_string_value(key)))
		change_memory(pve, guest, json_string_value(key));
}

unsigned lab_pve_churn(struct lab_pve *pve, unsigned percent)
{
	size_t n = pve->n_guests, wanted;
	sb_autofree uint32_t *vmids = calloc(n ? n : 1, sizeof(*vmids));

	if (!vmids || !percent || !n)
		return 0;
	pve_churn_ceph(pve);
	wanted = n * (percent < 100 ? percent : 100) / 100;
	if (!wanted)
		wanted = 1;
	for (size_t i = 0; i < n; i++)
		vmids[i] = pve->guests[i]->vmid;
	/* A partial shuffle selects every guest at most once. */
	for (size_t i = 0; i < wanted; i++) {
		size_t k = i + (size_t)lab_random_below(&pve->change, n - i);
		uint32_t vmid = vmids[k];

		vmids[k] = vmids[i];
		vmids[i] = vmid;
		change_guest(pve, vmid);
	}
	return (unsigned)wanted;
}
