/* SPDX-License-Identifier: Apache-2.0 */
/* How a job ended. */
#pragma once

#include "parent/state.h"

/** Status, exit code, record and error of a job that is gone. */
void sb_parent_conclude(struct sb_parent *parent);
