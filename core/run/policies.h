/* SPDX-License-Identifier: Apache-2.0 */
/* The policy in force for each field. */
#pragma once

#include "run/run.h"

/** Compute the policy of each field of each kind from the group "policy" of the configuration (may
 * be NULL). SB_E_NOMEM. */
int sb_policies_read(struct sb_run *run, const json_t *policies);

/** The policy in force for a field: configured for "kind.field", else for "field", else the default
 * of the kind. */
enum sb_policy sb_policy_of(const struct sb_run *run, const struct sb_kind *kind,
			    const struct sb_kind_field *field);

/** Does NetBox itself empty this reference when its target is deleted (a primary address)? */
bool sb_field_empties(const struct sb_run *run, const struct sb_kind_field *field);
