/* SPDX-License-Identifier: Apache-2.0 */
/* Batches that are sent later: after a delay, or as halves of a refused one. */
#pragma once

#include "apply/state.h"

/** Send these ops later as a batch of their own, not before delay_ms has passed. */
void sb_apply_defer(struct sb_apply *apply, const struct sb_kind *kind, enum sb_verb verb,
		    const size_t *ops, size_t n, int64_t delay_ms, bool is_unsettled,
		    unsigned attempts);
