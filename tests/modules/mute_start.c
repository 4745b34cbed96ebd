/* SPDX-License-Identifier: Apache-2.0 */
/* Fails to start without an error message. */
#include "stagebox/module.h"

static int start_module(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	(void)ret_state;
	(void)ctx;
	(void)err;
	return SB_E_STATE;
}

SB_MODULE(mute_start, .version = "1", .summary = "fails without a message", .start = start_module)
