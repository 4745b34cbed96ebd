/* SPDX-License-Identifier: Apache-2.0 */
/* Sends the values of completed ops to the store. */
#pragma once

#include "apply/state.h"

/** Send the values of a completed op to the store, for the next run's three-way comparison. A moved
 * object takes its stored values along to its new key. */
void sb_apply_send_values(struct sb_apply *apply, const struct sb_op *op);
