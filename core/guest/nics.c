/* SPDX-License-Identifier: Apache-2.0 */
/* Converts the NICs of a config to rows. */
#include "guest/guest_priv.h"

#include <ctype.h>

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

/* Read the properties that NICs of both families have. */
static int make_nic_row(const struct sb_guest *guest, const char *id, const json_t *props,
			json_t **ret_row, struct sb_error *err)
{
	static const char *const numbers[] = {"tag", "mtu"};
	sb_autojson *row =
		json_pack("{s:s,s:s,s:s*,s:s*,s:b}", "name", id, "node", guest->node, "bridge",
			  sb_json_str(props, "bridge"), "trunks", sb_json_str(props, "trunks"),
			  "link_down", sb_json_bool(props, "link_down", false));
	int64_t number;
	size_t i;

	for (i = 0; row && i < SB_ARRAY_LEN(numbers); i++)
		if (!sb_json_int(props, numbers[i], &number) &&
		    json_object_set_new(row, numbers[i], json_integer(number)) < 0)
			return sb_guest_config_no_memory(guest->key, err);
	if (!row)
		return sb_guest_config_no_memory(guest->key, err);
	*ret_row = sb_steal(row);
	return 0;
}

int sb_guest_nic_rows(const struct sb_guest_family *family, const struct sb_guest *guest,
		      json_t *nics, struct sb_error *err)
{
	const char *text;
	unsigned index;
	char id[8];
	int rc;

	for (index = 0; index < SB_GUEST_MAX_NICS; index++) {
		sb_autojson *props = NULL, *row = NULL;

		sb_guest_nic_id(index, id);
		rc = sb_guest_config_text(guest, id, &text, err);
		if (rc < 0)
			return rc;
		if (!text || !*text)
			continue;
		props = sb_guest_props(text, family->nic_key);
		if (!props)
			return sb_guest_config_no_memory(guest->key, err);
		rc = make_nic_row(guest, id, props, &row, err);
		if (!rc)
			rc = family->read_nic(guest, index, props, row, err);
		if (rc < 0)
			return rc;
		if (json_object_set(nics, id, row) < 0)
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
		if (!rc)
			rc = json_array_append_new(ids, json_string(id));
	if (json_object_set_new(row, "nics", ids) < 0)
		rc = -1;
	return rc;
}

int sb_guest_macs_put(struct sb_run *run, const char *source, const char *key, json_t *nics,
		      struct sb_error *err)
{
	const char *id;
	json_t *nic; /* borrowed */
	int rc;

	if (!sb_kind_available(run, "mac-address"))
		return 0;
	json_object_foreach (nics, id, nic) {
		const char *mac = sb_json_str(nic, "mac");

		if (!mac)
			continue;
		rc = sb_row_put(run, source, json_pack("{s:s}", "mac", mac), err, "%s/%s/mac", key,
				id);
		if (rc < 0)
			return rc;
	}
	return 0;
}
