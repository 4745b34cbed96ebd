/* SPDX-License-Identifier: Apache-2.0 */
/* A bootstrap plans the types of custom objects that are the home of kinds. */
#pragma once

#include "job/bootstrap_change.h"

/** Plan the types that the kinds of the loaded modules need. @instance: the instance id, which
 * NetBox may get in the same plan. Waits. Returns 0; SB_E_CONFIG when NetBox has other types or
 * fields in their place; or an error of the requests. */
int sb_bootstrap_types(struct sb_run *run, const char *instance, struct sb_error *err);

/** Log which rights on the objects of these types the token lacks: NetBox has them since the types
 * are there. Waits. */
void sb_bootstrap_rights(struct sb_run *run);
