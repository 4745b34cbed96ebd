/* SPDX-License-Identifier: Apache-2.0 */
/* The home of kinds that NetBox has no model for, in one run: which one it is, and whether it is
 * there. `stagebox bootstrap` chose it and noted it beside the instance id. */
#pragma once

#include "run/run.h"

/**
 * Choose the home that bootstrap notes: the one that is noted, else what the option inventory
 * names, where "auto" is custom objects if NetBox has the plugin and the token may make types, else
 * fields. Without kinds that need a home: what is noted. Waits for NetBox.
 *
 * Returns 0; SB_E_CONFIG when the option names what NetBox does not have; or an error of the
 * requests.
 */
int sb_inventory_choose(struct sb_run *run, enum sb_inventory *ret_inventory, struct sb_error *err);

/**
 * Decide from the note of bootstrap and the option inventory, look whether NetBox has what the
 * kinds that needed stages write need, and declare their collections to the session. Stages of
 * kinds without a home are skipped, with the reason; they fail when NetBox cannot be asked. Call it
 * when stages are selected. Waits for NetBox where the home is custom objects. Returns 0, or
 * SB_E_NOMEM.
 */
int sb_inventory_open(struct sb_run *run, struct sb_error *err);
