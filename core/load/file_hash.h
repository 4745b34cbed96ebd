/* SPDX-License-Identifier: Apache-2.0 */
/* The SHA-256 of the file of a module. */
#pragma once

#include "stagebox/error.h"

enum { SB_FILE_HASH_CHARS = 64 };

/** Hash a file, as hexadecimal text. Returns 0, or SB_E_CONFIG when it cannot be read. */
SB_API int sb_file_hash(const char *path, char ret_hex[SB_FILE_HASH_CHARS + 1],
			struct sb_error *err);
