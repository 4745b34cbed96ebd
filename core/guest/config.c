/* SPDX-License-Identifier: Apache-2.0 */
/* One config as rows: the guest, its disks, its interfaces. */
#include "guest/guest_priv.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define MAX_MIB INT64_C(2147483647) /* of NetBox */

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

static int no_memory(const char *key, struct sb_error *err)
{
	return sb_fail(err, SB_E_NOMEM, "config of %s: out of memory", key);
}

static int bad_shape(const char *key, const char *name, struct sb_error *err)
{
	return sb_fail(err, SB_E_SHAPE, "config of %s: \"%s\" has a shape that is not known", key,
		       name);
}

/* Member that is text where it is at all; *ret_text NULL = absent. */
static int text_member(const struct sb_guest *guest, const char *name, const char **ret_text,
		       struct sb_error *err)
{
	const json_t *value = json_object_get(guest->config, name); /* borrowed */

	if (value && !json_is_null(value) && !json_is_string(value))
		return bad_shape(guest->key, name, err);
	*ret_text = json_string_value(value);
	return 0;
}

static int guest_row(const struct sb_run *run, const struct sb_guest_family *family,
		     const struct sb_guest *guest, json_t **ret_row, struct sb_error *err)
{
	const char *name = sb_json_str(guest->resource, "name"), *notes, *tags, *ostype, *in_config;
	sb_autojson *row = NULL, *tag_list = NULL, *metadata = NULL;
	char fallback[64];

	if (text_member(guest, "description", &notes, err) < 0 ||
	    text_member(guest, "tags", &tags, err) < 0 ||
	    text_member(guest, "ostype", &ostype, err) < 0 ||
	    text_member(guest, family->name_key, &in_config, err) < 0)
		return SB_E_SHAPE;
	snprintf(fallback, sizeof(fallback), "%s %u", family->type, guest->vmid);
	if (!name || !*name)
		name = in_config && *in_config ? in_config : fallback;
	tag_list = sb_guest_tags(tags ? tags : "");
	if (notes && sb_opt_bool(run, "notes_metadata"))
		metadata = sb_guest_metadata(guest->key, notes);
	row = json_pack("{s:s,s:s,s:I,s:s*,s:s*,s:s*,s:b,s:O,s:O*}", "name", name, "node",
			guest->node, "vmid", (json_int_t)guest->vmid, "status",
			sb_json_str(guest->resource, "status"), "notes", notes, "ostype", ostype,
			"onboot", sb_json_bool(guest->config, "onboot", false), "tags", tag_list,
			"metadata", metadata);
	if (!row)
		return no_memory(guest->key, err);
	*ret_row = sb_steal(row);
	return family->read_guest(guest, *ret_row, err);
}

/* Does the name of a member fit "scsi#" or "rootfs"? */
static bool fits(const char *name, const char *pattern)
{
	while (*pattern && *pattern != '#')
		if (*name++ != *pattern++)
			return false;
	if (!*pattern)
		return !*name;
	if (!isdigit((unsigned char)*name))
		return false;
	while (isdigit((unsigned char)*name))
		name++;
	return !*name;
}

static bool is_volume(const struct sb_guest_family *family, const char *name)
{
	const char *const *pattern;

	for (pattern = family->volumes; *pattern; pattern++)
		if (fits(name, *pattern))
			return true;
	return false;
}

/* CD-ROM and cloud-init drives are no disks. */
static bool is_removable(const json_t *props, const char *volume)
{
	const char *media = sb_json_str(props, "media");

	return !volume || !*volume || sb_streq(volume, "none") || sb_streq(volume, "cdrom") ||
	       (media && sb_streq(media, "cdrom"));
}

static json_t *disk_row(const char *name, const json_t *props, const char *volume)
{
	const char *size = sb_json_str(props, "size"), *skip = NULL;
	int64_t mib = 0;

	if (!size)
		skip = "its size is not known";
	else if (sb_guest_size_mib(size, &mib) < 0)
		skip = "its size cannot be read";
	else if (mib > MAX_MIB)
		skip = "it is larger than NetBox can say";
	return json_pack("{s:s,s:s,s:I,s:s*}", "name", name, "volume", volume, "size",
			 (json_int_t)mib, "skip", skip);
}

static int disk_rows(const struct sb_guest_family *family, const struct sb_guest *guest,
		     json_t *disks, struct sb_error *err)
{
	json_t *config = (json_t *)(uintptr_t)guest->config; /* borrowed, only iterated */
	const char *name, *volume;
	json_t *value; /* borrowed */

	json_object_foreach (config, name, value) {
		sb_autojson *props = NULL;

		if (!is_volume(family, name))
			continue;
		if (!json_is_string(value))
			return bad_shape(guest->key, name, err);
		props = sb_guest_props(json_string_value(value), family->volume_key);
		if (!props)
			return no_memory(guest->key, err);
		volume = sb_json_str(props, family->volume_key);
		if (is_removable(props, volume))
			continue;
		if (json_object_set_new(disks, name, disk_row(name, props, volume)) < 0)
			return no_memory(guest->key, err);
	}
	return 0;
}

/* What both grammars of a NIC share. */
static int common_nic(const struct sb_guest *guest, const char *id, const json_t *props,
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
			return no_memory(guest->key, err);
	if (!row)
		return no_memory(guest->key, err);
	*ret_row = sb_steal(row);
	return 0;
}

static int nic_rows(const struct sb_guest_family *family, const struct sb_guest *guest,
		    json_t *nics, struct sb_error *err)
{
	const char *text;
	unsigned index;
	char id[8];
	int rc;

	for (index = 0; index < SB_GUEST_MAX_NICS; index++) {
		sb_autojson *props = NULL, *row = NULL;

		sb_guest_nic_id(index, id);
		rc = text_member(guest, id, &text, err);
		if (rc < 0)
			return rc;
		if (!text || !*text)
			continue;
		props = sb_guest_props(text, family->nic_key);
		if (!props)
			return no_memory(guest->key, err);
		rc = common_nic(guest, id, props, &row, err);
		if (!rc)
			rc = family->read_nic(guest, index, props, row, err);
		if (rc < 0)
			return rc;
		if (json_object_set(nics, id, row) < 0)
			return no_memory(guest->key, err);
	}
	return 0;
}

/* The guest's row names its NICs, for who has only that. */
static int name_nics(json_t *row, json_t *nics)
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

static int put_all(struct sb_run *run, const char *source, const char *key, json_t *rows,
		   struct sb_error *err)
{
	const char *id;
	json_t *row; /* borrowed */
	int rc;

	json_object_foreach (rows, id, row) {
		rc = sb_row_put(run, source, json_incref(row), err, "%s/%s", key, id);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* The hardware addresses, where NetBox has them as objects of their own. */
static int put_macs(struct sb_run *run, const char *source, const char *key, json_t *nics,
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

int sb_guest_config_put(struct sb_run *run, const struct sb_guest_family *family,
			const struct sb_guest *guest, struct sb_error *err)
{
	sb_autojson *row = NULL, *disks = json_object(), *nics = json_object();
	struct sb_guest_sources sources;
	int rc;

	if (!disks || !nics)
		return no_memory(guest->key, err);
	if (!json_is_object(guest->config))
		return sb_fail(err, SB_E_SHAPE, "config of %s is no object", guest->key);
	rc = guest_row(run, family, guest, &row, err);
	if (!rc)
		rc = disk_rows(family, guest, disks, err);
	if (!rc)
		rc = nic_rows(family, guest, nics, err);
	if (rc < 0)
		return rc;
	if (name_nics(row, nics) < 0)
		return no_memory(guest->key, err);
	sb_guest_sources_init(&sources, family);
	rc = sb_row_put(run, sources.guest, sb_steal(row), err, "%s", guest->key);
	if (rc < 0)
		return rc;
	rc = put_all(run, sources.disk, guest->key, disks, err);
	if (rc >= 0)
		rc = put_all(run, sources.nic, guest->key, nics, err);
	return rc < 0 ? rc : put_macs(run, sources.mac, guest->key, nics, err);
}
