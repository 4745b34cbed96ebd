/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of NetBox objects that core brings. */
#include "model/kinds.h"

#define FIELDS(...)                                                                                \
	(const struct sb_kind_field[])                                                             \
	{                                                                                          \
		__VA_ARGS__,                                                                       \
		{                                                                                  \
			0                                                                          \
		}                                                                                  \
	}
#define NATURAL(...)                                                                               \
	(const char *const[])                                                                      \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}

#define TEXT(field, policy_, max)                                                                  \
	{                                                                                          \
		.name = field, .type = SB_FIELD_TEXT, .policy = SB_POLICY_##policy_,               \
		.max_chars = max                                                                   \
	}
#define NAME(max)                                                                                  \
	{                                                                                          \
		.name = "name", .type = SB_FIELD_NAME, .policy = SB_POLICY_IF_UNCHANGED,           \
		.max_chars = max                                                                   \
	}
#define PLAIN(field, type_, policy_)                                                               \
	{                                                                                          \
		.name = field, .type = SB_FIELD_##type_, .policy = SB_POLICY_##policy_             \
	}
#define REF(field, kind_, policy_)                                                                 \
	{                                                                                          \
		.name = field, .type = SB_FIELD_REF, .kind = kind_, .policy = SB_POLICY_##policy_  \
	}
#define REFS(field, kind_)                                                                         \
	{                                                                                          \
		.name = field, .type = SB_FIELD_REFS, .kind = kind_, .policy = SB_POLICY_ALWAYS    \
	}
#define TAGS()                                                                                     \
	{                                                                                          \
		.name = "tags", .type = SB_FIELD_TAGS, .kind = "tag", .policy = SB_POLICY_ALWAYS   \
	}

/* Shared kinds: what people made is used as it is, so that only the colour of a tag and the like
 * follow the source while nobody touched them. */
static const struct sb_kind shared_kinds[] = {
	{
		.name = "tag",
		.path = "extras/tags",
		.object_type = "extras.tag",
		.natural = NATURAL("slug"),
		.fields = FIELDS(TEXT("name", CREATE_ONLY, 100), TEXT("slug", CREATE_ONLY, 100),
				 TEXT("color", IF_UNCHANGED, 6),
				 TEXT("description", CREATE_ONLY, 200)),
	},
	{
		.name = "manufacturer",
		.path = "dcim/manufacturers",
		.object_type = "dcim.manufacturer",
		.natural = NATURAL("slug"),
		.fields = FIELDS(TEXT("name", CREATE_ONLY, 100), TEXT("slug", CREATE_ONLY, 100)),
	},
	{
		.name = "device-type",
		.path = "dcim/device-types",
		.object_type = "dcim.devicetype",
		.natural = NATURAL("manufacturer", "slug"),
		.fields = FIELDS(REF("manufacturer", "manufacturer", CREATE_ONLY),
				 TEXT("model", CREATE_ONLY, 100), TEXT("slug", CREATE_ONLY, 100)),
	},
	{
		.name = "device-role",
		.path = "dcim/device-roles",
		.object_type = "dcim.devicerole",
		.natural = NATURAL("slug"),
		.fields =
			FIELDS(TEXT("name", CREATE_ONLY, 100), TEXT("slug", CREATE_ONLY, 100),
			       TEXT("color", CREATE_ONLY, 6), PLAIN("vm_role", BOOL, CREATE_ONLY)),
	},
	{
		.name = "platform",
		.path = "dcim/platforms",
		.object_type = "dcim.platform",
		.natural = NATURAL("slug"),
		.fields = FIELDS(TEXT("name", CREATE_ONLY, 100), TEXT("slug", CREATE_ONLY, 100)),
	},
	{
		.name = "site",
		.path = "dcim/sites",
		.object_type = "dcim.site",
		.natural = NATURAL("slug"),
		.fields = FIELDS(TEXT("name", CREATE_ONLY, 100), TEXT("slug", CREATE_ONLY, 100),
				 PLAIN("status", CHOICE, CREATE_ONLY)),
	},
	{
		.name = "cluster-type",
		.path = "virtualization/cluster-types",
		.object_type = "virtualization.clustertype",
		.natural = NATURAL("slug"),
		.fields = FIELDS(TEXT("name", CREATE_ONLY, 100), TEXT("slug", CREATE_ONLY, 100)),
	},
	{
		.name = "vm-type",
		.path = "virtualization/virtual-machine-types",
		.object_type = "virtualization.virtualmachinetype",
		.natural = NATURAL("slug"),
		.fields = FIELDS(TEXT("name", CREATE_ONLY, 100), TEXT("slug", CREATE_ONLY, 100)),
	},
	{
		.name = "vlan-group",
		.path = "ipam/vlan-groups",
		.object_type = "ipam.vlangroup",
		.natural = NATURAL("slug"),
		.fields = FIELDS(TEXT("name", CREATE_ONLY, 100), TEXT("slug", CREATE_ONLY, 100),
				 TEXT("description", CREATE_ONLY, 200)),
	},
	{
		.name = "vlan",
		.path = "ipam/vlans",
		.object_type = "ipam.vlan",
		.natural = NATURAL("group", "vid"),
		.fields = FIELDS(REF("group", "vlan-group", CREATE_ONLY),
				 PLAIN("vid", INT, CREATE_ONLY), TEXT("name", CREATE_ONLY, 64),
				 PLAIN("status", CHOICE, CREATE_ONLY)),
	},
};

static const struct sb_kind owned_kinds[] = {
	{
		.name = "cluster",
		.path = "virtualization/clusters",
		.object_type = "virtualization.cluster",
		.natural = NATURAL("name"),
		.flags = 0,
		.fields = FIELDS(TEXT("name", IF_UNCHANGED, 100),
				 REF("type", "cluster-type", IF_UNCHANGED),
				 PLAIN("status", CHOICE, ALWAYS),
				 {.name = "scope",
				  .type = SB_FIELD_OBJECT,
				  .kind = "site",
				  .policy = SB_POLICY_IF_UNCHANGED},
				 TEXT("description", IF_UNCHANGED, 200), TAGS()),
	},
	{
		.name = "device",
		.path = "dcim/devices",
		.object_type = "dcim.device",
		.natural = NATURAL("name", "site"),
		.fields = FIELDS(
			NAME(64), REF("device_type", "device-type", IF_UNCHANGED),
			REF("role", "device-role", IF_UNCHANGED),
			REF("platform", "platform", IF_UNCHANGED),
			REF("site", "site", IF_UNCHANGED), REF("cluster", "cluster", ALWAYS),
			PLAIN("status", CHOICE, ALWAYS), TEXT("serial", IF_EMPTY, 50),
			TEXT("description", IF_UNCHANGED, 200), TEXT("comments", IF_UNCHANGED, 0),
			REF("primary_ip4", "ip", IF_UNCHANGED),
			REF("primary_ip6", "ip", IF_UNCHANGED), TAGS()),
	},
	{
		.name = "interface",
		.path = "dcim/interfaces",
		.object_type = "dcim.interface",
		.natural = NATURAL("device", "name"),
		.parent_field = "device",
		.flags = SB_KIND_CHILD,
		.fields =
			FIELDS(REF("device", "device", ALWAYS), TEXT("name", ALWAYS, 64),
			       PLAIN("type", CHOICE, IF_UNCHANGED), PLAIN("enabled", BOOL, ALWAYS),
			       PLAIN("mtu", INT, ALWAYS), REF("parent", "interface", ALWAYS),
			       REF("bridge", "interface", ALWAYS), REF("lag", "interface", ALWAYS),
			       PLAIN("mode", CHOICE, ALWAYS), REF("untagged_vlan", "vlan", ALWAYS),
			       REFS("tagged_vlans", "vlan"), TEXT("description", IF_UNCHANGED, 200),
			       TAGS()),
	},
	{
		.name = "vm",
		.path = "virtualization/virtual-machines",
		.object_type = "virtualization.virtualmachine",
		.natural = NATURAL("cluster", "name"),
		.flags = SB_KIND_BIRTH,
		.fields = FIELDS(
			NAME(64), REF("cluster", "cluster", ALWAYS),
			REF("site", "site", IF_UNCHANGED), REF("device", "device", ALWAYS),
			PLAIN("status", CHOICE, ALWAYS), PLAIN("start_on_boot", CHOICE, ALWAYS),
			REF("virtual_machine_type", "vm-type", IF_UNCHANGED),
			REF("role", "device-role", IF_UNCHANGED),
			REF("platform", "platform", IF_UNCHANGED), PLAIN("vcpus", DECIMAL, ALWAYS),
			PLAIN("memory", INT, ALWAYS), TEXT("serial", IF_EMPTY, 50),
			TEXT("description", IF_UNCHANGED, 200), TEXT("comments", IF_UNCHANGED, 0),
			REF("primary_ip4", "ip", IF_UNCHANGED),
			REF("primary_ip6", "ip", IF_UNCHANGED), TAGS()),
	},
	{
		.name = "vm-interface",
		.path = "virtualization/interfaces",
		.object_type = "virtualization.vminterface",
		.natural = NATURAL("virtual_machine", "name"),
		.parent_field = "virtual_machine",
		.flags = SB_KIND_CHILD,
		.fields = FIELDS(REF("virtual_machine", "vm", ALWAYS), TEXT("name", ALWAYS, 64),
				 PLAIN("enabled", BOOL, ALWAYS), PLAIN("mtu", INT, ALWAYS),
				 PLAIN("mac_address", MAC, ALWAYS), PLAIN("mode", CHOICE, ALWAYS),
				 REF("untagged_vlan", "vlan", ALWAYS), REFS("tagged_vlans", "vlan"),
				 TEXT("description", IF_UNCHANGED, 200), TAGS()),
	},
	{
		.name = "virtual-disk",
		.path = "virtualization/virtual-disks",
		.object_type = "virtualization.virtualdisk",
		.natural = NATURAL("virtual_machine", "name"),
		.parent_field = "virtual_machine",
		.flags = SB_KIND_CHILD,
		.fields = FIELDS(REF("virtual_machine", "vm", ALWAYS), TEXT("name", ALWAYS, 64),
				 PLAIN("size", INT, ALWAYS), TEXT("description", IF_UNCHANGED, 200),
				 TAGS()),
	},
	{
		.name = "ip",
		.path = "ipam/ip-addresses",
		.object_type = "ipam.ipaddress",
		.natural = NATURAL("address"),
		.parent_field = "assigned_object",
		.flags = SB_KIND_CHILD,
		.fields = FIELDS(PLAIN("address", ADDRESS, ALWAYS),
				 {.name = "assigned_object",
				  .type = SB_FIELD_OBJECT,
				  .kind = "vm-interface",
				  .policy = SB_POLICY_ALWAYS},
				 PLAIN("status", CHOICE, IF_UNCHANGED),
				 PLAIN("role", CHOICE, IF_UNCHANGED),
				 TEXT("dns_name", IF_UNCHANGED, 255),
				 TEXT("description", IF_UNCHANGED, 200), TAGS()),
	},
};
