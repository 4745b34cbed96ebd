/* SPDX-License-Identifier: Apache-2.0 */
#include "base/branch_schema.h"

#include <string.h>

bool sb_branch_schema_is_valid(const char *text)
{
	size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789");

	return len <= SB_BRANCH_SCHEMA && !text[len];
}
