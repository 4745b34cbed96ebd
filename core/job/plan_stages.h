/* SPDX-License-Identifier: Apache-2.0 */
/* The stages that the ops of a plan file name. */
#pragma once

#include "run/run.h"

/**
 * Check that every op of run->diff->plan is of a stage that is loaded and reads the kind, or, for
 * an op that creates nothing, that another loaded stage does; shared objects are of "shared".
 *
 * Returns 0, or SB_E_REFUSED naming the first op that is not.
 */
int sb_plan_check_stages(const struct sb_run *run, struct sb_error *err);
