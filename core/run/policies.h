/* SPDX-License-Identifier: Apache-2.0 */
/* The policy in force for each field. */
#pragma once

#include "run/run.h"

/** Compute the policy of each field of each kind from the group "policy" of the configuration (may
 * be NULL). Returns 0, or SB_E_NOMEM. */
int sb_policies_read(struct sb_run *run, const json_t *policies);

/** The policy in force for a field: configured for "kind.field", else for "field", else the default
 * of the kind. */
enum sb_policy sb_policy_of(const struct sb_run *run, const struct sb_kind *kind,
			    const struct sb_kind_field *field);

/** Is the field that of people here, because its policy is "intent" and its guest has the switch
 * set?
 * @row: NetBox's object, which has another key while it is adopted */
bool sb_policy_yields(const struct sb_run *run, const struct sb_kind *kind,
		      const struct sb_kind_field *field, const char *key, const json_t *row);

/** Does it depend on the switch of the object itself whether the field is written? Then an update
 * names the switch among its old values, so that it is refused when that is set later. */
bool sb_policy_asks_switch(const struct sb_run *run, const struct sb_kind *kind,
			   const struct sb_kind_field *field);

/** True when NetBox itself empties this reference after its target is deleted (primary address). */
bool sb_field_empties(const struct sb_run *run, const struct sb_kind_field *field);
