/* SPDX-License-Identifier: Apache-2.0 */
/* The counters of a plan document against its ops. */
#pragma once

#include <jansson.h>

#include "stagebox/error.h"

/**
 * Check that the counters of the stages hide no op, because people read the counters and a program
 * carries out the ops: at least as many creates, deletes and releases as there are ops, at least
 * one update where objects are changed. Rows of MAC addresses are counted with their interfaces.
 * The counters by kind add up to those of the stage.
 *
 * @doc  a plan document whose ops have key, kind and verb; borrowed
 *
 * Returns 0, SB_E_ARG naming the endpoint and the counter, or SB_E_NOMEM.
 */
int sb_plan_counts_check(const json_t *doc, struct sb_error *err);
