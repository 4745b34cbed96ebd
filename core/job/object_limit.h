/* SPDX-License-Identifier: Apache-2.0 */
/* The gate on the number of objects that one run writes. */
#pragma once

#include "run/run.h"

/**
 * Compare sb_account_planned() with the limit. Call it after the diff, or after a saved plan
 * was read.
 *
 * @limit  of --max-objects; 0 = 1,000 and 50 for each guest and 200 for each other top object
 * (node, cluster) that was read
 *
 * Returns 0, or SB_E_REFUSED naming the objects with most parts in the plan.
 */
int sb_object_limit_check(struct sb_run *run, int64_t limit, struct sb_error *err);
