/* SPDX-License-Identifier: Apache-2.0 */
/* The custom fields that stagebox has in NetBox: one table of their names and definitions. */
#include "model/custom_fields.h"

#include <string.h>

#include "base/list.h"
#include "stagebox/home.h"
#include "stagebox/json.h"

#define CLUSTER "virtualization.cluster"
#define DEVICE  "dcim.device"
#define VM      "virtualization.virtualmachine"
#define BRANCH  "netbox_branching.branch"

/* A field that people read in NetBox and stagebox writes. */
#define SHOWN(name_, label_, type_, use_, types_, description_)                                    \
	{                                                                                          \
		.name = name_, .label = label_, .type = type_, .use = SB_CUSTOM_##use_,            \
		.object_types = types_, .visible = "if-set", .editable = "no",                     \
		.filter_logic = "exact", .description = description_                               \
	}

/* A field that people set in NetBox and stagebox reads. */
#define ASKED(name_, label_, type_, use_, types_, description_)                                    \
	{                                                                                          \
		.name = name_, .label = label_, .type = type_, .use = SB_CUSTOM_##use_,            \
		.object_types = types_, .visible = "if-set", .editable = "yes",                    \
		.filter_logic = "exact", .description = description_                               \
	}

/* The global search of NetBox sorts its results by weight, the lowest first; its own names have
 * 100, serial numbers 60. */
#define SEARCH_VMID 200

static const struct sb_custom_field fields[] = {
	{
		.name = "stagebox_key",
		.label = "Key",
		.type = "text",
		.use = SB_CUSTOM_REFLECTION,
		.kind_flags = SB_KIND_OWNED,
		.visible = "if-set",
		.editable = "no",
		.filter_logic = "exact",
		.description = "", /* holds the instance id of NetBox */
		.former_label = "stagebox key",
		.former_visible = "if-set",
	},
	{
		.name = "stagebox_birth",
		.label = "Instance id",
		.type = "text",
		.use = SB_CUSTOM_REFLECTION,
		.kind_flags = SB_KIND_BIRTH,
		.visible = "hidden",
		.editable = "no",
		.filter_logic = "exact",
		.description = "instance id: distinguishes a guest from earlier ones with its VMID",
		.former_label = "stagebox birth",
		.former_visible = "if-set",
	},
	{
		.name = "stagebox_adopted",
		.label = "Adopted",
		.type = "boolean",
		.use = SB_CUSTOM_REFLECTION,
		.kind_flags = SB_KIND_OWNED,
		.visible = "hidden",
		.editable = "no",
		.filter_logic = "exact",
		.description = "the object existed before stagebox used it: it is never deleted",
	},
	{
		.name = "stagebox_vmid",
		.label = "VMID",
		.type = "integer",
		.use = SB_CUSTOM_REFLECTION,
		.object_types = VM,
		.visible = "if-set",
		.editable = "no",
		.filter_logic = "exact",
		.search_weight = SEARCH_VMID,
		.description = "number of the guest in Proxmox VE",
	},
	SHOWN("stagebox_node", "Node", "text", REFLECTION, VM,
	      "node of the guest in Proxmox VE, while NetBox has no device for it"),
	SHOWN("stagebox_cpu", "CPU", "text", REFLECTION, DEVICE,
	      "model of the processor, as Proxmox VE reports it"),

	SHOWN("stagebox_ha_state", "HA state", "select", HA, VM, "state of the HA resource"),
	SHOWN("stagebox_ha_managed", "HA managed", "boolean", HA, VM,
	      "the HA manager of Proxmox VE starts and moves the guest"),
	SHOWN("stagebox_ha_group", "HA group", "text", HA, VM, "HA group of the guest"),
	SHOWN("stagebox_ha", "HA", "json", HA, CLUSTER, "HA status of the cluster"),

	ASKED("stagebox_manage", "Managed by NetBox", "boolean", INTENT, VM,
	      "changes in NetBox are applied to the guest in Proxmox VE"),
	SHOWN("stagebox_intent_state", "Intent state", "text", INTENT, VM,
	      "state of the last change that was applied"),
	SHOWN("stagebox_last_apply_run_id", "Last run", "text", INTENT, VM,
	      "run that applied the last change"),
	ASKED("stagebox_target_node", "Target node", "text", INTENT, VM,
	      "node on which the guest is created"),
	ASKED("stagebox_target_storage", "Target storage", "text", INTENT, VM,
	      "storage on which its disks are created"),
	ASKED("stagebox_iso", "ISO image", "text", INTENT, VM, "image in the CD drive"),
	ASKED("stagebox_template", "Template", "text", INTENT, VM,
	      "template from which the guest is created"),
	ASKED("stagebox_ci_user_data", "Cloud-init user data", "longtext", INTENT, VM,
	      "user data of cloud-init"),
	ASKED("stagebox_ci_ssh_keys", "Cloud-init SSH keys", "longtext", INTENT, VM,
	      "public keys of cloud-init"),
	ASKED("stagebox_ci_network", "Cloud-init network", "longtext", INTENT, VM,
	      "network configuration of cloud-init"),
	ASKED("stagebox_apply_to_proxmox", "Apply to Proxmox VE", "boolean", BRANCHES, BRANCH,
	      "the changes of the branch are applied to Proxmox VE"),
	ASKED("stagebox_destroy_confirmed", "Destroy confirmed", "boolean", BRANCHES, BRANCH,
	      "the branch may destroy guests"),
};

const struct sb_custom_field *sb_custom_field_at(size_t i)
{
	return i < SB_ARRAY_LEN(fields) ? &fields[i] : NULL;
}

const struct sb_custom_field *sb_custom_field_used(const struct sb_kinds *kinds, size_t i)
{
	size_t at, n = 0;

	for (at = 0; at < SB_ARRAY_LEN(fields); at++) {
		if (fields[at].use != SB_CUSTOM_REFLECTION)
			continue;
		if (n++ == i)
			return &fields[at];
	}
	return sb_kinds_custom(kinds, i - n);
}

json_t *sb_custom_field_describe(const struct sb_custom_field *field)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b}", "name", field->name,
			 "label", field->label, "type", field->type, "description",
			 field->description, "object_types", field->object_types, "visible",
			 field->visible, "editable", field->editable, "filter_logic",
			 field->filter_logic, "home", field->use == SB_CUSTOM_HOME);
}

struct sb_custom_field sb_custom_field_described(const json_t *description)
{
	return (struct sb_custom_field){
		.name = sb_json_str(description, "name"),
		.label = sb_json_str(description, "label"),
		.type = sb_json_str(description, "type"),
		.description = sb_json_str(description, "description"),
		.object_types = sb_json_str(description, "object_types"),
		.visible = sb_json_str(description, "visible"),
		.editable = sb_json_str(description, "editable"),
		.filter_logic = sb_json_str(description, "filter_logic"),
		.use = json_is_true(json_object_get(description, "home")) ? SB_CUSTOM_HOME
									  : SB_CUSTOM_MODULE,
	};
}

json_t *sb_custom_field_names(const struct sb_kinds *kinds)
{
	const struct sb_custom_field *field;
	json_t *names = json_array();
	size_t i;

	for (i = 0; names && (field = sb_custom_field_used(kinds, i)); i++)
		json_array_append_new(names, json_string(field->name));
	return names;
}

json_t *sb_custom_field_names_of(const json_t *descriptions)
{
	const json_t *description;
	json_t *names = json_array();
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(fields); i++)
		if (fields[i].use == SB_CUSTOM_REFLECTION)
			json_array_append_new(names, json_string(fields[i].name));
	json_array_foreach (descriptions, i, description)
		json_array_append(names, json_object_get(description, "name"));
	return names;
}

const struct sb_custom_field *sb_custom_field_find(const char *name)
{
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(fields); i++) {
		if (sb_streq(fields[i].name, name))
			return &fields[i];
	}
	return NULL;
}

const struct sb_custom_field *sb_custom_field_added(const struct sb_kinds *kinds, const char *name,
						    size_t *ret_i)
{
	const struct sb_custom_field *custom;
	size_t i;

	for (i = 0; (custom = sb_kinds_custom(kinds, i)); i++) {
		if (ret_i)
			*ret_i = i;
		if (sb_streq(custom->name, name))
			return custom;
	}
	return NULL;
}

const struct sb_custom_field *sb_custom_field_of(const struct sb_kinds *kinds, const char *name)
{
	const struct sb_custom_field *custom = sb_custom_field_added(kinds, name, NULL);

	return custom ? custom : sb_custom_field_find(name);
}

bool sb_custom_field_is(const char *name)
{
	return sb_starts_with(name, "stagebox_") && !sb_streq(name, SB_HOME_DIGEST);
}

/* Is a word one of a list that is separated by blanks? */
static bool lists_word(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (; *list; list += strcspn(list, " "), list += *list == ' ') {
		if (strcspn(list, " ") == len && strncmp(list, word, len) == 0)
			return true;
	}
	return false;
}

bool sb_custom_field_on(const struct sb_custom_field *field, const struct sb_kind *kind)
{
	if (kind->flags & SB_KIND_UNMARKED || sb_kind_has_home(kind))
		return false;
	if (field->object_types)
		return lists_word(field->object_types, kind->object_type);
	return kind->flags & field->kind_flags;
}

static json_t *whole_definition(const struct sb_custom_field *field, const json_t *types)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:O, s:s, s:s, s:s, s:i}", "name", field->name,
			 "label", field->label, "group_name", SB_CUSTOM_GROUP, "type", field->type,
			 "object_types", types, "filter_logic", field->filter_logic, "ui_visible",
			 field->visible, "ui_editable", field->editable, "search_weight",
			 field->search_weight);
}

/* The union of NetBox's object types and ours: removing a type would delete its values. */
static json_t *merge_types(const json_t *theirs, const json_t *ours)
{
	json_t *all = json_copy((json_t *)(uintptr_t)theirs), *member;
	size_t i;

	json_array_foreach (ours, i, member) {
		if (all && !sb_list_holds(all, member))
			json_array_append(all, member);
	}
	return all;
}

static bool has_text(const json_t *row, const char *name, const char *text)
{
	const char *now = sb_json_str(row, name);

	return sb_streq(now ? now : "", text);
}

/* Replace what 0.1.0 wrote. Its label shows that the definition was not migrated yet: afterwards a
 * group that people emptied stays empty. */
static void add_migration(const struct sb_custom_field *field, const json_t *row, json_t *set)
{
	if (!field->former_label || has_text(row, "label", field->label))
		return;
	if (has_text(row, "label", field->former_label))
		json_object_set_new(set, "label", json_string(field->label));
	if (has_text(row, "group_name", ""))
		json_object_set_new(set, "group_name", json_string(SB_CUSTOM_GROUP));
	if (has_text(row, "ui_visible", field->former_visible) &&
	    !sb_streq(field->visible, field->former_visible))
		json_object_set_new(set, "ui_visible", json_string(field->visible));
}

json_t *sb_custom_field_missing(const struct sb_custom_field *field, const json_t *row,
				const json_t *types)
{
	const json_t *has = json_object_get(row, "object_types");
	sb_autojson *all = NULL;
	json_t *set;

	if (!row)
		return whole_definition(field, types);
	set = json_object();
	all = merge_types(has, types);
	if (json_array_size(all) != json_array_size(has))
		json_object_set(set, "object_types", all);
	if (set)
		add_migration(field, row, set);
	return set;
}
