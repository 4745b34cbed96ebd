/* SPDX-License-Identifier: Apache-2.0 */
/* Decimals as texts: a plan document has no floating-point number, so that every program computes
 * the same hash of it. */
#pragma once

#include "model/kinds.h"

/** The shortest decimal text that reads back as this number: "2.5". New reference; NULL = no
 * memory. */
json_t *sb_decimal_text(double number);

/** Replace each floating-point number in value, at any depth, by its text. Returns 0, or
 * SB_E_NOMEM. */
int sb_decimal_hide(json_t *value);

/** The reverse of what sb_decimal_to_document() makes of JSON: each member of value, at any depth,
 * that is {"$decimal": text} becomes its number. Returns 0, or SB_E_NOMEM. */
int sb_decimal_show(json_t *value);

/** Is there a floating-point number in value? */
bool sb_decimal_is_in(const json_t *value);

/**
 * The values of an op ({"<field>": value}) as a document has them: the number of a field of the
 * type DECIMAL or INT is its text, and a number inside a JSON value {"$decimal": text}.
 *
 * Returns a new reference, which shares the values that stay as they are; NULL = no memory.
 */
json_t *sb_decimal_to_document(const struct sb_kind *kind, const json_t *values);

/** The reverse of sb_decimal_to_document(); texts that are not numbers stay. New reference to a
 * deep copy; NULL = no memory, or values is NULL. */
json_t *sb_decimal_from_document(const struct sb_kind *kind, const json_t *values);
