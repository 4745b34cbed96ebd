/* SPDX-License-Identifier: Apache-2.0 */
/* Carrying out a plan: batches of one verb and kind, sent as their dependencies complete. */
#pragma once

#include "run/events.h"
#include "run/run.h"

/**
 * Carry out run->diff->plan (linked by sb_plan_link()). Every op ends in DONE, ALREADY, FAILED or
 * SKIPPED with its cause; a refused object fails alone, and ops that depend on it are skipped.
 *
 * Returns 0 also when ops failed; negative only when the run cannot continue (out of memory, or
 * waiting for the network failed).
 */
int sb_apply(struct sb_run *run, struct sb_events *events, struct sb_error *err);
