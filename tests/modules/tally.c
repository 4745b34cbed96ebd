/* SPDX-License-Identifier: Apache-2.0 */
/* Adds a custom field of each type to virtual machines, and writes them. */
#include <stdio.h>

#include "stagebox/conf.h"
#include "stagebox/json.h"
#include "stagebox/pve.h"
#include "stagebox/reconcile.h"

#define SOURCE "tally"

static const struct sb_opt options[] = {
	{.name = "state", .type = SB_OPT_STR, .dflt = "used", .help = "the choice"},
	{.name = "rack", .type = SB_OPT_STR, .dflt = "R1", .help = "a text; empty = none"},
	{.name = "load", .type = SB_OPT_INT, .dflt = "10", .help = "a number that changes often"},
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

static int want_fields(struct sb_stage_run *stage, const char *key, const json_t *row,
		       struct sb_want *want, void *arg, struct sb_error *err)
{
	json_int_t vmid = json_integer_value(json_object_get(row, "vmid"));
	const char *rack = sb_opt_str(stage, "rack");

	(void)key;
	(void)arg;
	(void)err;
	sb_want_str(want, "stagebox_tally_state", sb_opt_str(stage, "state"));
	if (*rack)
		sb_want_str(want, "stagebox_tally_rack", rack);
	else
		sb_want_null(want, "stagebox_tally_rack");
	sb_want_int(want, "stagebox_tally_units", vmid % 7);
	sb_want_set(want, "stagebox_tally_share", json_real(0.25));
	sb_want_bool(want, "stagebox_tally_spare", vmid % 2 == 0);
	/* like an object that a row refers to */
	sb_want_set(want, "stagebox_tally_detail",
		    json_pack("{s:i, s:s, s:s, s:[i, i]}", "id", 1, "url", "u", "description", "d",
			      "slots", 1, 2));
	sb_want_str(want, "stagebox_tally_log", "first\nsecond");
	sb_want_int(want, "stagebox_tally_load", sb_opt_int(stage, "load"));
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
		.want = want_fields,
	};

	(void)arg;
	snprintf(prefix, sizeof(prefix), "%s/qemu/", sb_run_endpoint(stage));
	return sb_reconcile(stage, &reconcile, err);
}

static const char *const on_guests[] = {"vm", NULL};
static const char *const states[] = {"new", "used", "broken", NULL};

#define FIELD(what, label_, type_)                                                                 \
	.size = sizeof(struct sb_field), .name = "stagebox_tally_" what, .label = label_,          \
	.description = label_ " of a test", .type = SB_FIELD_##type_, .kinds = on_guests

static const struct sb_field added[] = {
	{FIELD("state", "Tally", CHOICE), .choices = states},
	{FIELD("rack", "Rack", TEXT), .policy = SB_POLICY_IF_UNCHANGED},
	{FIELD("units", "Units", INT)},
	{FIELD("share", "Share", DECIMAL)},
	{FIELD("spare", "Spare", BOOL)},
	{FIELD("detail", "Detail", JSON), .is_hidden = true},
	{FIELD("log", "Log", TEXT), .traits = SB_TRAIT_NOTE},
	{FIELD("load", "Load", INT), .traits = SB_TRAIT_VOLATILE},
};

static const char *const after_guests[] = {"?qemu.guests", NULL};
static const char *const fields[] = {
	"stagebox_tally_state", "stagebox_tally_rack",  "stagebox_tally_units",
	"stagebox_tally_share", "stagebox_tally_spare", "stagebox_tally_detail",
	"stagebox_tally_log",   "stagebox_tally_load",  NULL};
static const struct sb_write writes[] = {{.kind = "vm", .fields = fields, .keys = "*/qemu/"}, {0}};
static const struct sb_stage stage = {.size = sizeof(stage),
				      .name = "tally.guests",
				      .after = after_guests,
				      SB_TABLE(write, writes),
				      .fetch = fetch_guests,
				      .diff = diff_guests};

static int start_module(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	size_t i;
	int rc = 0;

	(void)ret_state;
	for (i = 0; !rc && i < SB_ARRAY_LEN(added); i++)
		rc = sb_field_add(ctx, &added[i], err);
	return rc < 0 ? rc : sb_stage_add(ctx, &stage, err);
}

SB_MODULE(tally, .version = "1", .summary = "custom fields of guests", SB_TABLE(option, options),
	  .start = start_module)
