/* SPDX-License-Identifier: Apache-2.0 */
/* The pool of each guest as a tag and a custom field; a guest that leaves its pool loses both. */
#include <stdio.h>

#include "stagebox/conf.h"
#include "stagebox/json.h"
#include "stagebox/pve.h"
#include "stagebox/reconcile.h"

#define SOURCE "pool_tags"
#define FIELD  "stagebox_pool_tags"

static int on_guests(struct sb_stage_run *stage, const char *key, const json_t *data,
		     const struct sb_error *why, void *arg, struct sb_error *err)
{
	const json_t *item;
	int64_t vmid;
	size_t i;

	(void)arg;
	(void)key;
	if (!data)
		return sb_rows_unknown(stage, SOURCE, "", why);
	json_array_foreach (data, i, item) {
		const char *pool = sb_json_str(item, "pool");

		if (sb_json_int(item, "vmid", &vmid) < 0)
			continue;
		if (sb_row_put(stage, SOURCE, json_pack("{s:s}", "pool", pool ? pool : ""), err,
			       "%s/qemu/%lld", sb_run_endpoint(stage), (long long)vmid) < 0)
			return SB_E_NOMEM;
	}
	return sb_rows_read(stage, SOURCE);
}

static int fetch_guests(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	(void)arg;
	return sb_pve_ask(stage, on_guests, NULL, "", SB_PVE_INLINE, err,
			  "/cluster/resources?type=vm");
}

static int want_pool(struct sb_stage_run *stage, const char *key, const json_t *row,
		     struct sb_want *want, void *arg, struct sb_error *err)
{
	const char *pool = sb_json_str(row, "pool"), *tag;
	sb_autofree char *slug = sb_slug(pool);
	int rc;

	(void)key;
	(void)arg;
	sb_want_ref_add(want, "tags", "tag", NULL); /* none, when the next one is not added */
	if (!*pool) {
		sb_want_null(want, FIELD);
		return 0;
	}
	rc = sb_shared(stage, "tag", json_pack("{s:s, s:s}", "name", pool, "slug", slug), &tag,
		       err);
	if (!rc)
		sb_want_ref_add(want, "tags", "tag", tag);
	sb_want_str(want, FIELD, pool);
	return rc;
}

static int diff_guests(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	char prefix[128];
	struct sb_reconcile reconcile = {
		.size = sizeof(reconcile),
		.kind = "vm",
		.source = SOURCE,
		.prefix = prefix,
		.flags = SB_RECONCILE_FIELDS,
		.want = want_pool,
	};

	(void)arg;
	snprintf(prefix, sizeof(prefix), "%s/qemu/", sb_run_endpoint(stage));
	return sb_reconcile(stage, &reconcile, err);
}

static const char *const on_vms[] = {"vm", NULL};
static const struct sb_field added = {
	.size = sizeof(added),
	.name = FIELD,
	.label = "Pool",
	.description = "Resource pool of the guest",
	.type = SB_FIELD_TEXT,
	.kinds = on_vms,
};

static const char *const after_guests[] = {"?qemu.guests", NULL};
static const char *const fields[] = {"tags", FIELD, NULL};
static const struct sb_read reads[] = {{.kind = "tag"}, {0}};
static const struct sb_write writes[] = {{.kind = "vm", .fields = fields, .keys = "*/qemu/"}, {0}};
static const struct sb_stage stage = {.size = sizeof(stage),
				      .name = "pool_tags.guests",
				      .after = after_guests,
				      SB_TABLE(read, reads),
				      SB_TABLE(write, writes),
				      .fetch = fetch_guests,
				      .diff = diff_guests};

static int start_module(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	int rc = sb_field_add(ctx, &added, err);

	(void)ret_state;
	return rc < 0 ? rc : sb_stage_add(ctx, &stage, err);
}

SB_MODULE(pool_tags, .version = "1", .summary = "the pool of a guest", .start = start_module)
