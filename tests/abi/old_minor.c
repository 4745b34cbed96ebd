/* SPDX-License-Identifier: Apache-2.0 */
/* A module that uses every struct and table of the public headers. tests/e2e/26_old_minor.sh builds
 * it from the recorded headers of an earlier minor version only (tests/abi/MAJOR.MINOR/include),
 * and from copies of them whose structs are shorter or longer (tests/abi/resize.py). With LATER
 * each row has a value in the member that resize.py appended. */
#include <stdio.h>

#include <stagebox/adopt.h>
#include <stagebox/conf.h>
#include <stagebox/json.h>
#include <stagebox/kind.h>
#include <stagebox/log.h>
#include <stagebox/module.h>
#include <stagebox/netbox.h>
#include <stagebox/pve.h>
#include <stagebox/reconcile.h>
#include <stagebox/record.h>
#include <stagebox/snap.h>
#include <stagebox/source.h>
#include <stagebox/write.h>

#ifdef LATER
#define TAIL , .later = "not a member of this version"
#else
#define TAIL
#endif

#define SHELVES "old_shelf"
#define NOTES   "old_note"
#define LEVELS  "stagebox_old_minor_level"

#ifndef SHORT_OPT
static int check_word(const json_t *value, struct sb_error *err)
{
	return *json_string_value(value) ? 0 : sb_fail(err, SB_E_CONFIG, "an empty text");
}
#endif

static const struct sb_opt options[] = {
	{.name = "word",
	 .type = SB_OPT_STR,
	 .dflt = "plain",
	 .help = "part of the description of a shelf"
#ifndef SHORT_OPT
	 ,
	 .check = check_word
#endif
		 TAIL},
	{.name = "levels",
	 .type = SB_OPT_INT,
	 .dflt = "3",
	 .min = 1,
	 .max = 9,
	 .help = "levels of a guest" TAIL},
	{.name = "wait", .type = SB_OPT_SECS, .dflt = "5m", .help = "not used" TAIL},
	{.name = "lists", .type = SB_OPT_LIST, .dflt = "a,b", .help = "not used" TAIL},
	{.name = "notes", .type = SB_OPT_BOOL, .dflt = "true", .help = "write levels" TAIL},
#ifndef SHORT_OPT
	{.name = "secret",
	 .type = SB_OPT_STR,
	 .dflt = "",
	 .help = "not used",
	 .flags = SB_OPT_SECRET TAIL},
#endif
	{0},
};

/* Kinds: shelves are tenants, beside a kind with every table, of which no stage writes objects. */

static const char *const by_slug[] = {"slug", NULL};
static const char *const by_rack[] = {"rack", "name", NULL};
static const char *const states[] = {"planned", NULL}, *const homes[] = {"rack", NULL};

static const struct sb_kind_field shelf_fields[] = {
	{.name = "name",
	 .type = SB_FIELD_NAME,
	 .policy = SB_POLICY_ALWAYS,
	 .max_chars = 100,
	 .traits = SB_TRAIT_TITLE | SB_TRAIT_NEEDED TAIL},
	{.name = "slug",
	 .type = SB_FIELD_TEXT,
	 .policy = SB_POLICY_ALWAYS,
	 .traits = SB_TRAIT_NEEDED TAIL},
	{.name = "description",
	 .type = SB_FIELD_TEXT,
	 .policy = SB_POLICY_ALWAYS,
	 .traits = SB_TRAIT_NOTE TAIL},
	{.name = "comments",
	 .type = SB_FIELD_TEXT,
	 .policy = SB_POLICY_ALWAYS,
	 .traits = SB_TRAIT_NOTE TAIL},
	{.name = "tags", .type = SB_FIELD_TAGS, .kind = "tag", .policy = SB_POLICY_ALWAYS TAIL},
	{0},
};
/* People may pin a shelf by its comments: then its description stays. */
static const struct sb_kind_keep shelf_keeps[] = {
	{.field = "description",
	 .member = "comments",
	 .value = "pinned",
	 .why = "it is pinned" TAIL},
	{.field = "slug", .member = "comments", .value = "frozen", .why = "it is frozen" TAIL},
	{0},
};
static const struct sb_adopt_rule shelf_rules[] = {
	{.name = "old_list",
	 .words = "its number in the old list",
	 .needs_field = "old_list_id",
	 .filter = "cf_old_list_id",
	 .filter_value = SB_MATCH_LAST,
	 .checks = {{"origin/old_list_id", SB_MATCH_LAST}} TAIL},
	{0},
};

static const struct sb_kind_field drawer_fields[] = {
	{.name = "name", .type = SB_FIELD_NAME, .traits = SB_TRAIT_TITLE TAIL},
	{.name = "rack", .type = SB_FIELD_REF, .kind = "cluster", .traits = SB_TRAIT_HOME TAIL},
	{.name = "place",
	 .type = SB_FIELD_REF,
	 .kind = "site",
	 .traits = SB_TRAIT_PLACE,
	 .inherits = homes TAIL},
	{.name = "state",
	 .type = SB_FIELD_CHOICE,
	 .traits = SB_TRAIT_STATE,
	 .initial = "active",
	 .instead = states,
	 .shared = states,
	 .plain = states,
	 .apart = "it is shared" TAIL},
	{.name = "address", .type = SB_FIELD_MAC, .makes = "mac" TAIL},
	{.name = "text", .type = SB_FIELD_TEXT, .generated = "by #" TAIL},
	{0},
};
static const struct sb_adopt_part drawer_part = {
	.size = sizeof(drawer_part), .member = "text", .wanted = "name", .words = "its text" TAIL};

static const struct sb_kind shelf_kind = {.size = sizeof(shelf_kind),
					  .name = "old-shelf",
					  .path = "tenancy/tenants",
					  .object_type = "tenancy.tenant",
					  .natural = by_slug,
					  .flags = SB_KIND_OWNED,
					  SB_TABLE(field, shelf_fields),
					  SB_TABLE(keep, shelf_keeps),
					  SB_TABLE(adopt_rule, shelf_rules) TAIL};
static const struct sb_kind drawer_kind = {.size = sizeof(drawer_kind),
					   .name = "old-drawer",
					   .path = "ipam/prefixes",
					   .object_type = "ipam.prefix",
					   .natural = by_rack,
					   .parent_field = "rack",
					   .flags = SB_KIND_OWNED | SB_KIND_CHILD,
					   SB_TABLE(field, drawer_fields),
					   .counted_field = "place",
					   .attached_by = "drawer_id",
					   .adopt_part = &drawer_part TAIL};

static const char *const guests[] = {"vm", NULL};
static const struct sb_field levels_field = {.size = sizeof(levels_field),
					     .name = LEVELS,
					     .label = "Levels",
					     .description = "Levels of the guest",
					     .type = SB_FIELD_INT,
					     .kinds = guests,
					     .policy = SB_POLICY_ALWAYS,
					     .is_hidden = true TAIL};

/* Fetch: two shelves, and the levels of each guest. */

static int on_version(struct sb_stage_run *stage, const char *key, const json_t *data,
		      const struct sb_error *why, void *arg, struct sb_error *err)
{
	const char *const *name;

	(void)key;
	if (!data)
		return sb_rows_unknown(stage, SHELVES, "", why);
	for (name = arg; *name; name++)
		if (sb_row_put(stage, SHELVES, json_pack("{s:s}", "name", *name), err,
			       "%s/shelf/%s", sb_run_endpoint(stage), *name) < 0)
			return SB_E_NOMEM;
	return sb_rows_read(stage, SHELVES);
}

static int fetch_shelves(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	struct sb_ask ask = {.size = sizeof(ask),
			     .what = "/version",
			     .cost = SB_PVE_INLINE,
			     .on_answer = on_version,
			     .arg = arg TAIL};

	return sb_ask(stage, &ask, err);
}

static int on_guests(struct sb_stage_run *stage, const char *key, const json_t *data,
		     const struct sb_error *why, void *arg, struct sb_error *err)
{
	const json_t *guest;
	int64_t vmid = 0;
	size_t i;

	(void)key;
	(void)arg;
	if (!data)
		return sb_rows_unknown(stage, NOTES, "", why);
	json_array_foreach (data, i, guest) {
		sb_json_int(guest, "vmid", &vmid);
		if (sb_streq(sb_json_str(guest, "type"), "qemu") &&
		    sb_row_put(stage, NOTES, json_object(), err, "%s/qemu/%lld",
			       sb_run_endpoint(stage), (long long)vmid) < 0)
			return SB_E_NOMEM;
	}
	return sb_rows_read(stage, NOTES);
}

static int fetch_notes(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	return sb_pve_ask(stage, on_guests, arg, "", SB_PVE_INLINE, err,
			  "/cluster/resources?type=vm");
}

static int prove_gone(struct sb_stage_run *stage, const char *key, void *arg, struct sb_error *err)
{
	(void)arg;
	(void)err;
	return sb_gone(stage, key, true);
}

/* Diff */

static int want_shelf(struct sb_stage_run *stage, const char *key, const json_t *row,
		      struct sb_want *want, void *arg, struct sb_error *err)
{
	const char *name = sb_json_str(row, "name"), *tag;
	char text[200];
	int rc = sb_shared(stage, "tag", json_pack("{s:s, s:s}", "name", "old", "slug", "old"),
			   &tag, err);

	(void)key;
	(void)arg;
	if (rc < 0)
		return rc;
	snprintf(text, sizeof(text), "a %s shelf", sb_opt_str(stage, "word"));
	sb_want_str(want, "name", name);
	sb_want_str(want, "slug", name);
	sb_want_str(want, "description", text);
	sb_want_ref_add(want, "tags", "tag", tag);
	return 0;
}

static int want_levels(struct sb_stage_run *stage, const char *key, const json_t *row,
		       struct sb_want *want, void *arg, struct sb_error *err)
{
	(void)key;
	(void)row;
	(void)arg;
	(void)err;
	if (sb_opt_bool(stage, "notes"))
		sb_want_int(want, LEVELS, sb_opt_int(stage, "levels"));
	return 0;
}

static int count_guest(struct sb_stage_run *stage, const json_t *row, void *arg,
		       struct sb_error *err)
{
	(void)stage;
	(void)row;
	(void)err;
	(*(int64_t *)arg)++;
	return 0;
}

static int compare_rows(struct sb_stage_run *stage, const char *kind, const char *source,
			const char *below, unsigned flags, sb_want_fn *want, struct sb_error *err)
{
	char prefix[128];
	struct sb_reconcile reconcile = {.size = sizeof(reconcile),
					 .kind = kind,
					 .source = source,
					 .prefix = prefix,
					 .flags = flags,
					 .want = want TAIL};

	snprintf(prefix, sizeof(prefix), "%s/%s/", sb_run_endpoint(stage), below);
	return sb_reconcile(stage, &reconcile, err);
}

static int diff_shelves(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	struct sb_error why = SB_ERROR_INIT;
	sb_autojson *log = sb_nb_changes(stage, "old-shelf", 1, &why);
	int64_t n = 0;
	int rc = sb_nb_each(stage, 1, count_guest, &n, err);

	(void)arg;
	if (!rc)
		rc = sb_count(stage, "guests", n);
	if (!rc)
		rc = sb_note(stage, "guests are %s, the log is %s",
			     sb_nb_state(stage, 1, &why) == SB_ROWS_COMPLETE ? "known" : "unknown",
			     log ? "read" : "not read");
	return rc < 0 ? rc : compare_rows(stage, "old-shelf", SHELVES, "shelf", 0, want_shelf, err);
}

static int diff_levels(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	(void)arg;
	return compare_rows(stage, "vm", NOTES, "qemu", SB_RECONCILE_FIELDS, want_levels, err);
}

static const char *const names[] = {"name", NULL}, *const levels[] = {LEVELS, NULL};
static const char *const comments[] = {"comments", NULL};
static const char *const written[] = {"name", "slug", "description", "tags", NULL};
static const char *const after[] = {"?qemu.guests", NULL};
static const char *const shelves[] = {"top", "bottom", NULL};

static const struct sb_read reads[] = {
	{.kind = "tag" TAIL},
	{.kind = "vm",
	 .fields = names
#ifndef SHORT_READ
	 ,
	 .scope = SB_READ_OURS
#endif
		 TAIL},
	/* The member of shelf_keeps is read. */
	{.kind = "old-shelf", .fields = comments TAIL},
	{0},
};
static const struct sb_write writes[] = {
	{.kind = "old-shelf", .fields = written, .keys = "*/shelf/" TAIL},
	{0},
};
static const struct sb_write level_writes[] = {
	{.kind = "vm", .fields = levels, .keys = "*/qemu/" TAIL},
	{0},
};
static const struct sb_need needs[] = {
	{.path = "/", .privilege = "Sys.Audit|VM.Audit", .option = "notes", .use = "shelves" TAIL},
	{.path = "/vms",
	 .privilege = "VM.Audit",
	 .from = 8,
	 .use = "levels",
	 .is_limit = true TAIL},
	{0},
};

#ifndef SHORT_STAGE
static int apply_action(struct sb_stage_run *stage, struct sb_op_run *op,
			const struct sb_pve_writer *writer, void *arg, struct sb_error *err)
{
	(void)stage;
	(void)arg;
	if (writer->size < sizeof(*writer))
		return sb_fail(err, SB_E_UNSUPPORTED, "the program has fewer requests");
	return sb_op_done(op, SB_OP_MADE, "nothing to do");
}

static const struct sb_action actions[] = {
	{.kind = "vm", .verb = "start", .keys = "*/qemu/" TAIL},
	{.kind = "vm", .verb = "stop", .keys = "*/qemu/" TAIL},
	{0},
};
#define ACTIONS , .apply = apply_action, SB_TABLE(action, actions)
#else
#define ACTIONS
#endif

static int start_module(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	const struct sb_stage first = {.size = sizeof(first),
				       .name = "old_minor.shelves",
				       .after = after,
				       SB_TABLE(read, reads),
				       SB_TABLE(write, writes),
				       SB_TABLE(need, needs),
				       .fetch = fetch_shelves,
				       .diff = diff_shelves,
				       .prove_gone = prove_gone,
				       .arg = (void *)(uintptr_t)shelves TAIL};
	const struct sb_stage second = {.size = sizeof(second),
					.name = "old_minor.levels",
					.after = after,
					SB_TABLE(write, level_writes),
					.fetch = fetch_notes,
					.diff = diff_levels ACTIONS TAIL};
	int rc = sb_kind_add(ctx, &shelf_kind, err);

	if (!rc)
		rc = sb_kind_add(ctx, &drawer_kind, err);
	if (!rc)
		rc = sb_field_add(ctx, &levels_field, err);
	if (!rc)
		rc = sb_stage_add(ctx, &first, err);
	if (!rc)
		rc = sb_stage_add(ctx, &second, err);
	*ret_state = rc ? NULL : (void *)(uintptr_t)shelves;
	return rc;
}

/* Core passes the state that start() has set. */
static void stop_module(void *state)
{
	sb_log(SB_LOG_DEBUG, "old_minor stops: %s", *(const char *const *)state);
}

SB_MODULE(old_minor, .version = "1", .summary = "every struct of the headers",
	  SB_TABLE(option, options), .start = start_module, .stop = stop_module TAIL)
