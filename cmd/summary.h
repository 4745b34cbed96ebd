/* SPDX-License-Identifier: Apache-2.0 */
/* What came of a run, from its record. */
#pragma once

#include "out.h"

/** The table of stages, then errors and reasons. */
void summary_record(struct out *out, const json_t *record);

/** What was created, by kind, and the number of changes. */
void summary_changes(struct out *out, const json_t *record);

/** What our rights do not reach, once per limit. slug NULL = of one endpoint alone. */
void summary_limits(struct out *out, const char *slug, const char *stage, const json_t *limits);

/** What stays for what else its object has: each field with both values. head NULL = no headline.
 */
void summary_kept(struct out *out, const char *head, const json_t *kept);

/** What needs a person's decision, in the same form. */
void summary_conflicts(struct out *out, const char *head, const json_t *conflicts);
