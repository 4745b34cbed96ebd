/* SPDX-License-Identifier: Apache-2.0 */
/* References of which an object has several candidates. */
#pragma once

#include "diff/pass.h"
#include "diff/policy.h"

/**
 * Decide between the candidates of a field of an existing object: sets want->fields to the one that
 * the field is compared with.
 *
 * @current  NetBox's value
 *
 * Returns SB_CHOICE_SET when the field is compared as usual, SB_CHOICE_KEEP when NetBox's value
 * stays, SB_CHOICE_ASK when the value that we wrote last is needed.
 */
enum sb_choice sb_choose_reference(struct sb_pass *pass, struct sb_want *want,
				   const struct sb_kind_field *field, const json_t *current,
				   struct sb_last *last);
