/* SPDX-License-Identifier: Apache-2.0 */
/* The branch of NetBox in the record of a run. */
#pragma once

#include <jansson.h>
#include <stdint.h>

/**
 * {"name", "id", "schema_id", "state", "made_by"} (docs/STATUS-JSON.md).
 *
 * @step     of base/branch_step.h; "gone" is "deleted" for readers, and "reverted" is "open"
 * @made_by  the run that made the branch, which may be an earlier one
 *
 * New reference; NULL when out of memory.
 */
json_t *sb_branch_record(const char *name, int64_t id, const char *schema, const char *step,
			 int64_t made_by);
