/* SPDX-License-Identifier: Apache-2.0 */
/* Runs after a stage that no module has. */
#include "stagebox/module.h"

static const char *const after[] = {"nobody.home", NULL};
static const struct sb_stage lone = {
	.size = sizeof(lone), .name = "unknown_after.lone", .after = after};

static int start(struct sb_ctx *ctx, struct sb_error *err)
{
	return sb_stage_add(ctx, &lone, err);
}

SB_MODULE(unknown_after, .version = "1", .summary = "waits for nobody", .start = start)
