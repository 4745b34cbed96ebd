/* SPDX-License-Identifier: Apache-2.0 */
/* Typed reads of JSON from a remote server: several forms of a value, but not another type. */
#pragma once

#include "stagebox/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The string member, or NULL when it is absent, null or not a string. Borrowed from object. */
SB_API const char *sb_json_str(const json_t *object, const char *name);

/**
 * An integer member. Proxmox VE sends numbers, numeric strings, true/false, "" and null for the
 * same field; this accepts numbers, numeric strings and booleans.
 *
 * Returns 0 with *ret_value set; SB_E_NOTFOUND when absent, null or ""; SB_E_SHAPE otherwise.
 * *ret_value is untouched on failure.
 */
SB_API int sb_json_int(const json_t *object, const char *name, int64_t *ret_value);

/** A boolean member in any of the forms 1 0 true false "1" "0" "yes" "on"; dflt when absent. */
SB_API bool sb_json_bool(const json_t *object, const char *name, bool dflt);

/** A number member (also as a numeric string); SB_E_NOTFOUND or SB_E_SHAPE as sb_json_int. */
SB_API int sb_json_real(const json_t *object, const char *name, double *ret_value);

/** The first max_chars characters (not bytes) of a text as a JSON string, without control
 * characters other than newline and tab. New reference; NULL when out of memory or when text is not
 * UTF-8. */
SB_API json_t *sb_json_text(const char *text, size_t max_chars);

/** A copy of a value that a field of NetBox can hold, in which no secret is left: the value of a
 * member whose name suggests one (password, secret, token, key, ...) is "***", and so is what is
 * nested more than 24 deep. Members whose names begin with "$" are left out. New reference; NULL
 * when out of memory. */
SB_API json_t *sb_json_scrub(const json_t *value);

/** A text of 32 characters that is equal for equal values, whatever the order of their members, and
 * differs for different ones: what is stored of an answer to see that it changed. New reference;
 * NULL when out of memory. */
SB_API json_t *sb_json_digest(const json_t *value);

#ifdef __cplusplus
}
#endif
