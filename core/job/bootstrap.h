/* SPDX-License-Identifier: Apache-2.0 */
/* What NetBox needs before the first sync. */
#pragma once

#include "run/run.h"

/** Plan the custom fields stagebox_key (with this NetBox's mark) and stagebox_birth on all owned
 * kinds; nothing when they are as they should be. Fills run->diff. */
int sb_bootstrap_plan(struct sb_run *run, struct sb_error *err);
