/* SPDX-License-Identifier: Apache-2.0 */
/* Converts tag and trunks of a NIC to the VLAN fields of NetBox. */
#include "guest/guest_priv.h"

#include <stdio.h>
#include <string.h>

#define MAX_VID 4094

/* Parse a VLAN id and move *text past it; 0 = not a valid one. */
static unsigned parse_vid(const char **text)
{
	unsigned vid = 0;

	for (; **text >= '0' && **text <= '9'; (*text)++)
		if (vid <= MAX_VID)
			vid = vid * 10 + (unsigned)(**text - '0');
	return vid <= MAX_VID ? vid : 0;
}

/* Mark the VLANs of "10" or "30-40". Any other part is ignored, as Proxmox VE does. */
static void mark_part(const char *part, size_t len, bool *is_trunk)
{
	const char *end = part + len;
	unsigned first = parse_vid(&part), last = first;

	if (part < end && *part == '-') {
		part++;
		last = parse_vid(&part);
	}
	if (part != end || !first || !last)
		return;
	for (; first <= last; first++)
		is_trunk[first] = true;
}

static unsigned mark_trunks(const char *trunks, bool *is_trunk)
{
	unsigned n = 0, vid;
	size_t len;

	for (; *trunks; trunks += len + (trunks[len] != '\0')) {
		len = strcspn(trunks, "; ");
		mark_part(trunks, len, is_trunk);
	}
	for (vid = 1; vid <= MAX_VID; vid++)
		n += is_trunk[vid];
	return n;
}

void sb_guest_vlans_of(int64_t tag, const char *trunks, struct sb_guest_vlans *ret_vlans)
{
	struct sb_guest_vlans vlans = {0};
	bool is_trunk[MAX_VID + 1] = {false};
	unsigned n = trunks ? mark_trunks(trunks, is_trunk) : 0, vid;

	if (tag >= 1 && tag <= MAX_VID)
		vlans.untagged = (unsigned)tag;
	if (n > SB_GUEST_MAX_TAGGED) {
		vlans.mode = "tagged-all";
	} else if (n) {
		vlans.mode = "tagged";
		for (vid = 1; vid <= MAX_VID; vid++)
			if (is_trunk[vid])
				vlans.tagged[vlans.n_tagged++] = vid;
	} else if (vlans.untagged) {
		vlans.mode = "access";
	}
	*ret_vlans = vlans;
}

/* Fill the names that vnets give to VLANs into the cache. */
static int read_vnets(struct sb_stage_run *stage, json_t *cache, struct sb_error *err)
{
	json_t *names = NULL;
	int rc;

	if (json_object_get(cache, "vnets"))
		return 0;
	rc = sb_guest_vnet_names(stage, &names, err);
	if (!rc && json_object_set_new(cache, "vnets", names) < 0)
		rc = sb_fail(err, SB_E_NOMEM, "vnets: out of memory");
	return rc;
}

/* Report the vnets that have one VLAN: only the first one names it. */
static int report_vnets(struct sb_stage_run *stage, unsigned vid, const json_t *ids,
			struct sb_error *err)
{
	sb_autofree char *value =
		sb_guest_format("%u in VLAN group %s", vid, sb_run_vlan_group(stage));
	const json_t *id;
	size_t i;
	int rc = 0;

	if (json_array_size(ids) < 2)
		return 0;
	json_array_foreach (ids, i, id) {
		sb_autofree char *key = sb_guest_format("%s/vnet/%s", sb_run_endpoint(stage),
							json_string_value(id));

		rc = value && key ? sb_note_duplicate(stage, "VLAN", value, key) : SB_E_NOMEM;
		if (rc < 0)
			return sb_fail(err, rc, "VLAN %u: out of memory", vid);
	}
	return 0;
}

/* The name of a new VLAN: that of its vnet, else the default. People may rename it. */
static int demand_named(struct sb_stage_run *stage, json_t *cache, unsigned vid, const char *group,
			const char **ret_key, struct sb_error *err)
{
	const char *name = NULL;
	char number[16], title[24];
	const json_t *vnet;
	json_t *fields;
	int rc = read_vnets(stage, cache, err);

	if (rc < 0)
		return rc;
	snprintf(number, sizeof(number), "%u", vid);
	snprintf(title, sizeof(title), "VLAN %u", vid);
	vnet = json_object_get(json_object_get(cache, "vnets"), number);
	name = sb_json_str(vnet, "name");
	rc = report_vnets(stage, vid, json_object_get(vnet, "ids"), err);
	if (rc < 0)
		return rc;
	fields = json_pack("{s:{s:s},s:i,s:s,s:s}", "group", "$ref", group, "vid", (int)vid, "name",
			   name ? name : title, "status", "active");
	return fields ? sb_shared(stage, "vlan", fields, ret_key, err)
		      : sb_fail(err, SB_E_NOMEM, "VLAN %u: out of memory", vid);
}

/* Request a VLAN of the endpoint's group, and the group itself, so that no unused group is made. */
static int demand_vlan(struct sb_stage_run *stage, json_t *cache, unsigned vid,
		       const char **ret_key, struct sb_error *err)
{
	const char *name = sb_run_vlan_group(stage), *group, *key, *site;
	char number[16];
	int rc;

	snprintf(number, sizeof(number), "%u", vid);
	*ret_key = sb_json_str(cache, number);
	if (*ret_key)
		return 0;
	rc = sb_guest_demand_site(stage, &site, err);
	if (!rc)
		rc = sb_guest_demand(stage, "vlan-group", name, NULL,
				     site ? json_pack("{s:{s:s}}", "scope", "$ref", site)
					  : json_pack("{s:n}", "scope"),
				     &group, err);
	if (!rc)
		rc = demand_named(stage, cache, vid, group, &key, err);
	if (rc < 0)
		return rc;
	if (json_object_set_new(cache, number, json_string(key)) < 0)
		return sb_fail(err, SB_E_NOMEM, "VLAN %u: out of memory", vid);
	*ret_key = key;
	return 0;
}

int sb_guest_want_vlans(struct sb_stage_run *stage, struct sb_want *want, int64_t tag,
			const char *trunks, json_t *cache, struct sb_error *err)
{
	struct sb_guest_vlans rule;
	const char *key;
	unsigned i;
	int rc;

	sb_guest_vlans_of(tag, trunks, &rule);
	if (rule.mode)
		sb_want_str(want, "mode", rule.mode);
	else
		sb_want_null(want, "mode");
	if (rule.untagged) {
		rc = demand_vlan(stage, cache, rule.untagged, &key, err);
		if (rc < 0)
			return rc;
		sb_want_ref(want, "untagged_vlan", "vlan", key);
	} else {
		sb_want_null(want, "untagged_vlan");
	}
	sb_want_ref_add(want, "tagged_vlans", "vlan", NULL);
	for (i = 0; i < rule.n_tagged; i++) {
		rc = demand_vlan(stage, cache, rule.tagged[i], &key, err);
		if (rc < 0)
			return rc;
		sb_want_ref_add(want, "tagged_vlans", "vlan", key);
	}
	return 0;
}
