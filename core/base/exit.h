/* SPDX-License-Identifier: Apache-2.0 */
/* The exit codes of the program, and the worse of two. */
#pragma once

#include "stagebox/error.h"
#include "stagebox/types.h"

/* The exit codes of the program; see sb_exit_worse() for their order. */
enum sb_exit {
	SB_EXIT_OK = 0,
	SB_EXIT_FAILED = 1,
	SB_EXIT_CHANGES = 2,
	SB_EXIT_CONFLICTS = 3,
	SB_EXIT_PARTIAL = 4,
	SB_EXIT_REFUSED = 5,
	SB_EXIT_USAGE = 64,
	SB_EXIT_UNREACHABLE = 69,
	SB_EXIT_BUSY = 75,
	SB_EXIT_RIGHTS = 77,
	SB_EXIT_CONFIG = 78,
	SB_EXIT_TIMEOUT = 124,
};

/** The one of two codes that comes first in 128+n, 78, 64, 77, 75, 124, 69, 5, 1, 4, 3, 2, 0. */
SB_API int sb_exit_worse(int a, int b);

/** The exit code of a command that ended with this error; SB_EXIT_OK for code 0. */
SB_API int sb_exit_of(const struct sb_error *err);
