/* SPDX-License-Identifier: Apache-2.0 */
/* Counts failed allocations, or ends the process at the first one. */
#include "base/memory.h"

#include <string.h>
#include <unistd.h>

static int end_status; /* 0 = the process goes on */
static const char *end_message;
static _Thread_local unsigned failures;

void sb_memory_end_process(int status, const char *message)
{
	end_status = status;
	end_message = message;
}

static _Noreturn void end_process(void)
{
	ssize_t written = 0;

	if (end_message)
		written = write(STDERR_FILENO, end_message, strlen(end_message));
	(void)written;
	_exit(end_status);
}

void sb_memory_note_failure(void)
{
	if (end_status)
		end_process();
	failures++;
}

unsigned sb_memory_failures(void)
{
	return failures;
}

int sb_memory_check(unsigned before, struct sb_error *err)
{
	return failures == before ? 0 : sb_fail(err, SB_E_NOMEM, "out of memory");
}
