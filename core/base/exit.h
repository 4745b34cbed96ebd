/* SPDX-License-Identifier: Apache-2.0 */
/* The exit codes of the program, and the worse of two. */
#pragma once

#include "stagebox/error.h"
#include "stagebox/types.h"

/* The exit codes of the program; see sb_exit_worse() for their order. */
enum sb_exit {
	SB_EXIT_OK = 0,        /* done, or nothing to do */
	SB_EXIT_FAILED = 1,    /* a stage or the run failed; errors without a code of their own */
	SB_EXIT_CHANGES = 2,   /* a plan with pending changes */
	SB_EXIT_CONFLICTS = 3, /* people must decide conflicts */
	SB_EXIT_PARTIAL = 4,   /* some objects could not be read or written */
	SB_EXIT_REFUSED = 5,   /* a safety limit, or another server than in earlier runs */
	SB_EXIT_USAGE = 64,    /* wrong words or options */
	SB_EXIT_UNREACHABLE = 69, /* a server could not be reached */
	SB_EXIT_BUSY = 75,        /* another run of the endpoint is in progress */
	SB_EXIT_RIGHTS = 77,      /* a token or a user has too few permissions */
	SB_EXIT_CONFIG = 78,      /* configuration or a module; or NetBox is not prepared */
	SB_EXIT_TIMEOUT = 124,    /* reserved: a time limit; no command returns it */
};

/** The one of two codes that comes first in 128+n, 78, 64, 77, 75, 124, 69, 5, 1, 4, 3, 2, 0. */
SB_API int sb_exit_worse(int a, int b);

/** Is it a code of this program, without those of signals? */
bool sb_exit_is_known(int64_t code);

/** The exit code of a command that ended with this error; SB_EXIT_OK for code 0. */
SB_API int sb_exit_of(const struct sb_error *err);
