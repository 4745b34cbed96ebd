/* SPDX-License-Identifier: Apache-2.0 */
/* Instance ids: which machine has a number now. */
#pragma once

#include <stdbool.h>

bool sb_same_birth(const char *ours, const char *theirs);
