/* SPDX-License-Identifier: Apache-2.0 */
/* Output of a command after its jobs: the runs, or the plan. */
#pragma once

#include "jobs.h"

/** Print the runs: text, or {"runs": [{id, endpoint, status, exit, totals, record, error?}],
 * "exit": n, "duplicates": []}. A run without changes is one line; the end is a recap of all
 * endpoints. Reports the errors of jobs on stderr. Returns the exit code. */
int results_print(struct jobs *jobs);

/** The same for a plan document that was applied: with its hashes. */
int results_print_apply(struct jobs *jobs, const json_t *plan);

/** Print the plan: text, or {"hash","hashes","summary","plan"}. A part is missing when its job
 * failed. Pending changes and conflicts change the exit code of jobs. Modules that write to several
 * targets have a plan for each: {"plans": [such answers]}. *ret_doc: the plan document, new
 * reference, NULL when there are several; *ret_is_complete: no part is missing. */
int results_plan(struct jobs *jobs, json_t **ret_doc, bool *ret_is_complete, struct sb_error *err);

/** The errors of the endpoints whose jobs failed: [{"endpoint", "error": {"code", "text"}}]. New
 * reference. */
json_t *results_errors(const struct jobs *jobs);
