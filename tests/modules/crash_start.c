/* SPDX-License-Identifier: Apache-2.0 */
/* Dereferences a null pointer while it starts. */
#include "stagebox/module.h"

static int *volatile nowhere;

static int start_module(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	(void)ret_state;
	(void)ctx;
	(void)err;
	*nowhere = 1;
	return 0;
}

SB_MODULE(crash_start, .version = "1", .summary = "bad on purpose", .start = start_module)
