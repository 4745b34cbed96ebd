/* SPDX-License-Identifier: Apache-2.0 */
/* Ops that claim what an object that stays holds. */
#pragma once

#include "diff/pass.h"

/** Find ops that claim what an object that stays holds: NetBox would refuse them. They are noted in
 * snap->blocked, and diff->once_more is set. */
int sb_block_find(struct sb_run *run);

/** A wanted object whose natural key an object that stays holds: keeps its own, or waits. */
void sb_block_apply(struct sb_pass *pass, struct sb_want *want, bool has_row);
