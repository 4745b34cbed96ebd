/* SPDX-License-Identifier: Apache-2.0 */
/* Carrying out a plan: batches of one verb and kind, by need, without barriers. */
#pragma once

#include "run/events.h"
#include "run/run.h"

/**
 * Carry out run->diff->plan (linked by sb_plan_link()). Every op ends in DONE, ALREADY, FAILED or
 * SKIPPED with its cause; a refused object costs only itself and what needs it.
 *
 * Returns 0 also when ops failed; negative only when nothing can go on (memory, broken wait).
 */
int sb_apply(struct sb_run *run, struct sb_events *events, struct sb_error *err);
