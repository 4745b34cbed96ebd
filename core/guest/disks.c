/* SPDX-License-Identifier: Apache-2.0 */
/* Converts the drives and volumes of a config to rows. */
#include "guest/guest_priv.h"

#include <ctype.h>

#define MAX_MIB INT64_C(2147483647) /* NetBox's limit */

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

/* The row of a disk, or the reason why the disk is unknown. */
static json_t *make_disk_row(const char *name, const json_t *props, const char *volume)
{
	const char *size = sb_json_str(props, "size"), *skip = NULL;
	int64_t mib = 0;

	if (size && sb_guest_size_mib(size, &mib) < 0)
		return json_sprintf("the size of disk %s is not valid: \"%.40s\"", name, size);
	if (!size)
		skip = "the config does not contain its size";
	else if (!mib)
		skip = "its size is 0, which means no limit: NetBox needs a size";
	else if (mib > MAX_MIB)
		skip = "it is larger than NetBox can store";
	return json_pack("{s:s,s:s,s:I,s:s*}", "name", name, "volume", volume, "size",
			 (json_int_t)mib, "skip", skip);
}

int sb_guest_disk_rows(const struct sb_guest_family *family, const struct sb_guest *guest,
		       json_t *disks, struct sb_error *err)
{
	json_t *config = (json_t *)(uintptr_t)guest->config; /* borrowed, only iterated */
	const char *name, *volume;
	json_t *value; /* borrowed */

	json_object_foreach (config, name, value) {
		sb_autojson *props = NULL;

		if (!is_volume(family, name))
			continue;
		if (!json_is_string(value)) {
			if (json_object_set_new(disks, name,
						json_sprintf("disk %s of its config is not a "
							     "text",
							     name)) < 0)
				return sb_guest_config_no_memory(guest->key, err);
			continue;
		}
		props = sb_guest_props(json_string_value(value), family->volume_key);
		if (!props)
			return sb_guest_config_no_memory(guest->key, err);
		volume = sb_json_str(props, family->volume_key);
		if (is_removable(props, volume))
			continue;
		if (json_object_set_new(disks, name, make_disk_row(name, props, volume)) < 0)
			return sb_guest_config_no_memory(guest->key, err);
	}
	return 0;
}
