/* SPDX-License-Identifier: Apache-2.0 */
/* The loop of the parent, from the task that was sent to the exit of the job. */
#pragma once

#include "parent/state.h"

/** Exchange messages with the job until it has exited and all its events are handled. A job that
 * sends an invalid event is killed; the reason is in parent->cause. */
void sb_parent_loop(struct sb_parent *parent);
