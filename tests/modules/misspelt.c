/* SPDX-License-Identifier: Apache-2.0 */
/* Declares to write a field whose name is misspelt. */
#include "stagebox/module.h"

static const char *const fields[] = {"adress", NULL};
static const struct sb_write writes[] = {{"ip", fields, "*/shelf/"}, {0}};
static int diff_nothing(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	(void)stage;
	(void)arg;
	(void)err;
	return 0;
}

static const struct sb_stage stage = {.size = sizeof(stage),
				      .name = "misspelt.stage",
				      SB_TABLE(write, writes),
				      .diff = diff_nothing};

static int start_module(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	(void)ret_state;
	return sb_stage_add(ctx, &stage, err);
}

SB_MODULE(misspelt, .version = "1", .summary = "bad on purpose", .start = start_module)
