/* SPDX-License-Identifier: Apache-2.0 */
/* Fields that must not change, whatever their policy is. */
#pragma once

#include "diff/pass.h"

/** Must this field of an existing object keep its value, whatever its policy is? Notes the reason
 * in diff->kept. @set: what the update changes so far. 1 yes, 0 no, or SB_E_NOMEM. */
int sb_object_keeps(struct sb_pass *pass, const struct sb_want *want,
		    const struct sb_kind_field *field, const json_t *row, const json_t *set);
