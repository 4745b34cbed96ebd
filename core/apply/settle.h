/* SPDX-License-Identifier: Apache-2.0 */
/* Settling requests of earlier runs that got no answer: waiting until NetBox can no longer commit
 * them, and finding out whether it did. */
#pragma once

#include "run/run.h"

/** Unix time from which on NetBox can no longer commit a task's open requests; 0 = there are none.
 */
int64_t sb_settle_at(const json_t *task);

/** Wait for that time. A run that reads lists waits in sb_fetch() instead. */
int sb_settle_wait(struct sb_run *run, int64_t at_s, struct sb_error *err);

/** Re-read the objects of the open requests, and report to the parent which were committed. A
 * request that cannot be settled stays open for the next run. */
void sb_settle_report(struct sb_run *run, const json_t *task);
