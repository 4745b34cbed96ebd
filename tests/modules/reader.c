/* SPDX-License-Identifier: Apache-2.0 */
/* Reads objects of NetBox in each scope and reports what it found. */
#include "stagebox/conf.h"
#include "stagebox/json.h"
#include "stagebox/netbox.h"
#include "stagebox/record.h"

enum { OURS, CLUSTER, TAGGED, OWNED, TAGS };

static const char *const names[] = {"name", "status", NULL};
static const char *const colors[] = {"color", NULL};
static const struct sb_read reads[] = {
	[OURS] = {.kind = "vm", .fields = names},
	[CLUSTER] = {.kind = "vm", .fields = names, .scope = SB_READ_CLUSTER},
	[TAGGED] = {.kind = "vm", .fields = names, .scope = SB_READ_TAGGED, .value = "reviewed"},
	[OWNED] = {.kind = "vm",
		   .fields = names,
		   .scope = SB_READ_VALUE,
		   .field = "cf_owner",
		   .value = "me"},
	[TAGS] = {.kind = "tag", .fields = colors},
	{0},
};

static int fetch_nothing(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	struct sb_error why = SB_ERROR_INIT;

	(void)arg;
	if (sb_nb_state(stage, OURS, &why) != SB_ROWS_UNKNOWN)
		return sb_fail(err, SB_E_STATE, "rows of NetBox are there before they are read");
	return sb_rows_read(stage, "reader");
}

static char words_of[][8] = {[CLUSTER] = "cluster", [TAGGED] = "tagged", [OWNED] = "owned"};

static int note_row(struct sb_stage_run *stage, const json_t *row, void *arg, struct sb_error *err)
{
	const char *key = sb_json_str(row, "stagebox_key"), *etag = sb_json_str(row, "etag");
	const char *owner = sb_json_str(json_object_get(row, "custom_fields"), "owner");

	(void)err;
	return sb_note(stage, "%s: %s [%s] etag %s owner %s", (const char *)arg,
		       sb_json_str(row, "name"), key ? key : "", etag ? etag : "none",
		       owner ? owner : "none");
}

static int count_row(struct sb_stage_run *stage, const json_t *row, void *arg, struct sb_error *err)
{
	int64_t *n = arg;

	(void)stage;
	if (!json_is_integer(json_object_get(row, "id")))
		return sb_fail(err, SB_E_SHAPE, "a row has no id");
	(*n)++;
	return 0;
}

/* Note who changed an object last, and how it began. */
static int note_log(struct sb_stage_run *stage, const json_t *row)
{
	struct sb_error why = SB_ERROR_INIT;
	int64_t id = 0;
	sb_autojson *entries = NULL;
	const json_t *newest, *oldest;

	if (!row)
		return 0;
	sb_json_int(row, "id", &id);
	entries = sb_nb_changes(stage, "vm", id, &why);
	if (!entries)
		return sb_note(stage, "log: %s", why.text);
	newest = json_array_get(entries, 0);
	oldest = json_array_get(entries, json_array_size(entries) - 1);
	return sb_note(stage, "log: %zu entries, newest %s by %s of status %s, oldest %s%s",
		       json_array_size(entries), sb_json_str(newest, "action"),
		       sb_json_str(newest, "user"),
		       sb_json_str(json_object_get(newest, "after"), "status"),
		       sb_json_str(oldest, "action"),
		       json_is_null(json_object_get(oldest, "before")) ? " of nothing" : "");
}

static int diff_rows(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	static const char *const words[] = {"complete", "partial", "unknown", "kept", "limited"};
	struct sb_error why = SB_ERROR_INIT;
	int64_t ours = 0, tags = 0;
	sb_autojson *one = NULL;
	int rc;

	(void)arg;
	rc = sb_nb_each(stage, OURS, count_row, &ours, err);
	if (!rc)
		rc = sb_nb_each(stage, TAGS, count_row, &tags, err);
	if (!rc)
		rc = sb_nb_each(stage, CLUSTER, note_row, words_of[CLUSTER], err);
	if (!rc)
		rc = sb_nb_each(stage, TAGGED, note_row, words_of[TAGGED], err);
	if (!rc)
		rc = sb_nb_each(stage, OWNED, note_row, words_of[OWNED], err);
	if (rc < 0)
		return rc;
	one = sb_nb_get(stage, "vm", "lab/qemu/101");
	if (sb_nb_each(stage, TAGS + 1, count_row, &tags, &why) >= 0)
		return sb_fail(err, SB_E_STATE, "a read that is not declared has rows");
	if (sb_nb_changes(stage, "no such kind", 1, &why) || why.code != SB_E_ARG)
		return sb_fail(err, SB_E_STATE, "there is a log of a kind that does not exist");
	if (note_log(stage, one) < 0)
		return SB_E_NOMEM;
	return sb_note(stage, "%lld ours, tags %s, 101 is %s, owned is %s", (long long)ours,
		       tags ? "found" : "missing", one ? sb_json_str(one, "status") : "missing",
		       words[sb_nb_state(stage, OWNED, &why)]);
}

static int start_module(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	static const struct sb_stage stage = {.size = sizeof(stage),
					      .name = "reader.rows",
					      SB_TABLE(read, reads),
					      .fetch = fetch_nothing,
					      .diff = diff_rows};

	(void)ret_state;
	return sb_stage_add(ctx, &stage, err);
}

SB_MODULE(reader, .version = "1", .summary = "reads NetBox", .start = start_module)
