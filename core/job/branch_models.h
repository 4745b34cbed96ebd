/* SPDX-License-Identifier: Apache-2.0 */
/* Which objects NetBox keeps apart in branches. */
#pragma once

#include "run/run.h"

/**
 * Ask NetBox whether it keeps the objects that the selected stages may write apart in branches;
 * waits. Those of other models (its setting exempt_models, plugins) would be written to main,
 * whatever header a request has.
 *
 * @ret_type  the first object type that it does not keep apart; "" = there is none; of room bytes
 *
 * Returns 0, or the error of the request.
 */
int sb_job_branch_models(struct sb_run *run, char *ret_type, size_t room, struct sb_error *err);
