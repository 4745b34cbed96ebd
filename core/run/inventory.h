/* SPDX-License-Identifier: Apache-2.0 */
/* The home of kinds that NetBox has no model for, in one run: which one it is, and whether it is
 * there. `stagebox bootstrap` chose it and noted it beside the instance id. */
#pragma once

#include "run/run.h"

/** Choose the home that bootstrap notes: the one that is noted, else what the option inventory
 * names. Without kinds that need a home: what is noted. */
enum sb_inventory sb_inventory_choose(const struct sb_run *run);

/**
 * Decide from the note of bootstrap and the option inventory, look whether NetBox has what the
 * kinds that needed stages write need, and declare their collections to the session. Stages of
 * kinds without a home are skipped, with the reason. Call it when stages are selected. Sends
 * nothing. Returns 0, or SB_E_NOMEM.
 */
int sb_inventory_open(struct sb_run *run, struct sb_error *err);
