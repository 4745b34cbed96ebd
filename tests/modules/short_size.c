/* SPDX-License-Identifier: Apache-2.0 */
/* A descriptor that ends before its start function. */
#include "stagebox/module.h"

SB_MODULE_API const struct sb_module *sb_module_entry(void);

const struct sb_module *sb_module_entry(void)
{
	static const struct sb_module module = {.magic = SB_MODULE_MAGIC,
						.abi_major = SB_ABI_MAJOR,
						.abi_minor = SB_ABI_MINOR,
						.size = offsetof(struct sb_module, options),
						.name = "short_size"};

	return &module;
}
