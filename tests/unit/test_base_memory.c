/* SPDX-License-Identifier: Apache-2.0 */
/* Failed allocations end a job, and are counted elsewhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/memory.h"

static void a_failed_allocation_is_found_later(void **state)
{
	unsigned before = sb_memory_failures();
	struct sb_error err = SB_ERROR_INIT;

	(void)state;
	assert_int_equal(sb_memory_check(before, &err), 0);
	assert_int_equal(err.code, 0);
	sb_memory_note_failure();
	assert_int_equal(sb_memory_check(before, &err), SB_E_NOMEM);
	assert_int_equal(err.code, SB_E_NOMEM);
	assert_int_equal(sb_memory_check(sb_memory_failures(), &err), 0);
}

static void a_failed_allocation_ends_a_job(void **state)
{
	int status = 0;
	pid_t pid;

	(void)state;
	pid = fork();
	if (pid == 0) {
		sb_memory_end_process(71, NULL);
		sb_memory_note_failure();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 71);
}

static void the_end_can_be_revoked(void **state)
{
	unsigned before = sb_memory_failures();

	(void)state;
	sb_memory_end_process(71, "out of memory\n");
	sb_memory_end_process(0, NULL);
	sb_memory_note_failure();
	assert_int_equal(sb_memory_check(before, NULL), SB_E_NOMEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_failed_allocation_is_found_later),
		cmocka_unit_test(a_failed_allocation_ends_a_job),
		cmocka_unit_test(the_end_can_be_revoked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
