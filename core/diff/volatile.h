/* SPDX-License-Identifier: Apache-2.0 */
/* Fields that change by themselves (SB_TRAIT_VOLATILE), and those that are not read from NetBox
 * (SB_TRAIT_UNREAD): when are they written? */
#pragma once

#include "diff/pass.h"

/** Is the object in NetBox older than refresh_s of the reconcile, else than netbox.refresh, by its
 * last_updated? Then its volatile fields are written without another change. False when NetBox did
 * not send the time. @row: flat. */
bool sb_volatile_is_due(const struct sb_pass *pass, const json_t *row);

/** Is a difference of this field written with another change of the object only: because the value
 * changes by itself, or because NetBox's value had no room in the home of the kind, which the
 * record of the stage says? Returns 0, or SB_E_NOMEM. */
int sb_volatile_judge(struct sb_pass *pass, const struct sb_kind_field *field,
		      const json_t *current, bool *ret_late);

/** Add the wanted value of a field that is not read (SB_TRAIT_UNREAD) to those that are written
 * with another change of the object, unless people own it or NetBox refuses it. @ret_values: an
 * object, made when it is NULL. Returns 0, or SB_E_NOMEM. */
int sb_volatile_take_unread(struct sb_pass *pass, const struct sb_want *want,
			    const struct sb_kind_field *field, const json_t *current,
			    json_t **ret_values);
