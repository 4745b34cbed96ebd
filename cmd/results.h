/* SPDX-License-Identifier: Apache-2.0 */
/* What commands that write print at their end. */
#pragma once

#include "jobs.h"

/** Text, or {"runs": [{id, endpoint, status, exit, record, error?}], "exit": n}. Reports errors,
 * returns the exit code. */
int results_print(struct jobs *jobs);
