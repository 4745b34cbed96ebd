/* SPDX-License-Identifier: Apache-2.0 */
/* The executor of the system "netbox": which ready ops are sent next, and in which batch. */
#pragma once

#include "apply/state.h"

/** Send the next batch. False = none can be sent now. */
bool sb_schedule_start(struct sb_apply *apply);

/** An op became ready. Returns 0, or SB_E_NOMEM. */
int sb_schedule_put(struct sb_apply *apply, size_t op);

/** Count an op that waits for its needs, or does no longer (step -1). */
void sb_schedule_count_waiting(struct sb_apply *apply, const struct sb_op *op, int step);

/** Is a request under way, deferred, or waiting for the lease of shared objects? */
bool sb_schedule_waits(const struct sb_apply *apply);

/** Milliseconds until the schedule is asked again. */
int64_t sb_schedule_tick(struct sb_apply *apply);
