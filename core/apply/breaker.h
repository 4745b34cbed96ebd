/* SPDX-License-Identifier: Apache-2.0 */
/* The circuit breaker: after equal refusals, ops with the refused values are not tried. */
#pragma once

#include "apply/state.h"

/**
 * End an op as failed because NetBox refused its object; after eight equal refusals the breaker
 * opens for the ops of the kind that carry the values which all of these had in common.
 *
 * @fields  what NetBox says about each field that it names: only their values count; NULL = none
 * @is_exception  see sb_refused_object_note()
 */
void sb_breaker_note_refusal(struct sb_apply *apply, size_t position, const json_t *fields,
			     const char *text, bool is_exception);

/** NetBox took an object of the kind. */
void sb_breaker_note_success(struct sb_apply *apply, const struct sb_kind *kind);

/** Open the breaker for all ops of a kind: those that are not under way end as failed with this
 * cause. */
void sb_breaker_open(struct sb_apply *apply, const struct sb_kind *kind, const char *cause);

/** No op of any kind is tried any more: no write reaches NetBox. The run fails for this reason. */
void sb_breaker_open_all(struct sb_apply *apply, const struct sb_error *why);

/** End an op as failed when a breaker is open for its values. True = it has ended. */
bool sb_breaker_stops(struct sb_apply *apply, size_t position);
