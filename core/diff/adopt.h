/* SPDX-License-Identifier: Apache-2.0 */
/* Adoption: taking over objects of other tools or people instead of creating our own. */
#pragma once

#include "diff/adopt_verdict.h"

/* Functions with a verdict return 0 or SB_E_NOMEM; whatever else prevents an adoption is in the
 * verdict. */

/** Look for an object by the identities of other tools, with the rules of its kind. */
int sb_adopt_by_rule(struct sb_pass *pass, const struct sb_want *want, struct sb_adopt *ret_adopt);

/**
 * Check a candidate that was found by its name: a tool's identity or its hardware may show that it
 * is another object, and it may be adopted already. @ret_adopt: REFUSED with why, ASKED, UNKNOWN,
 * or NONE when it may be adopted.
 */
int sb_adopt_check_candidate(struct sb_pass *pass, const struct sb_want *want,
			     const json_t *candidate, struct sb_adopt *ret_adopt);

/** Look below the same parent for the one unowned part that is the wanted one under another name.
 * FOUND, REFUSED or NONE. @natural: natural key of the wanted part */
int sb_adopt_part(struct sb_pass *pass, const struct sb_want *want, const char *natural,
		  struct sb_adopt *ret_adopt);

/**
 * May a candidate that was found by its natural key be adopted? Not one that belongs to another
 * endpoint or to another parent; an address that is not assigned yet only when it is plain: in the
 * global table, active, reserved or dhcp, without a role. @ret_why: set when it may not.
 */
bool sb_adopt_is_free(const struct sb_pass *pass, const struct sb_want *want, const json_t *row,
		      char *ret_why, size_t room);

/** Do values refer to an object that this plan adopts? */
bool sb_adopt_refers(const struct sb_run *run, const struct sb_kind *kind, const json_t *set);

/** Let an op wait for the adoption of the objects that its values refer to. op is the newest one of
 * the plan. Returns 0, or SB_E_NOMEM. */
int sb_adopt_order(struct sb_run *run, const struct sb_op *op, const json_t *set);

/** Note an adoption: later stages find the row (copied) by the key, and no other object adopts it.
 * Returns 0, or SB_E_NOMEM. */
int sb_adopt_take(struct sb_pass *pass, const struct sb_want *want, const json_t *row);
