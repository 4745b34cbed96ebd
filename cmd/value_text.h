/* SPDX-License-Identifier: Apache-2.0 */
/* The text of one value of a plan or record. endpoint: its part of a plan document, or NULL. */
#pragma once

#include "out.h"

/** Write one value of a field on one line: numbers with their unit, referenced objects by key and
 * name. */
void value_text(struct out *out, const json_t *endpoint, const char *kind, const char *field,
		const json_t *value);

/** Write the name of an object after a space, where the plan has one that says more than its key.
 */
void value_text_label(struct out *out, const json_t *endpoint, const char *key);

/** The part of a key that people read: without "shared/". Borrowed from key. */
const char *value_text_short_key(const char *key);
