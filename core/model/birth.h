/* SPDX-License-Identifier: Apache-2.0 */
/* Instance ids: they distinguish guests that had the same VMID one after another. */
#pragma once

#include <stdbool.h>

/** True when two instance ids, each a list of marks separated by blanks, share a mark. */
bool sb_same_birth(const char *ours, const char *theirs);
