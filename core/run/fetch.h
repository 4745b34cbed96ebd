/* SPDX-License-Identifier: Apache-2.0 */
/* Asks of Proxmox VE and lists of NetBox in one loop. */
#pragma once

#include "run/run.h"

/** Read both sides.
 *
 *  @lists_at_s  unix time before which NetBox's lists are not read, because NetBox may still commit
 *               requests of an interrupted run */
int sb_fetch(struct sb_run *run, int64_t lists_at_s, struct sb_error *err);

/** Begin to read NetBox's lists; run->reads_open counts those that are not finished. */
int sb_fetch_lists(struct sb_run *run, struct sb_error *err);
