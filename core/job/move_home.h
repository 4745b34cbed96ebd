/* SPDX-License-Identifier: Apache-2.0 */
/* Moving the objects of kinds that NetBox has no model for from one home to the other one. The plan
 * makes the new home, creates all objects there, notes the new home and that the former one is
 * left, removes that one, and notes the end. A run that ended in between is planned again from what
 * NetBox has: until the note is changed the former home holds, and after it only the removal is
 * left. */
#pragma once

#include "run/run.h"

/**
 * Plan a move to the home that the option inventory names. Fills run->diff; the plan is empty when
 * the objects are there. What must not be lost with the former home keeps it, and is logged. Waits.
 *
 * Returns 0; SB_E_CONFIG when no other home is named or noted, or when a module that has objects
 * there is not loaded; an error of the requests; or SB_E_NOMEM.
 */
int sb_move_home_plan(struct sb_run *run, struct sb_error *err);

/** Let each step of the linked plan need the one before it. Returns 0, or SB_E_NOMEM. */
int sb_move_home_order(struct sb_run *run);
