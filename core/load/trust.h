/* SPDX-License-Identifier: Apache-2.0 */
/* May code be loaded from a path: is there no other user who can replace it? */
#pragma once

#include <sys/stat.h>

#include "stagebox/error.h"

/**
 * Check a file or folder and every folder above it, with the links on the way: each belongs to root
 * or to us, and nobody else may write it. A folder above with the sticky bit, such as /tmp, may be
 * writable, because there nobody replaces what belongs to us.
 *
 * @what  for messages: "module folder"
 * @path  absolute
 *
 * Returns 0; SB_E_CONFIG naming the path, what is wrong with which part of it, and what to do; or
 * SB_E_NOMEM.
 */
int sb_trust_path(const char *what, const char *path, struct sb_error *err);

/** Check a file or folder that is part of our program, alone: whoever may replace the program (the
 * status of its file) may replace it, too. Results as of sb_trust_path(). */
int sb_trust_part(const char *what, const char *path, const struct stat *program,
		  struct sb_error *err);
