/* SPDX-License-Identifier: Apache-2.0 */
/* Declares that it writes a field that the module qemu writes, too. */
#include "stagebox/module.h"

static int diff_nothing(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	(void)stage;
	(void)arg;
	(void)err;
	return 0;
}

static const char *const fields[] = {"serial", "memory", NULL};
static const struct sb_write writes[] = {
	{.kind = "vm", .fields = fields, .keys = "*/qemu/"},
	{0},
};
static const struct sb_stage stage = {.size = sizeof(stage),
				      .name = "same_field.values",
				      SB_TABLE(write, writes),
				      .diff = diff_nothing};

static int start_module(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	(void)ret_state;
	return sb_stage_add(ctx, &stage, err);
}

SB_MODULE(same_field, .version = "1", .summary = "a field of another module", .start = start_module)
