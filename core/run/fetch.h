/* SPDX-License-Identifier: Apache-2.0 */
/* Reading both sides: asks of Proxmox VE and lists of NetBox in one loop. */
#pragma once

#include "run/run.h"

/**
 * Read both sides into run->snap: calls fetch() of all needed stages and their answer callbacks,
 * and waits until all is read.
 *
 * @lists_at_s  unix time before which NetBox's lists are not read, because NetBox may still commit
 *              requests of an interrupted run; 0 = now
 *
 * Returns 0 also when stages failed (their status has the reason) or lists are incomplete (their
 * "known" and "why"); else an error of the request loop, or SB_E_NOMEM.
 */
int sb_fetch(struct sb_run *run, int64_t lists_at_s, struct sb_error *err);

/** Begin to read NetBox's lists, without waiting; run->reads_open counts those that are not
 * finished. Returns 0, or an error before the first wait, when some lists may have begun. */
int sb_fetch_lists(struct sb_run *run, struct sb_error *err);
