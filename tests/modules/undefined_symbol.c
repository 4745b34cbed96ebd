/* SPDX-License-Identifier: Apache-2.0 */
/* Calls a service that no core has; linked without the check for that. */
#include "stagebox/module.h"

int sb_service_that_never_was(void);

static int start(struct sb_ctx *ctx, struct sb_error *err)
{
	(void)ctx;
	(void)err;
	return sb_service_that_never_was();
}

SB_MODULE(undefined_symbol, .version = "1", .summary = "needs what is not there", .start = start)
