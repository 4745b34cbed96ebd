/* SPDX-License-Identifier: Apache-2.0 */
/* Refuses to start and does not say why. */
#include "stagebox/module.h"

static int start(struct sb_ctx *ctx, struct sb_error *err)
{
	(void)ctx;
	(void)err;
	return SB_E_STATE;
}

SB_MODULE(mute_start, .version = "1", .summary = "never starts, never speaks", .start = start)
