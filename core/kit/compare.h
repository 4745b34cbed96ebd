/* SPDX-License-Identifier: Apache-2.0 */
/* The differences of two JSON values, for people. */
#pragma once

#include <jansson.h>

#include "stagebox/types.h"

enum { SB_KIT_MAX_DIFFERENCES = 30 };

/** A line for each difference: "plan[0].set.name: expected \"a\", is \"b\"". At most
 * SB_KIT_MAX_DIFFERENCES, then one with the number of the others. New reference. */
SB_API json_t *sb_kit_differences(const json_t *expected, const json_t *given);
