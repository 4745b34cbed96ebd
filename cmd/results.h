/* SPDX-License-Identifier: Apache-2.0 */
/* What commands print of their jobs at the end: runs, or a plan. */
#pragma once

#include "jobs.h"

/** Text, or {"runs": [{id, endpoint, status, exit, record, error?}], "exit": n}. Reports errors,
 * returns the exit code. */
int results_print(struct jobs *jobs);

/** The plan that the jobs made: text, or {"hash","summary","plan"}. Parts that did not come are
 * their jobs' errors. Counts changes and conflicts into the exit code. *ret_doc: the plan document,
 * new reference. */
int results_plan(struct jobs *jobs, json_t **ret_doc, struct sb_error *err);
