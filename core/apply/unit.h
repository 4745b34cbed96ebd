/* SPDX-License-Identifier: Apache-2.0 */
/* The values of an op that can be left out one by one. */
#pragma once

#include "apply/state.h"

/* A unit is a JSON array: [field], or [field, member] for one member of a set. */

/** Does a field of these values decide about the whole object? Of a create, and of an update that
 * gives an object its key, what sb_kind_field_decides() says. An object that has its key already is
 * found by that: of an update only the parent decides. */
bool sb_unit_decides(const struct sb_kind *kind, enum sb_verb verb, const json_t *set,
		     const char *field);

/** The units of a flat set of values, without the fields that decide about the object. New
 * reference. */
json_t *sb_units_of(const struct sb_kind *kind, enum sb_verb verb, const json_t *set);

/** The value of a unit in a set: that of the field, or the member. Borrowed; NULL = not there. */
const json_t *sb_unit_value(const json_t *set, const json_t *unit);

/** Take a unit out of a set of values. An update's set that then equals what NetBox has (was, may
 * be NULL) loses the field. */
void sb_unit_remove(json_t *set, const json_t *was, const json_t *unit);

/** A set of values without units: new reference. */
json_t *sb_units_without(const json_t *set, const json_t *was, const json_t *units);

/** Only the values of these units: new reference. Sets hold what was plus these members. */
json_t *sb_units_only(const json_t *set, const json_t *was, const json_t *units);

/** The members of a that are not in b: new reference. */
json_t *sb_units_minus(const json_t *a, const json_t *b);

/** The unit whose value, or else whose field, NetBox's text quotes; the longest match. NULL = none.
 * New reference. */
json_t *sb_unit_quoted(const struct sb_apply *apply, const struct sb_op *op, const json_t *set,
		       const json_t *units, const char *text);

/** The value of a unit in words: the name of a member or referenced object, a choice, a number. A
 * new string, or NULL for a text, which may be long. */
json_t *sb_unit_words(const struct sb_apply *apply, const struct sb_op *op, const json_t *set,
		      const json_t *unit);
