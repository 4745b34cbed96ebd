/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of NetBox objects that core defines, one row each. */
#include "model/kinds_table.h"

#include "model/extras.h"
#include "model/kinds_adopt.h"

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

#define TEXT(field, policy_, max) PLAIN_WITH(field, TEXT, policy_, .max_chars = max)
#define TITLE(field, policy_, max)                                                                 \
	PLAIN_WITH(field, TEXT, policy_, .max_chars = max, .traits = SB_TRAIT_TITLE)
#define PLAIN_WITH(field, type_, policy_, ...)                                                     \
	{                                                                                          \
		.name = field, .type = SB_FIELD_##type_, .policy = SB_POLICY_##policy_,            \
		__VA_ARGS__                                                                        \
	}
#define NAME(max) PLAIN_WITH("name", NAME, IF_UNCHANGED, .max_chars = max, .traits = SB_TRAIT_TITLE)
#define PLAIN(field, type_, policy_)                                                               \
	{                                                                                          \
		.name = field, .type = SB_FIELD_##type_, .policy = SB_POLICY_##policy_             \
	}
#define REF(field, kind_, policy_)                                                                 \
	{                                                                                          \
		.name = field, .type = SB_FIELD_REF, .kind = kind_, .policy = SB_POLICY_##policy_  \
	}
#define REF_WITH(field, kind_, policy_, ...)                                                       \
	{                                                                                          \
		.name = field, .type = SB_FIELD_REF, .kind = kind_, .policy = SB_POLICY_##policy_, \
		__VA_ARGS__                                                                        \
	}
#define REFS(field, kind_)                                                                         \
	{                                                                                          \
		.name = field, .type = SB_FIELD_REFS, .kind = kind_, .policy = SB_POLICY_ALWAYS    \
	}
#define TAGS()                                                                                     \
	{                                                                                          \
		.name = "tags", .type = SB_FIELD_TAGS, .kind = "tag", .policy = SB_POLICY_ALWAYS   \
	}

#define NEEDED .traits = SB_TRAIT_NEEDED

#define SLUG()     PLAIN_WITH("slug", TEXT, CREATE_ONLY, .max_chars = 100, .traits = SB_TRAIT_SLUG)
#define COMMENTS() PLAIN_WITH("comments", TEXT, IF_UNCHANGED, .traits = SB_TRAIT_NOTE)
#define DESCRIPTION_OF_TOOL(pattern)                                                               \
	PLAIN_WITH("description", TEXT, IF_UNCHANGED, .max_chars = 200, .traits = SB_TRAIT_NOTE,   \
		   .generated = pattern)
#define DESCRIPTION()                                                                              \
	PLAIN_WITH("description", TEXT, IF_UNCHANGED, .max_chars = 200, .traits = SB_TRAIT_NOTE)
#define SERIAL()       PLAIN_WITH("serial", TEXT, IF_EMPTY, .max_chars = 50, .traits = SB_TRAIT_HARDWARE)
#define PRIMARY(field) REF_WITH(field, "ip", IF_UNCHANGED, .traits = SB_TRAIT_PRIMARY)
#define MAC_OF_INTERFACE()                                                                         \
	PLAIN_WITH("mac_address", MAC, ALWAYS, .traits = SB_TRAIT_WITNESS, .makes = "mac")
#define SCOPE()                                                                                    \
	{                                                                                          \
		.name = "scope", .type = SB_FIELD_OBJECT, .kind = "site",                          \
		.policy = SB_POLICY_IF_UNCHANGED, .traits = SB_TRAIT_PLACE                         \
	}

/* NetBox's default of each status is "active", which must not be said of an object that is not. */
static const char *const not_active[] = {"offline", "staged", "planned", NULL};
static const char *const other_type[] = {"other", NULL};
#define STATUS(policy_)                                                                            \
	PLAIN_WITH("status", CHOICE, policy_, .traits = SB_TRAIT_STATE, .initial = "active",       \
		   .instead = not_active)

/* The roles under which NetBox allows an address on several interfaces, and "secondary". */
static const char *const shared_roles[] = {"anycast", "vip",  "vrrp",      "hsrp",
					   "glbp",    "carp", "secondary", NULL};

/* Reserving an address in NetBox and then using it is the ordinary way of work. */
static const char *const plain_states[] = {"active", "reserved", "dhcp", NULL};

/* NetBox itself gives a virtual machine without a site the one of its cluster, and since 4.6 the
 * one of its device. */
static const char *const homes_of_guest[] = {"cluster", "device", NULL};

static const struct sb_kind_keep interface_keeps[] = {
	/* NetBox refuses a virtual type there; any other would overwrite a person's choice. */
	{"type", "_occupied", NULL, false, "it has a cable or is marked as connected"},
	/* NetBox: "Only virtual interfaces ... may be assigned to a parent interface." */
	{"parent", "type", "virtual", true,
	 "only a virtual interface may have a parent; its type in NetBox is not virtual"},
	/* NetBox: "Virtual interfaces cannot have a parent LAG interface." */
	{"lag", "type", "virtual", false,
	 "a virtual interface cannot be part of a LAG; its type in NetBox is virtual"},
	{0},
};

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
		.fields = FIELDS(
			TITLE("name", CREATE_ONLY, 100), SLUG(), TEXT("color", IF_UNCHANGED, 6),
			TEXT("description", CREATE_ONLY, 200), PLAIN("object_types", JSON, NEVER)),
	},
	{
		.size = sizeof(struct sb_kind),
		.name = "choice-set",
		.path = "extras/custom-field-choice-sets",
		.object_type = "extras.customfieldchoiceset",
		.flags = SB_KIND_SHARED,
		.natural = NATURAL("name"),
		.fields = FIELDS(TITLE("name", CREATE_ONLY, 100),
				 PLAIN_WITH("extra_choices", JSON, CREATE_ONLY, NEEDED)),
	},
	{
		.size = sizeof(struct sb_kind),
		.name = "custom-field",
		.path = "extras/custom-fields",
		.object_type = "extras.customfield",
		.flags = SB_KIND_SHARED,
		.natural = NATURAL("name"),
		.fields = FIELDS(TITLE("name", CREATE_ONLY, 50), TEXT("label", CREATE_ONLY, 50),
				 TEXT("group_name", CREATE_ONLY, 50),
				 PLAIN_WITH("type", CHOICE, CREATE_ONLY, NEEDED),
				 TEXT("description", CREATE_ONLY, 200),
				 PLAIN_WITH("object_types", JSON, CREATE_ONLY, NEEDED),
				 PLAIN("filter_logic", CHOICE, CREATE_ONLY),
				 PLAIN("ui_visible", CHOICE, CREATE_ONLY),
				 PLAIN("ui_editable", CHOICE, CREATE_ONLY),
				 PLAIN("search_weight", INT, CREATE_ONLY),
				 REF("choice_set", "choice-set", CREATE_ONLY)),
	},
	{
		.size = sizeof(struct sb_kind),
		.name = "custom-link",
		.path = "extras/custom-links",
		.object_type = "extras.customlink",
		.flags = SB_KIND_SHARED,
		.natural = NATURAL("name"),
		.fields = FIELDS(TITLE("name", CREATE_ONLY, 100),
				 PLAIN_WITH("object_types", JSON, CREATE_ONLY, NEEDED),
				 PLAIN("enabled", BOOL, CREATE_ONLY),
				 PLAIN_WITH("link_text", TEXT, CREATE_ONLY, NEEDED),
				 PLAIN_WITH("link_url", TEXT, CREATE_ONLY, NEEDED),
				 PLAIN("new_window", BOOL, CREATE_ONLY)),
	},
	{
		/* Of the plugin netbox-custom-objects; see core/netbox/types.h for its fields. */
		.size = sizeof(struct sb_kind),
		.name = "custom-object-type",
		.path = "plugins/custom-objects/custom-object-types",
		.object_type = "netbox_custom_objects.customobjecttype",
		.flags = SB_KIND_SHARED,
		.natural = NATURAL("slug"),
		.fields = FIELDS(TITLE("name", CREATE_ONLY, 100), SLUG(),
				 TEXT("verbose_name", CREATE_ONLY, 100),
				 TEXT("verbose_name_plural", CREATE_ONLY, 100),
				 TEXT("group_name", CREATE_ONLY, 100),
				 TEXT("description", CREATE_ONLY, 200),
				 PLAIN_WITH("schema_fields", JSON, CREATE_ONLY, NEEDED),
				 /* an order of ops, which NetBox gets nothing of */
				 REF("marked_by", "custom-field", CREATE_ONLY)),
	},
	{
		.size = sizeof(struct sb_kind),
		.name = "manufacturer",
		.path = "dcim/manufacturers",
		.object_type = "dcim.manufacturer",
		.flags = SB_KIND_SHARED,
		.natural = NATURAL("slug"),
		.fields = FIELDS(TITLE("name", CREATE_ONLY, 100), SLUG()),
	},
	{
		.size = sizeof(struct sb_kind),
		.name = "device-type",
		.path = "dcim/device-types",
		.object_type = "dcim.devicetype",
		.flags = SB_KIND_SHARED,
		.natural = NATURAL("manufacturer", "slug"),
		.fields = FIELDS(REF_WITH("manufacturer", "manufacturer", CREATE_ONLY, NEEDED),
				 TITLE("model", CREATE_ONLY, 100), SLUG()),
	},
	{
		.size = sizeof(struct sb_kind),
		.name = "device-role",
		.path = "dcim/device-roles",
		.object_type = "dcim.devicerole",
		.flags = SB_KIND_SHARED,
		.natural = NATURAL("slug"),
		.fields =
			FIELDS(TITLE("name", CREATE_ONLY, 100), SLUG(),
			       TEXT("color", CREATE_ONLY, 6), PLAIN("vm_role", BOOL, CREATE_ONLY)),
	},
	{
		.size = sizeof(struct sb_kind),
		.name = "platform",
		.path = "dcim/platforms",
		.object_type = "dcim.platform",
		.flags = SB_KIND_SHARED,
		.natural = NATURAL("slug"),
		.fields = FIELDS(TITLE("name", CREATE_ONLY, 100), SLUG()),
	},
	{
		.size = sizeof(struct sb_kind),
		.name = "site",
		.path = "dcim/sites",
		.object_type = "dcim.site",
		.flags = SB_KIND_SHARED,
		.natural = NATURAL("slug"),
		.fields = FIELDS(TITLE("name", CREATE_ONLY, 100), SLUG(), STATUS(CREATE_ONLY)),
	},
	{
		.size = sizeof(struct sb_kind),
		.name = "cluster-type",
		.path = "virtualization/cluster-types",
		.object_type = "virtualization.clustertype",
		.flags = SB_KIND_SHARED,
		.natural = NATURAL("slug"),
		.fields = FIELDS(TITLE("name", CREATE_ONLY, 100), SLUG()),
	},
	{
		.size = sizeof(struct sb_kind),
		.name = "vm-type",
		.path = "virtualization/virtual-machine-types",
		.object_type = "virtualization.virtualmachinetype",
		.flags = SB_KIND_SHARED,
		.natural = NATURAL("slug"),
		.fields = FIELDS(TITLE("name", CREATE_ONLY, 100), SLUG()),
	},
	{
		.size = sizeof(struct sb_kind),
		.name = "vlan-group",
		.path = "ipam/vlan-groups",
		.object_type = "ipam.vlangroup",
		.flags = SB_KIND_SHARED,
		.natural = NATURAL("slug"),
		.fields = FIELDS(TITLE("name", CREATE_ONLY, 100), SLUG(), SCOPE(),
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
				 PLAIN_WITH("vid", INT, CREATE_ONLY, .traits = SB_TRAIT_NUMBER),
				 TITLE("name", CREATE_ONLY, 64), STATUS(CREATE_ONLY)),
	},

	/* Owned kinds. */
	{
		.size = sizeof(struct sb_kind),
		.name = "cluster",
		.path = "virtualization/clusters",
		.object_type = "virtualization.cluster",
		.natural = NATURAL("name"),
		.adopt_rules = sb_cluster_adopt_rules,
		.flags = SB_KIND_OWNED | SB_KIND_ENDPOINT,
		.fields = FIELDS(TITLE("name", IF_UNCHANGED, 100),
				 REF_WITH("type", "cluster-type", IF_UNCHANGED, NEEDED),
				 STATUS(ALWAYS), SCOPE(), DESCRIPTION(), TAGS()),
	},
	{
		.size = sizeof(struct sb_kind),
		.name = "device",
		.path = "dcim/devices",
		.object_type = "dcim.device",
		.counted_field = "device_type",
		.adopt_rules = sb_device_adopt_rules,
		.flags = SB_KIND_OWNED | SB_KIND_HOST,
		.natural = NATURAL("name", "site"),
		.fields = FIELDS(
			NAME(64),
			REF_WITH("device_type", "device-type", IF_UNCHANGED,
				 NEEDED | SB_TRAIT_EVIDENCE),
			REF_WITH("role", "device-role", IF_UNCHANGED, NEEDED | SB_TRAIT_EVIDENCE),
			REF("platform", "platform", IF_UNCHANGED),
			REF_WITH("site", "site", IF_UNCHANGED, .traits = SB_TRAIT_PLACE),
			REF_WITH("cluster", "cluster", ALWAYS, .counter = "device_count",
				 .traits = SB_TRAIT_HOME | SB_TRAIT_TIED),
			STATUS(ALWAYS), SERIAL(), DESCRIPTION_OF_TOOL("Proxmox Node #"), COMMENTS(),
			PRIMARY("primary_ip4"), PRIMARY("primary_ip6"),
			TEXT("stagebox_cpu", ALWAYS, 0), TAGS()),
	},
	{
		.size = sizeof(struct sb_kind),
		.name = "interface",
		.path = "dcim/interfaces",
		.object_type = "dcim.interface",
		.natural = NATURAL("device", "name"),
		.parent_field = "device",
		.flags = SB_KIND_OWNED | SB_KIND_CHILD,
		.keeps = interface_keeps,
		.attached_by = "interface_id",
		.fields = FIELDS(
			REF("device", "device", ALWAYS), TITLE("name", ALWAYS, 64),
			PLAIN_WITH("type", CHOICE, IF_UNCHANGED, NEEDED, .instead = other_type),
			PLAIN("enabled", BOOL, ALWAYS),
			PLAIN_WITH("_occupied", BOOL, NEVER, .traits = SB_TRAIT_OCCUPIED),
			PLAIN("mtu", INT, ALWAYS), MAC_OF_INTERFACE(),
			REF("primary_mac_address", "mac-address", ALWAYS),
			REF_WITH("parent", "interface", ALWAYS, .traits = SB_TRAIT_TREE),
			REF("bridge", "interface", ALWAYS), REF("lag", "interface", ALWAYS),
			PLAIN("mode", CHOICE, ALWAYS), REF("untagged_vlan", "vlan", ALWAYS),
			REFS("tagged_vlans", "vlan"), DESCRIPTION(), TAGS()),
	},
	{
		.size = sizeof(struct sb_kind),
		.name = "vm",
		.path = "virtualization/virtual-machines",
		.object_type = "virtualization.virtualmachine",
		.natural = NATURAL("cluster", "name"),
		.counted_field = "virtual_machine_type",
		.adopt_rules = sb_vm_adopt_rules,
		.flags = SB_KIND_OWNED | SB_KIND_BIRTH,
		.fields =
			FIELDS(NAME(64),
			       REF_WITH("cluster", "cluster", ALWAYS,
					.counter = "virtualmachine_count", .traits = SB_TRAIT_HOME),
			       REF_WITH("site", "site", IF_UNCHANGED, .traits = SB_TRAIT_PLACE,
					.inherits = homes_of_guest),
			       REF_WITH("device", "device", ALWAYS, .traits = SB_TRAIT_TIED),
			       STATUS(ALWAYS), PLAIN("start_on_boot", CHOICE, ALWAYS),
			       REF("virtual_machine_type", "vm-type", IF_UNCHANGED),
			       REF("role", "device-role", IF_UNCHANGED),
			       REF("platform", "platform", IF_UNCHANGED),
			       PLAIN("vcpus", DECIMAL, ALWAYS), PLAIN("memory", INT, ALWAYS),
			       SERIAL(), DESCRIPTION_OF_TOOL("Synced from Proxmox node #"),
			       COMMENTS(), PRIMARY("primary_ip4"), PRIMARY("primary_ip6"),
			       PLAIN("stagebox_vmid", INT, ALWAYS),
			       TEXT("stagebox_node", ALWAYS, 0), TAGS()),
	},
	{
		.size = sizeof(struct sb_kind),
		.name = "vm-interface",
		.path = "virtualization/interfaces",
		.object_type = "virtualization.vminterface",
		.natural = NATURAL("virtual_machine", "name"),
		.parent_field = "virtual_machine",
		.adopt_part = &sb_interface_adopt_part,
		.flags = SB_KIND_OWNED | SB_KIND_CHILD,
		.attached_by = "vminterface_id",
		.fields = FIELDS(
			REF("virtual_machine", "vm", ALWAYS), TITLE("name", ALWAYS, 64),
			PLAIN("enabled", BOOL, ALWAYS), PLAIN("mtu", INT, ALWAYS),
			MAC_OF_INTERFACE(), REF("primary_mac_address", "mac-address", ALWAYS),
			PLAIN("mode", CHOICE, ALWAYS), REF("untagged_vlan", "vlan", ALWAYS),
			REFS("tagged_vlans", "vlan"), DESCRIPTION(), TAGS()),
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
		.fields = FIELDS(PLAIN("mac_address", MAC, ALWAYS),
				 {.name = "assigned_object",
				  .type = SB_FIELD_OBJECT,
				  .kind = "vm-interface",
				  .policy = SB_POLICY_ALWAYS},
				 PLAIN_WITH("description", TEXT, NEVER, .max_chars = 200,
					    .traits = SB_TRAIT_NOTE),
				 PLAIN_WITH("comments", TEXT, NEVER, .traits = SB_TRAIT_NOTE),
				 TAGS()),
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
		/* About changes that people want to hear of; see model/journal.h. */
		.size = sizeof(struct sb_kind),
		.name = "journal-entry",
		.path = "extras/journal-entries",
		.object_type = "extras.journalentry",
		.flags = SB_KIND_OWNED | SB_KIND_UNMARKED,
		.natural = NATURAL("comments"),
		.fields = FIELDS({.name = "assigned_object",
				  .type = SB_FIELD_OBJECT,
				  .kind = "vm",
				  .policy = SB_POLICY_ALWAYS,
				  .traits = SB_TRAIT_NEEDED},
				 PLAIN("kind", CHOICE, ALWAYS), PLAIN("comments", TEXT, ALWAYS)),
	},
	{
		.size = sizeof(struct sb_kind),
		.name = "virtual-disk",
		.path = "virtualization/virtual-disks",
		.object_type = "virtualization.virtualdisk",
		.natural = NATURAL("virtual_machine", "name"),
		.parent_field = "virtual_machine",
		.adopt_part = &sb_disk_adopt_part,
		.flags = SB_KIND_OWNED | SB_KIND_CHILD,
		.fields = FIELDS(REF("virtual_machine", "vm", ALWAYS), TITLE("name", ALWAYS, 64),
				 PLAIN_WITH("size", INT, ALWAYS, NEEDED),
				 PLAIN_WITH("description", TEXT, IF_UNCHANGED, .max_chars = 200,
					    .traits = SB_TRAIT_NOTE | SB_TRAIT_WITNESS,
					    .generated = "Storage: *"),
				 TAGS()),
	},
	{
		.size = sizeof(struct sb_kind),
		.name = "ip",
		.path = "ipam/ip-addresses",
		.object_type = "ipam.ipaddress",
		.natural = NATURAL("address"),
		.parent_field = "assigned_object",
		.flags = SB_KIND_OWNED | SB_KIND_CHILD | SB_KIND_SERIAL | SB_KIND_DETACHABLE,
		.fields = FIELDS(PLAIN_WITH("address", ADDRESS, ALWAYS, .traits = SB_TRAIT_TITLE),
				 {.name = "assigned_object",
				  .type = SB_FIELD_OBJECT,
				  .kind = "vm-interface",
				  .policy = SB_POLICY_ALWAYS,
				  .traits = SB_TRAIT_TIED},
				 PLAIN_WITH("vrf", REF, NEVER, .apart = "it is in a VRF"),
				 PLAIN_WITH("status", CHOICE, IF_UNCHANGED,
					    .traits = SB_TRAIT_STATE, .initial = "active",
					    .instead = not_active, .plain = plain_states),
				 PLAIN_WITH("role", CHOICE, IF_UNCHANGED, .shared = shared_roles,
					    .apart = "it has the role"),
				 TEXT("dns_name", IF_UNCHANGED, 255),
				 PLAIN_WITH("comments", TEXT, NEVER, .traits = SB_TRAIT_NOTE),
				 DESCRIPTION(), TAGS()),
	},
	{0},
};
