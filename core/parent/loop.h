/* SPDX-License-Identifier: Apache-2.0 */
/* A job until it is gone. */
#pragma once

#include "parent/state.h"

/** Until the job is gone and all that it said is handled. */
void sb_parent_loop(struct sb_parent *parent);
