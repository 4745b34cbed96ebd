/* SPDX-License-Identifier: Apache-2.0 */
/* Handling the events that a job sends. */
#pragma once

#include "parent/state.h"

/** Handle all whole lines received so far: store and commit them, acknowledge requests, pass each
 * event to spec->on_event. Does nothing before the task was sent. Returns 0; SB_E_SHAPE for a line
 * that is not an event; or an error of the store. */
int sb_parent_events(struct sb_parent *parent, struct sb_error *err);
