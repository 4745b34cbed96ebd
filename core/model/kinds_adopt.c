/* SPDX-License-Identifier: Apache-2.0 */
/* Where other tools write their identities. */
#include "model/kinds_adopt.h"

#define PROXBOX_ROWS "plugins/proxbox/sync-state/"

/* netbox-proxbox: its own rows (plugin 0.0.25 and later), the custom fields before that.
 * netbox-ssot: the custom fields source and source_id; the id is unique within one cluster only. */
const struct sb_adopt_rule sb_vm_adopt_rules[] = {
	{
		.name = "proxbox-vm-row",
		.words = "a sync-state row of netbox-proxbox",
		.path = PROXBOX_ROWS "virtual-machines",
		.target = "virtual_machine",
		.fields = "id,virtual_machine,proxmox_cluster,proxmox_cluster_name,proxmox_vm_id,"
			  "proxmox_vm_type,proxmox_vm_name",
		.back_filter = "virtual_machine_id",
		.filter = "proxmox_vm_id",
		.filter_value = SB_MATCH_LAST,
		.checks = {{"proxmox_vm_id", SB_MATCH_LAST},
			   {"proxmox_vm_type", SB_MATCH_TYPE},
			   {"proxmox_cluster_name", SB_MATCH_CLUSTER},
			   {"proxmox_cluster/name", SB_MATCH_CLUSTER}},
	},
	{
		.name = "proxbox-vm-field",
		.words = "the custom field proxmox_vm_id of netbox-proxbox",
		.needs_field = "proxmox_vm_id",
		.filter = "cf_proxmox_vm_id",
		.filter_value = SB_MATCH_LAST,
		.checks = {{"origin/proxmox_vm_id", SB_MATCH_LAST},
			   {"origin/proxmox_vm_type", SB_MATCH_TYPE},
			   {"origin/proxmox_cluster", SB_MATCH_CLUSTER}},
	},
	{
		.name = "ssot-vm-id",
		.words = "the source id of netbox-ssot",
		.needs_field = "source_id",
		.filter = "cf_source_id",
		.filter_value = SB_MATCH_LAST,
		.checks = {{"origin/source_id", SB_MATCH_LAST}, {"origin/source", SB_MATCH_ANY}},
	},
	{0},
};

const struct sb_adopt_rule sb_device_adopt_rules[] = {
	{
		.name = "proxbox-device-row",
		.words = "a sync-state row of netbox-proxbox",
		.path = PROXBOX_ROWS "devices",
		.target = "device",
		.fields = "id,device,proxmox_cluster,proxmox_cluster_name,proxmox_node_name",
		.filter_all = "id__gte=1",
		.filter_value = SB_MATCH_LAST,
		.checks = {{"proxmox_node_name", SB_MATCH_LAST},
			   {"proxmox_cluster_name", SB_MATCH_CLUSTER},
			   {"proxmox_cluster/name", SB_MATCH_CLUSTER}},
	},
	{
		.name = "device-in-cluster",
		.words = "its name in our cluster",
		.filter = "name__ie",
		.filter_value = SB_MATCH_LAST,
		.anywhere = true,
		.checks = {{"name", SB_MATCH_HOST}},
	},
	/* netbox-ssot (assignDomainName) and people add a domain; a node's own name has no dot. */
	{
		.name = "device-with-domain",
		.words = "its host name with a domain, in our cluster",
		.filter = "name__isw",
		.filter_value = SB_MATCH_HOST,
		.anywhere = true,
		.checks = {{"name", SB_MATCH_HOST}},
	},
	{0},
};

const struct sb_adopt_rule sb_cluster_adopt_rules[] = {
	{
		.name = "proxbox-cluster-row",
		.words = "a sync-state row of netbox-proxbox",
		.path = PROXBOX_ROWS "clusters",
		.target = "cluster",
		.fields = "id,cluster,proxmox_cluster_name",
		.filter = "proxmox_cluster_name",
		.filter_value = SB_MATCH_CLUSTER,
		.checks = {{"proxmox_cluster_name", SB_MATCH_CLUSTER}},
	},
	{0},
};

/* netbox-ssot names a disk by its volume; netbox-ssot and older versions of netbox-proxbox name an
 * interface as the guest's system does. */
const struct sb_adopt_part sb_disk_adopt_part = {sizeof(struct sb_adopt_part), "name",
						 "description", "its volume"};
const struct sb_adopt_part sb_interface_adopt_part = {sizeof(struct sb_adopt_part), "mac_address",
						      "mac_address", "its MAC address"};
