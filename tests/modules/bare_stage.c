/* SPDX-License-Identifier: Apache-2.0 */
/* A stage without any callback. */
#include "stagebox/module.h"

static const struct sb_stage stage = {.size = sizeof(stage), .name = "bare_stage.stage"};

static int start_module(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	(void)ret_state;
	return sb_stage_add(ctx, &stage, err);
}

SB_MODULE(bare_stage, .version = "1", .summary = "bad on purpose", .start = start_module)
