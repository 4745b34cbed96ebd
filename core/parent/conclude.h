/* SPDX-License-Identifier: Apache-2.0 */
/* The result of a job that has exited, by its end event or by its death. */
#pragma once

#include "parent/state.h"

/** Set status, exit code, record and error of parent->result from the last event, or from the way
 * the process ended. */
void sb_parent_conclude(struct sb_parent *parent);
