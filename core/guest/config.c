/* SPDX-License-Identifier: Apache-2.0 */
/* Converts one config to rows: the guest, its disks, its interfaces. */
#include "guest/guest_priv.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define MAX_MIB INT64_C(2147483647) /* NetBox's limit */

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

static int fail_not_string(const char *key, const char *name, struct sb_error *err)
{
	return sb_fail(err, SB_E_SHAPE, "config of %s: \"%s\" is not a string", key, name);
}

/* Read an optional string member; *ret_text NULL = absent. */
static int read_text(const struct sb_guest *guest, const char *name, const char **ret_text,
		     struct sb_error *err)
{
	const json_t *value = json_object_get(guest->config, name); /* borrowed */

	if (value && !json_is_null(value) && !json_is_string(value))
		return fail_not_string(guest->key, name, err);
	*ret_text = json_string_value(value);
	return 0;
}

static int make_guest_row(const struct sb_run *run, const struct sb_guest_family *family,
			  const struct sb_guest *guest, json_t **ret_row, struct sb_error *err)
{
	const char *name = sb_json_str(guest->resource, "name"), *notes, *tags, *ostype, *in_config;
	sb_autojson *row = NULL, *tag_list = NULL, *metadata = NULL;
	char fallback[64];

	if (read_text(guest, "description", &notes, err) < 0 ||
	    read_text(guest, "tags", &tags, err) < 0 ||
	    read_text(guest, "ostype", &ostype, err) < 0 ||
	    read_text(guest, family->name_key, &in_config, err) < 0)
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

/* Does the name of a member match "scsi#" or "rootfs"? */
static bool matches_pattern(const char *name, const char *pattern)
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
		if (matches_pattern(name, *pattern))
			return true;
	return false;
}

/* CD-ROM and cloud-init drives do not count as disks. */
static bool is_removable(const json_t *props, const char *volume)
{
	const char *media = sb_json_str(props, "media");

	return !volume || !*volume || sb_streq(volume, "none") || sb_streq(volume, "cdrom") ||
	       (media && sb_streq(media, "cdrom"));
}

static json_t *make_disk_row(const char *name, const json_t *props, const char *volume)
{
	const char *size = sb_json_str(props, "size"), *skip = NULL;
	int64_t mib = 0;

	if (!size)
		skip = "the config does not contain its size";
	else if (sb_guest_size_mib(size, &mib) < 0)
		skip = "its size is not valid";
	else if (mib > MAX_MIB)
		skip = "it is larger than NetBox can store";
	return json_pack("{s:s,s:s,s:I,s:s*}", "name", name, "volume", volume, "size",
			 (json_int_t)mib, "skip", skip);
}

static int make_disk_rows(const struct sb_guest_family *family, const struct sb_guest *guest,
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
			return fail_not_string(guest->key, name, err);
		props = sb_guest_props(json_string_value(value), family->volume_key);
		if (!props)
			return no_memory(guest->key, err);
		volume = sb_json_str(props, family->volume_key);
		if (is_removable(props, volume))
			continue;
		if (json_object_set_new(disks, name, make_disk_row(name, props, volume)) < 0)
			return no_memory(guest->key, err);
	}
	return 0;
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
			return no_memory(guest->key, err);
	if (!row)
		return no_memory(guest->key, err);
	*ret_row = sb_steal(row);
	return 0;
}

static int make_nic_rows(const struct sb_guest_family *family, const struct sb_guest *guest,
			 json_t *nics, struct sb_error *err)
{
	const char *text;
	unsigned index;
	char id[8];
	int rc;

	for (index = 0; index < SB_GUEST_MAX_NICS; index++) {
		sb_autojson *props = NULL, *row = NULL;

		sb_guest_nic_id(index, id);
		rc = read_text(guest, id, &text, err);
		if (rc < 0)
			return rc;
		if (!text || !*text)
			continue;
		props = sb_guest_props(text, family->nic_key);
		if (!props)
			return no_memory(guest->key, err);
		rc = make_nic_row(guest, id, props, &row, err);
		if (!rc)
			rc = family->read_nic(guest, index, props, row, err);
		if (rc < 0)
			return rc;
		if (json_object_set(nics, id, row) < 0)
			return no_memory(guest->key, err);
	}
	return 0;
}

/* List the NICs in the row of the guest, so that readers need not search all interface rows. */
static int list_nics(json_t *row, json_t *nics)
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

static int put_rows(struct sb_run *run, const char *source, const char *key, json_t *rows,
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

/* Put rows for MAC addresses if they are separate objects in this NetBox (up to 4.6). */
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
		return sb_fail(err, SB_E_SHAPE, "config of %s is not a JSON object", guest->key);
	rc = make_guest_row(run, family, guest, &row, err);
	if (!rc)
		rc = make_disk_rows(family, guest, disks, err);
	if (!rc)
		rc = make_nic_rows(family, guest, nics, err);
	if (rc < 0)
		return rc;
	if (list_nics(row, nics) < 0)
		return no_memory(guest->key, err);
	sb_guest_sources_init(&sources, family);
	rc = sb_row_put(run, sources.guest, sb_steal(row), err, "%s", guest->key);
	if (rc < 0)
		return rc;
	rc = put_rows(run, sources.disk, guest->key, disks, err);
	if (rc >= 0)
		rc = put_rows(run, sources.nic, guest->key, nics, err);
	return rc < 0 ? rc : put_macs(run, sources.mac, guest->key, nics, err);
}
