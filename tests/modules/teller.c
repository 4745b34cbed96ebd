/* SPDX-License-Identifier: Apache-2.0 */
/* Reports lines and numbers to the record of its run, or that its family does not exist here. */
#include "stagebox/conf.h"
#include "stagebox/record.h"
#include "stagebox/snap.h"

#define SOURCE "teller"

static const struct sb_opt options[] = {
	{.name = "absent", .type = SB_OPT_STR, .dflt = "", .help = "why the family is absent"},
	{0},
};

static int fetch_family(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	const char *why = sb_opt_str(stage, "absent");

	(void)arg;
	(void)err;
	if (*why)
		return sb_stage_absent(stage, why);
	if (sb_note(stage, "two pools of %s", sb_run_endpoint(stage)) < 0 ||
	    sb_count(stage, "pools", 2) < 0)
		return SB_E_NOMEM;
	return sb_rows_read(stage, SOURCE);
}

static int diff_family(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	struct sb_error why = SB_ERROR_INIT;

	(void)arg;
	(void)err;
	return sb_note(stage, "known completely: %s",
		       sb_rows_state(stage, SOURCE, "", &why) == SB_ROWS_COMPLETE ? "yes" : "no");
}

static const char *const after_family[] = {"teller.family", NULL};
static const struct sb_stage family = {.size = sizeof(family),
				       .name = "teller.family",
				       .fetch = fetch_family,
				       .diff = diff_family};
static const struct sb_stage parts = {
	.size = sizeof(parts), .name = "teller.parts", .after = after_family, .diff = diff_family};

static int start_module(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	int rc = sb_stage_add(ctx, &family, err);

	(void)ret_state;
	return rc < 0 ? rc : sb_stage_add(ctx, &parts, err);
}

SB_MODULE(teller, .version = "1", .summary = "lines in the record", SB_TABLE(option, options),
	  .start = start_module)
