/* SPDX-License-Identifier: Apache-2.0 */
/* Preparing NetBox for the first sync. */
#pragma once

#include "run/run.h"

/** Plan the custom fields stagebox_key (with the instance id of NetBox), stagebox_birth and
 * stagebox_adopted on all owned kinds; the plan is empty when they exist. Fills run->diff. */
int sb_bootstrap_plan(struct sb_run *run, struct sb_error *err);
