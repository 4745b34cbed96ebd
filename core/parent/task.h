/* SPDX-License-Identifier: Apache-2.0 */
/* What a job is sent before it begins. */
#pragma once

#include "parent/state.h"

/** Say the task, the remembered values and "go"; blocks until the job took them or is gone. */
int sb_parent_feed(struct sb_parent *parent, struct sb_error *err);
