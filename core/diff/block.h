/* SPDX-License-Identifier: Apache-2.0 */
/* Ops that claim a name or address which another object keeps. */
#pragma once

#include "diff/pass.h"

/** Find ops that claim a unique value of an object which does not give it up in this plan: NetBox
 * would refuse them. Notes them in snap->blocked and sets diff->once_more. */
int sb_block_find(struct sb_run *run);

/** For an op that was noted: an existing object keeps its natural key, a new one is left unknown.
 */
void sb_block_apply(struct sb_pass *pass, struct sb_want *want, bool has_row);
