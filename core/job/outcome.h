/* SPDX-License-Identifier: Apache-2.0 */
/* The result of a run: stage entries, record, plan document, status and exit code. */
#pragma once

#include "run/run.h"

/** Entry of one stage for the record; stage may be SB_STAGE_SHARED. New reference. */
json_t *sb_outcome_stage(struct sb_run *run, size_t stage, int64_t ms);

/** Set the statuses of the stages by the results of their ops. */
void sb_outcome_ops(struct sb_run *run);

/** Do all accounts balance? Returns 0, or SB_E_STATE with the first that does not. */
int sb_outcome_balance(struct sb_run *run, struct sb_error *err);

/** {"<module>_sync": {params, runtime_seconds, response: {stages}}, ...}. */
json_t *sb_outcome_record(struct sb_run *run, const json_t *select, int64_t ms);

/** For readers: {"<kind>": {"<id>": "<key>"}} of the ids in the plan, and {"<kind>": {"<field>":
 * "<kind>"}} of its reference fields. New references. */
int sb_outcome_names(struct sb_run *run, json_t **ret_names, json_t **ret_refs);

/** The resources that the job has used so far; http may be NULL: {"cpu_user_s", "cpu_sys_s",
 * "peak_kb", "requests", "retries", "bytes_in", "bytes_out", "idle_s", "in_flight"}. */
json_t *sb_outcome_cost(const struct sb_http *http, unsigned in_flight);

/** The plan document {"endpoint","netbox","ops","shared","stages","conflicts","names","refs"},
 * without times, paths and run ids, so that equal plans are equal texts. */
json_t *sb_outcome_plan(struct sb_run *run);

/** Status word and exit code of the run. @is_plan: pending changes exit with 2. */
const char *sb_outcome_status(struct sb_run *run, bool is_plan, int *ret_exit);
