/* SPDX-License-Identifier: Apache-2.0 */
/* Fails to start, with an error message. */
#include "stagebox/module.h"

static int start_module(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	(void)ret_state;
	(void)ctx;
	return sb_fail(err, SB_E_STATE, "this module fails on purpose");
}

SB_MODULE(failing_start, .version = "1", .summary = "never starts", .start = start_module)
