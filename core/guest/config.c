/* SPDX-License-Identifier: Apache-2.0 */
/* Converts one config to rows: the guest and, with disks.c and nics.c, its parts. */
#include "guest/guest_priv.h"

#include <stdio.h>
#include <string.h>

int sb_guest_config_no_memory(const char *key, struct sb_error *err)
{
	return sb_fail(err, SB_E_NOMEM, "config of %s: out of memory", key);
}

int sb_guest_config_not_string(const char *key, const char *name, struct sb_error *err)
{
	return sb_fail(err, SB_E_SHAPE, "config of %s: \"%s\" is not a string", key, name);
}

int sb_guest_config_text(const struct sb_guest *guest, const char *name, const char **ret_text,
			 struct sb_error *err)
{
	const json_t *value = json_object_get(guest->config, name); /* borrowed */

	if (value && !json_is_null(value) && !json_is_string(value))
		return sb_guest_config_not_string(guest->key, name, err);
	*ret_text = json_string_value(value);
	return 0;
}

static int make_guest_row(const struct sb_run *run, const struct sb_guest_family *family,
			  const struct sb_guest *guest, json_t **ret_row, struct sb_error *err)
{
	const char *name = sb_json_str(guest->resource, "name"), *notes, *tags, *ostype, *in_config;
	sb_autojson *row = NULL, *tag_list = NULL, *metadata = NULL;
	char fallback[64];

	if (sb_guest_config_text(guest, "description", &notes, err) < 0 ||
	    sb_guest_config_text(guest, "tags", &tags, err) < 0 ||
	    sb_guest_config_text(guest, "ostype", &ostype, err) < 0 ||
	    sb_guest_config_text(guest, family->name_key, &in_config, err) < 0)
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
		return sb_guest_config_no_memory(guest->key, err);
	*ret_row = sb_steal(row);
	return family->read_guest(guest, *ret_row, err);
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

int sb_guest_config_put(struct sb_run *run, const struct sb_guest_family *family,
			const struct sb_guest *guest, struct sb_error *err)
{
	sb_autojson *row = NULL, *disks = json_object(), *nics = json_object();
	struct sb_guest_sources sources;
	int rc;

	if (!disks || !nics)
		return sb_guest_config_no_memory(guest->key, err);
	if (!json_is_object(guest->config))
		return sb_fail(err, SB_E_SHAPE, "config of %s is not a JSON object", guest->key);
	rc = make_guest_row(run, family, guest, &row, err);
	if (!rc)
		rc = sb_guest_disk_rows(family, guest, disks, err);
	if (!rc)
		rc = sb_guest_nic_rows(family, guest, nics, err);
	if (rc < 0)
		return rc;
	if (sb_guest_nics_list(row, nics) < 0)
		return sb_guest_config_no_memory(guest->key, err);
	sb_guest_sources_init(&sources, family);
	rc = sb_row_put(run, sources.guest, sb_steal(row), err, "%s", guest->key);
	if (rc < 0)
		return rc;
	rc = put_rows(run, sources.disk, guest->key, disks, err);
	if (rc >= 0)
		rc = put_rows(run, sources.nic, guest->key, nics, err);
	return rc < 0 ? rc : sb_guest_macs_put(run, sources.mac, guest->key, nics, err);
}
