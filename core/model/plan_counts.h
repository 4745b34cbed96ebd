/* SPDX-License-Identifier: Apache-2.0 */
/* The counters of a plan document against its ops. */
#pragma once

#include <jansson.h>

#include "stagebox/error.h"

/**
 * Check that the counters of the stages are those of the ops, because people read the counters and
 * a program carries out the ops: as many creates, deletes (parts that are deleted with their
 * parent included), releases, and not fewer than one update where objects are changed and not more
 * than these. The counters by kind add up to those of the stage.
 *
 * @doc  a plan document whose ops have key, kind and verb; borrowed
 *
 * Returns 0, SB_E_ARG naming the endpoint and the counter, or SB_E_NOMEM.
 */
int sb_plan_counts_check(const json_t *doc, struct sb_error *err);
