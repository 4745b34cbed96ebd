/* SPDX-License-Identifier: Apache-2.0 */
/* Registers a stage with the name of another module. */
#include "stagebox/module.h"

static const struct sb_stage foreign = {.size = sizeof(foreign), .name = "good.third"};

static int start_module(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	(void)ret_state;
	return sb_stage_add(ctx, &foreign, err);
}

SB_MODULE(foreign_stage, .version = "1", .summary = "uses a foreign name", .start = start_module)
