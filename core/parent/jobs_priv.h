/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files of the jobs of one request. */
#pragma once

#include "parent/jobs.h"

/**
 * The targets of an endpoint in the order of their jobs. Of a branch whose mode is "if-available",
 * NetBox is asked which modules it would not keep apart: these write to main, so that the others
 * need not. When it cannot be asked, the targets stay, and the jobs say why. They stay, too, for a
 * run of one object and for a recording: there the job takes its whole target to main.
 *
 * Returns a new reference to an array as in struct sb_jobs_request, [{}] = all modules to main;
 * NULL = out of memory.
 */
json_t *sb_jobs_targets_now(const struct sb_jobs *jobs, const char *slug);
