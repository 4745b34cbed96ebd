/* SPDX-License-Identifier: Apache-2.0 */
/* One batch: check its targets, journal it, write it, evaluate the answer. */
#pragma once

#include "apply/state.h"

/** Send a batch (taken) to NetBox. The results arrive through the sb_apply_* functions. */
void sb_batch_start(struct sb_batch *batch);
