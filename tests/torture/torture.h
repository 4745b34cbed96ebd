/* SPDX-License-Identifier: Apache-2.0 */
/* Failures on purpose, for ./dev torture. Only the program of a build with sanitizers contains
 * them; without the variable SB_TORTURE nothing fails. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* At a KILL the process dies, instead of a failure that it learns of. */
enum torture_kind { TORTURE_MEMORY, TORTURE_IO, TORTURE_KILL };

/* Must the allocation or I/O call that is being made fail? Counts it. */
bool torture_fails(enum torture_kind kind);

bool torture_fails_allocation(void);

/* The process is about to write these bytes: KILL counts from the first event of an action on. */
void torture_note_write(const void *bytes, size_t n);
