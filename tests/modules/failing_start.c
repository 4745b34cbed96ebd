/* SPDX-License-Identifier: Apache-2.0 */
/* Refuses to start, with a reason. */
#include "stagebox/module.h"

static int start(struct sb_ctx *ctx, struct sb_error *err)
{
	(void)ctx;
	return sb_fail(err, SB_E_STATE, "the moon is in the wrong phase");
}

SB_MODULE(failing_start, .version = "1", .summary = "never starts", .start = start)
