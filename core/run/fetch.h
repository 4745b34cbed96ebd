/* SPDX-License-Identifier: Apache-2.0 */
/* Asks of Proxmox VE and lists of NetBox in one loop. */
#pragma once

#include "run/run.h"

/** @lists_at_s  NetBox's lists are not begun before this wall time: requests of an interrupted run
 *               may still be committed until then */
int sb_fetch(struct sb_run *run, int64_t lists_at_s, struct sb_error *err);

/** Begin to read NetBox's lists; reads_open tells how many are left. */
int sb_fetch_lists(struct sb_run *run, struct sb_error *err);
