/* SPDX-License-Identifier: Apache-2.0 */
/* A plan from a file may do what a sync of its endpoint could do, and nothing else. */
#pragma once

#include "run/run.h"

/**
 * Check the ops of run->diff->plan, which were read from a file, against NetBox's lists, the
 * configuration and the counters of missing objects. Call it before they are linked and counted.
 *
 * Keys are below the slug of the endpoint, or of a shared object. Shared objects are not deleted,
 * and only fields that follow the source are changed. Clusters, nodes and guests are deleted only
 * through the gates of a sync (prune.*). What is changed or deleted is ours, and the plan names the
 * values that it was made from. Parts belong to objects of this endpoint.
 *
 * Returns 0, SB_E_REFUSED naming the first op that no sync could produce, or SB_E_NOMEM.
 */
int sb_plan_check_rules(struct sb_run *run, struct sb_error *err);
