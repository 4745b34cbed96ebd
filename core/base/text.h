/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps secrets out of texts: logs, errors and records pass through here. */
#pragma once

#include "base/buf.h"

/** Does a name (of a JSON member, an option, a log value) suggest a secret? Case is ignored. */
SB_API bool sb_text_is_secret(const char *name, size_t len);

/** Append a log line: values of secret names in "name=value" and "name: value" become "***",
 * control characters become spaces. */
SB_API void sb_text_add_masked(struct sb_buf *buf, const char *text);

/** Append JSON text (any bytes) string and number values of secret member names are masked, all
 * other string values pass through sb_text_add_masked(), other bytes stay unchanged. */
SB_API void sb_text_add_scrubbed(struct sb_buf *buf, const char *json, size_t len);
