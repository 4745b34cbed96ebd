/* SPDX-License-Identifier: Apache-2.0 */
/* Calls itself until the stack is used up. */
#include "stagebox/module.h"

static volatile int depth_limit = 1 << 30;

static int deeper(int depth)
{
	volatile char room[4096];

	room[0] = (char)depth;
	if (depth >= depth_limit)
		return room[0];
	return deeper(depth + 1) + room[0];
}

static int overflow(struct sb_run *run, struct sb_error *err)
{
	(void)run;
	(void)err;
	return deeper(0);
}

static const struct sb_stage stage = {
	.size = sizeof(stage), .name = "overflow_fetch.stage", .fetch = overflow};

static int start(struct sb_ctx *ctx, struct sb_error *err)
{
	return sb_stage_add(ctx, &stage, err);
}

SB_MODULE(overflow_fetch, .version = "1", .summary = "bad on purpose", .start = start)
