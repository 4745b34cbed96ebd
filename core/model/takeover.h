/* SPDX-License-Identifier: Apache-2.0 */
/* What plans say about taking over a NetBox that another tool filled. */
#pragma once

#include "stagebox/error.h"

/**
 * Sum up the plans of an audit (docs/CLI-JSON.md, "audit-takeover").
 *
 * @parts  {"<slug>": what the job of SB_JOB_AUDIT planned, with "left"}, borrowed
 *
 * Returns a new reference, NULL when out of memory:
 * {"endpoints": [{"slug", "adopted", "wrong", "missing", "conflicts", "left", "unread", "writes"}],
 *  "cost": {"objects", "shared", "ms_per_object": [least, most], "in_flight", "seconds_min",
 *           "seconds_max"}}
 */
SB_API json_t *sb_takeover_document(const json_t *parts);
