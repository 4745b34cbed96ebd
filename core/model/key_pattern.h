/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns of keys: the beginning of a key, in which "*" stands for one component. A pattern that
 * ends with a slash means the keys below it. */
#pragma once

#include <stdbool.h>

/** Is it a pattern: components that are not empty, each of them "*" or without "*"? */
bool sb_key_pattern_is_valid(const char *pattern);

/** Does every key with this prefix match the pattern? Also for a whole key. */
bool sb_key_pattern_covers(const char *pattern, const char *prefix);

/** Is there a key that matches both patterns? */
bool sb_key_patterns_meet(const char *a, const char *b);
