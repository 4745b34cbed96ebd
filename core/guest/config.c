/* SPDX-License-Identifier: Apache-2.0 */
/* Converts one config to rows: the guest and, with disks.c and nics.c, its parts. */
#include "guest/guest_priv.h"

#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int sb_guest_config_no_memory(const char *key, struct sb_error *err)
{
	return sb_fail(err, SB_E_NOMEM, "config of %s: out of memory", key);
}

int sb_guest_set_unknown(json_t *row, const char *field, const char *fmt, ...)
{
	json_t *unknown = json_object_get(row, "unknown"); /* borrowed */
	sb_autobuf why = SB_BUF_INIT(400);
	va_list ap;

	va_start(ap, fmt);
	sb_buf_addv(&why, fmt, ap);
	va_end(ap);
	if (!unknown) {
		unknown = json_object();
		if (json_object_set_new(row, "unknown", unknown) < 0)
			return SB_E_NOMEM;
	}
	return json_object_set_new(unknown, field, sb_json_text(sb_buf_str(&why), 300)) < 0
		       ? SB_E_NOMEM
		       : 0;
}

bool sb_guest_is_unknown_field(const json_t *row, const char *field)
{
	return json_object_get(json_object_get(row, "unknown"), field) != NULL;
}

#define MAX_TEXT_CHARS 8192 /* of notes, the longest text: Proxmox VE's own limit */

/* Proxmox VE ends notes with a line end that it does not count. */
static bool is_too_long(const char *text)
{
	const char *rest = text + sb_guest_cut(text, MAX_TEXT_CHARS);

	return rest[strspn(rest, "\r\n")] != '\0';
}

/* A text of the config: absent, usable, or of another type or too long, which makes the fields
 * unknown that come from it. *ret_text NULL = not usable. */
static int read_text(const struct sb_guest *guest, const char *name, json_t *row,
		     const char *const *fields, const char **ret_text)
{
	const json_t *value = json_object_get(guest->config, name); /* borrowed */
	const char *text = json_string_value(value);
	char why[120];
	int rc = 0;

	*ret_text = NULL;
	if (!value || json_is_null(value))
		return 0;
	if (text && !is_too_long(text)) {
		*ret_text = text;
		return 0;
	}
	if (text)
		snprintf(why, sizeof(why), "has more than %d characters, the limit of Proxmox VE",
			 MAX_TEXT_CHARS);
	else
		snprintf(why, sizeof(why), "is not a text");
	for (; !rc && *fields; fields++)
		rc = sb_guest_set_unknown(row, *fields, "\"%s\" of its config %s", name, why);
	return rc;
}

static int set_text(json_t *row, const char *name, const char *text)
{
	return text ? json_object_set_new(row, name, json_string(text)) : 0;
}

/* The tags as they are written; the diff knows whether their case counts. */
static int set_tags(const struct sb_stage_run *stage, json_t *row, const char *text)
{
	size_t max = (size_t)sb_opt_int(stage, "max_tags");
	json_t *tags = sb_guest_tags(text ? text : "", max + 1);

	if (json_array_size(tags) > max) {
		json_decref(tags);
		return sb_guest_set_unknown(
			row, "tags", "it has more tags than the option max_tags allows (%zu)", max);
	}
	return json_object_set_new(row, "tags", tags);
}

/* Set what is read from the texts of a config. */
static int set_texts(const struct sb_stage_run *stage, const struct sb_guest_family *family,
		     const struct sb_guest *guest, json_t *row)
{
	static const char *const notes_fields[] = {"description", "comments", NULL};
	static const char *const tags_fields[] = {"tags", NULL};
	static const char *const platform_fields[] = {"platform", NULL};
	static const char *const name_fields[] = {"name", NULL};
	const char *notes, *tags, *ostype, *name;
	int rc = read_text(guest, "description", row, notes_fields, &notes);

	if (!rc)
		rc = read_text(guest, "tags", row, tags_fields, &tags);
	if (!rc)
		rc = read_text(guest, "ostype", row, platform_fields, &ostype);
	if (!rc)
		rc = read_text(guest, family->name_key, row, name_fields, &name);
	if (rc < 0)
		return rc;
	if (notes && sb_opt_bool(stage, "notes_metadata")) {
		json_t *metadata = sb_guest_metadata(guest->key, notes);

		if (metadata && json_object_set_new(row, "metadata", metadata) < 0)
			return SB_E_NOMEM;
	}
	if (!sb_guest_is_unknown_field(row, "tags"))
		rc = set_tags(stage, row, tags);
	if (set_text(row, "notes", notes) < 0 || set_text(row, "ostype", ostype) < 0 ||
	    set_text(row, "name", name && *name ? name : NULL) < 0)
		rc = SB_E_NOMEM;
	return rc;
}

static int make_guest_row(const struct sb_stage_run *stage, const struct sb_guest_family *family,
			  const struct sb_guest *guest, json_t **ret_row, struct sb_error *err)
{
	const char *in_list = sb_json_str(guest->resource, "name");
	sb_autojson *row =
		json_pack("{s:s,s:I,s:s*,s:b}", "node", guest->node, "vmid",
			  (json_int_t)guest->vmid, "status", sb_json_str(guest->resource, "status"),
			  "onboot", sb_json_bool(guest->config, "onboot", false));
	char fallback[64];
	int rc;

	if (!row || set_texts(stage, family, guest, row) < 0)
		return sb_guest_config_no_memory(guest->key, err);
	rc = family->read_guest(guest, row, err);
	if (rc < 0)
		return rc;
	/* The list of guests may be minutes old, so its name is used only when the config has none.
	 */
	snprintf(fallback, sizeof(fallback), "%s %u", family->type, guest->vmid);
	if (!sb_json_str(row, "name") &&
	    set_text(row, "name", in_list && *in_list ? in_list : fallback) < 0)
		return sb_guest_config_no_memory(guest->key, err);
	*ret_row = sb_steal(row);
	return 0;
}

/* Put the rows of parts. A text instead of a row is the reason why that part is unknown. */
static int put_rows(struct sb_stage_run *stage, const char *source, const char *key, json_t *rows,
		    struct sb_error *err)
{
	const char *id;
	json_t *row; /* borrowed */
	int rc;

	json_object_foreach (rows, id, row) {
		rc = json_is_string(row)
			     ? sb_guest_part_unknown(stage, source, key, id, json_string_value(row))
			     : sb_row_put(stage, source, json_incref(row), err, "%s/%s", key, id);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int sb_guest_part_unknown(struct sb_stage_run *stage, const char *source, const char *key,
			  const char *tail, const char *why)
{
	sb_autofree char *prefix = sb_guest_format("%s/%s", key, tail);
	struct sb_error error = SB_ERROR_INIT;

	if (!prefix)
		return SB_E_NOMEM;
	sb_fail(&error, SB_E_SHAPE, "%s", why);
	return sb_rows_unknown(stage, source, prefix, &error);
}

/* Each disk is a row in NetBox: above the limit none is written, and those in NetBox stay. */
static int put_disks(struct sb_stage_run *stage, const struct sb_guest_sources *sources,
		     const char *key, json_t *disks, struct sb_error *err)
{
	size_t n = json_object_size(disks), max = (size_t)sb_opt_int(stage, "max_disks");
	char why[160];

	if (n <= max)
		return put_rows(stage, sources->disk, key, disks, err);
	snprintf(why, sizeof(why),
		 "it has %zu disks, more than the option max_disks allows (%zu): its disks in "
		 "NetBox do not change",
		 n, max);
	return sb_guest_part_unknown(stage, sources->disk, key, "", why);
}

int sb_guest_name_put(struct sb_stage_run *stage, const struct sb_guest_family *family,
		      const struct sb_guest *guest, struct sb_error *err)
{
	const char *name = sb_json_str(guest->config, family->name_key);
	const char *in_list = sb_json_str(guest->resource, "name");
	int rc;

	if (!name || !*name || (in_list && sb_streq(in_list, name)))
		return 0;
	rc = sb_row_put(stage, "guest-name", json_pack("{s:s}", "name", name), err, "%s",
			guest->key);
	return rc < 0 ? rc : 0;
}

int sb_guest_config_put(struct sb_stage_run *stage, const struct sb_guest_family *family,
			const struct sb_guest *guest, struct sb_error *err)
{
	sb_autojson *row = NULL, *disks = json_object(), *nics = json_object();
	struct sb_guest_sources sources;
	int rc;

	if (!disks || !nics)
		return sb_guest_config_no_memory(guest->key, err);
	rc = make_guest_row(stage, family, guest, &row, err);
	if (!rc)
		rc = sb_guest_disk_rows(family, guest, disks, err);
	if (!rc)
		rc = sb_guest_nic_rows(family, guest, nics, err);
	if (rc < 0)
		return rc;
	if (sb_guest_nics_list(row, nics) < 0)
		return sb_guest_config_no_memory(guest->key, err);
	sb_guest_sources_init(&sources, family);
	rc = sb_row_put(stage, sources.guest, sb_steal(row), err, "%s", guest->key);
	if (rc < 0)
		return rc;
	rc = put_disks(stage, &sources, guest->key, disks, err);
	if (rc >= 0)
		rc = put_rows(stage, sources.nic, guest->key, nics, err);
	return rc < 0 ? rc : sb_guest_nics_put(stage, &sources, guest->key, nics, err);
}
