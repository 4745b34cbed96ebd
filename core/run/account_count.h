/* SPDX-License-Identifier: Apache-2.0 */
/* Counting the objects of a plan in the accounts, once each. */
#pragma once

#include "run/run.h"

/** Count the objects of all ops, also of dropped ones, by the final states of their ops; call it
 * once, after applying or instead of it. An object counts once in each account that has ops of it:
 * of its owner, and of the stages that write fields of it. Ops that no stage accounts for get an
 * account. Returns 0, or SB_E_NOMEM. */
int sb_account_finish(struct sb_run *run);

/** How many objects the plan writes: an object with several ops counts once, and an object that is
 * deleted counts with its parts. Negative: SB_E_NOMEM. */
int64_t sb_account_planned(const struct sb_run *run);
