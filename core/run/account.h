/* SPDX-License-Identifier: Apache-2.0 */
/* Objects of one kind that one stage answers for, counted on two sides. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "stagebox/error.h"
#include "stagebox/kind.h"

struct sb_run;

/* The position of core's own stage. */
#define SB_STAGE_SHARED ((size_t)-1)

/* Objects of one kind that one stage answers for, counted on two sides. No term is a remainder:
 * seen = created + updated + same + skipped + failed + unknown,
 * before = matched + deleted + kept. */
struct sb_account {
	size_t stage; /* position in the registry; SB_STAGE_SHARED */
	const struct sb_kind *kind;
	char *prefix;
	uint64_t seen, created, updated, same, skipped, failed, unknown;
	uint64_t before, matched, deleted, kept;
};

int sb_account_open(struct sb_run *run, size_t stage, const struct sb_kind *kind,
		    const char *prefix);

struct sb_account *sb_account_at(struct sb_run *run, int i);

/** The account that answers for an object of a kind, by the longest prefix; -1 = none. */
int sb_account_of(struct sb_run *run, const struct sb_kind *kind, const char *key);

/** After applying (or instead of it): move the counters by what became of the ops. */
int sb_account_finish(struct sb_run *run);

/** Does it balance? Names the side that does not. */
int sb_account_check(const struct sb_account *account, const char *stage, struct sb_error *err);
