/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds that the stages of a family read from NetBox, and the privileges that they need. */
#include "guest/guest_priv.h"

#define NAMES(...)                                                                                 \
	(const char *const[])                                                                      \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}

static const struct sb_read guests[] = {
	{"vm", NAMES("name", "cluster", "site", "device", "status", "start_on_boot",
		     "virtual_machine_type", "role", "platform", "vcpus", "memory", "description",
		     "comments", "stagebox_vmid", "stagebox_node", "tags")},
	{"cluster", NULL},
	{"device", NULL},
	{"site", NULL},
	{"device-role", NULL},
	{"vm-type", NULL},
	{"platform", NULL},
	{"tag", NAMES("color")},
	{NULL, NULL},
};

static const struct sb_read disks[] = {
	{"virtual-disk", NAMES("virtual_machine", "name", "size", "description")},
	{"vm", NULL},
	{NULL, NULL},
};

static const struct sb_read interfaces[] = {
	{"vm-interface", NAMES("virtual_machine", "name", "enabled", "mtu", "mac_address",
			       "primary_mac_address", "mode", "untagged_vlan", "tagged_vlans")},
	{"mac-address", NAMES("mac_address", "assigned_object")},
	{"vm", NULL},
	{"vlan-group", NULL},
	{"vlan", NULL},
	{NULL, NULL},
};

static const struct sb_read addresses[] = {
	{"ip", NAMES("address", "assigned_object", "status", "role", "dns_name")},
	{"vm-interface", NULL},
	{"vm", NAMES("primary_ip4", "primary_ip6")},
	{NULL, NULL},
};

const struct sb_read *sb_guest_reads(enum sb_guest_part part)
{
	switch (part) {
	case SB_GUEST_GUESTS: return guests;
	case SB_GUEST_DISKS: return disks;
	case SB_GUEST_INTERFACES: return interfaces;
	case SB_GUEST_ADDRESSES: return addresses;
	}
	return NULL;
}

const struct sb_need *sb_guest_needs(void)
{
	static const struct sb_need needs[] = {
		{.path = "/vms", .privilege = "VM.Audit", .use = "guests and their configs"},
		{0},
	};

	return needs;
}
