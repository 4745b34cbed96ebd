/* SPDX-License-Identifier: Apache-2.0 */
/* Two stages that depend on each other, and one that depends on them. */
#include "stagebox/module.h"

static const char *const after_b[] = {"cycle.b", NULL};
static const char *const after_a[] = {"cycle.a", NULL};
static const struct sb_stage a = {.size = sizeof(a), .name = "cycle.a", .after = after_b};
static const struct sb_stage b = {.size = sizeof(b), .name = "cycle.b", .after = after_a};
static const struct sb_stage c = {.size = sizeof(c), .name = "cycle.c", .after = after_a};

static int start_module(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	int rc = sb_stage_add(ctx, &c, err);

	(void)ret_state;
	if (!rc)
		rc = sb_stage_add(ctx, &b, err);
	return rc < 0 ? rc : sb_stage_add(ctx, &a, err);
}

SB_MODULE(cycle, .version = "1", .summary = "a cycle in after", .start = start_module)
