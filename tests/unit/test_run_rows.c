/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of modules: one that is too large is unknown, and costs nothing but its object. */
#include "test_diff_fixture.h"

#include <sys/wait.h>
#include <unistd.h>

#include "model/protocol.h"
#include "run/events.h"

static json_t *make_row_of(const char *name, size_t bytes)
{
	char *text = malloc(bytes + 1);
	json_t *row = json_pack("{s:s}", "name", name);

	memset(text, 'x', bytes);
	text[bytes] = '\0';
	json_object_set_new(row, "notes", json_string(text));
	free(text);
	return row;
}

static void put_large_row(const char *key, size_t bytes)
{
	struct sb_error err = SB_ERROR_INIT;

	if (sb_row_put(get_stage(0), "guest", make_row_of("new", bytes), &err, "%s", key) < 0)
		fail_msg("%s", err.text);
}

static void a_row_that_is_too_large_is_unknown_alone(void **state)
{
	(void)state;
	put_large_row("lab/qemu/101", (size_t)2 << 20);
	put_large_row("lab/qemu/102", (size_t)21 << 20); /* above the limit of any text */
	put_row("guest", "lab/qemu/103", GUEST("new"));
	put_netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "old"));
	put_netbox("vm", "lab/qemu/102", GUEST_IN_NETBOX(8, "old too"));
	put_netbox("vm", "lab/qemu/103", GUEST_IN_NETBOX(9, "older"));
	put_applied("lab/qemu/103", "{'name': 'older'}");
	mark_all_asked();
	run_diff();
	assert_int_equal(n_ops(), 1);
	assert_non_null(op_of("lab/qemu/103", SB_UPDATE));
	assert_int_equal(find_account("vm")->unknown, 2);
	assert_status(0, SB_STAGE_PARTIAL);
}

static void a_key_that_is_not_utf8_fails_the_stage_and_says_so(void **state)
{
	struct sb_stage_run *stage = get_stage(0);
	struct sb_error why = SB_ERROR_INIT;
	const char *bad = "lab/qemu/\xff";

	(void)state;
	sb_fail(&why, SB_E_TIMEOUT, "no answer");
	assert_int_equal(sb_rows_unknown(stage, "guest", bad, &why), SB_E_ARG);
	assert_int_equal(stage->status, SB_STAGE_FAILED);
	assert_string_equal(stage->why.text,
			    "sb_rows_unknown: the key \"lab/qemu/?\" is not UTF-8");
	assert_int_equal(sb_rows_limited(stage, "guest", bad, &why), SB_E_ARG);
	assert_int_equal(sb_rows_keep(stage, "guest", bad), SB_E_ARG);
	assert_int_equal(sb_rows_reported(stage, "guest", bad), SB_E_ARG);
	assert_int_equal(sb_gone(stage, bad, true), SB_E_ARG);
	assert_int_equal(sb_row_put(stage, "guest", json_object(), &why, "%s", bad), SB_E_ARG);
	assert_non_null(strstr(why.text, "the key is not UTF-8"));
	assert_int_equal(sb_rows_unknown(stage, "guest", NULL, &why), 0);
}

/* Other ends of the process say other things. */
static void an_event_that_cannot_be_built_is_not_a_lack_of_memory(void **state)
{
	struct sb_events *events = NULL;
	int pipe_fds[2], status = 0;
	pid_t child;

	(void)state;
	assert_int_equal(pipe(pipe_fds), 0);
	assert_int_equal(sb_events_create(pipe_fds[0], pipe_fds[1], &events, NULL), 0);
	child = fork();
	if (child == 0) {
		sb_event_send(events, json_pack("{s:s}", "ev", "\xff"));
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), SB_JOB_BAD_EVENT);
	sb_events_destroy(events);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_row_that_is_too_large_is_unknown_alone, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_key_that_is_not_utf8_fails_the_stage_and_says_so,
						setup, teardown),
		cmocka_unit_test(an_event_that_cannot_be_built_is_not_a_lack_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
