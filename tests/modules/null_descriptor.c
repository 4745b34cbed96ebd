/* SPDX-License-Identifier: Apache-2.0 */
/* The entry function returns NULL. */
#include "stagebox/module.h"

SB_MODULE_API const struct sb_module *sb_module_entry(void);

const struct sb_module *sb_module_entry(void)
{
	return NULL;
}
