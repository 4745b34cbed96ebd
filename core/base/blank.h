/* SPDX-License-Identifier: Apache-2.0 */
/* Blanks as Python's str.strip() knows them: NetBox strips them off each text before it stores it.
 */
#pragma once

#include <stddef.h>

#include "stagebox/types.h"

/** Bytes of the blank at the start of a text (UTF-8); 0 = it begins with something else, or ends.
 */
SB_API size_t sb_blank_at(const char *text);

/** The text behind the blanks at its start. */
SB_API const char *sb_blank_skip(const char *text);

/** The length of the first len bytes of a text without the blanks at their end. */
SB_API size_t sb_blank_trimmed(const char *text, size_t len);
