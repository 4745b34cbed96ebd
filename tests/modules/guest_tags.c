/* SPDX-License-Identifier: Apache-2.0 */
/* Two stages that add tags to guests, whose stages add tags, too. They know their tags only when
 * /pools can be read. */
#include <stdio.h>

#include "stagebox/conf.h"
#include "stagebox/json.h"
#include "stagebox/pve.h"
#include "stagebox/reconcile.h"

static const struct sb_opt options[] = {
	{.name = "guests",
	 .type = SB_OPT_STR,
	 .dflt = "qemu/101 lxc/102",
	 .help = "keys of the guests, without the endpoint"},
	{.name = "tags",
	 .type = SB_OPT_STR,
	 .dflt = "gold",
	 .help = "tags of the first stage; with = before it, one that others request"},
	{.name = "more", .type = SB_OPT_STR, .dflt = "", .help = "tags of the second stage"},
	{0},
};

/* The next word of a text that words and single blanks make up; false = there is none. */
static bool next_word(const char **text, char ret_word[100])
{
	size_t len = strcspn(*text, " ");

	if (!len || len >= 100)
		return false;
	memcpy(ret_word, *text, len);
	ret_word[len] = '\0';
	*text += len + ((*text)[len] == ' ');
	return true;
}

static int on_pools(struct sb_stage_run *stage, const char *key, const json_t *data,
		    const struct sb_error *why, void *arg, struct sb_error *err)
{
	const char *guests = sb_opt_str(stage, "guests"), *source = arg;
	char guest[100];

	(void)key;
	if (!data)
		return sb_rows_unknown(stage, source, "", why);
	while (next_word(&guests, guest))
		if (sb_row_put(stage, source, json_object(), err, "%s/%s", sb_run_endpoint(stage),
			       guest) < 0)
			return SB_E_NOMEM;
	return sb_rows_read(stage, source);
}

static int fetch_pools(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	return sb_pve_ask(stage, on_pools, arg, "", SB_PVE_INLINE, err, "/pools");
}

static int want_tag(struct sb_stage_run *stage, struct sb_want *want, const char *tag,
		    struct sb_error *err)
{
	const char *key;
	char known[128];
	int rc = 0;

	if (*tag == '=') {
		snprintf(known, sizeof(known), "shared/tag/%s", tag + 1);
		key = known;
	} else {
		rc = sb_shared(stage, "tag", json_pack("{s:s, s:s}", "name", tag, "slug", tag),
			       &key, err);
	}
	if (!rc)
		sb_want_ref_add(want, "tags", "tag", key);
	return rc;
}

static int want_tags(struct sb_stage_run *stage, const char *key, const json_t *row,
		     struct sb_want *want, void *arg, struct sb_error *err)
{
	const char *tags = sb_opt_str(stage, arg);
	char tag[100];
	int rc = 0;

	(void)key;
	(void)row;
	sb_want_ref_add(want, "tags", "tag", NULL);
	while (!rc && next_word(&tags, tag))
		rc = want_tag(stage, want, tag, err);
	return rc;
}

static int diff_guests(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	static const char *const families[] = {"qemu", "lxc"};
	size_t i;
	int rc = 0;

	for (i = 0; !rc && i < SB_ARRAY_LEN(families); i++) {
		char prefix[128];
		struct sb_reconcile reconcile = {.size = sizeof(reconcile),
						 .kind = "vm",
						 .source = arg,
						 .prefix = prefix,
						 .flags = SB_RECONCILE_FIELDS,
						 .want = want_tags,
						 .arg = arg};

		snprintf(prefix, sizeof(prefix), "%s/%s/", sb_run_endpoint(stage), families[i]);
		rc = sb_reconcile(stage, &reconcile, err);
	}
	return rc;
}

/* The argument of each stage is the name of its option, and of its rows. */
static const char name_tags[] = "tags", name_more[] = "more";

static const char *const after_guests[] = {"?qemu.guests", "?lxc.guests", NULL};
static const char *const fields[] = {"tags", NULL};
static const struct sb_read reads[] = {{.kind = "tag"}, {0}};
static const struct sb_write writes[] = {{.kind = "vm", .fields = fields, .keys = "*/qemu/"},
					 {.kind = "vm", .fields = fields, .keys = "*/lxc/"},
					 {0}};

static int start_module(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	struct sb_stage stage = {.size = sizeof(stage),
				 .name = "guest_tags.first",
				 .after = after_guests,
				 SB_TABLE(read, reads),
				 SB_TABLE(write, writes),
				 .fetch = fetch_pools,
				 .diff = diff_guests,
				 .arg = (void *)(uintptr_t)name_tags};
	int rc = sb_stage_add(ctx, &stage, err);

	(void)ret_state;
	stage.name = "guest_tags.second";
	stage.arg = (void *)(uintptr_t)name_more;
	return rc < 0 ? rc : sb_stage_add(ctx, &stage, err);
}

SB_MODULE(guest_tags, .version = "1", .summary = "tags of guests", SB_TABLE(option, options),
	  .start = start_module)
