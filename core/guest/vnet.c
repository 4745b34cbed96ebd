/* SPDX-License-Identifier: Apache-2.0 */
/* The names that SDN vnets give to VLANs. */
#include "guest/guest_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_VID 4094

enum sb_guest_bridge sb_guest_vnet_vlan(struct sb_stage_run *stage, const json_t *vnet,
					int64_t *ret_vid)
{
	const char *zone_name = sb_json_str(vnet, "zone"), *type;
	sb_autofree char *key = NULL;
	sb_autojson *zone = NULL;
	int64_t tag = 0;

	key = zone_name ? sb_guest_format("%s/%s", sb_run_endpoint(stage), zone_name) : NULL;
	zone = key ? sb_row_get(stage, "sdn-zone", key) : NULL;
	type = sb_json_str(zone, "type");
	if (!type)
		return SB_GUEST_BRIDGE_HIDDEN;
	sb_json_int(vnet, "tag", &tag);
	if (!sb_streq(type, "vlan") || tag < 1 || tag > MAX_VID)
		return SB_GUEST_BRIDGE_PLAIN;
	*ret_vid = tag;
	return SB_GUEST_BRIDGE_VLAN;
}

/* Is it the default name of another VLAN? That one could not get it any more. */
static bool is_name_of_another(const char *name, int64_t vid)
{
	return sb_starts_with(name, "VLAN ") && strtoll(name + 5, NULL, 10) != vid;
}

/* The alias of the vnet, as far as NetBox takes it, else its id. NetBox takes a name only once in a
 * VLAN group. Caller frees; *ret_name NULL = neither is free. */
static int choose_name(const json_t *used, const char *alias, const char *id, int64_t vid,
		       char **ret_name)
{
	const char *words[] = {alias, id};
	size_t i;

	*ret_name = NULL;
	for (i = 0; i < SB_ARRAY_LEN(words); i++) {
		const char *word = words[i] ? words[i] + strspn(words[i], " ") : "";
		sb_autofree char *name =
			strndup(word, sb_guest_name_len(word, SB_GUEST_NAME_CHARS));
		size_t len = name ? strlen(name) : 0;

		if (!name)
			return SB_E_NOMEM;
		while (len && name[len - 1] == ' ')
			name[--len] = '\0';
		if (!len || json_object_get(used, name) || is_name_of_another(name, vid))
			continue;
		*ret_name = sb_steal(name);
		return 0;
	}
	return 0;
}

/* The names so far, and who has them. */
struct vnet_names {
	json_t *vlans; /* {"140": {"name": "Office LAN", "ids": ["v140"]}} */
	json_t *used;  /* {"Office LAN": true} */
};

static int add_vnet(struct sb_stage_run *stage, const char *key, const json_t *row, void *arg,
		    struct sb_error *err)
{
	const char *id = strrchr(key, '/') + 1;
	struct vnet_names *names = arg;
	sb_autofree char *name = NULL;
	char number[24];
	json_t *vlan;
	int64_t vid;
	int rc = 0;

	if (sb_guest_vnet_vlan(stage, row, &vid) != SB_GUEST_BRIDGE_VLAN)
		return 0;
	snprintf(number, sizeof(number), "%lld", (long long)vid);
	vlan = json_object_get(names->vlans, number);
	if (!vlan) {
		rc = choose_name(names->used, sb_json_str(row, "alias"), id, vid, &name);
		vlan = json_pack("{s:s*, s:[]}", "name", name, "ids");
		if (rc < 0 || json_object_set_new(names->vlans, number, vlan) < 0 ||
		    (name && json_object_set_new(names->used, name, json_true()) < 0))
			return sb_fail(err, SB_E_NOMEM, "vnet %s: out of memory", id);
	}
	if (json_array_append_new(json_object_get(vlan, "ids"), json_string(id)) < 0)
		return sb_fail(err, SB_E_NOMEM, "vnet %s: out of memory", id);
	return 0;
}

int sb_guest_vnet_names(struct sb_stage_run *stage, json_t **ret_names, struct sb_error *err)
{
	sb_autojson *vlans = json_object(), *used = json_object();
	sb_autofree char *prefix = sb_guest_format("%s/", sb_run_endpoint(stage));
	struct vnet_names names = {vlans, used};
	int rc;

	if (!vlans || !used || !prefix)
		return sb_fail(err, SB_E_NOMEM, "vnets: out of memory");
	rc = sb_rows_each(stage, "sdn-vnet", prefix, add_vnet, &names, err);
	if (rc < 0)
		return rc;
	*ret_names = sb_steal(vlans);
	return 0;
}
