/* SPDX-License-Identifier: Apache-2.0 */
/* Converts the NICs of a config to rows. */
#include "guest/guest_priv.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define MAX_VID 4094

unsigned sb_guest_nic_index(const char *id)
{
	unsigned index = 0;

	if (!sb_starts_with(id, "net") || !isdigit((unsigned char)id[3]))
		return SB_GUEST_MAX_NICS;
	for (id += 3; isdigit((unsigned char)*id); id++) {
		index = index * 10 + (unsigned)(*id - '0');
		if (index >= SB_GUEST_MAX_NICS)
			return SB_GUEST_MAX_NICS;
	}
	return *id ? SB_GUEST_MAX_NICS : index;
}

/* Read a number of a NIC. One that is not valid makes the fields unknown that come from it. */
static int set_number(json_t *row, const json_t *props, const char *name, int64_t max,
		      const char *const *fields)
{
	const char *text = sb_json_str(props, name);
	int64_t number = 0;
	int rc = 0;

	if (!text || !*text)
		return 0;
	if (!sb_json_int(props, name, &number) && number >= 0 && number <= max)
		return json_object_set_new(row, name, json_integer(number));
	for (; !rc && *fields; fields++)
		rc = sb_guest_set_unknown(row, *fields, "%s is not valid: \"%.40s\"", name, text);
	return rc;
}

/* Read the properties that NICs of both families have. */
static json_t *make_nic_row(const struct sb_guest *guest, const char *id, const json_t *props)
{
	static const char *const vlan_fields[] = {"mode", "untagged_vlan", "tagged_vlans", NULL};
	static const char *const mtu_fields[] = {"mtu", NULL};
	const char *link = sb_json_str(props, "link_down");
	sb_autojson *row =
		json_pack("{s:s,s:s,s:s*,s:s*,s:b}", "name", id, "node", guest->node, "bridge",
			  sb_json_str(props, "bridge"), "trunks", sb_json_str(props, "trunks"),
			  "link_down", sb_json_bool(props, "link_down", false));

	if (!row || set_number(row, props, "tag", MAX_VID, vlan_fields) < 0 ||
	    set_number(row, props, "mtu", SB_GUEST_MAX_MTU, mtu_fields) < 0)
		return NULL;
	/* The two defaults differ only for a text that is not a boolean. */
	if (link &&
	    sb_json_bool(props, "link_down", false) != sb_json_bool(props, "link_down", true) &&
	    sb_guest_set_unknown(row, "enabled", "link_down is not valid: \"%.40s\"", link) < 0)
		return NULL;
	return sb_steal(row);
}

/* Make the MAC address canonical. One that is not valid costs the address, not the NIC. */
static int check_mac(json_t *row)
{
	const char *text = sb_json_str(row, "mac");
	char mac[18];
	int rc;

	if (!text)
		return 0;
	if (sb_guest_mac(text, mac))
		return json_object_set_new(row, "mac", json_string(mac));
	rc = sb_guest_set_unknown(row, "mac_address", "its MAC address is not valid: \"%.40s\"",
				  text);
	json_object_del(row, "mac");
	return rc;
}

/* The row of a NIC, or the reason why the NIC is unknown. */
static int make_nic(const struct sb_guest_family *family, const struct sb_guest *guest,
		    unsigned index, const char *id, const char *text, json_t **ret_row,
		    struct sb_error *err)
{
	sb_autojson *props = sb_guest_props(text, family->nic_key);
	sb_autojson *row = props ? make_nic_row(guest, id, props) : NULL;
	struct sb_error why = SB_ERROR_INIT;
	int rc;

	if (!row)
		return sb_guest_config_no_memory(guest->key, err);
	rc = family->read_nic(guest, index, props, row, &why);
	if (rc == SB_E_SHAPE) {
		*ret_row = sb_json_text(why.text, sizeof(why.text));
		return *ret_row ? 0 : sb_guest_config_no_memory(guest->key, err);
	}
	if (rc < 0 || check_mac(row) < 0)
		return sb_guest_config_no_memory(guest->key, err);
	*ret_row = sb_steal(row);
	return 0;
}

/* Proxmox VE takes two NICs of one name, NetBox does not: the first one in order keeps the name,
 * the other becomes "eth0 (net1)". The guest reports its addresses under the name inside. */
static int make_name_unique(json_t *row, const char *id, json_t *names)
{
	const char *name = sb_json_str(row, "name");
	sb_autofree char *title =
		strndup(name ? name : id, sb_guest_name_len(name ? name : id, SB_GUEST_NAME_CHARS));
	sb_autofree char *other = NULL;
	int rc = 0;

	if (!title)
		return SB_E_NOMEM;
	if (json_object_get(names, title)) {
		other = sb_guest_format(
			"%.*s (%s)",
			(int)sb_guest_name_len(title, SB_GUEST_NAME_CHARS - strlen(id) - 3), title,
			id);
		if (!other)
			return SB_E_NOMEM;
	}
	if (name && !sb_streq(name, id))
		rc = json_object_set_new(row, "inside", json_string(name));
	if (!rc)
		rc = json_object_set_new(names, other ? other : title, json_true());
	return rc ? rc : json_object_set_new(row, "name", json_string(other ? other : title));
}

int sb_guest_nic_rows(const struct sb_guest_family *family, const struct sb_guest *guest,
		      json_t *nics, struct sb_error *err)
{
	sb_autojson *names = json_object();
	unsigned index;
	char id[8];

	for (index = 0; index < SB_GUEST_MAX_NICS; index++) {
		const json_t *value; /* borrowed */
		json_t *row = NULL;
		int rc = 0;

		sb_guest_nic_id(index, id);
		value = json_object_get(guest->config, id);
		if (!value || json_is_null(value) ||
		    (json_is_string(value) && !json_string_length(value)))
			continue;
		if (json_is_string(value))
			rc = make_nic(family, guest, index, id, json_string_value(value), &row,
				      err);
		else
			row = json_sprintf("NIC %s of its config is not a text", id);
		if (rc < 0)
			return rc;
		if (json_object_set_new(nics, id, row) < 0 ||
		    (json_is_object(row) && make_name_unique(row, id, names) < 0))
			return sb_guest_config_no_memory(guest->key, err);
	}
	return 0;
}

int sb_guest_nics_list(json_t *row, json_t *nics)
{
	json_t *ids = json_array(), *nic; /* nic borrowed */
	const char *id;
	int rc = 0;

	json_object_foreach (nics, id, nic)
		if (!rc && json_is_object(nic))
			rc = json_array_append_new(ids, json_string(id));
	if (json_object_set_new(row, "nics", ids) < 0)
		rc = -1;
	return rc;
}

/* Declare that all is unknown that depends on an unknown NIC or MAC address: the addresses, which
 * are found by it, and up to NetBox 4.6 the object of the MAC address. */
static int put_unknown(struct sb_stage_run *stage, const struct sb_guest_sources *sources,
		       const char *key, const char *id, const char *why)
{
	char tail[32];
	int rc;

	snprintf(tail, sizeof(tail), "%s/", id);
	rc = sb_guest_part_unknown(stage, sources->address, key, tail, why);
	if (rc < 0 || !sb_kind_available(stage, "mac-address"))
		return rc;
	snprintf(tail, sizeof(tail), "%s/mac", id);
	return sb_guest_part_unknown(stage, sources->mac, key, tail, why);
}

int sb_guest_nics_put(struct sb_stage_run *stage, const struct sb_guest_sources *sources,
		      const char *key, json_t *nics, struct sb_error *err)
{
	const char *id;
	json_t *nic; /* borrowed */
	int rc = 0;

	json_object_foreach (nics, id, nic) {
		const char *mac = sb_json_str(nic, "mac"), *why = json_string_value(nic);

		if (!why)
			why = sb_json_str(json_object_get(nic, "unknown"), "mac_address");
		if (why)
			rc = put_unknown(stage, sources, key, id, why);
		else if (mac && sb_kind_available(stage, "mac-address"))
			rc = sb_row_put(stage, sources->mac, json_pack("{s:s}", "mac", mac), err,
					"%s/%s/mac", key, id);
		if (rc < 0)
			return rc;
	}
	return 0;
}
