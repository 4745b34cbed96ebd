/* SPDX-License-Identifier: Apache-2.0 */
/* Preparing NetBox for the first sync. */
#pragma once

#include "run/run.h"

/** Plan what a sync needs in NetBox: the custom fields of reflection (stagebox_key holds the
 * instance id of NetBox), and the custom link to Proxmox VE unless netbox.custom_links is off. The
 * plan is empty when all of it exists as this version defines it. Fills run->diff. */
int sb_bootstrap_plan(struct sb_run *run, struct sb_error *err);

/** Plan the custom fields, and the types, that a home needs. @mark: of sb_bootstrap_mark(). Waits.
 * Returns 0, SB_E_CONFIG, SB_E_CONFLICT, an error of the requests, or SB_E_NOMEM. */
int sb_bootstrap_prepare(struct sb_run *run, const char *instance, const char *mark,
			 enum sb_inventory inventory, struct sb_error *err);

/** Report the custom fields that the plan made, so that values which objects had in an earlier
 * definition of them are forgotten; and the rights that the token lacks on custom objects. Waits.
 */
void sb_bootstrap_report(struct sb_run *run);
