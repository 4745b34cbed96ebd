/* SPDX-License-Identifier: Apache-2.0 */
/* Stage ceph.flags: what an administrator switches for all OSDs, like noout. */
#include "ceph.h"

#include <stdio.h>
#include <string.h>

#include "stagebox/conf.h"
#include "stagebox/pve.h"
#include "stagebox/snap.h"

static const char *const sources[] = {CEPH_FLAG, NULL};
static const struct ceph_list flag_list = {.what = "list of Ceph flags", .sources = sources};

/* All that Proxmox VE lists (PVE/API2/Cluster/Ceph.pm), and the word for it in the tree of OSDs. */
static const struct {
	const char *name, *word;
} flags[] = {
	{"nobackfill", "nobackfill"},
	{"nodeep-scrub", "nodeep-scrub"},
	{"nodown", "nodown"},
	{"noin", "noin"},
	{"noout", "noout"},
	{"norebalance", "norebalance"},
	{"norecover", "norecover"},
	{"noscrub", "noscrub"},
	{"notieragent", "notieragent"},
	{"noup", "noup"},
	{"pause", "pauserd"},
};

/* enabled_take: NULL = it is not known */
static int put_flag(struct sb_stage_run *stage, const char *name, json_t *enabled_take,
		    const json_t *from, struct sb_error *err)
{
	const char *value = json_is_true(enabled_take) ? "1" : "0";
	const struct ceph_object object = {
		.kind = CEPH_FLAG,
		.id = name,
		.fields = json_pack("{s:s, s:s*, s:o*}", "name", name, "value",
				    enabled_take ? value : NULL, "enabled", enabled_take),
		.from = from,
	};

	return ceph_put_object(stage, &object, err);
}

static int put_item(struct sb_stage_run *stage, const struct ceph_list *list, const json_t *item,
		    struct sb_error *err)
{
	(void)list;
	return put_flag(stage, sb_json_str(item, "name"), ceph_bool(item, "value"), item, err);
}

static int read_flags(struct sb_stage_run *stage, const json_t *data, struct sb_error *err)
{
	int rc;

	if (!json_array_size(data)) /* it has those that are not set, too */
		return ceph_note_unread(stage, &flag_list, NULL, err);
	rc = ceph_put_items(stage, &flag_list, data, "name", put_item, err);
	return rc < 0 ? rc : sb_rows_read(stage, CEPH_FLAG);
}

/* "noout,sortbitwise,recovery_deletes": is a word in it? */
static bool has_word(const char *list, const char *word)
{
	size_t len = strlen(word), part;

	for (; *list; list += part + (list[part] == ',')) {
		part = strcspn(list, ",");
		if (part == len && sb_starts_with(list, word))
			return true;
	}
	return false;
}

/* The node that the session is connected to answers, and may be without Ceph: then the tree of
 * OSDs, which another node sent, says which flags are set. */
static int read_set_flags(struct sb_stage_run *stage, const json_t *set, struct sb_error *err)
{
	size_t i;
	int rc = 0;

	for (i = 0; !rc && i < SB_ARRAY_LEN(flags); i++) {
		sb_autojson *from = json_pack("{s:s}", "name", flags[i].name);

		rc = put_flag(stage, flags[i].name,
			      json_boolean(has_word(sb_json_str(set, "flags"), flags[i].word)),
			      from, err);
	}
	return rc < 0 ? rc : sb_rows_read(stage, CEPH_FLAG);
}

static int on_flags(struct sb_stage_run *stage, const char *key, const json_t *data,
		    const struct sb_error *why, void *arg, struct sb_error *err)
{
	sb_autojson *set = NULL;

	(void)arg;
	if (json_is_array(data))
		return read_flags(stage, data, err);
	if (why && ceph_is_absence(why))
		set = sb_row_get(stage, CEPH_SET_FLAGS, key);
	return set ? read_set_flags(stage, set, err)
		   : ceph_note_unread(stage, &flag_list, why, err);
}

static int note_no_right(struct sb_stage_run *stage, struct sb_error *err)
{
	struct sb_error why = SB_ERROR_INIT;

	sb_fail(&why, SB_E_FORBIDDEN, "the token needs Sys.Audit on / to read the flags of Ceph");
	return sb_rows_limited(stage, CEPH_FLAG, "", &why) < 0
		       ? sb_fail(err, SB_E_NOMEM, "flags of Ceph: out of memory")
		       : 0;
}

int ceph_fetch_flags(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	char key[256];

	(void)arg;
	if (sb_pve_may(stage, "/", "Sys.Audit") == 0)
		return note_no_right(stage, err);
	snprintf(key, sizeof(key), "%s/ceph/flags", sb_run_endpoint(stage));
	return sb_pve_ask(stage, on_flags, NULL, key, SB_PVE_PROTECTED, err, "/cluster/ceph/flags");
}

int ceph_diff_flags(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	(void)arg;
	return ceph_reconcile(stage, CEPH_FLAG, err);
}
