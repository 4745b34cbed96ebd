/* SPDX-License-Identifier: Apache-2.0 */
/* A kind that NetBox has no model for: shelves of nodes, with a home. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stagebox/conf.h"
#include "stagebox/home.h"
#include "stagebox/json.h"
#include "stagebox/pve.h"
#include "stagebox/reconcile.h"

#define SOURCE "shelf"

static const struct sb_opt options[] = {
	{.name = "shelves", .type = SB_OPT_INT, .dflt = "2", .help = "shelves of each node"},
	{.name = "height", .type = SB_OPT_INT, .dflt = "42", .help = "their height"},
	{.name = "bytes", .type = SB_OPT_INT, .dflt = "10", .help = "length of their payload"},
	{.name = "label", .type = SB_OPT_STR, .dflt = "", .help = "a text for people"},
	{0},
};

static int put_shelves(struct sb_stage_run *stage, const char *node, struct sb_error *err)
{
	int64_t i;
	int rc = 0;

	for (i = 0; !rc && i < sb_opt_int(stage, "shelves"); i++)
		rc = sb_row_put(stage, SOURCE,
				json_pack("{s:s, s:I}", "node", node, "slot", (json_int_t)i), err,
				"%s/shelf/%s/%lld", sb_run_endpoint(stage), node, (long long)i);
	return rc;
}

static int on_nodes(struct sb_stage_run *stage, const char *key, const json_t *data,
		    const struct sb_error *why, void *arg, struct sb_error *err)
{
	const json_t *item;
	size_t i;
	int rc = 0;

	(void)arg;
	(void)key;
	if (!data)
		return sb_rows_unknown(stage, SOURCE, "", why);
	json_array_foreach (data, i, item)
		if (!rc && sb_json_str(item, "node"))
			rc = put_shelves(stage, sb_json_str(item, "node"), err);
	return rc ? rc : sb_rows_read(stage, SOURCE);
}

static int fetch_shelves(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	(void)arg;
	return sb_pve_ask(stage, on_nodes, NULL, "", SB_PVE_INLINE, err, "/nodes");
}

static json_t *make_payload(int64_t bytes)
{
	char *text = calloc(1, (size_t)bytes + 1);
	json_t *payload;

	if (text)
		memset(text, 'x', (size_t)bytes);
	payload = json_pack("{s:s}", "x", text ? text : "");
	free(text);
	return payload;
}

static int want_shelf(struct sb_stage_run *stage, const char *key, const json_t *row,
		      struct sb_want *want, void *arg, struct sb_error *err)
{
	char device[160], cluster[160];

	(void)arg;
	(void)err;
	snprintf(device, sizeof(device), "%s/node/%s", sb_run_endpoint(stage),
		 sb_json_str(row, "node"));
	snprintf(cluster, sizeof(cluster), "%s/cluster", sb_run_endpoint(stage));
	sb_want_str(want, "title", key);
	sb_want_ref(want, "cluster", "cluster", cluster);
	sb_want_ref(want, "device", "device", device);
	sb_want_int(want, "height", sb_opt_int(stage, "height"));
	sb_want_int(want, "slot", json_integer_value(json_object_get(row, "slot")));
	sb_want_str(want, "note", sb_opt_str(stage, "label"));
	sb_want_set(want, "payload", make_payload(sb_opt_int(stage, "bytes")));
	return 0;
}

static int diff_shelves(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	char prefix[128];
	struct sb_reconcile reconcile = {
		.size = sizeof(reconcile),
		.kind = "shelf",
		.source = SOURCE,
		.prefix = prefix,
		.want = want_shelf,
	};

	(void)arg;
	snprintf(prefix, sizeof(prefix), "%s/shelf/", sb_run_endpoint(stage));
	return sb_reconcile(stage, &reconcile, err);
}

static const char *const bad_notes[] = {"broken", NULL};
static const struct sb_home_field fields[] = {
	{.name = "title",
	 .id = 1,
	 .label = "Title",
	 .type = SB_FIELD_TEXT,
	 .traits = SB_TRAIT_TITLE},
	{.name = "cluster",
	 .id = 2,
	 .label = "Cluster",
	 .type = SB_FIELD_REF,
	 .kind = "cluster",
	 .traits = SB_TRAIT_NEEDED},
	{.name = "device", .id = 3, .label = "Node", .type = SB_FIELD_REF, .kind = "device"},
	{.name = "height", .id = 4, .label = "Height", .type = SB_FIELD_INT},
	{.name = "slot", .id = 5, .label = "Slot", .type = SB_FIELD_INT},
	{.name = "note",
	 .id = 6,
	 .label = "Note",
	 .type = SB_FIELD_TEXT,
	 .policy = SB_POLICY_IF_UNCHANGED,
	 .traits = SB_TRAIT_NOTE,
	 .journal = bad_notes},
	{.name = "payload", .id = 7, .label = "Payload", .type = SB_FIELD_JSON},
	{0},
};

static const struct sb_home shelf = {
	.size = sizeof(shelf),
	.kind = "shelf",
	.label = "Shelf",
	.labels = "Shelves",
	.description = "shelves of a test",
	.parent = "cluster",
	.custom_field = "stagebox_shelf",
	SB_TABLE(field, fields),
};

static const char *const after_nodes[] = {"cluster.nodes", NULL};
static const char *const written[] = {"title", "cluster", "device",  "height",
				      "slot",  "note",    "payload", NULL};
static const struct sb_write writes[] = {{.kind = "shelf", .fields = written, .keys = "*/shelf/"},
					 {0}};
static const struct sb_stage stage = {.size = sizeof(stage),
				      .name = "shelf.shelves",
				      .after = after_nodes,
				      SB_TABLE(write, writes),
				      .fetch = fetch_shelves,
				      .diff = diff_shelves};

static int start_module(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	int rc;

	(void)ret_state;
	rc = sb_home_add(ctx, &shelf, err);
	return rc < 0 ? rc : sb_stage_add(ctx, &stage, err);
}

SB_MODULE(shelf, .version = "1", .summary = "a kind with a home", SB_TABLE(option, options),
	  .start = start_module)
