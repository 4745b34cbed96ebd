/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds that the stages of a family write and read in NetBox, and the privileges that they
 * need.
 */
#include "guest/guest_priv.h"

#define NAMES(...)                                                                                 \
	(const char *const[])                                                                      \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}

static const struct sb_write guest_written[] = {
	{"vm",
	 NAMES("name", "cluster", "site", "device", "status", "start_on_boot",
	       "virtual_machine_type", "role", "platform", "vcpus", "memory", "description",
	       "comments", "stagebox_vmid", "stagebox_node", "tags"),
	 NULL},
	{NULL, NULL, NULL},
};

static const struct sb_read guests[] = {
	{.kind = "cluster"},
	{.kind = "device"},
	{.kind = "site"},
	{.kind = "device-role"},
	{.kind = "vm-type"},
	{.kind = "platform"},
	{.kind = "tag", .fields = NAMES("color")},
	{0},
};

static const struct sb_write disk_written[] = {
	{"virtual-disk", NAMES("virtual_machine", "name", "size", "description"), NULL},
	{NULL, NULL, NULL},
};

static const struct sb_read disks[] = {
	{.kind = "vm"},
	{0},
};

static const struct sb_write interface_written[] = {
	{"vm-interface",
	 NAMES("virtual_machine", "name", "enabled", "mtu", "mac_address", "primary_mac_address",
	       "mode", "untagged_vlan", "tagged_vlans"),
	 NULL},
	{"mac-address", NAMES("mac_address", "assigned_object"), NULL},
	{NULL, NULL, NULL},
};

static const struct sb_read interfaces[] = {
	{.kind = "vm"},
	{.kind = "vlan-group"},
	{.kind = "vlan"},
	{0},
};

static const struct sb_write address_written[] = {
	{"ip", NAMES("address", "assigned_object", "status", "role", "dns_name"), NULL},
	{"vm", NAMES("primary_ip4", "primary_ip6"), NULL},
	{NULL, NULL, NULL},
};

static const struct sb_read addresses[] = {
	{.kind = "vm-interface"},
	{0},
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

void sb_guest_writes(enum sb_guest_part part, const char *keys,
		     struct sb_write ret_writes[SB_GUEST_WRITES])
{
	static const struct sb_write *const tables[] = {
		[SB_GUEST_GUESTS] = guest_written,
		[SB_GUEST_DISKS] = disk_written,
		[SB_GUEST_INTERFACES] = interface_written,
		[SB_GUEST_ADDRESSES] = address_written,
	};
	const struct sb_write *write = tables[part];
	size_t i;

	for (i = 0; write[i].kind; i++) {
		ret_writes[i] = write[i];
		ret_writes[i].keys = keys;
	}
	ret_writes[i] = (struct sb_write){.kind = NULL};
}

const struct sb_need *sb_guest_needs(void)
{
	static const struct sb_need needs[] = {
		{.path = "/vms", .privilege = "VM.Audit", .use = "guests and their configs"},
		{0},
	};

	return needs;
}
