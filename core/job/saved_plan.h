/* SPDX-License-Identifier: Apache-2.0 */
/* Plans from a file. */
#pragma once

#include "run/run.h"

/**
 * Take the part of this endpoint of a plan ({"endpoint","netbox","ops","shared"}) into run->diff,
 * after reading NetBox's lists, so that existing objects are not created again. SB_E_REFUSED when
 * the plan was made for another NetBox.
 *
 * @lists_at_s  as in sb_fetch()
 */
int sb_plan_take(struct sb_run *run, const json_t *part, int64_t lists_at_s, struct sb_error *err);
