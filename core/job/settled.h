/* SPDX-License-Identifier: Apache-2.0 */
/* Values that are equal on both sides without a write. */
#pragma once

#include "run/events.h"
#include "run/run.h"

/** Let the parent store these values as last applied, so that a later difference shows which side
 * changed. Returns 0, or SB_E_NOMEM. */
int sb_settled_send(const struct sb_run *run, struct sb_events *events);
