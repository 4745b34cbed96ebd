/* SPDX-License-Identifier: Apache-2.0 */
/* The text of a plan. */
#pragma once

#include "out.h"

/** Write one value of a field on one line: numbers with their unit, referenced objects by key and
 * name. @endpoint: its part of a plan document, or NULL. */
void plan_text_value(struct out *out, const json_t *endpoint, const char *kind, const char *field,
		     const json_t *value);

/** Write a plan document for people: grouped, with a sign per op, counts at the end. */
void plan_text(struct out *out, const json_t *doc);
