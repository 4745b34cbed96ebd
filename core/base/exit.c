/* SPDX-License-Identifier: Apache-2.0 */
/* Exit codes of errors, and the worse of two exit codes. */
#include "base/exit.h"

static const int order[] = {
	SB_EXIT_CONFIG,  SB_EXIT_USAGE,       SB_EXIT_RIGHTS,  SB_EXIT_BUSY,
	SB_EXIT_TIMEOUT, SB_EXIT_UNREACHABLE, SB_EXIT_REFUSED, SB_EXIT_FAILED,
	SB_EXIT_PARTIAL, SB_EXIT_CONFLICTS,   SB_EXIT_CHANGES, SB_EXIT_OK,
};

bool sb_exit_is_known(int64_t code)
{
	unsigned i;

	for (i = 0; i < SB_ARRAY_LEN(order); i++)
		if (order[i] == code)
			return true;
	return false;
}

static unsigned rank_code(int code)
{
	unsigned i;

	if (code > 128)
		return 0;
	for (i = 0; i < SB_ARRAY_LEN(order); i++)
		if (order[i] == code)
			return i + 1;
	return rank_code(SB_EXIT_FAILED);
}

int sb_exit_worse(int a, int b)
{
	return rank_code(b) < rank_code(a) ? b : a;
}

int sb_exit_of(const struct sb_error *err)
{
	switch (err->code) {
	case SB_OK: return SB_EXIT_OK;
	case SB_E_AUTH:
	case SB_E_FORBIDDEN: return SB_EXIT_RIGHTS;
	case SB_E_CONFIG: return SB_EXIT_CONFIG;
	case SB_E_ARG: return SB_EXIT_USAGE;
	case SB_E_NET:
	case SB_E_TIMEOUT: return SB_EXIT_UNREACHABLE;
	case SB_E_BUSY: return SB_EXIT_BUSY;
	case SB_E_REFUSED: return SB_EXIT_REFUSED;
	default: return SB_EXIT_FAILED;
	}
}
