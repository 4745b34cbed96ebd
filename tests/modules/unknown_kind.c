/* SPDX-License-Identifier: Apache-2.0 */
/* Declares a read of a kind that does not exist. */
#include "stagebox/module.h"

static const struct sb_read reads[] = {{.kind = "unicorn"}, {0}};
static const struct sb_stage stage = {
	.size = sizeof(stage), .name = "unknown_kind.stage", SB_TABLE(read, reads)};

static int start_module(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	(void)ret_state;
	return sb_stage_add(ctx, &stage, err);
}

SB_MODULE(unknown_kind, .version = "1", .summary = "reads unicorns", .start = start_module)
