/* SPDX-License-Identifier: Apache-2.0 */
/* The results of a step, in the form of expected.json. */
#pragma once

#include "stagebox/error.h"

/** Check the members of an expected.json. Returns 0, or SB_E_CONFIG naming one that is not known.
 */
int sb_kit_check_wanted(const json_t *wanted, struct sb_error *err);

/** The ops of a plan as a job sends it: those of shared objects first, as they are written. plan
 * NULL = none. New reference. */
json_t *sb_kit_ops(const json_t *plan);

/** Put the parts of a plan that people must decide: those that are not empty. */
void sb_kit_put_remarks(json_t *given, const json_t *plan);

/** The stages of a record by name: {"example.tenants": {"status", "counts"?, "kinds"?, ...}},
 * without times, and without counters that are 0 and members that are empty. New reference. */
json_t *sb_kit_stages(const json_t *record);
