/* SPDX-License-Identifier: Apache-2.0 */
/* How deep a JSON value is nested. */
#pragma once

#include <jansson.h>

/** Nesting of a JSON value: 1 for a text, 2 for a list of texts. Ends at limit + 1, so also for a
 * value inside itself. */
unsigned sb_json_depth(const json_t *value, unsigned limit);
