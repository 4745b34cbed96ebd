/* SPDX-License-Identifier: Apache-2.0 */
/* A shared object without the entry function. */
#include "stagebox/module.h"

SB_MODULE_API int no_entry_answer(void);

int no_entry_answer(void)
{
	return 42;
}
