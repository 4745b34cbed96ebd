/* SPDX-License-Identifier: Apache-2.0 */
/* The choices that NetBox offers: FIELD_CHOICES in its configuration may replace them. */
#pragma once

#include "run/run.h"

/** Does NetBox offer this value of a choice field? Asks OPTIONS, at most once per kind and run, in
 * the next pass. 1 = yes, or not known; 0 = no; or SB_E_NOMEM. */
int sb_choice_offered(struct sb_run *run, const struct sb_kind *kind, const char *field,
		      const char *value, const char *key);

/** Why a value is left out, and what to do. */
void sb_choice_describe(const char *field, const char *value, char *ret_text, size_t room);

/** Send the question for a kind, unless it was sent: increments *open, and decrements it with the
 * answer. Returns 0, or an error of sb_netbox_options(). */
int sb_choices_ask(struct sb_run *run, const struct sb_kind *kind, size_t *open,
		   struct sb_error *err);
