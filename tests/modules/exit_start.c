/* SPDX-License-Identifier: Apache-2.0 */
/* Exits the whole process with status 0 while it starts. */
#include <stdlib.h>

#include "stagebox/module.h"

static int start_module(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	(void)ret_state;
	(void)ctx;
	(void)err;
	exit(0);
}

SB_MODULE(exit_start, .version = "1", .summary = "bad on purpose", .start = start_module)
