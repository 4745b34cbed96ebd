/* SPDX-License-Identifier: Apache-2.0 */
/* Fill NetBox as netbox-proxbox leaves it, its errors included. */
#include "front/legacy.h"

#include <ctype.h>
#include <string.h>

#define TAG "Proxbox", "proxbox", "ff5722"

struct guest {
	const char *type;
	int64_t vmid;
	const json_t *config, *row; /* borrowed */
	size_t nth;                 /* position in the order of the keys */
	int64_t vm;
};

static void write_cluster(struct legacy *legacy)
{
	const char *mode = legacy->is_clustered ? "cluster" : "standalone";
	int64_t type = legacy_shared(
		legacy, "virtualization/cluster-types", mode,
		json_pack("{s:s,s:s}", "name", legacy->is_clustered ? "Cluster" : "Standalone",
			  "slug", mode));

	legacy->cluster =
		legacy_put(legacy, "virtualization/clusters",
			   json_pack("{s:s,s:I,s:o,s:s,s:I,s:o}", "name", legacy->cluster_name,
				     "type", (json_int_t)type, "description",
				     json_sprintf("Proxmox %s cluster.", mode), "scope_type",
				     "dcim.site", "scope_id", (json_int_t)legacy->site, "tags",
				     legacy_tags(legacy, NULL, TAG)));
}

static int64_t write_device(struct legacy *legacy, const char *name)
{
	int64_t maker = legacy_shared(legacy, "dcim/manufacturers", "proxmox",
				      json_pack("{s:s,s:s}", "name", "Proxmox", "slug", "proxmox"));
	int64_t type = legacy_shared(
		legacy, "dcim/device-types", "proxmox-generic-device",
		json_pack("{s:I,s:s,s:s}", "manufacturer", (json_int_t)maker, "model",
			  "Proxmox Generic Device", "slug", "proxmox-generic-device"));
	int64_t role = legacy_shared(legacy, "dcim/device-roles", "proxmox-node",
				     json_pack("{s:s,s:s,s:s}", "name", "Proxmox Node", "slug",
					       "proxmox-node", "color", "00bcd4"));

	return legacy_shared(
		legacy, "dcim/devices", name,
		json_pack("{s:s,s:I,s:I,s:I,s:I,s:s,s:o,s:o}", "name", name, "device_type",
			  (json_int_t)type, "role", (json_int_t)role, "site",
			  (json_int_t)legacy->site, "cluster", (json_int_t)legacy->cluster,
			  "status", "active", "description", json_sprintf("Proxmox Node %s", name),
			  "tags", legacy_tags(legacy, NULL, TAG)));
}

/* netbox-proxbox writes the type "other" for all but bridges, bonds and VLANs, and drops MTU and
 * members. */
static void write_node(struct legacy *legacy, const char *name, const json_t *row)
{
	int64_t device = write_device(legacy, name);
	const char *iface;
	json_t *one;

	json_object_foreach (json_object_get(row, "interfaces"), iface, one) {
		const char *type = json_string_value(json_object_get(one, "type"));

		if (sb_streq(iface, "lo"))
			continue;
		legacy_put(legacy, "dcim/interfaces",
			   json_pack("{s:I,s:s,s:s,s:o}", "device", (json_int_t)device, "name",
				     iface, "type",
				     sb_streq(type, "bridge") ? "bridge"
				     : sb_streq(type, "bond") ? "lag"
				     : sb_streq(type, "vlan") ? "virtual"
							      : "other",
				     "tags", legacy_tags(legacy, NULL, TAG)));
	}
}

/* netbox-proxbox reads K and bytes as MiB: "528K" is 528 MiB. */
static int64_t wrong_size(const char *text)
{
	char *end;
	int64_t n = strtoll(text, &end, 10);

	return *end == 'T' ? n * 1048576 : *end == 'G' ? n * 1024 : n;
}

static void write_disks(struct legacy *legacy, const struct guest *guest)
{
	static const char *const words[] = {"scsi", "ide",     "sata",    "virtio",
					    "mp",   "efidisk", "tpmstate"};
	char size[128], media[128], format[128];
	const char *key;
	json_t *value;
	size_t i;

	json_object_foreach ((json_t *)(uintptr_t)guest->config, key, value) {
		const char *text = json_string_value(value);
		bool is_disk = sb_streq(key, "rootfs");

		for (i = 0; i < SB_ARRAY_LEN(words); i++)
			is_disk = is_disk || legacy_numbered(key, words[i]);
		if (!is_disk || !text)
			continue;
		legacy_property(text, "size", size);
		legacy_property(text, "media", media);
		legacy_property(text, "format", format);
		if (sb_streq(media, "cdrom"))
			legacy_put(legacy, "virtualization/virtual-disks",
				   json_pack("{s:I,s:s,s:i,s:s}", "virtual_machine",
					     (json_int_t)guest->vm, "name", key, "size", 0,
					     "description", "CD-ROM drive"));
		else if (*size && isalpha((unsigned char)size[strlen(size) - 1]))
			legacy_put(legacy, "virtualization/virtual-disks",
				   json_pack("{s:I,s:s,s:I,s:o,s:o}", "virtual_machine",
					     (json_int_t)guest->vm, "name", key, "size",
					     (json_int_t)wrong_size(size), "description",
					     json_sprintf("Storage: %.*s | Format: %s",
							  (int)strcspn(text, ":"), text,
							  *format ? format : "raw"),
					     "tags", legacy_tags(legacy, NULL, TAG)));
	}
}

static void write_addresses(struct legacy *legacy, const struct guest *guest, const char *key,
			    int64_t nic)
{
	const json_t *list = json_object_get(json_object_get(guest->row, "addresses"), key), *one;
	size_t i;

	/* netbox-proxbox sees no addresses without an agent, nor those of containers with DHCP. */
	if (!json_is_true(json_object_get(guest->row, "agent_runs")))
		return;
	json_array_foreach (list, i, one)
		legacy_shared(legacy, "ipam/ip-addresses", json_string_value(one),
			      json_pack("{s:O,s:s,s:s,s:I,s:o}", "address", one, "status", "active",
					"assigned_object_type", "virtualization.vminterface",
					"assigned_object_id", (json_int_t)nic, "tags",
					legacy_tags(legacy, NULL, TAG)));
}

/* netbox-proxbox reads the MAC address of the model virtio only. Older releases used the interface
 * names of the guest's system; the third guest has such names. */
static void write_nic(struct legacy *legacy, const struct guest *guest, const char *key,
		      const char *text)
{
	char mac[128], name[128];
	int64_t nic, row;

	legacy_property(text, "name", name);
	legacy_property(text, sb_streq(guest->type, "qemu") ? "virtio" : "hwaddr", mac);
	if (!*name && guest->nth == 2 && *mac)
		snprintf(name, sizeof(name), "ens%d", 18 + key[3] - '0');
	nic = legacy_put(legacy, "virtualization/interfaces",
			 json_pack("{s:I,s:s,s:b,s:o}", "virtual_machine", (json_int_t)guest->vm,
				   "name", *name ? name : key, "enabled", 1, "tags",
				   legacy_tags(legacy, NULL, TAG)));
	if (*mac) {
		row = legacy_put(legacy, "dcim/mac-addresses",
				 json_pack("{s:s,s:s,s:I}", "mac_address", mac,
					   "assigned_object_type", "virtualization.vminterface",
					   "assigned_object_id", (json_int_t)nic));
		legacy_patch(legacy, "virtualization/interfaces", nic,
			     json_pack("{s:I}", "primary_mac_address", (json_int_t)row));
	}
	write_addresses(legacy, guest, key, nic);
}

static void write_nics(struct legacy *legacy, const struct guest *guest)
{
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)guest->config, key, value)
		if (legacy_numbered(key, "net") && json_is_string(value))
			write_nic(legacy, guest, key, json_string_value(value));
}

static void write_identity(struct legacy *legacy, const struct guest *guest, const char *name,
			   bool has_plugin)
{
	const json_t *node = json_object_get(guest->row, "node");

	if (has_plugin)
		legacy_put(legacy, "plugins/proxbox/sync-state/virtual-machines",
			   json_pack("{s:I,s:O,s:s,s:i,s:I,s:s,s:s,s:o}", "virtual_machine",
				     (json_int_t)guest->vm, "proxmox_node_name", node,
				     "proxmox_cluster_name", legacy->cluster_name,
				     "proxmox_endpoint_raw_id", 1, "proxmox_vm_id",
				     (json_int_t)guest->vmid, "proxmox_vm_type", guest->type,
				     "proxmox_vm_name", name, "proxmox_link",
				     json_sprintf("https://10.0.0.1:8006/#v1:0:=%s/%lld",
						  guest->type, (long long)guest->vmid)));
	else
		legacy_patch(
			legacy, "virtualization/virtual-machines", guest->vm,
			json_pack("{s:{s:I,s:s,s:s,s:O}}", "custom_fields", "proxmox_vm_id",
				  (json_int_t)guest->vmid, "proxmox_vm_type", guest->type,
				  "proxmox_cluster", legacy->cluster_name, "proxmox_node", node));
}

/* Names must be unique in a cluster, so netbox-proxbox names the second "web" "web (2)". */
static void unique_name(json_t *names, const char *name, char ret_name[96])
{
	int64_t n = legacy_count_name(names, name);

	if (n > 1)
		snprintf(ret_name, 96, "%.60s (%lld)", name, (long long)n);
	else
		snprintf(ret_name, 96, "%.64s", name);
}

static void write_guest(struct legacy *legacy, struct guest *guest, json_t *names, bool has_plugin)
{
	const char *status = json_string_value(json_object_get(guest->row, "status"));
	const char *node = json_string_value(json_object_get(guest->row, "node"));
	const json_t *named =
		json_object_get(guest->config, sb_streq(guest->type, "lxc") ? "hostname" : "name");
	char name[96], fallback[40];

	snprintf(fallback, sizeof(fallback), "vm-%lld", (long long)guest->vmid);
	unique_name(names, named ? json_string_value(named) : fallback, name);
	guest->vm = legacy_put(
		legacy, "virtualization/virtual-machines",
		json_pack("{s:s,s:s,s:I,s:I,s:I,s:I,s:I,s:o,s:o}", "name", name, "status",
			  sb_streq(status, "stopped") || sb_streq(status, "paused") ? "offline"
										    : "active",
			  "cluster", (json_int_t)legacy->cluster, "site", (json_int_t)legacy->site,
			  "device", (json_int_t)write_device(legacy, node), "vcpus",
			  (json_int_t)legacy_cores(guest->config), "memory",
			  (json_int_t)legacy_memory_mib(guest->config), "description",
			  json_sprintf("Synced from Proxmox node %s", node), "tags",
			  legacy_tags(legacy, guest->config, TAG)));
	write_identity(legacy, guest, named ? json_string_value(named) : fallback, has_plugin);
	write_nics(legacy, guest);
	write_disks(legacy, guest);
}

/* Later changes: people renamed and tagged the first guest, the second was soft-deleted and is
 * back, and a third VM is soft-deleted and its guest no longer exists. */
static void write_history(struct legacy *legacy, const struct guest *guest, bool has_plugin)
{
	struct guest gone = {.type = "qemu", .vmid = 9001};
	int64_t mark = legacy_shared(legacy, "extras/tags", "proxbox-soft-deleted",
				     json_pack("{s:s,s:s}", "name", "Proxbox soft-deleted", "slug",
					       "proxbox-soft-deleted"));
	int64_t crown = legacy_shared(
		legacy, "extras/tags", "crown-jewels",
		json_pack("{s:s,s:s}", "name", "crown-jewels", "slug", "crown-jewels"));

	if (guest->nth == 0) {
		legacy_patch(legacy, "virtualization/virtual-machines", guest->vm,
			     json_pack("{s:o,s:s,s:[I]}", "name",
				       json_sprintf("%s-by-hand", legacy->pve->slug), "comments",
				       "Ask Ada before a restart.", "tags", (json_int_t)crown));
		gone.vm = legacy_put(legacy, "virtualization/virtual-machines",
				     json_pack("{s:s,s:I,s:s,s:[I]}", "name", "old-erp", "cluster",
					       (json_int_t)legacy->cluster, "status",
					       "decommissioning", "tags", (json_int_t)mark));
		gone.row = guest->row;
		write_identity(legacy, &gone, "old-erp", has_plugin);
	} else if (guest->nth == 1) {
		legacy_patch(legacy, "virtualization/virtual-machines", guest->vm,
			     json_pack("{s:s,s:[I]}", "status", "decommissioning", "tags",
				       (json_int_t)mark));
	}
}

static void write_plugin(struct legacy *legacy)
{
	legacy_shared(legacy, "plugins/proxbox/settings", "default",
		      json_pack("{s:b,s:b,s:s}", "overwrite_vm_description", 0,
				"overwrite_device_role", 0, "sync_mode_ip_address", "disabled"));
	legacy_shared(legacy, "plugins/ceph/settings", "default",
		      json_pack("{s:b,s:s,s:s}", "branching_enabled", 0, "branch_name_prefix",
				"ceph-sync", "branch_on_conflict", "fail"));
	legacy_put(legacy, "plugins/proxbox/endpoints/proxmox",
		   json_pack("{s:s,s:o,s:i,s:s,s:s,s:s,s:b,s:I,s:n}", "name", legacy->cluster_name,
			     "domain", json_sprintf("%s.example.com", legacy->pve->slug), "port",
			     8006, "mode", legacy->is_clustered ? "cluster" : "standalone",
			     "username", "root@pam", "token_name", "proxbox", "verify_ssl", 0,
			     "site", (json_int_t)legacy->site, "sync_mode_vm"));
	legacy_put(legacy, "plugins/proxbox/sync-state/clusters",
		   json_pack("{s:I,s:s}", "cluster", (json_int_t)legacy->cluster,
			     "proxmox_cluster_name", legacy->cluster_name));
}

void legacy_proxbox(struct legacy *legacy, bool has_plugin)
{
	sb_autojson *names = json_object();
	size_t slug = strlen(legacy->pve->slug) + 1, nth = 0;
	const char *key;
	json_t *row;

	write_cluster(legacy);
	if (has_plugin) {
		write_plugin(legacy);
	} else {
		legacy_field(legacy, "proxmox_vm_id", "integer");
		legacy_field(legacy, "proxmox_vm_type", "text");
		legacy_field(legacy, "proxmox_cluster", "text");
		legacy_field(legacy, "proxmox_node", "text");
	}
	json_object_foreach (legacy->guests, key, row) {
		const char *type = key + slug, *last = strrchr(key, '/') + 1;

		if (sb_starts_with(type, "node/"))
			write_node(legacy, last, row);
	}
	json_object_foreach (legacy->guests, key, row) {
		const char *type = key + slug, *last = strrchr(key, '/') + 1;
		struct guest guest = {.row = row,
				      .config = json_object_get(row, "config"),
				      .nth = nth,
				      .vmid = strtoll(last, NULL, 10)};

		if (!sb_starts_with(type, "qemu/") && !sb_starts_with(type, "lxc/"))
			continue;
		guest.type = sb_starts_with(type, "lxc/") ? "lxc" : "qemu";
		write_guest(legacy, &guest, names, has_plugin);
		write_history(legacy, &guest, has_plugin);
		nth++;
	}
}
