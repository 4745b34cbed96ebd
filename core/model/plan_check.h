/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of a plan that was read from a file: anybody may have written it. */
#pragma once

#include "model/kinds.h"

/**
 * Are these values of fields of the kind, each of the type of its field? null is a value of every
 * field.
 *
 * @member  "set" or "was", for the message
 *
 * Returns 0, or SB_E_SHAPE naming the field.
 */
int sb_plan_check_values(const struct sb_kind *kind, const char *member, const json_t *values,
			 struct sb_error *err);
