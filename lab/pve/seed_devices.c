/* SPDX-License-Identifier: Apache-2.0 */
/* Network cards with their addresses, and disks, of the guests of a new endpoint. */
#include "pve/seed.h"

#include "base/buf.h"
#include "pve/property.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>

#define JUMBO_SLOT (PVE_VLANS - 1)

/* Properties that differ between network cards. */
struct card {
	const char *bridge, *trunks, *model;
	unsigned tag, mtu; /* 0 = none */
	bool is_down, has_firewall;
};

static struct card draw_card(const struct pve_draft *draft, unsigned k)
{
	static const char *const models[] = {"virtio", "virtio", "e1000",   "virtio",
					     "e1000e", "virtio", "rtl8139", "vmxnet3"};
	unsigned i = draft->i;
	struct card card = {
		.bridge = k == 2 ? "vmbr1" : "vmbr0",
		.model = models[(i + k) % SB_ARRAY_LEN(models)],
		.tag = pve_vlan((uint64_t)i * 3 + k),
		.has_firewall = (i + k) % 3 == 0,
	};

	switch ((i * 4 + k) % 17) {
	case 1: card.mtu = 1; break;
	case 3:
		card.tag = 0;
		card.trunks = "10;20;30";
		break;
	case 5: card.is_down = true; break;
	case 7:
		card.tag = 0;
		/* A range too large for single VLANs; containers do not support ranges. */
		card.trunks = draft->guest->is_container ? "40;50" : "10;100-299";
		break;
	case 9: card.trunks = draft->guest->is_container ? "60;70" : "60;70-72"; break;
	case 11: card.tag = 0; break;
	case 13: card.mtu = 1400; break;
	default: break;
	}
	if (card.mtu) {
		card.model = "virtio";
		if (draft->guest->is_container && card.mtu == 1)
			card.mtu = 1450;
	}
	if (k == 2 && !card.mtu && i % 4 == 0) {
		card.tag = 0;
		card.mtu = 9000;
		card.model = "virtio";
	}
	return card;
}

/* Set the addresses that the guest uses; returns their place in the plan. */
static struct pve_place give_addresses(struct pve_draft *draft, const char *key,
				       const struct card *card, unsigned k)
{
	struct lab_pve *pve = draft->pve;
	unsigned slot = card->mtu == 9000 ? JUMBO_SLOT : pve_vlan_slot(card->tag);
	struct pve_place place = pve_place_take(pve, slot);
	json_t *list = json_array();
	unsigned i = draft->i;

	if (!card->is_down) {
		json_array_append_new(list, pve_place_v4(pve, place));
		if (i % 4 == 2 && k == 0)
			json_array_append_new(list, pve_place_v4(pve, pve_place_take(pve, slot)));
		if ((i + k) % 2 == 0)
			json_array_append_new(list, pve_place_v6(pve, place));
		/* Two neighbouring guests share a floating address. */
		if (k == 0 && i < 400 && (i % 40 == 2 || i % 40 == 5))
			json_array_append_new(
				list, json_sprintf("10.%u.0.%u/32", pve->octet, 40 + i / 40));
	}
	json_object_set_new(draft->guest->addresses, key, list);
	return place;
}

static void set_lower(char *text)
{
	for (; text && *text; text++)
		*text = (char)tolower((unsigned char)*text);
}

/* Some guests have MAC addresses in lower case, as if typed by hand. */
static char *hardware_address(struct pve_draft *draft)
{
	sb_autojson *mac = pve_mac_take(draft->pve);
	char *text = mac ? strdup(json_string_value(mac)) : NULL;

	if (draft->i % 7 == 4)
		set_lower(text);
	return text;
}

static void add_qemu_card(struct pve_draft *draft, const char *key, const struct card *card)
{
	sb_autobuf buf = SB_BUF_INIT(4 << 10);
	sb_autofree char *mac = hardware_address(draft);

	sb_buf_addf(&buf, "%s=%s,bridge=%s", card->model, mac ? mac : "", card->bridge);
	if (card->has_firewall)
		sb_buf_add(&buf, ",firewall=1");
	if (card->is_down)
		sb_buf_add(&buf, ",link_down=1");
	if (card->mtu)
		sb_buf_addf(&buf, ",mtu=%u", card->mtu);
	if (card->tag)
		sb_buf_addf(&buf, ",tag=%u", card->tag);
	if (card->trunks)
		sb_buf_addf(&buf, ",trunks=%s", card->trunks);
	json_object_set_new(draft->guest->config, key, json_string(sb_buf_str(&buf)));
}

static void add_ipconfig(struct pve_draft *draft, unsigned k, struct pve_place place)
{
	sb_autojson *v4 = pve_place_v4(draft->pve, place), *v6 = pve_place_v6(draft->pve, place);
	sb_autojson *gateway = pve_gateway_v4(draft->pve, place.slot);
	const char *text = json_string_value(v4);
	json_t *value;
	char key[24];

	snprintf(key, sizeof(key), "ipconfig%u", k);
	if (k == 0)
		value = json_sprintf("ip=%s,gw=%s,ip6=%s", text, json_string_value(gateway),
				     json_string_value(v6));
	else if (k == 1)
		value = json_sprintf("ip=%s", text);
	else
		value = json_string("ip=dhcp,ip6=auto");
	json_object_set_new(draft->guest->config, key, value);
}

static void add_container_card(struct pve_draft *draft, const char *key, const struct card *card,
			       unsigned k, struct pve_place place)
{
	sb_autobuf buf = SB_BUF_INIT(4 << 10);
	sb_autofree char *mac = hardware_address(draft);
	sb_autojson *v4 = pve_place_v4(draft->pve, place), *v6 = pve_place_v6(draft->pve, place);
	sb_autojson *gateway = pve_gateway_v4(draft->pve, place.slot);
	unsigned i = draft->i;
	bool is_dhcp = k > 0 && (i + k) % 3 == 0;

	sb_buf_addf(&buf, "name=%s%u,bridge=%s", k == 3 ? "lan" : "eth", k, card->bridge);
	if (card->has_firewall)
		sb_buf_add(&buf, ",firewall=1");
	if (k == 0)
		sb_buf_addf(&buf, ",gw=%s", json_string_value(gateway));
	sb_buf_addf(&buf, ",hwaddr=%s,ip=%s", mac ? mac : "",
		    is_dhcp ? "dhcp" : json_string_value(v4));
	if ((i + k) % 2 == 0)
		sb_buf_addf(&buf, ",ip6=%s", is_dhcp ? "auto" : json_string_value(v6));
	if (card->is_down)
		sb_buf_add(&buf, ",link_down=1");
	if (card->mtu)
		sb_buf_addf(&buf, ",mtu=%u", card->mtu);
	if (card->tag)
		sb_buf_addf(&buf, ",tag=%u", card->tag);
	if (card->trunks)
		sb_buf_addf(&buf, ",trunks=%s", card->trunks);
	sb_buf_add(&buf, ",type=veth");
	json_object_set_new(draft->guest->config, key, json_string(sb_buf_str(&buf)));
}

void pve_seed_nics(struct pve_draft *draft)
{
	static const unsigned counts[] = {3, 4, 3, 3, 2, 3, 3, 2, 1, 0};
	unsigned n = counts[draft->i % SB_ARRAY_LEN(counts)];

	for (unsigned k = 0; k < n; k++) {
		struct card card = draw_card(draft, k);
		struct pve_place place;
		char key[24];

		snprintf(key, sizeof(key), "net%u", k);
		place = give_addresses(draft, key, &card, k);
		if (draft->guest->is_container) {
			add_container_card(draft, key, &card, k, place);
			continue;
		}
		add_qemu_card(draft, key, &card);
		if (draft->i % 5 == 3)
			add_ipconfig(draft, k, place);
	}
}

/* Name the next volume, "local-lvm:vm-101-disk-0"; file storages add a directory and suffix. */
static json_t *take_volume(struct pve_draft *draft, unsigned d)
{
	uint32_t vmid = draft->guest->vmid;
	unsigned n = draft->n_volumes++;
	const char *prefix = pve_guest_is_template(draft->guest) ? "base" : "vm";

	if (draft->guest->is_container && d == 0 && draft->i % 3 == 0)
		return json_sprintf("local-zfs:subvol-%" PRIu32 "-disk-%u", vmid, n);
	switch ((draft->i + d) % 4) {
	case 1:
		return json_sprintf("nfs1:%" PRIu32 "/%s-%" PRIu32 "-disk-%u.%s", vmid, prefix,
				    vmid, n, draft->guest->is_container ? "raw" : "qcow2");
	case 2:
		if (draft->pve->n_nodes > 1)
			return json_sprintf("ceph-vm:%s-%" PRIu32 "-disk-%u", prefix, vmid, n);
		/* fall through */
	default: return json_sprintf("local-lvm:%s-%" PRIu32 "-disk-%u", prefix, vmid, n);
	}
}

static const char *disk_size(const struct pve_draft *draft, unsigned d)
{
	static const char *const system[] = {"32G", "20G", "64G", "8G", "33554432K", "120G"};
	static const char *const data[] = {"100G", "512M", "1T",    "250G", NULL,       "1536M",
					   "2T",   "10G",  "1025M", "500G", "4194304K", "50G"};

	return d == 0 ? system[draft->i % SB_ARRAY_LEN(system)]
		      : data[(draft->i * 2 + d) % SB_ARRAY_LEN(data)];
}

static void add_qemu_disk(struct pve_draft *draft, const char *key, unsigned d)
{
	sb_autojson *volume = take_volume(draft, d);
	sb_autobuf buf = SB_BUF_INIT(4 << 10);
	const char *size = disk_size(draft, d);

	sb_buf_add(&buf, json_string_value(volume));
	if (d && draft->i % 5 == 0)
		sb_buf_add(&buf, ",backup=0");
	if (draft->i % 2)
		sb_buf_add(&buf, ",discard=on");
	if (draft->i % 3 == 0 && *key != 'i' && !sb_starts_with(key, "sata"))
		sb_buf_add(&buf, ",iothread=1");
	if (size)
		sb_buf_addf(&buf, ",size=%s", size);
	if (draft->i % 4 == 1)
		sb_buf_add(&buf, ",ssd=1");
	json_object_set_new(draft->guest->config, key, json_string(sb_buf_str(&buf)));
}

/* Add drives that an inventory must not list as disks, and special disks. */
static void add_qemu_extras(struct pve_draft *draft, const char *first_disk)
{
	json_t *config = draft->guest->config;
	uint32_t vmid = draft->guest->vmid;
	unsigned i = draft->i;

	json_object_set_new(config, "ide2",
			    json_string(i % 3 == 1 ? "local:iso/debian-13.1.0-amd64-netinst.iso,"
						     "media=cdrom,size=768M"
						   : "none,media=cdrom"));
	if (i % 5 == 3) {
		json_object_set_new(
			config, "ide0",
			json_sprintf("local-lvm:vm-%" PRIu32 "-cloudinit,media=cdrom,size=4M",
				     vmid));
		json_object_set_new(config, "ciuser", json_string("admin"));
		json_object_set_new(config, "cipassword", json_string("**********"));
		json_object_set_new(config, "nameserver", json_string("192.0.2.53 2001:db8::53"));
		json_object_set_new(config, "sshkeys",
				    json_string("ssh-ed25519%20AAAAC3NzaC1lZDI1%20admin%40lab%0A"));
	}
	if (pve_guest_text(draft->guest, "bios"))
		json_object_set_new(config, "efidisk0",
				    json_sprintf("local-lvm:vm-%" PRIu32
						 "-disk-%u,efitype=4m,pre-enrolled-keys=1,"
						 "size=528K",
						 vmid, draft->n_volumes++));
	if (draft->guest->inside & PVE_INSIDE_WINDOWS)
		json_object_set_new(
			config, "tpmstate0",
			json_sprintf("local-lvm:vm-%" PRIu32 "-disk-%u,size=4M,version=v2.0", vmid,
				     draft->n_volumes++));
	if (i % 9 == 5)
		json_object_set_new(
			config, "unused0",
			json_sprintf("local-lvm:vm-%" PRIu32 "-disk-%u", vmid, draft->n_volumes++));
	json_object_set_new(config, "boot",
			    first_disk ? json_sprintf("order=%s;ide2;net0", first_disk)
				       : json_string("order=net0"));
}

static void add_container_disks(struct pve_draft *draft, unsigned n)
{
	json_t *config = draft->guest->config;
	char key[24];

	for (unsigned d = 0; d < n; d++) {
		sb_autojson *volume = take_volume(draft, d);
		const char *size = disk_size(draft, d), *text = json_string_value(volume);

		if (d == 0) {
			json_object_set_new(config, "rootfs",
					    json_sprintf("%s,size=%s", text, size));
			continue;
		}
		snprintf(key, sizeof(key), "mp%u", d - 1);
		json_object_set_new(config, key,
				    json_sprintf("%s,mp=/data%u,backup=1%s%s", text, d,
						 size ? ",size=" : "", size ? size : ""));
	}
	if (draft->i % 3 == 1) {
		snprintf(key, sizeof(key), "mp%u", n ? n - 1 : 0);
		json_object_set_new(config, key, json_string("/srv/share,mp=/share,ro=1"));
	}
}

void pve_seed_disks(struct pve_draft *draft)
{
	static const unsigned counts[] = {3, 3, 3, 4, 3, 2, 3, 2, 0, 1};
	static const char *const buses[] = {"scsi", "scsi", "virtio", "scsi", "sata", "ide"};
	unsigned n = counts[draft->i % SB_ARRAY_LEN(counts)];
	const char *bus = buses[draft->i % SB_ARRAY_LEN(buses)];
	char key[24], first[24];

	if (draft->guest->is_container) {
		add_container_disks(draft, n);
		return;
	}
	/* ide2 is the CD-ROM, ide0 the cloud-init drive. */
	if (sb_streq(bus, "ide") && (n > 2 || draft->i % 5 == 3))
		bus = "scsi";
	for (unsigned d = 0; d < n; d++) {
		snprintf(key, sizeof(key), "%s%u", bus, d);
		if (d == 0)
			snprintf(first, sizeof(first), "%s", key);
		add_qemu_disk(draft, key, d);
	}
	add_qemu_extras(draft, n ? first : NULL);
}
