/* SPDX-License-Identifier: Apache-2.0 */
/* One change of a bootstrap, and the note in which it says what it chose. */
#pragma once

#include "run/run.h"

/** Plan one object: row is what NetBox has, NULL = nothing; set what changes (not taken), {} =
 * nothing; why a reason for the plan, NULL = "needed" or "incomplete". The account counts it.
 * Returns 0, or SB_E_NOMEM. */
int sb_bootstrap_change(struct sb_run *run, const struct sb_kind *kind, const char *key,
			const json_t *row, json_t *set, int account, const char *why,
			struct sb_error *err);

/** The description of the custom field stagebox_key: instance id and home; "" = none. */
void sb_bootstrap_mark(const char *instance, const char *home, const char *former, char *ret_text,
		       size_t room);
