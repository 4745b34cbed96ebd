/* SPDX-License-Identifier: Apache-2.0 */
/* A correct module: two stages, options of several types. */
#include "stagebox/module.h"

static const struct sb_opt options[] = {
	{.name = "word", .type = SB_OPT_STR, .dflt = "x", .help = "a text"},
	{.name = "count", .type = SB_OPT_INT, .dflt = "3", .min = 1, .max = 9, .help = "a number"},
	{.name = "pause", .type = SB_OPT_SECS, .dflt = "5m", .help = "a duration"},
	{.name = "is_on", .type = SB_OPT_BOOL, .dflt = "true", .help = "a switch"},
	{0},
};
static int diff_nothing(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	(void)stage;
	(void)arg;
	(void)err;
	return 0;
}

static const char *const after_first[] = {"good.first", "?absent.stage", NULL};
static const struct sb_read reads[] = {{.kind = "vm"}, {0}};
static const struct sb_stage first = {
	.size = sizeof(first), .name = "good.first", .diff = diff_nothing, SB_TABLE(read, reads)};
static const struct sb_stage second = {
	.size = sizeof(second), .name = "good.second", .diff = diff_nothing, .after = after_first};

static int start_module(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	int rc = sb_stage_add(ctx, &second, err);

	(void)ret_state;
	return rc < 0 ? rc : sb_stage_add(ctx, &first, err);
}

SB_MODULE(good, .version = "1.2", .summary = "nothing is wrong with it", SB_TABLE(option, options),
	  .start = start_module)
