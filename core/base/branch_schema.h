/* SPDX-License-Identifier: Apache-2.0 */
/* The schema id by which NetBox's plugin netbox-branching names a branch. */
#pragma once

#include "stagebox/types.h"

enum { SB_BRANCH_SCHEMA = 16 }; /* characters; the plugin makes 8 */

/** Lower-case letters and digits, at most SB_BRANCH_SCHEMA; "" = main. */
bool sb_branch_schema_is_valid(const char *text);
