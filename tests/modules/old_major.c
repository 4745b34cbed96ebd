/* SPDX-License-Identifier: Apache-2.0 */
/* Built for an old ABI major version; the loader must not read its name. */
#include "stagebox/module.h"

static int start_module(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	(void)ret_state;
	(void)ctx;
	(void)err;
	return 0;
}

SB_MODULE_API const struct sb_module *sb_module_entry(void);

const struct sb_module *sb_module_entry(void)
{
	static const struct sb_module module = {.magic = SB_MODULE_MAGIC,
						.abi_major = SB_ABI_MAJOR - 1,
						.size = sizeof(struct sb_module),
						.name = (const char *)1,
						.start = start_module};

	return &module;
}
