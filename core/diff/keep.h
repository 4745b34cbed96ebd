/* SPDX-License-Identifier: Apache-2.0 */
/* Fields that must keep their value regardless of policy. */
#pragma once

#include "diff/pass.h"

/** Decide whether a field of an existing object must keep its value regardless of policy, and note
 * the reason in diff->kept. @set: the fields that the update changes so far. Returns 1 when it
 * must, 0 when not, or SB_E_NOMEM. */
int sb_object_keeps(struct sb_pass *pass, const struct sb_want *want,
		    const struct sb_kind_field *field, const json_t *row, const json_t *set);
