/* SPDX-License-Identifier: Apache-2.0 */
/* By what and for what a saved plan was made, compared with what applies it. */
#pragma once

#include "run/run.h"

/**
 * Check that the modules of this job are those that made the plan, by their files, and that the
 * Proxmox VE whose identity the plan has is the one that the store knows for this endpoint.
 *
 * @part  of sb_plan_document_part()
 *
 * Returns 0, or SB_E_REFUSED naming the module or both identities; SB_E_NOMEM.
 */
int sb_plan_check_origin(const struct sb_run *run, const json_t *part, struct sb_error *err);
