/* SPDX-License-Identifier: Apache-2.0 */
/* The descriptor has another name than the file. */
#include "stagebox/module.h"

static int start_module(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	(void)ret_state;
	(void)ctx;
	(void)err;
	return 0;
}

SB_MODULE(something_else, .version = "1", .summary = "another name than the file",
	  .start = start_module)
