/* SPDX-License-Identifier: Apache-2.0 */
/* Failures on purpose, for ./dev torture. Only the program of a build with sanitizers contains
 * them; without the variable SB_TORTURE nothing fails. */
#pragma once

#include <stdbool.h>

enum torture_kind { TORTURE_MEMORY, TORTURE_IO };

/* Must the allocation or I/O call that is being made fail? Counts it. */
bool torture_fails(enum torture_kind kind);

bool torture_fails_allocation(void);
