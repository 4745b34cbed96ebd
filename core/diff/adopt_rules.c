/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of adoption as data: where other tools write their identities. */
#include "diff/adopt_rules.h"

#include <ctype.h>
#include <string.h>

#include "stagebox/json.h"

#define PROXBOX_ROWS "plugins/proxbox/sync-state/"

/* netbox-proxbox: its own rows (plugin 0.0.25 and later), the custom fields before that.
 * netbox-ssot: the custom fields source and source_id; the id is unique within one cluster only. */
const struct sb_adopt_rule sb_adopt_rules[] = {
	{
		.name = "proxbox-vm-row",
		.words = "a sync-state row of netbox-proxbox",
		.kind = "vm",
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
		.kind = "vm",
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
		.kind = "vm",
		.needs_field = "source_id",
		.filter = "cf_source_id",
		.filter_value = SB_MATCH_LAST,
		.checks = {{"origin/source_id", SB_MATCH_LAST}, {"origin/source", SB_MATCH_ANY}},
	},
	{
		.name = "proxbox-device-row",
		.words = "a sync-state row of netbox-proxbox",
		.kind = "device",
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
		.kind = "device",
		.filter = "name__ie",
		.filter_value = SB_MATCH_LAST,
		.anywhere = true,
		.checks = {{"name", SB_MATCH_HOST}},
	},
	/* netbox-ssot (assignDomainName) and people add a domain; a node's own name has no dot. */
	{
		.name = "device-with-domain",
		.words = "its host name with a domain, in our cluster",
		.kind = "device",
		.filter = "name__isw",
		.filter_value = SB_MATCH_HOST,
		.anywhere = true,
		.checks = {{"name", SB_MATCH_HOST}},
	},
	{
		.name = "proxbox-cluster-row",
		.words = "a sync-state row of netbox-proxbox",
		.kind = "cluster",
		.path = PROXBOX_ROWS "clusters",
		.target = "cluster",
		.fields = "id,cluster,proxmox_cluster_name",
		.filter = "proxmox_cluster_name",
		.filter_value = SB_MATCH_CLUSTER,
		.checks = {{"proxmox_cluster_name", SB_MATCH_CLUSTER}},
	},
	{0},
};

const struct sb_adopt_rule *sb_adopt_rule_of(const char *question)
{
	const struct sb_adopt_rule *rule;
	size_t len = strcspn(question, "?");

	for (rule = sb_adopt_rules; rule->name; rule++) {
		if (strlen(rule->name) == len && strncmp(rule->name, question, len) == 0)
			return rule;
	}
	return NULL;
}

void sb_adopt_host(const char *name, char ret_host[256])
{
	size_t i;

	for (i = 0; name[i] && name[i] != '.' && i < 254; i++)
		ret_host[i] = (char)tolower((unsigned char)name[i]);
	ret_host[i] = '.';
	ret_host[i + 1] = '\0';
}

const char *sb_adopt_fields_query(void)
{
	return "name=proxmox_vm_id&name=source_id";
}

/* netbox-ssot names a disk by its volume; netbox-ssot and older versions of netbox-proxbox name an
 * interface as the guest's system does. */
static const struct {
	const char *kind, *member, *wanted, *words;
} parts[] = {
	{"virtual-disk", "name", "description", "its volume"},
	{"vm-interface", "mac_address", "mac_address", "its MAC address"},
};

const char *sb_adopt_part_member(const struct sb_kind *kind, const char **ret_wanted,
				 const char **ret_words)
{
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(parts); i++) {
		if (!sb_streq(parts[i].kind, kind->name))
			continue;
		*ret_wanted = parts[i].wanted;
		*ret_words = parts[i].words;
		return parts[i].member;
	}
	return NULL;
}

/* Texts that netbox-proxbox writes into every object: a prefix and one word, or a prefix and any
 * text. */
static const struct {
	const char *kind, *field, *prefix;
	bool is_one_word;
} generated[] = {
	{"vm", "description", "Synced from Proxmox node ", true},
	{"device", "description", "Proxmox Node ", true},
	{"virtual-disk", "description", "Storage: ", false},
};

bool sb_adopt_is_generated(const struct sb_kind *kind, const char *field, const json_t *value)
{
	const char *text = json_string_value(value);
	size_t i, len;

	for (i = 0; text && i < SB_ARRAY_LEN(generated); i++) {
		len = strlen(generated[i].prefix);
		if (sb_streq(generated[i].kind, kind->name) &&
		    sb_streq(generated[i].field, field) &&
		    strncmp(generated[i].prefix, text, len) == 0 && text[len] &&
		    (!generated[i].is_one_word || !strchr(text + len, ' ')))
			return true;
	}
	return false;
}

json_t *sb_adopt_gone_tags(const struct sb_run *run)
{
	static const char *const keys[] = {"shared/tag/proxbox-soft-deleted",
					   "shared/tag/netbox-ssot-orphan"};
	const struct sb_nb_list *tags = sb_snapshot_list(run->snap, "tag");
	json_t *ids = json_array();
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(keys); i++) {
		sb_autojson *row = sb_table_get_json(tags->rows, keys[i]);

		if (row)
			json_array_append(ids, json_object_get(row, "id"));
	}
	return ids;
}
