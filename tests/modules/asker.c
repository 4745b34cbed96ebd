/* SPDX-License-Identifier: Apache-2.0 */
/* Asks a system of the endpoint beside Proxmox VE for the serial number of each machine. */
#include "stagebox/source.h"

#include <stdio.h>

#include "stagebox/conf.h"
#include "stagebox/json.h"
#include "stagebox/reconcile.h"

#define SOURCE "asker"

static const struct sb_opt options[] = {
	{.name = "system", .type = SB_OPT_STR, .dflt = "ssh", .help = "the system that is asked"},
	{.name = "what", .type = SB_OPT_STR, .dflt = "serial of", .help = "what it is asked for"},
	{0},
};

static int on_serial(struct sb_stage_run *stage, const char *key, const json_t *data,
		     const struct sb_error *why, void *arg, struct sb_error *err)
{
	(void)arg;
	if (!data)
		return sb_rows_unknown(stage, SOURCE, key, why);
	return sb_row_put(stage, SOURCE, json_pack("{s:O}", "serial", data), err, "%s", key);
}

static int on_resources(struct sb_stage_run *stage, const char *key, const json_t *data,
			const struct sb_error *why, void *arg, struct sb_error *err)
{
	const json_t *item;
	int64_t vmid;
	size_t i;
	int rc;

	(void)key;
	if (!data)
		return sb_rows_unknown(stage, SOURCE, "", why);
	rc = sb_rows_read(stage, SOURCE);
	json_array_foreach (data, i, item) {
		char guest[80], what[200];
		struct sb_ask ask = {.size = sizeof(ask),
				     .system = sb_opt_str(stage, "system"),
				     .what = what,
				     .key = guest,
				     .on_answer = on_serial,
				     .arg = arg};

		if (rc < 0 || !sb_streq(sb_json_str(item, "type"), "qemu") ||
		    sb_json_int(item, "vmid", &vmid) < 0)
			continue;
		snprintf(guest, sizeof(guest), "%s/qemu/%lld", sb_run_endpoint(stage),
			 (long long)vmid);
		snprintf(what, sizeof(what), "%s %lld",
			 sb_streq(sb_opt_str(stage, "what"), "%ff") ? "\xff" /* not UTF-8 */
								    : sb_opt_str(stage, "what"),
			 (long long)vmid);
		rc = sb_ask(stage, &ask, err);
	}
	return rc;
}

static int fetch_serials(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	struct sb_ask ask = {.size = sizeof(ask),
			     .what = "/cluster/resources?type=vm",
			     .on_answer = on_resources,
			     .arg = arg};

	return sb_ask(stage, &ask, err);
}

static int want_serial(struct sb_stage_run *stage, const char *key, const json_t *row,
		       struct sb_want *want, void *arg, struct sb_error *err)
{
	(void)stage;
	(void)key;
	(void)arg;
	(void)err;
	sb_want_str(want, "serial", sb_json_str(row, "serial"));
	return 0;
}

static int diff_serials(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	char prefix[128];
	struct sb_reconcile reconcile = {
		.size = sizeof(reconcile),
		.kind = "vm",
		.source = SOURCE,
		.prefix = prefix,
		.flags = SB_RECONCILE_FIELDS,
		.want = want_serial,
	};

	(void)arg;
	snprintf(prefix, sizeof(prefix), "%s/qemu/", sb_run_endpoint(stage));
	return sb_reconcile(stage, &reconcile, err);
}

static const char *const after_guests[] = {"?qemu.guests", NULL};
static const char *const fields[] = {"serial", NULL};
static const struct sb_write writes[] = {{.kind = "vm", .fields = fields, .keys = "*/qemu/"}, {0}};
static const struct sb_stage stage = {.size = sizeof(stage),
				      .name = "asker.serials",
				      .after = after_guests,
				      SB_TABLE(write, writes),
				      .fetch = fetch_serials,
				      .diff = diff_serials};

static int start_module(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	(void)ret_state;
	return sb_stage_add(ctx, &stage, err);
}

SB_MODULE(asker, .version = "1", .summary = "serial numbers of machines", SB_TABLE(option, options),
	  .start = start_module)
