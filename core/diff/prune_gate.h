/* SPDX-License-Identifier: Apache-2.0 */
/* The gate that deletes of clusters, nodes and guests pass. A sync asks it while it plans, and
 * `apply` asks it again for the deletes of a saved plan. */
#pragma once

#include "run/run.h"

/**
 * Has the object with this key been missing at the source in prune.runs runs, of which this is the
 * last one, and for prune.grace? Reads the counters of the runs before.
 *
 * @ret_counter  the counter as of this run, {"runs", "since"}: new reference; NULL = not wanted
 */
bool sb_prune_is_due(const struct sb_run *run, const char *key, json_t **ret_counter);

/** As sb_prune_is_due(), for an address that its guest may report again soon: by
 * prune.address_runs and prune.address_grace. */
bool sb_prune_is_address_due(const struct sb_run *run, const char *key, json_t **ret_counter);

/** May n more objects of the kind be deleted in this run? Else sets diff->gate_refused and
 * diff->gate_why, and the stage is partial. The limits are for all stages together: when they ask
 * for more, none of them may, and the pass is repeated if one was allowed before that was known. */
bool sb_prune_allows(struct sb_run *run, size_t stage, const struct sb_kind *kind, size_t n);
