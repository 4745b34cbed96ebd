/* SPDX-License-Identifier: Apache-2.0 */
/* Ops that may share a request. */
#pragma once

#include "apply/state.h"

/** Make the buckets that the plan's ops need, and set the bucket of each op. SB_E_NOMEM. */
int sb_buckets_make(struct sb_apply *apply);

/** Add a ready op. SB_E_NOMEM. */
int sb_bucket_put(struct sb_bucket *bucket, size_t op);

/** Sort the ops of one request by group, so that the runs of all endpoints take NetBox's locks in
 * the same order. */
void sb_bucket_sort(const struct sb_apply *apply, size_t *ops, size_t n);

/** Does NetBox create these objects one at a time, so that a second request would only wait? */
bool sb_bucket_is_serial(const struct sb_bucket *bucket);
