/* SPDX-License-Identifier: Apache-2.0 */
/* The journal of actions on Proxmox VE: what a later run finds of them. */
#include "test_store_fixture.h"

#include <stdio.h>
#include <string.h>

#include "store/sqlite_priv.h"

static void begin_action(const char *document, int64_t op, const char *notes)
{
	sb_autojson *object = json_loads(notes, 0, NULL);

	OK(sb_store_action_begin(store,
				 &(struct sb_store_action){.endpoint = "lab",
							   .document = document,
							   .op = op,
							   .run = 1,
							   .stage = "power.guests",
							   .key = "lab/qemu/101",
							   .verb = "restart",
							   .notes = object},
				 1000, &err));
}

static struct sb_store_call call_of(const char *document, int64_t op, int64_t n)
{
	return (struct sb_store_call){.endpoint = "lab",
				      .document = document,
				      .op = op,
				      .n = n,
				      .run = 1,
				      .key = "lab/qemu/101",
				      .name = "stop",
				      .node = "pve1"};
}

static void begin_call(const char *document, int64_t op, int64_t n, int64_t now_s)
{
	const struct sb_store_call call = call_of(document, op, n);

	OK(sb_store_call_begin(store, &call, now_s, &err));
}

static void end_call(const char *document, int64_t op, int64_t n, const char *outcome,
		     const char *task, const char *end)
{
	const struct sb_store_call call = call_of(document, op, n);

	OK(sb_store_call_end(store, &call, outcome, task, end, 1010, &err));
}

static void a_later_run_finds_the_notes_and_calls_of_its_document(void **state)
{
	sb_autojson *rows = NULL, *none = NULL;

	(void)state;
	begin_action("doc", 3, "{}");
	begin_call("doc", 3, 1, 1001);
	end_call("doc", 3, 1, "open", "UPID:a", "");
	end_call("doc", 3, 1, "done", "", "OK");
	begin_action("doc", 3, "{\"phase\":\"down\"}");
	begin_call("doc", 3, 2, 1002);
	OK(sb_store_action_list(store, "lab", "doc", &rows, &err));
	assert_json(rows,
		    "[{\"op\":3,\"run\":1,\"stage\":\"power.guests\",\"key\":\"lab/qemu/101\","
		    "\"verb\":\"restart\",\"state\":\"open\",\"cause\":\"\",\"notes\":{\"phase\":"
		    "\"down\"},\"calls\":[{\"n\":1,\"call\":\"stop\",\"node\":\"pve1\",\"outcome\":"
		    "\"done\",\"task\":\"UPID:a\",\"exit\":\"OK\"},{\"n\":2,\"call\":\"stop\","
		    "\"node\":\"pve1\",\"outcome\":\"open\"}]}]");
	OK(sb_store_action_list(store, "lab", "other", &none, &err));
	assert_int_equal(json_array_size(none), 0);
}

static void an_action_that_is_tried_again_is_open_again(void **state)
{
	sb_autojson *rows = NULL;

	(void)state;
	begin_action("doc", 0, "{}");
	OK(sb_store_action_end(store, "lab", "doc", 0, "failed", "no space", 1005, &err));
	begin_action("doc", 0, "{}");
	OK(sb_store_action_list(store, "lab", "doc", &rows, &err));
	assert_string_equal(json_string_value(json_object_get(json_array_get(rows, 0), "state")),
			    "open");
}

static void calls_without_an_outcome_are_open_whatever_their_document(void **state)
{
	struct sb_store_call call = call_of("two", 4, 1);
	sb_autojson *open = NULL, *older = NULL;

	(void)state;
	begin_call("one", 0, 1, 1001);
	older = json_pack("[s]", "UPID:old");
	call.older = older;
	OK(sb_store_call_begin(store, &call, 1002, &err));
	end_call("two", 4, 1, "open", "UPID:b", "");
	begin_call("two", 5, 1, 1003);
	end_call("two", 5, 1, "dropped", "", "");
	OK(sb_store_call_open(store, "lab", &open, &err));
	assert_json(
		open,
		"[{\"document\":\"one\",\"op\":0,\"n\":1,\"key\":\"lab/qemu/101\",\"call\":"
		"\"stop\",\"node\":\"pve1\",\"begun\":1001,\"older\":[]},{\"document\":\"two\","
		"\"op\":4,"
		"\"n\":1,\"key\":\"lab/qemu/101\",\"call\":\"stop\",\"node\":\"pve1\",\"begun\":"
		"1002,\"task\":\"UPID:b\",\"older\":[\"UPID:old\"]}]");
}

static void the_tasks_of_other_documents_are_known(void **state)
{
	sb_autojson *tasks = NULL;

	(void)state;
	begin_call("old", 0, 1, 1000);
	end_call("old", 0, 1, "done", "UPID:old", "OK");
	begin_call("one", 0, 1, 90000);
	end_call("one", 0, 1, "done", "UPID:one", "OK");
	begin_call("two", 0, 1, 90001);
	OK(sb_store_call_tasks(store, "lab", 950000, &tasks, &err));
	assert_json(tasks, "[\"UPID:one\"]");
}

static void calls_of_other_documents_since_a_plan_are_known(void **state)
{
	sb_autojson *calls = NULL, *later = NULL, *all = NULL;

	(void)state;
	begin_call("old", 0, 1, 1000);
	begin_call("own", 0, 1, 1002);
	begin_call("two", 0, 1, 1002);
	begin_call("dropped", 0, 1, 1002);
	end_call("dropped", 0, 1, "dropped", "", "");
	begin_call("rejected", 0, 1, 1002);
	end_call("rejected", 0, 1, "rejected", "", "");
	OK(sb_store_call_others(store, "lab", "own", 1000, 1, &calls, &err));
	assert_json(calls, "[{\"key\":\"lab/qemu/101\",\"document\":\"two\",\"run\":1,\"call\":"
			   "\"stop\"}]");
	OK(sb_store_call_others(store, "lab", "own", 2000, 0, &later, &err));
	assert_json(later, "[]");
	OK(sb_store_call_others(store, "edge", "own", 0, 0, &all, &err));
	assert_json(all, "[]");
}

static void a_call_of_a_later_run_counts_in_the_second_of_the_plan(void **state)
{
	sb_autojson *calls = NULL;
	struct sb_store_call call = call_of("two", 0, 1);

	(void)state;
	call.run = 2;
	OK(sb_store_call_begin(store, &call, 1000, &err));
	OK(sb_store_call_others(store, "lab", "own", 1000, 1, &calls, &err));
	assert_int_equal(json_array_size(calls), 1);
}

/* Write until the file may not grow any more. */
static void fill_store(const char *document)
{
	sqlite3 *db = ((struct sb_sqlite *)store)->db;
	char text[4000], name[40];
	struct sb_store_action action = {.endpoint = "lab",
					 .document = name,
					 .run = 1,
					 .stage = "s",
					 .key = "lab/qemu/9",
					 .verb = "v"};
	sb_autojson *notes = NULL;
	int i, rc = 0;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	notes = json_pack("{s:s}", "note", text);
	action.notes = notes;
	assert_int_equal(sqlite3_exec(db, "PRAGMA max_page_count = 1", NULL, NULL, NULL),
			 SQLITE_OK);
	for (i = 0; i < 1000 && !rc; i++) {
		snprintf(name, sizeof(name), "%s-%d", document, i);
		rc = sb_store_action_begin(store, &action, 1, &err);
	}
	assert_true(rc < 0);
}

static void a_full_disk_never_costs_what_is_open(void **state)
{
	(void)state;
	fill_store("none");
	assert_non_null(strstr(err.text, "or set store.path"));
	assert_int_equal(sqlite3_exec(((struct sb_sqlite *)store)->db,
				      "PRAGMA max_page_count = 100000", NULL, NULL, NULL),
			 SQLITE_OK);
	begin_call("doc", 0, 1, 1);
	fill_store("open");
	assert_null(strstr(err.text, "store.path"));
	assert_non_null(strstr(err.text, "stop of lab/qemu/101 on node pve1 is under way"));
	assert_non_null(strstr(err.text, "apply the same plan file again"));
}

static void a_call_is_begun_once_and_words_are_checked(void **state)
{
	struct sb_store_call call = call_of("doc", 0, 1);

	(void)state;
	assert_int_equal(sb_store_call_end(store, &call, "done", "", "", 1, &err), SB_E_NOTFOUND);
	OK(sb_store_call_begin(store, &call, 1, &err));
	assert_true(sb_store_call_begin(store, &call, 1, &err) < 0);
	assert_int_equal(sb_store_call_end(store, &call, "fine", "", "", 1, &err), SB_E_ARG);
	assert_int_equal(sb_store_action_end(store, "lab", "doc", 9, "done", "", 1, &err),
			 SB_E_NOTFOUND);
	assert_int_equal(sb_store_action_end(store, "lab", "doc", 9, "open", "", 1, &err),
			 SB_E_ARG);
}

static void the_sweep_keeps_an_action_with_an_open_call(void **state)
{
	sb_autojson *old = NULL, *open = NULL;

	(void)state;
	begin_action("old", 0, "{}");
	begin_call("old", 0, 1, 1000);
	end_call("old", 0, 1, "done", "UPID:old", "OK");
	OK(sb_store_action_end(store, "lab", "old", 0, "done", "", 1001, &err));
	begin_action("open", 0, "{}");
	begin_call("open", 0, 1, 1000);
	OK(sb_store_action_end(store, "lab", "open", 0, "failed", "", 1001, &err));
	OK(sb_store_sweep(store, 1000000, 10, &err));
	OK(sb_store_action_list(store, "lab", "old", &old, &err));
	assert_int_equal(json_array_size(old), 0);
	OK(sb_store_action_list(store, "lab", "open", &open, &err));
	assert_int_equal(json_array_size(open), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RULE(a_later_run_finds_the_notes_and_calls_of_its_document),
		RULE(an_action_that_is_tried_again_is_open_again),
		RULE(calls_without_an_outcome_are_open_whatever_their_document),
		RULE(the_tasks_of_other_documents_are_known),
		RULE(calls_of_other_documents_since_a_plan_are_known),
		RULE(a_call_of_a_later_run_counts_in_the_second_of_the_plan),
		RULE(a_full_disk_never_costs_what_is_open),
		RULE(a_call_is_begun_once_and_words_are_checked),
		RULE(the_sweep_keeps_an_action_with_an_open_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
