/* SPDX-License-Identifier: Apache-2.0 */
/* Where the jobs of a request write: to main, or into branches of NetBox. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

/** Are these the options of one branch? NULL = main */
bool sb_job_target_equal(const json_t *branch, const json_t *other);

/**
 * The target of a plan document, {"modules", "branch"}, with the modules of one of its endpoints
 * that have ops.
 *
 * @configured  the targets of the endpoint by the configuration, see struct sb_jobs_request: a
 * plan, which may come from anybody, cannot merge what the configuration leaves for review, nor
 * acknowledge conflicts on which it fails; NULL = none
 *
 * New reference; NULL = main.
 */
json_t *sb_job_target_of_plan(const json_t *doc, const json_t *endpoint, const json_t *configured);
