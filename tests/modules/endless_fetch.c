/* SPDX-License-Identifier: Apache-2.0 */
/* Never comes back from its fetch. */
#include "stagebox/module.h"

static volatile int is_forever = 1;

static int spin(struct sb_run *run, struct sb_error *err)
{
	(void)run;
	(void)err;
	while (is_forever)
		;
	return 0;
}

static const struct sb_stage stage = {
	.size = sizeof(stage), .name = "endless_fetch.stage", .fetch = spin};

static int start(struct sb_ctx *ctx, struct sb_error *err)
{
	return sb_stage_add(ctx, &stage, err);
}

SB_MODULE(endless_fetch, .version = "1", .summary = "bad on purpose", .start = start)
