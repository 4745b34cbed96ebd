/* SPDX-License-Identifier: Apache-2.0 */
/* Modules of which no code runs, because they ended an earlier job of this run, or two earlier
 * runs: their stages failed before they began. */
#pragma once

#include "run/run.h"

/**
 * Let the stages of these modules have failed. Call it once the stages are selected.
 *
 * @dead    of the task: [{"module", "stage", "text", "detail"}], those that ended a job of this run
 * @faults  of the task: {"<module>": {"sha256", "runs", "text"}}, see model/module_fault.h
 *
 * Both are borrowed. Returns 0, or SB_E_NOMEM.
 */
int sb_dead_note(struct sb_run *run, const json_t *dead, const json_t *faults);

/** The "error_detail" of a stage of such a module, borrowed; NULL = it is not one. */
json_t *sb_dead_detail(const struct sb_run *run, size_t stage);
