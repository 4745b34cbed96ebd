/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts: the objects of one kind and one stage, counted at the source and in NetBox. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stagebox/error.h"
#include "stagebox/kind.h"

struct sb_run;

/* The position of core's own stage. */
#define SB_STAGE_SHARED ((size_t)-1)

/* The objects of one kind that one stage owns. Every term is counted by itself, none is computed as
 * a remainder, so that a lost object unbalances the account:
 * seen = created + updated + same + skipped + failed + unknown,
 * before = matched + deleted + released + kept. */
struct sb_account {
	size_t stage; /* position in the registry; SB_STAGE_SHARED */
	const struct sb_kind *kind;
	char *prefix;
	/* Objects of other stages of which this stage writes fields. Only those are seen that it
	 * writes: the owner counts the object itself, on both sides. */
	bool fields_only;
	uint64_t wanted; /* bits: positions in kind->fields of those that its stage wants */
	uint64_t seen, created, updated, same, skipped, failed, unknown;
	uint64_t before, matched, deleted, released, kept;
	uint64_t gone; /* of kept: vanished at the source, or parts of such an object */
};

/** Open an account; prefix is copied. Returns its position, or SB_E_NOMEM. */
int sb_account_open(struct sb_run *run, size_t stage, const struct sb_kind *kind,
		    const char *prefix);

/** The account of a stage for fields of other stages' objects of a kind, opened at its first use.
 * Returns its position, or SB_E_NOMEM. */
int sb_account_fields(struct sb_run *run, size_t stage, const struct sb_kind *kind);

/** The account at a position. The pointer is valid until the next sb_account_open(), the position
 * as long as run->diff. */
struct sb_account *sb_account_at(struct sb_run *run, int i);

/** The position of the account of an object, by kind and longest matching prefix: that of the stage
 * that owns the object. -1 = none. */
int sb_account_of(struct sb_run *run, const struct sb_kind *kind, const char *key);

/** Count the objects of all ops, also of dropped ones, by the final states of their ops; call it
 * once, after applying or instead of it. An object counts once in each account that has ops of it:
 * of its owner, and of the stages that write fields of it. Ops that no stage accounts for get an
 * account. Returns 0,
 * or SB_E_NOMEM. */
int sb_account_finish(struct sb_run *run);

/** How many objects the plan writes: an object with several ops counts once, and an object that is
 * deleted counts with its parts. Negative: SB_E_NOMEM. */
int64_t sb_account_planned(const struct sb_run *run);

/** Does the account balance? Returns 0, or SB_E_STATE with the side that does not. */
int sb_account_check(const struct sb_account *account, const char *stage, struct sb_error *err);
