/* SPDX-License-Identifier: Apache-2.0 */
/* New files that commands write for people; a file that exists is never replaced. */
#pragma once

#include <sys/types.h>

#include "stagebox/error.h"

/**
 * Create a file with this text, complete or not at all.
 *
 * @mode  reduced by the umask
 *
 * Returns 0; SB_E_ARG when something of that name exists; SB_E_STATE when it cannot be created or
 * written, with the reason.
 */
int new_file_write(const char *path, mode_t mode, const char *text, struct sb_error *err);
