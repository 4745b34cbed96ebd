/* SPDX-License-Identifier: Apache-2.0 */
/* Failed allocations: they end a job, and are counted in every other process. */
#pragma once

#include "stagebox/error.h"
#include "stagebox/types.h"

/*
 * A job ends at its first failed allocation: it decides what is written, and a set or a text that
 * lacks a member must never be. A parent or command, which holds what others rely on, goes on and
 * checks: the functions that allocate report their failure, and where data leaves the process,
 * sb_memory_check() finds the failures that nobody reported, as those of JSON setters.
 *
 * The program replaces the functions of libc (cmd/allocator.c), so that this is true of the
 * allocations of modules and libraries, too. In a program without this replacement nothing fails.
 */

/** From now on a failed allocation ends the process with this exit status: at once and without
 * releasing anything. message, a constant or NULL, goes to standard error before. Status 0: from
 * now on failed allocations are counted, as at the start of a process. */
void sb_memory_end_process(int status, const char *message);

/** The allocator calls this after each failed allocation. It allocates nothing. */
void sb_memory_note_failure(void);

/** The number of failed allocations in this thread so far, for sb_memory_check(). */
unsigned sb_memory_failures(void);

/** Has an allocation of this thread failed since sb_memory_failures() returned before? Returns 0 or
 * SB_E_NOMEM. */
int sb_memory_check(unsigned before, struct sb_error *err);
