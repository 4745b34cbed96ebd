/* SPDX-License-Identifier: Apache-2.0 */
/* The home that a move leaves: its removal, and what keeps it. */
#pragma once

#include "run/run.h"

/** The reason of the ops that remove it, in the plan. */
#define SB_FORMER_HOME "its objects are in another home"

/** Plan the removal of a home; what people have there is not removed, and logged. Waits. Returns 0,
 * an error of the requests, or SB_E_NOMEM. */
int sb_former_home_remove(struct sb_run *run, enum sb_inventory former, struct sb_error *err);

/** Does the home hold objects of modules that are not loaded? 0, SB_E_CONFIG with their names, an
 * error of the requests, or SB_E_NOMEM. Waits. */
int sb_former_home_check(struct sb_run *run, enum sb_inventory former, struct sb_error *err);
