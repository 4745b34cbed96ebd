/* SPDX-License-Identifier: Apache-2.0 */
/* What a bootstrap plans for the types of custom objects that are the home of kinds. */
#pragma once

#include "job/bootstrap.h"

/** Plan one object of a shared kind: row is what NetBox has, NULL = nothing; set what changes (not
 * taken), {} = nothing. The account counts it. Returns 0, or SB_E_NOMEM. */
int sb_bootstrap_change(struct sb_run *run, const struct sb_kind *kind, const char *key,
			const json_t *row, json_t *set, int account, struct sb_error *err);

/** Plan the types that the kinds of the loaded modules need. @instance: the instance id, which
 * NetBox may get in the same plan. Waits. Returns 0; SB_E_CONFIG when NetBox has other types or
 * fields in their place; or an error of the requests. */
int sb_bootstrap_types(struct sb_run *run, const char *instance, struct sb_error *err);

/** Log which rights on the objects of these types the token lacks: NetBox has them since the types
 * are there. Waits. */
void sb_bootstrap_rights(struct sb_run *run);
