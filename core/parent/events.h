/* SPDX-License-Identifier: Apache-2.0 */
/* Events of a job. */
#pragma once

#include "parent/state.h"

/** Handle all whole lines that have come: store, commit, acknowledge, tell the caller. */
int sb_parent_events(struct sb_parent *parent, struct sb_error *err);
