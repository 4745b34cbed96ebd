/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts: the objects of one kind and one stage, counted at the source and in NetBox. */
#pragma once

#include "run/diff_state.h"
#include "stagebox/error.h"
#include "stagebox/kind.h"

struct sb_run;

/** Open an account; prefix is copied. Returns its position, or SB_E_NOMEM. */
int sb_account_open(struct sb_run *run, size_t stage, const struct sb_kind *kind,
		    const char *prefix);

/** The account of a stage for fields of other stages' objects of a kind, opened at its first use.
 * Returns its position, or SB_E_NOMEM. */
int sb_account_fields(struct sb_run *run, size_t stage, const struct sb_kind *kind);

/** The account of a stage for objects of a kind that it acts on at the source, opened at its first
 * use. Returns its position, or SB_E_NOMEM. */
int sb_account_actions(struct sb_run *run, size_t stage, const struct sb_kind *kind);

/** Count an object as seen in such an account, unless it was. Returns 1 when it was counted now, 0,
 * or SB_E_NOMEM. */
int sb_account_count_once(struct sb_run *run, int account, const char *key);

/** The account at a position. The pointer is valid until the next sb_account_open(), the position
 * as long as run->diff. */
struct sb_account *sb_account_at(struct sb_run *run, int i);

/** The name of the stage that an account belongs to. Borrowed from the registry. */
const char *sb_account_stage(struct sb_run *run, int i);

/** The position of the account of an object, by kind and longest matching prefix: that of the stage
 * that owns the object. -1 = none. */
int sb_account_of(struct sb_run *run, const struct sb_kind *kind, const char *key);

/** Does the account balance? Returns 0, or SB_E_STATE with the side that does not. */
int sb_account_check(const struct sb_account *account, const char *stage, struct sb_error *err);
