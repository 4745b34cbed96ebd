/* SPDX-License-Identifier: Apache-2.0 */
/* A vanished object gives up its name when another object has that name now. */
#pragma once

#include "run/run.h"

/** Has an object vanished that holds a name which another one claims, and does it give the name up?
 * Notes it in snap->yields the first time and repeats the pass. */
bool sb_yield_ask(struct sb_run *run, const char *holder);

/** Plan, as an op of a stage, the new name of a vanished object that is kept: "NAME (101)" for
 * ".../101". Does nothing when nobody claims its name. Returns 0, or SB_E_NOMEM. */
int sb_yield_name(struct sb_run *run, const struct sb_kind *kind, const char *key,
		  const json_t *row, const char *stage);
