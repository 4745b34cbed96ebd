/* SPDX-License-Identifier: Apache-2.0 */
/* One batch through check, journal, write and answer. */
#pragma once

#include "apply/state.h"

/** Take a batch (with its ops) to NetBox. Calls sb_apply_* below with what came. */
void sb_batch_start(struct sb_batch *batch);

void sb_batch_destroy(struct sb_batch *batch);
