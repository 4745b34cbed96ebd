/* SPDX-License-Identifier: Apache-2.0 */
/* The result of a job that has exited, by its end event or by its death. */
#pragma once

#include "parent/state.h"

/** Describe in result->err how a job died that sent no end, with stage and module. */
void sb_parent_describe_death(struct sb_parent *parent);

/** {"code", "stage", "module", "signal"?} of such a death, after it was described. New reference.
 */
json_t *sb_parent_death_detail(const struct sb_parent *parent);

/** Set status, exit code, record and error of parent->result from the last event, or from the way
 * the process ended. */
void sb_parent_conclude(struct sb_parent *parent);
