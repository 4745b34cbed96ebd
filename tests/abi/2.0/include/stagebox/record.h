/* SPDX-License-Identifier: Apache-2.0 */
/* The lines, numbers and state that a stage reports to people in the record of its run. */
#pragma once

#include "stagebox/module.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Add a line to the record of the stage, which `stagebox run show` and the end of a sync print.
 * Equal lines are one. Lines are sorted, cut after 500 bytes, and those above 50 are only counted.
 * In diff, which may run more than once, the lines of the last time count. No secrets.
 *
 * Returns 0, or SB_E_NOMEM.
 */
SB_API int sb_note(struct sb_stage_run *stage, const char *fmt, ...) SB_PRINTF(2, 3);

/**
 * Set a number in the record of the stage: "pools", 3.
 *
 * @name  at most 63 of a-z, 0-9 and _
 *
 * Returns 0, SB_E_NOMEM, or SB_E_ARG for another name and for more than 50 numbers.
 */
SB_API int sb_count(struct sb_stage_run *stage, const char *name, int64_t number);

/**
 * Declare that the family of this stage does not exist at the endpoint, such as a service that is
 * not installed there: the stage is skipped with this reason, and so are the stages that run after
 * it; the run can be ok. Nothing of them changes in NetBox. Only from fetch and callbacks of
 * answers; why is copied.
 *
 * Returns 0, or SB_E_STATE outside of them.
 */
SB_API int sb_stage_absent(struct sb_stage_run *stage, const char *why);

#ifdef __cplusplus
}
#endif
