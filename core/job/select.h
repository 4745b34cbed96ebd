/* SPDX-License-Identifier: Apache-2.0 */
/* Restricting a plan to the ops that were selected. */
#pragma once

#include "run/run.h"

/** Drop the ops that were not selected, and skip those that depend on a dropped create.
 * @target: one object's key, or NULL */
int sb_select_ops(struct sb_run *run, const char *target);

/** Drop the ops for which drops returns true, and skip those that depend on a dropped create. */
int sb_select_without(struct sb_run *run, bool (*drops)(const struct sb_op *op), const char *cause);
