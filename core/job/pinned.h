/* SPDX-License-Identifier: Apache-2.0 */
/* The servers that an endpoint belongs to, as the store has pinned them. */
#pragma once

#include "run/run.h"

/** Is the NetBox that answers prepared, and the one that the store belongs to? Returns 0,
 * SB_E_CONFIG or SB_E_REFUSED. */
int sb_pinned_check_netbox(const struct sb_run *run, const json_t *task, struct sb_error *err);

/** The identity of Proxmox VE that an earlier run saw. Caller frees; NULL = none, or no memory. */
char *sb_pinned_pve(const json_t *task);
