/* SPDX-License-Identifier: Apache-2.0 */
/* The SHA-256 of a JSON value. */
#pragma once

#include <jansson.h>

#include "stagebox/error.h"

enum { SB_JSON_HASH_CHARS = 64 };

/** Write the SHA-256 of the value as compact JSON with sorted keys, in UTF-8, as lower-case hex:
 * the order of members does not change it. Returns 0, or SB_E_NOMEM. */
SB_API int sb_json_hash(const json_t *value, char ret_hash[SB_JSON_HASH_CHARS + 1],
			struct sb_error *err);

/** Is it a text of 64 lower-case hexadecimal digits? */
SB_API bool sb_json_hash_is(const json_t *value);
