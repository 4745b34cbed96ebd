/* SPDX-License-Identifier: Apache-2.0 */
/* Calls a function that does not exist; linked without the check for undefined symbols. */
#include "stagebox/module.h"

int sb_service_that_never_was(void);

static int start_module(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	(void)ret_state;
	(void)ctx;
	(void)err;
	return sb_service_that_never_was();
}

SB_MODULE(undefined_symbol, .version = "1", .summary = "needs a missing symbol",
	  .start = start_module)
