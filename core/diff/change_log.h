/* SPDX-License-Identifier: Apache-2.0 */
/* The change log of NetBox: the values that we wrote last. */
#pragma once

#include "run/question.h"
#include "run/run.h"

/** Sort records of the change log, the newest first. */
void sb_change_log_sort(json_t *rows);

/** Put what our user wrote last to the object of an SB_ASK_CHANGES question into snap->base, under
 * the key of the question: {field: flat value}, of stagebox_key the last one that we gave. @rows:
 * our records of any objects, the newest first; borrowed. Returns 0, or SB_E_NOMEM. */
int sb_change_log_put(struct sb_run *run, const struct sb_question *question, const json_t *rows);
