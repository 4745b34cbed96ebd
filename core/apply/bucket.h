/* SPDX-License-Identifier: Apache-2.0 */
/* Ops that may share a request. */
#pragma once

#include "apply/state.h"

/** A bucket for each sort of ops that the plan has; ops learn theirs. SB_E_NOMEM. */
int sb_buckets_make(struct sb_apply *apply);

/** The op is ready. SB_E_NOMEM. */
int sb_bucket_put(struct sb_bucket *bucket, size_t op);

/** Ops of one request in the order of their groups, so that the runs of other endpoints, which do
 * the same, take NetBox's locks in the same order. */
void sb_bucket_sort(const struct sb_apply *apply, size_t *ops, size_t n);

/** Does NetBox make these one after the other, so that a second request would only wait? */
bool sb_bucket_is_serial(const struct sb_bucket *bucket);
