/* SPDX-License-Identifier: Apache-2.0 */
/* Tasks of Proxmox VE: their names, their ends, and which one a lost request began. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pve/upid.h"
#include "stagebox/types.h"

static void a_name_has_its_node(void **state)
{
	char node[SB_PVE_NODE_CHARS];

	(void)state;
	assert_true(sb_pve_upid_parse(
		"UPID:pve1:000007DE:E8456FAE:6B0C4E86:vzstart:107:operate@pve!stagebox:", node));
	assert_string_equal(node, "pve1");
	/* A machine that ran for long, and one with many processes. */
	assert_true(sb_pve_upid_parse("UPID:n-2:000007DE1:1E8456FAE:6B0C4E86:x::root@pam:", node));
	assert_string_equal(node, "n-2");
}

static void what_is_no_name_of_a_task_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"OK",
		"UPID:",
		"UPID::000007DE:E8456FAE:6B0C4E86:vzstart:107:u@pve:",
		"UPID:pve1:000007DE:E8456FAE:vzstart:107:u@pve:",
		"UPID:pve1:000007DE:E8456FAE:6B0C4E8G:vzstart:107:u@pve:",
		"UPID:../pve1:000007DE:E8456FAE:6B0C4E86:vzstart:107:u@pve:",
		"UPID:pve1:000007DE:E8456FAE:6B0C4E86:vzstart:107/../108:u@pve:",
		"UPID:pve1:000007DE:E8456FAE:6B0C4E86",
	};
	char node[SB_PVE_NODE_CHARS];
	size_t i;

	(void)state;
	for (i = 0; i < SB_ARRAY_LEN(bad); i++)
		if (sb_pve_upid_parse(bad[i], node))
			fail_msg("\"%s\" is taken for a task", bad[i]);
}

static enum sb_pve_task_end end_of(const char *text)
{
	json_t *status = json_loads(text, 0, NULL);
	enum sb_pve_task_end end;
	const char *words;

	end = sb_pve_task_read(status, &words);
	json_decref(status);
	return end;
}

static void warnings_are_a_success_and_a_missing_result_is_none(void **state)
{
	(void)state;
	assert_int_equal(end_of("{\"status\":\"running\"}"), SB_PVE_TASK_RUNS);
	assert_int_equal(end_of("{\"status\":\"stopped\",\"exitstatus\":\"OK\"}"),
			 SB_PVE_TASK_WELL);
	assert_int_equal(end_of("{\"status\":\"stopped\",\"exitstatus\":\"WARNINGS: 2\"}"),
			 SB_PVE_TASK_WELL);
	assert_int_equal(end_of("{\"status\":\"stopped\",\"exitstatus\":\"unexpected status\"}"),
			 SB_PVE_TASK_FAILED);
	assert_int_equal(end_of("{\"status\":\"stopped\"}"), SB_PVE_TASK_GONE);
}

#define UPID(n, type, id) "UPID:pve1:000007D" n ":E8456FAE:6B0C4E86:" type ":" id ":op@pve!write:"
#define TASK(n, start, type, id, who)                                                              \
	"{\"upid\":\"" UPID(n, type, id) "\",\"starttime\":" start ",\"type\":\"" type             \
					 "\",\"id\":\"" id "\"," who "}"
#define OURS    "\"user\":\"op@pve\",\"tokenid\":\"write\",\"status\":\"OK\""
#define RUNNING "\"user\":\"op@pve!write\",\"status\":\"RUNNING\""

static void assert_found(const char *tasks, const char *call, const char *expected)
{
	json_t *list = json_loads(tasks, 0, NULL);
	json_t *known = json_pack("{s:b}", UPID("9", "qmstart", "107"), 1);
	json_t *older = json_pack("{s:b}", UPID("8", "qmstart", "107"), 1);
	const struct sb_pve_lost lost = {.call = call,
					 .user = "op@pve!write",
					 .vmid = 107,
					 .node = "pve1",
					 .since_s = 1000,
					 .known = known,
					 .older = older};
	const char *found;

	assert_non_null(list);
	found = sb_pve_task_of_lost(list, &lost);
	if (expected)
		assert_string_equal(found ? found : "none", expected);
	else
		assert_null(found);
	json_decref(list);
	json_decref(known);
	json_decref(older);
}

static void the_task_of_a_lost_request_is_the_first_one_that_it_can_have_begun(void **state)
{
	(void)state;
	assert_found("[" TASK("B", "1002", "qmstart", "107", OURS) "," TASK("A", "1001", "qmstart",
									    "107", OURS) "]",
		     "start", UPID("A", "qmstart", "107"));
	assert_found("[" TASK("A", "1000", "hastart", "107", RUNNING) "]", "start",
		     UPID("A", "hastart", "107"));
	assert_found("[" TASK("A", "1000", "hastop", "107", OURS) "]", "shutdown",
		     UPID("A", "hastop", "107"));
	assert_found("[" TASK("A", "1000", "qmpause", "107", OURS) "]", "suspend",
		     UPID("A", "qmpause", "107"));
}

static void a_task_of_somebody_else_is_not_that_of_a_lost_request(void **state)
{
	(void)state;
	assert_found("[" TASK("A", "999", "qmstart", "107", OURS) "]", "start", NULL);
	assert_found("[" TASK("A", "1000", "qmstart", "108", OURS) "]", "start", NULL);
	assert_found("[" TASK("A", "1000", "qmstop", "107", OURS) "]", "start", NULL);
	assert_found("[" TASK("9", "1000", "qmstart", "107", OURS) "]", "start", NULL);
	assert_found("[" TASK("8", "1000", "qmstart", "107", OURS) "]", "start", NULL);
	assert_found("[" TASK("A", "1000", "qmstart", "107",
			      "\"user\":\"op@pve\",\"tokenid\":\"other\"") "]",
		     "start", NULL);
	assert_found("[" TASK("A", "1000", "qmstart", "107", "\"user\":\"op@pve\"") "]", "start",
		     NULL);
	assert_found("[]", "start", NULL);
}

static void a_task_is_of_a_node_and_a_guest(void **state)
{
	(void)state;
	assert_true(sb_pve_upid_is_of(UPID("A", "qmstart", "107"), "pve1", 107));
	assert_false(sb_pve_upid_is_of(UPID("A", "qmstart", "107"), "pve2", 107));
	assert_false(sb_pve_upid_is_of(UPID("A", "qmstart", "1070"), "pve1", 107));
	assert_false(sb_pve_upid_is_of(UPID("A", "qmstart", "10"), "pve1", 107));
	assert_false(sb_pve_upid_is_of("UPID:pve1:../access:107:", "pve1", 107));
	assert_false(sb_pve_upid_is_of(
		"UPID:pve1:000007DA:E8456FAE:6B0C4E86:a\x1b[1m:107:u:", "pve1", 107));
}

static void a_list_that_is_not_understood_is_not_whole(void **state)
{
	static const struct {
		const char *text;
		bool is_whole;
	} cases[] = {
		{"[]", true},
		{"[" TASK("A", "1000", "qmstart", "107", OURS) "]", true},
		{"{}", false},
		{"[7]", false},
		{"[{\"upid\":\"x\",\"type\":\"t\",\"id\":\"1\",\"user\":\"u\"}]", false},
		{"[{\"upid\":7,\"type\":\"t\",\"id\":\"1\",\"user\":\"u\",\"starttime\":1}]",
		 false},
		{"[" TASK("A", "1000", "qmstart", "107", OURS) "," TASK("B", "1000", "qmstart",
									"107", OURS) "]",
		 false}, /* as many as were asked for */
	};
	size_t i;

	(void)state;
	for (i = 0; i < SB_ARRAY_LEN(cases); i++) {
		json_t *list = json_loads(cases[i].text, 0, NULL);

		assert_non_null(list);
		if (sb_pve_tasks_are_whole(list, 2) != cases[i].is_whole)
			fail_msg("%s", cases[i].text);
		json_decref(list);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_has_its_node),
		cmocka_unit_test(what_is_no_name_of_a_task_is_refused),
		cmocka_unit_test(warnings_are_a_success_and_a_missing_result_is_none),
		cmocka_unit_test(
			the_task_of_a_lost_request_is_the_first_one_that_it_can_have_begun),
		cmocka_unit_test(a_task_of_somebody_else_is_not_that_of_a_lost_request),
		cmocka_unit_test(a_task_is_of_a_node_and_a_guest),
		cmocka_unit_test(a_list_that_is_not_understood_is_not_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
