/* SPDX-License-Identifier: Apache-2.0 */
/* What a bootstrap plans for the types of custom objects that are the home of kinds. */
#pragma once

#include "job/bootstrap.h"

/** Plan one object: row is what NetBox has, NULL = nothing; set what changes (not taken), {} =
 * nothing; why a reason for the plan, NULL = "needed" or "incomplete". The account counts it.
 * Returns 0, or SB_E_NOMEM. */
int sb_bootstrap_change(struct sb_run *run, const struct sb_kind *kind, const char *key,
			const json_t *row, json_t *set, int account, const char *why,
			struct sb_error *err);

/** The description of the custom field stagebox_key: instance id and home; "" = none. */
void sb_bootstrap_mark(const char *instance, const char *home, const char *former, char *ret_text,
		       size_t room);

/** Plan the custom fields, and the types, that a home needs. @mark: of sb_bootstrap_mark(). Waits.
 * Returns 0, SB_E_CONFIG, SB_E_CONFLICT, an error of the requests, or SB_E_NOMEM. */
int sb_bootstrap_prepare(struct sb_run *run, const char *instance, const char *mark,
			 enum sb_inventory inventory, struct sb_error *err);

/** Plan the types that the kinds of the loaded modules need. @instance: the instance id, which
 * NetBox may get in the same plan. Waits. Returns 0; SB_E_CONFIG when NetBox has other types or
 * fields in their place; or an error of the requests. */
int sb_bootstrap_types(struct sb_run *run, const char *instance, struct sb_error *err);

/** Log which rights on the objects of these types the token lacks: NetBox has them since the types
 * are there. Waits. */
void sb_bootstrap_rights(struct sb_run *run);
