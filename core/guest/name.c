/* SPDX-License-Identifier: Apache-2.0 */
/* Makes names of guests unique in a cluster: who has a name in NetBox keeps it. */
#include "guest/guest_priv.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t sb_guest_cut(const char *text, size_t max_chars)
{
	size_t len = 0;

	for (; text[len]; len++) {
		if (((unsigned char)text[len] & 0xc0) == 0x80)
			continue;
		if (!max_chars--)
			break;
	}
	return len;
}

size_t sb_guest_name_len(const char *name, size_t max_chars)
{
	size_t len = sb_guest_cut(name, max_chars);

	while (name[len] && len && strchr(". \t", name[len - 1]))
		len--;
	return len;
}

/* The form in which NetBox compares names: cut to its length, lower case; caller frees. */
static char *fold_name(const char *name)
{
	size_t len = sb_guest_name_len(name, SB_GUEST_NAME_CHARS), i;
	char *copy = strndup(name, len);

	for (i = 0; copy && i < len; i++)
		copy[i] = (char)tolower((unsigned char)copy[i]);
	return copy;
}

/* Has NetBox this guest under the name already? */
static bool has_name_now(const struct sb_stage_run *stage, const char *key, const char *fold)
{
	sb_autofree char *now = sb_owned_text(stage, "vm", key, "name");
	sb_autofree char *now_fold = now ? fold_name(now) : NULL;

	return now_fold && sb_streq(now_fold, fold);
}

struct names {
	json_t *owners; /* {"<lower case>": vmid}; borrowed */
	json_t *held;   /* {"<lower case>": true}: the owner has the name in NetBox; borrowed */
};

/* The guest that has the name in NetBox keeps it; of several, or of those that do not have it, the
 * one with the lowest VMID. */
static int note_holder(struct names *names, const char *fold, int64_t vmid, bool has_now)
{
	bool is_held = json_object_get(names->held, fold) != NULL;
	int64_t owner;

	if (is_held && !has_now)
		return 0;
	if (is_held == has_now && !sb_json_int(names->owners, fold, &owner) && owner <= vmid)
		return 0;
	if (json_object_set_new(names->owners, fold, json_integer(vmid)) < 0 ||
	    (has_now && json_object_set_new(names->held, fold, json_true()) < 0))
		return SB_E_NOMEM;
	return 0;
}

/* A guest that the source does not name keeps the name that it has in NetBox. */
static int note_kept(struct sb_stage_run *stage, struct names *names, const char *key, int64_t vmid)
{
	sb_autofree char *now = sb_owned_text(stage, "vm", key, "name");
	sb_autofree char *fold = now && *now ? fold_name(now) : NULL;

	return fold ? note_holder(names, fold, vmid, true) : 0;
}

/* The name in a config that was read is newer than the one in the list of guests. The list has no
 * name while the node of a guest is offline, or before pvestatd has reported it. */
static int note_name(struct sb_stage_run *stage, const char *key, const json_t *row, void *arg,
		     struct sb_error *err)
{
	sb_autojson *read = sb_row_get(stage, "guest-name", key);
	const char *name = sb_json_str(read ? read : row, "name");
	sb_autofree char *fold = NULL;
	int64_t vmid;
	int rc;

	if (sb_json_int(row, "vmid", &vmid) < 0)
		return 0;
	if (!name || !*name) {
		rc = note_kept(stage, arg, key, vmid);
	} else {
		fold = fold_name(name);
		rc = fold ? note_holder(arg, fold, vmid, has_name_now(stage, key, fold))
			  : SB_E_NOMEM;
	}
	return rc < 0 ? sb_fail(err, rc, "names of guests: out of memory") : 0;
}

/* The token may not see the guest: "lab/103", of either family. */
static int note_hidden(struct sb_stage_run *stage, const char *key, const json_t *row, void *arg,
		       struct sb_error *err)
{
	static const char *const families[] = {"qemu", "lxc"};
	const char *number = strrchr(key, '/') + 1;
	size_t i;

	(void)row;
	for (i = 0; i < SB_ARRAY_LEN(families); i++) {
		sb_autofree char *guest =
			sb_guest_format("%s/%s/%s", sb_run_endpoint(stage), families[i], number);

		if (!guest || note_kept(stage, arg, guest, strtoll(number, NULL, 10)) < 0)
			return sb_fail(err, SB_E_NOMEM, "names of guests: out of memory");
	}
	return 0;
}

int sb_guest_names(struct sb_stage_run *stage, json_t **ret_names, struct sb_error *err)
{
	sb_autojson *owners = json_object(), *held = json_object();
	struct names names = {.owners = owners, .held = held};
	int rc;

	if (!owners || !held)
		return sb_fail(err, SB_E_NOMEM, "names of guests: out of memory");
	rc = sb_rows_each(stage, "resource", "", note_name, &names, err);
	if (!rc)
		rc = sb_rows_each(stage, "resource-hidden", "", note_hidden, &names, err);
	if (rc < 0)
		return rc;
	*ret_names = sb_steal(owners);
	return 0;
}

char *sb_guest_unique_name(const json_t *names, const char *name, uint32_t vmid)
{
	sb_autofree char *fold = fold_name(name);
	char suffix[16];
	int64_t owner;
	size_t len;
	char *unique;
	int n;

	if (!fold)
		return NULL;
	if (sb_json_int(names, fold, &owner) < 0 || owner == vmid)
		return strndup(name, sb_guest_name_len(name, SB_GUEST_NAME_CHARS));
	n = snprintf(suffix, sizeof(suffix), " (%u)", vmid);
	len = sb_guest_name_len(name, SB_GUEST_NAME_CHARS - (size_t)n);
	unique = malloc(len + (size_t)n + 1);
	if (!unique)
		return NULL;
	memcpy(unique, name, len);
	memcpy(unique + len, suffix, (size_t)n + 1);
	return unique;
}
