/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of earlier runs that nobody answered: when they can be judged, and what became of them.
 */
#pragma once

#include "run/run.h"

/** Wall time from which on NetBox cannot commit any of a task's open requests; 0 = there are none.
 */
int64_t sb_settle_at(const json_t *task);

/** Wait for that time, for a run that reads no lists. */
int sb_settle_wait(struct sb_run *run, int64_t at_s, struct sb_error *err);

/** Re-read what the open requests were about, and tell the parent which were committed. One that
 * cannot be judged stays open: the next run looks again. */
void sb_settle_tell(struct sb_run *run, const json_t *task);
