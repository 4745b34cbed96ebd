/* SPDX-License-Identifier: Apache-2.0 */
/* The lines and numbers that stages add to their record. */
#pragma once

#include "run/run.h"

/** Add "notes" ["..."], "notes_more" (how many were not kept) and "numbers" {"<name>": n} of a
 * stage to its entry in the record, each only if there are any. Returns 0, or SB_E_NOMEM. */
int sb_notes_describe(const struct sb_run *run, size_t stage, json_t *entry);
