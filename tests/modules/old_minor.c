/* SPDX-License-Identifier: Apache-2.0 */
/* A module of ABI 1.0: its struct sb_stage has the size of that version. */
#include "stagebox/module.h"

static int start_module(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	static const struct {
		struct sb_stage stage;
	} old = {.stage = {.size = offsetof(struct sb_stage, needs),
			   .name = "old_minor.first",
			   .needs = (const struct sb_need *)(const void *)"must not be read"}};

	(void)ret_state;
	return sb_stage_add(ctx, &old.stage, err);
}

SB_MODULE_API const struct sb_module *sb_module_entry(void);

const struct sb_module *sb_module_entry(void)
{
	static const struct sb_module module = {.magic = SB_MODULE_MAGIC,
						.abi_major = SB_ABI_MAJOR,
						.abi_minor = 0,
						.size = sizeof(struct sb_module),
						.name = "old_minor",
						.start = start_module};

	return &module;
}
