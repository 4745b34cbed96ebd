/* SPDX-License-Identifier: Apache-2.0 */
/* The fields that NetBox names in an error. */
#pragma once

#include "model/plan.h"

/** The field of a kind that NetBox names in an error, by its name, as a custom field, or by the
 * half of a generic reference. NULL = none of ours. */
const struct sb_kind_field *sb_named_field(const struct sb_kind *kind, const char *name);

/** Is a field among the values of an op? NULL is not. */
bool sb_named_field_is_sent(const struct sb_op *op, const struct sb_kind_field *field);

/** How many of the fields that NetBox names are among the values of an op. */
size_t sb_named_field_count(const struct sb_op *op, const json_t *fields);
