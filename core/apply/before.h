/* SPDX-License-Identifier: Apache-2.0 */
/* Core reads the guest before it sends a write request to Proxmox VE: the request is for the guest
 * that the plan saw, and not an order to the HA manager, whatever the stage does. */
#pragma once

#include "apply/action.h"

struct sb_before;

/**
 * Look at the guest of an action, then start the call, whose outcome ends the step under way. When
 * nothing may be sent, the step fails, or the action ends as refused.
 *
 * @call    not started; taken, also on failure
 * @params  taken; NULL = none
 *
 * Returns 0, or the code of a request that could not be begun.
 */
int sb_before_call(struct sb_op_run *op_run, struct sb_call *call, json_t *params_take,
		   struct sb_error *err);

/** Release a look that has not ended. NULL is allowed. */
void sb_before_destroy(struct sb_before *before);
