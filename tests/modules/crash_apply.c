/* SPDX-License-Identifier: Apache-2.0 */
/* Writes to nowhere while it applies. */
#include "stagebox/module.h"

static int *volatile nowhere;

static int crash(struct sb_run *run, const json_t *op, struct sb_error *err)
{
	(void)run;
	(void)op;
	(void)err;
	*nowhere = 1;
	return 0;
}

static const struct sb_stage stage = {
	.size = sizeof(stage), .name = "crash_apply.stage", .apply = crash};

static int start(struct sb_ctx *ctx, struct sb_error *err)
{
	return sb_stage_add(ctx, &stage, err);
}

SB_MODULE(crash_apply, .version = "1", .summary = "bad on purpose", .start = start)
