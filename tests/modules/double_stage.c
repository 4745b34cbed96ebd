/* SPDX-License-Identifier: Apache-2.0 */
/* Registers one stage twice. */
#include "stagebox/module.h"

static const struct sb_stage once = {.size = sizeof(once), .name = "double_stage.once"};

static int start_module(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	int rc = sb_stage_add(ctx, &once, err);

	(void)ret_state;
	return rc < 0 ? rc : sb_stage_add(ctx, &once, err);
}

SB_MODULE(double_stage, .version = "1", .summary = "one stage twice", .start = start_module)
