/* SPDX-License-Identifier: Apache-2.0 */
/* What NetBox needs before the first sync, and plans that come from a file. */
#pragma once

#include "engine/run.h"

/** Plan the custom fields stagebox_key (with this NetBox's mark) and stagebox_birth on all owned
 * kinds; nothing when they are as they should be. Fills run->diff. */
int sb_bootstrap_plan(struct sb_run *run, struct sb_error *err);

/**
 * Take the part of this endpoint of a plan ({"endpoint","netbox","ops","shared"}) into run->diff,
 * after reading NetBox's lists: what is there already is not made again. SB_E_REFUSED when the plan
 * was made for another NetBox.
 *
 * @lists_at_s  as in sb_fetch()
 */
int sb_plan_take(struct sb_run *run, const json_t *part, int64_t lists_at_s, struct sb_error *err);
