/* SPDX-License-Identifier: Apache-2.0 */
/* The begin and the end of the state of a job. */
#pragma once

#include "run/run.h"

/**
 * Create the state of one job: an empty snapshot, the policies, no stage of the registry selected,
 * no diff.
 *
 * @registry, @conf  borrowed; must outlive the run
 * @slug             an endpoint of conf; "" = NetBox alone
 *
 * Returns 0, SB_E_CONFIG when the endpoint is not configured, or SB_E_NOMEM.
 */
int sb_run_create(struct sb_registry *registry, json_t *conf, const char *slug, int64_t now_s,
		  struct sb_run **ret_run, struct sb_error *err);

/** Release the run with its snapshot and diff, not what it borrows. NULL is allowed. */
void sb_run_destroy(struct sb_run *run);
