/* SPDX-License-Identifier: Apache-2.0 */
/* The mode "apply": an endpoint's part of a saved plan becomes the plan of the run. */
#pragma once

#include "run/run.h"

/**
 * Take the part of this endpoint of a plan ({"endpoint","netbox","ops","shared"}) into run->diff,
 * after reading NetBox's lists, and link it (sb_plan_link()). The run has no diff before.
 *
 * A create is not sent when NetBox's list of its kind is incomplete (SKIPPED, with the cause) or
 * when its object exists now: SKIPPED with the cause, or ALREADY for a shared kind.
 *
 * @part        borrowed
 * @lists_at_s  as in sb_fetch()
 *
 * Returns 0; SB_E_REFUSED when the plan was made for another NetBox, for another Proxmox VE or by
 * other modules (plan_origin.h), or has an op that no sync could produce (plan_rules.h); SB_E_ARG
 * when it is for another endpoint; SB_E_SHAPE for an op that is not valid or whose kind no loaded
 * module has; SB_E_NOMEM; or an error of sb_fetch() or sb_plan_link().
 */
int sb_plan_take(struct sb_run *run, const json_t *part, int64_t lists_at_s, struct sb_error *err);
