/* SPDX-License-Identifier: Apache-2.0 */
/* What a run has come to: stage entries, record, plan document, status and exit code. */
#pragma once

#include "run/run.h"

/** Entry of one stage for the record; stage may be SB_STAGE_SHARED. New reference. */
json_t *sb_outcome_stage(struct sb_run *run, size_t stage, int64_t ms);

/** Take the results of the ops into the statuses of their stages. */
void sb_outcome_ops(struct sb_run *run);

/** Every account balances? Else SB_E_STATE with the first that does not. */
int sb_outcome_balance(struct sb_run *run, struct sb_error *err);

/** {"<module>_sync": {params, runtime_seconds, response: {stages}}, ...}. */
json_t *sb_outcome_record(struct sb_run *run, const json_t *select, int64_t ms);

/** For people: {"<kind>": {"<id>": "<key>"}} of the ids in the plan, and {"<kind>": {"<field>":
 * "<kind>"}} of its reference fields. New references. */
int sb_outcome_names(struct sb_run *run, json_t **ret_names, json_t **ret_refs);

/** What the job has cost so far, http may be NULL: {"cpu_user_s", "cpu_sys_s", "peak_kb",
 * "requests", "retries", "bytes_in", "bytes_out", "idle_s", "in_flight"}. */
json_t *sb_outcome_cost(const struct sb_http *http, unsigned in_flight);

/** {"endpoint","netbox","ops","shared","stages","conflicts","names","refs"}: no time, path or run
 * id. */
json_t *sb_outcome_plan(struct sb_run *run);

/** Status word and exit code of the whole. @is_plan: pending changes count as 2. */
const char *sb_outcome_status(struct sb_run *run, bool is_plan, int *ret_exit);
