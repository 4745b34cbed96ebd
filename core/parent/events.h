/* SPDX-License-Identifier: Apache-2.0 */
/* The events that a job sends: what the parent stores of them, and its acknowledgements. */
#pragma once

#include "parent/state.h"

/** Handle all whole lines received so far: store and commit them in modes that write, acknowledge
 * requests, pass each event to spec->on_event. Does nothing before the task was sent. Returns 0;
 * SB_E_SHAPE for a line that is not an event; or an error of the store. */
int sb_parent_events(struct sb_parent *parent, struct sb_error *err);
