/* SPDX-License-Identifier: Apache-2.0 */
/* The result of a run as JSON, from counters and ops: stage entries, record, plan document, status
 * and exit code. */
#pragma once

#include "run/run.h"

/* Counters and statuses are final only after sb_account_finish() and sb_outcome_ops(). New
 * references are NULL when out of memory. sb_outcome_plan() and what returns a status need
 * run->diff. */

/** Entry of one stage for the record; stage may be SB_STAGE_SHARED. @ms: its duration, the member
 * "runtime_seconds". New reference. */
json_t *sb_outcome_stage(struct sb_run *run, size_t stage, int64_t ms);

/** Set the statuses of the stages by the results of their ops. */
void sb_outcome_ops(struct sb_run *run);

/** Do all accounts balance? Returns 0, or SB_E_STATE with the first that does not. */
int sb_outcome_balance(struct sb_run *run, struct sb_error *err);

/** {"<module>_sync": {params, runtime_seconds, response: {stages}}, ...}. @select: array of
 * resources or NULL, borrowed. @ms: duration of the run, written for every module; a stage has its
 * own. New reference. */
json_t *sb_outcome_record(struct sb_run *run, const json_t *select, int64_t ms);

/** For readers: {"<kind>": {"<id>": "<key>"}} of the ids in the plan, and {"<kind>": {"<field>":
 * "<kind>"}} of its reference fields, and {"<key>": "<name>"} of the objects that ops change, of
 * those that they refer to, and of their parents. New references. Returns 0, or SB_E_NOMEM. */
int sb_outcome_names(struct sb_run *run, json_t **ret_names, json_t **ret_refs,
		     json_t **ret_labels);

/** The resources that the job has used so far; http may be NULL: {"cpu_user_s", "cpu_sys_s",
 * "peak_kb", "requests", "retries", "bytes_in", "bytes_out", "idle_s", "in_flight"}. */
json_t *sb_outcome_cost(const struct sb_http *http, unsigned in_flight);

/** The plan document {"endpoint","netbox","ops","shared","stages","conflicts","names","refs"},
 * with "kept" if there are any, without times, paths and run ids, so that equal plans are equal
 * texts. New reference. */
json_t *sb_outcome_plan(struct sb_run *run);

/** Status word (static) and exit code of the run, by its stages, a refused prune and conflicts.
 * @is_plan: pending changes exit with SB_EXIT_CHANGES. */
const char *sb_outcome_status(struct sb_run *run, bool is_plan, int *ret_exit);
