/* SPDX-License-Identifier: Apache-2.0 */
/* Depends on a stage that no module has. */
#include "stagebox/module.h"

static int diff_nothing(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	(void)stage;
	(void)arg;
	(void)err;
	return 0;
}

static const char *const after[] = {"nobody.home", NULL};
static const struct sb_stage lone = {
	.size = sizeof(lone), .name = "unknown_after.lone", .diff = diff_nothing, .after = after};

static int start_module(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	(void)ret_state;
	return sb_stage_add(ctx, &lone, err);
}

SB_MODULE(unknown_after, .version = "1", .summary = "depends on an unknown stage",
	  .start = start_module)
