/* SPDX-License-Identifier: Apache-2.0 */
/* Does NetBox show all that it counts? */
#pragma once

#include "run/run.h"

/** Before anything is created below an object that is there: does NetBox show all that it counts
 * there? Once a run. 1 = a list is not whole after all, diff again; 0; or a negative code. */
int sb_hidden_look(struct sb_run *run, struct sb_error *err);
