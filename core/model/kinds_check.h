/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of a kind when a module registers it. */
#pragma once

#include "stagebox/kind.h"

enum { SB_KIND_MAX_FIELDS = 63 }; /* sets of its fields are bits of one word */

/** Check a kind whose tables have rows of our sizes, so that later code can rely on its fields,
 * traits and rules. Whether the kinds exist that it refers to is asked by sb_kinds_check(), when
 * all are registered. Returns 0, or SB_E_CONFIG with kind, field and what to do. */
int sb_kind_check(const struct sb_kind *kind, struct sb_error *err);
