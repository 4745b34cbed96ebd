/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of NetBox objects that core defines, one row each. */
#include "model/kinds_table.h"

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

/* Shared kinds: objects that people created are used unchanged. Only the colour of a tag and the
 * site of a VLAN group follow the source, until somebody changes them. */
const struct sb_kind sb_core_kinds[] = {
	{
		.size = sizeof(struct sb_kind),
		.name = "tag",
		.path = "extras/tags",
		.object_type = "extras.tag",
		.flags = SB_KIND_SHARED,
		.natural = NATURAL("slug"),
		.fields = FIELDS(TEXT("name", CREATE_ONLY, 100), TEXT("slug", CREATE_ONLY, 100),
				 TEXT("color", IF_UNCHANGED, 6),
				 TEXT("description", CREATE_ONLY, 200),
				 PLAIN("object_types", JSON, NEVER)),
	},
	{
		.size = sizeof(struct sb_kind),
		.name = "custom-field",
		.path = "extras/custom-fields",
		.object_type = "extras.customfield",
		.flags = SB_KIND_SHARED,
		.natural = NATURAL("name"),
		.fields = FIELDS(TEXT("name", CREATE_ONLY, 50), TEXT("label", CREATE_ONLY, 50),
				 TEXT("group_name", CREATE_ONLY, 50),
				 PLAIN("type", CHOICE, CREATE_ONLY),
				 TEXT("description", CREATE_ONLY, 200),
				 PLAIN("object_types", JSON, CREATE_ONLY),
				 PLAIN("filter_logic", CHOICE, CREATE_ONLY),
				 PLAIN("ui_visible", CHOICE, CREATE_ONLY),
				 PLAIN("ui_editable", CHOICE, CREATE_ONLY),
				 PLAIN("search_weight", INT, CREATE_ONLY)),
	},
	{
		.size = sizeof(struct sb_kind),
		.name = "custom-link",
		.path = "extras/custom-links",
		.object_type = "extras.customlink",
		.flags = SB_KIND_SHARED,
		.natural = NATURAL("name"),
		.fields = FIELDS(
			TEXT("name", CREATE_ONLY, 100), PLAIN("object_types", JSON, CREATE_ONLY),
			PLAIN("enabled", BOOL, CREATE_ONLY), TEXT("link_text", CREATE_ONLY, 0),
			TEXT("link_url", CREATE_ONLY, 0), PLAIN("new_window", BOOL, CREATE_ONLY)),
	},
	{
		.size = sizeof(struct sb_kind),
		.name = "manufacturer",
		.path = "dcim/manufacturers",
		.object_type = "dcim.manufacturer",
		.flags = SB_KIND_SHARED,
		.natural = NATURAL("slug"),
		.fields = FIELDS(TEXT("name", CREATE_ONLY, 100), TEXT("slug", CREATE_ONLY, 100)),
	},
	{
		.size = sizeof(struct sb_kind),
		.name = "device-type",
		.path = "dcim/device-types",
		.object_type = "dcim.devicetype",
		.flags = SB_KIND_SHARED,
		.natural = NATURAL("manufacturer", "slug"),
		.fields = FIELDS(REF("manufacturer", "manufacturer", CREATE_ONLY),
				 TEXT("model", CREATE_ONLY, 100), TEXT("slug", CREATE_ONLY, 100)),
	},
	{
		.size = sizeof(struct sb_kind),
		.name = "device-role",
		.path = "dcim/device-roles",
		.object_type = "dcim.devicerole",
		.flags = SB_KIND_SHARED,
		.natural = NATURAL("slug"),
		.fields =
			FIELDS(TEXT("name", CREATE_ONLY, 100), TEXT("slug", CREATE_ONLY, 100),
			       TEXT("color", CREATE_ONLY, 6), PLAIN("vm_role", BOOL, CREATE_ONLY)),
	},
	{
		.size = sizeof(struct sb_kind),
		.name = "platform",
		.path = "dcim/platforms",
		.object_type = "dcim.platform",
		.flags = SB_KIND_SHARED,
		.natural = NATURAL("slug"),
		.fields = FIELDS(TEXT("name", CREATE_ONLY, 100), TEXT("slug", CREATE_ONLY, 100)),
	},
	{
		.size = sizeof(struct sb_kind),
		.name = "site",
		.path = "dcim/sites",
		.object_type = "dcim.site",
		.flags = SB_KIND_SHARED,
		.natural = NATURAL("slug"),
		.fields = FIELDS(TEXT("name", CREATE_ONLY, 100), TEXT("slug", CREATE_ONLY, 100),
				 PLAIN("status", CHOICE, CREATE_ONLY)),
	},
	{
		.size = sizeof(struct sb_kind),
		.name = "cluster-type",
		.path = "virtualization/cluster-types",
		.object_type = "virtualization.clustertype",
		.flags = SB_KIND_SHARED,
		.natural = NATURAL("slug"),
		.fields = FIELDS(TEXT("name", CREATE_ONLY, 100), TEXT("slug", CREATE_ONLY, 100)),
	},
	{
		.size = sizeof(struct sb_kind),
		.name = "vm-type",
		.path = "virtualization/virtual-machine-types",
		.object_type = "virtualization.virtualmachinetype",
		.flags = SB_KIND_SHARED,
		.natural = NATURAL("slug"),
		.fields = FIELDS(TEXT("name", CREATE_ONLY, 100), TEXT("slug", CREATE_ONLY, 100)),
	},
	{
		.size = sizeof(struct sb_kind),
		.name = "vlan-group",
		.path = "ipam/vlan-groups",
		.object_type = "ipam.vlangroup",
		.flags = SB_KIND_SHARED,
		.natural = NATURAL("slug"),
		.fields = FIELDS(TEXT("name", CREATE_ONLY, 100), TEXT("slug", CREATE_ONLY, 100),
				 {.name = "scope",
				  .type = SB_FIELD_OBJECT,
				  .kind = "site",
				  .policy = SB_POLICY_IF_UNCHANGED},
				 TEXT("description", CREATE_ONLY, 200)),
	},
	{
		.size = sizeof(struct sb_kind),
		.name = "vlan",
		.path = "ipam/vlans",
		.object_type = "ipam.vlan",
		.flags = SB_KIND_SHARED,
		.natural = NATURAL("group", "vid"),
		.fields = FIELDS(REF("group", "vlan-group", CREATE_ONLY),
				 PLAIN("vid", INT, CREATE_ONLY), TEXT("name", CREATE_ONLY, 64),
				 PLAIN("status", CHOICE, CREATE_ONLY)),
	},

	/* Owned kinds. */
	{
		.size = sizeof(struct sb_kind),
		.name = "cluster",
		.path = "virtualization/clusters",
		.object_type = "virtualization.cluster",
		.natural = NATURAL("name"),
		.flags = SB_KIND_OWNED,
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
		.size = sizeof(struct sb_kind),
		.name = "device",
		.path = "dcim/devices",
		.object_type = "dcim.device",
		.counted_field = "device_type",
		.flags = SB_KIND_OWNED,
		.natural = NATURAL("name", "site"),
		.fields = FIELDS(
			NAME(64), REF("device_type", "device-type", IF_UNCHANGED),
			REF("role", "device-role", IF_UNCHANGED),
			REF("platform", "platform", IF_UNCHANGED),
			REF("site", "site", IF_UNCHANGED), REF("cluster", "cluster", ALWAYS),
			PLAIN("status", CHOICE, ALWAYS), TEXT("serial", IF_EMPTY, 50),
			TEXT("description", IF_UNCHANGED, 200), TEXT("comments", IF_UNCHANGED, 0),
			REF("primary_ip4", "ip", IF_UNCHANGED),
			REF("primary_ip6", "ip", IF_UNCHANGED), TEXT("stagebox_cpu", ALWAYS, 0),
			TAGS()),
	},
	{
		.size = sizeof(struct sb_kind),
		.name = "interface",
		.path = "dcim/interfaces",
		.object_type = "dcim.interface",
		.natural = NATURAL("device", "name"),
		.parent_field = "device",
		.flags = SB_KIND_OWNED | SB_KIND_CHILD,
		.fields = FIELDS(REF("device", "device", ALWAYS), TEXT("name", ALWAYS, 64),
				 PLAIN("type", CHOICE, IF_UNCHANGED),
				 PLAIN("enabled", BOOL, ALWAYS), PLAIN("_occupied", BOOL, NEVER),
				 PLAIN("mtu", INT, ALWAYS), PLAIN("mac_address", MAC, ALWAYS),
				 REF("primary_mac_address", "mac-address", ALWAYS),
				 REF("parent", "interface", ALWAYS),
				 REF("bridge", "interface", ALWAYS),
				 REF("lag", "interface", ALWAYS), PLAIN("mode", CHOICE, ALWAYS),
				 REF("untagged_vlan", "vlan", ALWAYS), REFS("tagged_vlans", "vlan"),
				 TEXT("description", IF_UNCHANGED, 200), TAGS()),
	},
	{
		.size = sizeof(struct sb_kind),
		.name = "vm",
		.path = "virtualization/virtual-machines",
		.object_type = "virtualization.virtualmachine",
		.natural = NATURAL("cluster", "name"),
		.counted_field = "virtual_machine_type",
		.flags = SB_KIND_OWNED | SB_KIND_BIRTH,
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
			REF("primary_ip6", "ip", IF_UNCHANGED), PLAIN("stagebox_vmid", INT, ALWAYS),
			TEXT("stagebox_node", ALWAYS, 0), TAGS()),
	},
	{
		.size = sizeof(struct sb_kind),
		.name = "vm-interface",
		.path = "virtualization/interfaces",
		.object_type = "virtualization.vminterface",
		.natural = NATURAL("virtual_machine", "name"),
		.parent_field = "virtual_machine",
		.flags = SB_KIND_OWNED | SB_KIND_CHILD,
		.fields = FIELDS(REF("virtual_machine", "vm", ALWAYS), TEXT("name", ALWAYS, 64),
				 PLAIN("enabled", BOOL, ALWAYS), PLAIN("mtu", INT, ALWAYS),
				 PLAIN("mac_address", MAC, ALWAYS),
				 REF("primary_mac_address", "mac-address", ALWAYS),
				 PLAIN("mode", CHOICE, ALWAYS),
				 REF("untagged_vlan", "vlan", ALWAYS), REFS("tagged_vlans", "vlan"),
				 TEXT("description", IF_UNCHANGED, 200), TAGS()),
	},
	{
		/* Up to NetBox 4.6 an interface does not take its address in its own write: the
		   address is a separate object, and the interface refers to it as its primary one.
		   NetBox allows one address on many interfaces, so the interface is part of the
		   natural key. The interface may also be the port of a node: the reference holds
		   the type. */
		.size = sizeof(struct sb_kind),
		.name = "mac-address",
		.path = "dcim/mac-addresses",
		.object_type = "dcim.macaddress",
		.flags = SB_KIND_OWNED | SB_KIND_CHILD,
		.natural = NATURAL("mac_address", "assigned_object"),
		.parent_field = "assigned_object",
		.fields =
			FIELDS(PLAIN("mac_address", MAC, ALWAYS),
			       {.name = "assigned_object",
				.type = SB_FIELD_OBJECT,
				.kind = "vm-interface",
				.policy = SB_POLICY_ALWAYS},
			       TEXT("description", NEVER, 200), TEXT("comments", NEVER, 0), TAGS()),
	},
	{
		/* Since 4.7 NetBox creates the row itself, without a key, and keeps the rows of
		   former addresses: they are deleted by id. */
		.size = sizeof(struct sb_kind),
		.name = "mac",
		.path = "dcim/mac-addresses",
		.object_type = "dcim.macaddress",
		.flags = SB_KIND_OWNED | SB_KIND_UNMARKED,
		.natural = NATURAL("mac_address"),
		.fields = FIELDS(PLAIN("mac_address", MAC, ALWAYS)),
	},
	{
		.size = sizeof(struct sb_kind),
		.name = "virtual-disk",
		.path = "virtualization/virtual-disks",
		.object_type = "virtualization.virtualdisk",
		.natural = NATURAL("virtual_machine", "name"),
		.parent_field = "virtual_machine",
		.flags = SB_KIND_OWNED | SB_KIND_CHILD,
		.fields = FIELDS(REF("virtual_machine", "vm", ALWAYS), TEXT("name", ALWAYS, 64),
				 PLAIN("size", INT, ALWAYS), TEXT("description", IF_UNCHANGED, 200),
				 TAGS()),
	},
	{
		.size = sizeof(struct sb_kind),
		.name = "ip",
		.path = "ipam/ip-addresses",
		.object_type = "ipam.ipaddress",
		.natural = NATURAL("address"),
		.parent_field = "assigned_object",
		.flags = SB_KIND_OWNED | SB_KIND_CHILD,
		.fields = FIELDS(PLAIN("address", ADDRESS, ALWAYS),
				 {.name = "assigned_object",
				  .type = SB_FIELD_OBJECT,
				  .kind = "vm-interface",
				  .policy = SB_POLICY_ALWAYS},
				 PLAIN("vrf", REF, NEVER), PLAIN("status", CHOICE, IF_UNCHANGED),
				 PLAIN("role", CHOICE, IF_UNCHANGED),
				 TEXT("dns_name", IF_UNCHANGED, 255), TEXT("comments", NEVER, 0),
				 TEXT("description", IF_UNCHANGED, 200), TAGS()),
	},
	{0},
};
