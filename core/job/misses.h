/* SPDX-License-Identifier: Apache-2.0 */
/* How often, and since when, objects of ours are missing at the source. */
#pragma once

#include "run/run.h"

/** The counters of missing objects after this run: those that it updated, and those that it did not
 * look at. Objects that were deleted or are at the source again have none. New reference. */
json_t *sb_misses_after(const struct sb_run *run);
