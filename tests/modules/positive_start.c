/* SPDX-License-Identifier: Apache-2.0 */
/* Returns a positive number from start. */
#include "stagebox/module.h"

static int start_module(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	(void)ret_state;
	(void)ctx;
	(void)err;
	return 7;
}

SB_MODULE(positive_start, .version = "1", .summary = "returns 7", .start = start_module)
