/* SPDX-License-Identifier: Apache-2.0 */
/* Restricting a plan to the ops that were selected. */
#pragma once

#include "run/run.h"

/** Drop the ops that were not selected, and skip those that depend on a dropped create.
 * @target: one object's key, or NULL */
int sb_select_ops(struct sb_run *run, const char *target);

/** Drop the actions on Proxmox VE. */
int sb_select_no_actions(struct sb_run *run, const char *cause);
