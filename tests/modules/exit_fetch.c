/* SPDX-License-Identifier: Apache-2.0 */
/* Ends the whole process as if all were well. */
#include <stdlib.h>

#include "stagebox/module.h"

static int leave(struct sb_run *run, struct sb_error *err)
{
	(void)run;
	(void)err;
	exit(0);
}

static const struct sb_stage stage = {
	.size = sizeof(stage), .name = "exit_fetch.stage", .fetch = leave};

static int start(struct sb_ctx *ctx, struct sb_error *err)
{
	return sb_stage_add(ctx, &stage, err);
}

SB_MODULE(exit_fetch, .version = "1", .summary = "bad on purpose", .start = start)
