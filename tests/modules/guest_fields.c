/* SPDX-License-Identifier: Apache-2.0 */
/* A second module that writes fields of guests: the objects belong to the stage "qemu.guests". */
#include <stdio.h>

#include "stagebox/conf.h"
#include "stagebox/json.h"
#include "stagebox/pve.h"
#include "stagebox/reconcile.h"

#define SOURCE "guest_fields"

static const struct sb_opt options[] = {
	{.name = "value", .type = SB_OPT_STR, .dflt = "S-1", .help = "its value"},
	{.name = "bad_vmid",
	 .type = SB_OPT_INT,
	 .dflt = "0",
	 .min = 0,
	 .max = 1000000,
	 .help = "the guest that gets the bad value"},
	{.name = "bad", .type = SB_OPT_STR, .dflt = "BAD", .help = "the bad value"},
	{0},
};

static int on_resources(struct sb_stage_run *stage, const char *key, const json_t *data,
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
		if (!sb_streq(sb_json_str(item, "type"), "qemu") ||
		    sb_json_int(item, "vmid", &vmid) < 0)
			continue;
		if (sb_row_put(stage, SOURCE, json_pack("{s:I}", "vmid", (json_int_t)vmid), err,
			       "%s/qemu/%lld", sb_run_endpoint(stage), (long long)vmid) < 0)
			return SB_E_NOMEM;
	}
	return sb_rows_read(stage, SOURCE);
}

static int fetch_guests(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	(void)arg;
	return sb_pve_ask(stage, on_resources, NULL, "", SB_PVE_INLINE, err,
			  "/cluster/resources?type=vm");
}

static int want_field(struct sb_stage_run *stage, const char *key, const json_t *row,
		      struct sb_want *want, void *arg, struct sb_error *err)
{
	json_int_t vmid = json_integer_value(json_object_get(row, "vmid"));
	bool is_bad = vmid == sb_opt_int(stage, "bad_vmid");
	const char *value = sb_opt_str(stage, is_bad ? "bad" : "value");

	(void)key;
	(void)arg;
	(void)err;
	sb_want_str(want, "serial", value);
	return 0;
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
		.want = want_field,
	};

	(void)arg;
	snprintf(prefix, sizeof(prefix), "%s/qemu/", sb_run_endpoint(stage));
	return sb_reconcile(stage, &reconcile, err);
}

static const char *const after_guests[] = {"?qemu.guests", NULL};
static const char *const fields[] = {"serial", NULL};
static const struct sb_write writes[] = {{.kind = "vm", .fields = fields, .keys = "*/qemu/"}, {0}};
static const struct sb_stage stage = {.size = sizeof(stage),
				      .name = "guest_fields.values",
				      .after = after_guests,
				      SB_TABLE(write, writes),
				      .fetch = fetch_guests,
				      .diff = diff_guests};

static int start_module(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	(void)ret_state;
	return sb_stage_add(ctx, &stage, err);
}

SB_MODULE(guest_fields, .version = "1", .summary = "a field of guests", SB_TABLE(option, options),
	  .start = start_module)
