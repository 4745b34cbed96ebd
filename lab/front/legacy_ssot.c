/* SPDX-License-Identifier: Apache-2.0 */
/* Fill NetBox as netbox-ssot leaves it, or as people write it by hand. */
#include "front/legacy.h"

#include <string.h>

#define TAG "netbox-ssot", "netbox-ssot", "00add8"

static int64_t write_shared(struct legacy *legacy, const char *path, const char *slug,
			    const char *name)
{
	return legacy_shared(legacy, path, slug,
			     json_pack("{s:s,s:s}", "name", name, "slug", slug));
}

static int64_t write_device(struct legacy *legacy, const char *name, const char *maker_name,
			    const char *maker_slug)
{
	int64_t maker = write_shared(legacy, "dcim/manufacturers", maker_slug, maker_name);
	int64_t type = legacy_shared(legacy, "dcim/device-types", maker_slug,
				     json_pack("{s:I,s:s,s:s}", "manufacturer", (json_int_t)maker,
					       "model", "Generic Model", "slug", maker_slug));

	return legacy_shared(
		legacy, "dcim/devices", name,
		json_pack("{s:s,s:I,s:I,s:I,s:I,s:s}", "name", name, "device_type",
			  (json_int_t)type, "role",
			  (json_int_t)write_shared(legacy, "dcim/device-roles", "server", "Server"),
			  "site", (json_int_t)legacy->site, "cluster", (json_int_t)legacy->cluster,
			  "status", "active"));
}

static int64_t write_cluster(struct legacy *legacy, const char *tag_name, const char *tag_slug,
			     const char *color)
{
	return legacy_put(legacy, "virtualization/clusters",
			  json_pack("{s:s,s:I,s:s,s:I,s:o}", "name", legacy->cluster_name, "type",
				    (json_int_t)write_shared(legacy, "virtualization/cluster-types",
							     "proxmox", "Proxmox"),
				    "scope_type", "dcim.site", "scope_id", (json_int_t)legacy->site,
				    "tags", legacy_tags(legacy, NULL, tag_name, tag_slug, color)));
}

/* netbox-ssot names a disk by its volume, counts 1 GiB as 1000 MiB and skips sizes in M or K. */
static void ssot_disks(struct legacy *legacy, int64_t vm, const json_t *config)
{
	static const char *const words[] = {"virtio", "scsi", "sata", "ide"};
	char size[128], unit;
	const char *key;
	json_t *value;
	size_t i;

	json_object_foreach ((json_t *)(uintptr_t)config, key, value) {
		const char *text = json_string_value(value);
		sb_autofree char *volume = text ? strndup(text, strcspn(text, ",")) : NULL;
		bool is_disk = false;

		for (i = 0; i < SB_ARRAY_LEN(words); i++)
			is_disk = is_disk || legacy_numbered(key, words[i]);
		legacy_property(text, "size", size);
		unit = *size ? size[strlen(size) - 1] : '\0';
		if (is_disk && volume && (unit == 'G' || unit == 'T'))
			legacy_put(legacy, "virtualization/virtual-disks",
				   json_pack("{s:I,s:s,s:s,s:I}", "virtual_machine", (json_int_t)vm,
					     "name", volume, "description", volume, "size",
					     (json_int_t)(strtoll(size, NULL, 10) *
							  (unit == 'G' ? 1000 : 1000000))));
	}
}

/* netbox-ssot reads interfaces from the guest agent, with their names in the guest, and skips
 * guests without an agent. */
static void ssot_nics(struct legacy *legacy, int64_t vm, const json_t *row, bool is_container)
{
	static const char *const models[] = {"virtio",  "e1000",   "e1000e",
					     "rtl8139", "vmxnet3", "hwaddr"};
	char mac[128], name[128];
	const char *key;
	int64_t nic, id;
	json_t *value;
	size_t i;

	if (!is_container && !json_is_true(json_object_get(row, "agent_runs")))
		return;
	json_object_foreach (json_object_get(row, "config"), key, value) {
		if (!legacy_numbered(key, "net") || !json_is_string(value))
			continue;
		for (i = 0, *mac = '\0'; i < SB_ARRAY_LEN(models) && !*mac; i++)
			legacy_property(json_string_value(value), models[i], mac);
		legacy_property(json_string_value(value), "name", name);
		if (!*name)
			snprintf(name, sizeof(name), "ens%d", 18 + key[3] - '0');
		nic = legacy_put(legacy, "virtualization/interfaces",
				 json_pack("{s:I,s:s,s:o}", "virtual_machine", (json_int_t)vm,
					   "name", name, "tags", legacy_tags(legacy, NULL, TAG)));
		if (!*mac)
			continue;
		id = legacy_put(legacy, "dcim/mac-addresses",
				json_pack("{s:s,s:s,s:I}", "mac_address", mac,
					  "assigned_object_type", "virtualization.vminterface",
					  "assigned_object_id", (json_int_t)nic));
		legacy_patch(legacy, "virtualization/interfaces", nic,
			     json_pack("{s:I}", "primary_mac_address", (json_int_t)id));
	}
}

/* Split the key of a guest and read its name and node; false for a node. */
static bool is_guest(const char *key, size_t slug, const json_t *row, bool *ret_container,
		     const char **ret_name, const char **ret_node)
{
	const json_t *config = json_object_get(row, "config");

	if (sb_starts_with(key + slug, "node/"))
		return false;
	*ret_container = sb_starts_with(key + slug, "lxc/");
	*ret_name =
		json_string_value(json_object_get(config, *ret_container ? "hostname" : "name"));
	*ret_node = json_string_value(json_object_get(row, "node"));
	return *ret_name != NULL;
}

void legacy_ssot(struct legacy *legacy)
{
	size_t slug = strlen(legacy->pve->slug) + 1;
	sb_autojson *names = json_object();
	const char *key, *name, *node;
	bool is_container;
	json_t *row;
	int64_t vm;

	legacy_field(legacy, "source", "text");
	legacy_field(legacy, "source_id", "text");
	legacy->cluster = write_cluster(legacy, TAG);
	json_object_foreach (legacy->guests, key, row) {
		const json_t *config = json_object_get(row, "config");

		if (!is_guest(key, slug, row, &is_container, &name, &node) ||
		    legacy_count_name(names, name) > 1)
			continue; /* netbox-ssot writes one of several guests with equal names */
		vm = legacy_put(
			legacy, "virtualization/virtual-machines",
			json_pack("{s:s,s:s,s:I,s:I,s:I,s:I,s:I,s:I,s:o,s:{s:s,s:s}}", "name", name,
				  "status",
				  sb_streq(json_string_value(json_object_get(row, "status")),
					   "stopped")
					  ? "offline"
					  : "active",
				  "cluster", (json_int_t)legacy->cluster, "site",
				  (json_int_t)legacy->site, "device",
				  (json_int_t)write_device(legacy, node, "Generic Manufacturer",
							   "generic-manufacturer"),
				  "role",
				  (json_int_t)(is_container
						       ? write_shared(legacy, "dcim/device-roles",
								      "container", "Container")
						       : write_shared(legacy, "dcim/device-roles",
								      "vm", "VM")),
				  "vcpus", (json_int_t)legacy_cores(config), "memory",
				  (json_int_t)legacy_memory_mib(config), "tags",
				  legacy_tags(legacy, config, TAG), "custom_fields", "source",
				  legacy->pve->slug, "source_id", strrchr(key, '/') + 1));
		ssot_nics(legacy, vm, row, is_container);
		if (!is_container)
			ssot_disks(legacy, vm, config);
	}
}

/* People write names, a device and a few notes by hand, and count 1 GiB of memory as 1000 MB. */
void legacy_people(struct legacy *legacy)
{
	size_t slug = strlen(legacy->pve->slug) + 1;
	sb_autojson *names = json_object();
	const char *key, *name, *node;
	bool is_container;
	json_t *row;
	int64_t vm;

	legacy->cluster = legacy_put(
		legacy, "virtualization/clusters",
		json_pack("{s:s,s:I,s:s,s:s,s:I}", "name", legacy->cluster_name, "type",
			  (json_int_t)write_shared(legacy, "virtualization/cluster-types",
						   "proxmox-ve", "Proxmox VE"),
			  "description", "The cluster in room 3", "scope_type", "dcim.site",
			  "scope_id", (json_int_t)legacy->site));
	json_object_foreach (legacy->guests, key, row) {
		const json_t *config = json_object_get(row, "config");

		if (!is_guest(key, slug, row, &is_container, &name, &node) ||
		    legacy_count_name(names, name) > 1)
			continue;
		vm = legacy_put(
			legacy, "virtualization/virtual-machines",
			json_pack("{s:s,s:I,s:I,s:I,s:I,s:s,s:s}", "name", name, "cluster",
				  (json_int_t)legacy->cluster, "site", (json_int_t)legacy->site,
				  "device", (json_int_t)write_device(legacy, node, "Dell", "dell"),
				  "memory", (json_int_t)(legacy_memory_mib(config) / 1024 * 1000),
				  "description", "written by hand", "comments", "Ask Ada."));
		if (json_object_get(config, "net0"))
			legacy_put(legacy, "virtualization/interfaces",
				   json_pack("{s:I,s:s,s:s}", "virtual_machine", (json_int_t)vm,
					     "name", is_container ? "eth0" : "net0", "description",
					     "uplink"));
	}
}
