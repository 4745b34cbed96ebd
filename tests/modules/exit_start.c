/* SPDX-License-Identifier: Apache-2.0 */
/* Ends the whole process as if all were well, while it starts. */
#include <stdlib.h>

#include "stagebox/module.h"

static int start(struct sb_ctx *ctx, struct sb_error *err)
{
	(void)ctx;
	(void)err;
	exit(0);
}

SB_MODULE(exit_start, .version = "1", .summary = "bad on purpose", .start = start)
