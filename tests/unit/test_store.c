/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of the store: each operation, and the result of reading it back. */
#include "test_store_fixture.h"

#include <time.h>

static json_t *get_run(int64_t id)
{
	json_t *run = NULL;

	OK(sb_store_run_get(store, id, &run, &err));
	return run;
}

static int64_t begin_run(const char *endpoint)
{
	int64_t id = 0;

	OK(sb_store_run_begin(store, endpoint, "sync", 1000, &id, &err));
	return id;
}

static void put_stage(int64_t run, const char *stage, const char *status)
{
	sb_autojson *entry = json_pack("{s:s, s:s}", "resource", stage, "status", status);

	OK(sb_store_stage_put(store, run, stage, entry, &err));
}

static void a_run_is_listed_and_kept_with_its_record(void **state)
{
	sb_autojson *record = json_pack("{s:{s:s}}", "lab_sync", "x", "y"), *run = NULL;
	sb_autojson *runs = NULL;
	int64_t id = begin_run("lab");

	(void)state;
	OK(sb_store_run_pid(store, id, 4711, &err));
	OK(sb_store_run_end(store, id, "partial", record, 1010, &err));
	reopen_store();
	OK(sb_store_run_list(store, "lab", 0, &runs, &err));
	assert_json(runs, "[{\"id\":1,\"endpoint\":\"lab\",\"mode\":\"sync\",\"status\":"
			  "\"partial\",\"pid\":4711,\"started\":1000,\"ended\":1010}]");
	run = get_run(id);
	assert_json(json_object_get(run, "record"), "{\"lab_sync\":{\"x\":\"y\"}}");
	assert_json(json_object_get(run, "requests"), "[]");
}

static void runs_are_listed_newest_first_within_the_limit(void **state)
{
	sb_autojson *runs = NULL, *none = NULL;

	(void)state;
	begin_run("a");
	begin_run("b");
	begin_run("a");
	OK(sb_store_run_list(store, NULL, 2, &runs, &err));
	assert_int_equal(json_array_size(runs), 2);
	assert_int_equal(json_integer_value(json_object_get(json_array_get(runs, 0), "id")), 3);
	OK(sb_store_run_list(store, "c", 0, &none, &err));
	assert_int_equal(json_array_size(none), 0);
}

static void the_last_run_has_the_highest_id_and_ids_are_never_reused(void **state)
{
	sb_autojson *run = NULL;
	json_t *none = NULL;
	int64_t first, second;

	(void)state;
	assert_int_equal(sb_store_run_get(store, -1, &none, &err), SB_E_NOTFOUND);
	first = begin_run("a");
	OK(sb_store_run_end(store, first, "ok", NULL, 1001, &err));
	OK(sb_store_sweep(store, 900000, 10, &err));
	assert_int_equal(sb_store_run_get(store, first, &none, &err), SB_E_NOTFOUND);
	second = begin_run("b");
	assert_true(second > first);
	run = get_run(-1);
	assert_int_equal(json_integer_value(json_object_get(run, "id")), second);
}

static void an_unfinished_run_shows_its_stages_so_far(void **state)
{
	sb_autojson *run = NULL;
	int64_t id = begin_run("lab");

	(void)state;
	put_stage(id, "z.first", "running");
	put_stage(id, "a.second", "running");
	put_stage(id, "z.first", "ok");
	run = get_run(id);
	assert_json(json_object_get(run, "record"),
		    "{\"stages\":[{\"resource\":\"z.first\",\"status\":\"ok\"},"
		    "{\"resource\":\"a.second\",\"status\":\"running\"}]}");
}

static void recovery_interrupts_only_open_runs_of_the_endpoint(void **state)
{
	sb_autojson *broken = NULL, *other = NULL, *done = NULL;
	int64_t a = begin_run("lab"), b = begin_run("else"), c = begin_run("lab");

	(void)state;
	put_stage(a, "one", "ok");
	OK(sb_store_run_end(store, c, "failed", NULL, 1005, &err));
	assert_int_equal(sb_store_run_recover(store, "lab", 2000, &err), 1);
	assert_int_equal(sb_store_run_recover(store, "lab", 2000, &err), 0);
	broken = get_run(a);
	other = get_run(b);
	done = get_run(c);
	assert_string_equal(json_string_value(json_object_get(broken, "status")), "interrupted");
	assert_int_equal(json_integer_value(json_object_get(broken, "ended")), 2000);
	assert_json(json_object_get(broken, "record"),
		    "{\"stages\":[{\"resource\":\"one\",\"status\":\"ok\"}]}");
	assert_string_equal(json_string_value(json_object_get(other, "status")), "running");
	assert_string_equal(json_string_value(json_object_get(done, "status")), "failed");
}

static void missing_rows_are_not_found_and_words_are_checked(void **state)
{
	sb_autojson *entry = json_object();

	(void)state;
	assert_int_equal(sb_store_run_pid(store, 9, 1, &err), SB_E_NOTFOUND);
	assert_int_equal(sb_store_run_end(store, 9, "ok", NULL, 1, &err), SB_E_NOTFOUND);
	assert_int_equal(sb_store_stage_put(store, 9, "s", entry, &err), SB_E_NOTFOUND);
	assert_int_equal(sb_store_request_end(store, 9, 1, 200, "done", 1, &err), SB_E_NOTFOUND);
	assert_int_equal(sb_store_run_end(store, 9, "running", NULL, 1, &err), SB_E_ARG);
	assert_int_equal(sb_store_request_end(store, 9, 1, 200, "fine", 1, &err), SB_E_ARG);
	assert_int_equal(sb_store_request_begin(store, 9, 1, "POST", "p", "k", NULL, 1, &err),
			 SB_E_STATE);
}

static void begin_request(int64_t run, int64_t id)
{
	sb_autojson *keys = json_pack("[s, {s:s, s:i}]", "lab/1", "key", "lab/2", "id", 7);

	OK(sb_store_request_begin(store, run, id, "POST", "ipam/ip-addresses", "ip", keys, 1001,
				  &err));
}

static void the_journal_keeps_requests_and_their_outcome(void **state)
{
	sb_autojson *run = NULL;
	int64_t id = begin_run("lab");

	(void)state;
	begin_request(id, 1);
	OK(sb_store_request_end(store, id, 1, 201, "done", 1002, &err));
	reopen_store();
	run = get_run(id);
	assert_json(json_object_get(run, "requests"),
		    "[{\"id\":1,\"method\":\"POST\",\"path\":\"ipam/ip-addresses\",\"kind\":\"ip\","
		    "\"status\":201,\"outcome\":\"done\",\"begun\":1001,\"ended\":1002,"
		    "\"keys\":[\"lab/1\",{\"key\":\"lab/2\",\"id\":7}]}]");
}

static void requests_without_an_answer_are_open_until_settled(void **state)
{
	sb_autojson *open = NULL, *later = NULL, *settled = NULL;
	int64_t id = begin_run("lab"), other = begin_run("else");

	(void)state;
	begin_request(id, 1);
	begin_request(id, 2);
	begin_request(id, 3);
	begin_request(other, 1);
	OK(sb_store_request_end(store, id, 1, 201, "done", 1002, &err));
	OK(sb_store_request_end(store, id, 3, 0, "unsettled", 1002, &err));
	OK(sb_store_request_open(store, "lab", 5000, &open, &err));
	assert_int_equal(json_array_size(open), 2);
	assert_json(json_array_get(open, 0), "{\"run\":1,\"id\":2,\"method\":\"POST\",\"kind\":"
					     "\"ip\",\"since\":5000,\"keys\":[\"lab/1\",{\"key\":"
					     "\"lab/2\",\"id\":7}]}");
	OK(sb_store_run_end(store, id, "interrupted", NULL, 1200, &err));
	OK(sb_store_request_open(store, "lab", 5000, &later, &err));
	assert_int_equal(json_integer_value(json_object_get(json_array_get(later, 1), "since")),
			 1200);
	OK(sb_store_request_end(store, id, 2, 0, "settled-dropped", 5001, &err));
	OK(sb_store_request_end(store, id, 3, 0, "settled-committed", 5001, &err));
	OK(sb_store_request_open(store, "lab", 5002, &settled, &err));
	assert_int_equal(json_array_size(settled), 0);
}

static void request_tags(int64_t run, int64_t id, const char *keys, const char *outcome)
{
	sb_autojson *list = json_loads(keys, 0, NULL);

	OK(sb_store_request_begin(store, run, id, "POST", "extras/tags", "tag", list, 5000, &err));
	if (outcome)
		OK(sb_store_request_end(store, run, id, 201, outcome, 5001, &err));
}

static void shared_objects_are_counted_by_endpoint_kind_and_time(void **state)
{
	sb_autojson *made = NULL, *later = NULL;
	int64_t id = begin_run("lab"), other = begin_run("else");

	(void)state;
	request_tags(id, 1, "[\"shared/tag/a\",\"shared/tag/b\"]", "done");
	request_tags(id, 2, "[\"shared/tag/c\"]", "rejected");
	request_tags(id, 3, "[\"shared/tag/d\"]", NULL); /* NetBox may have committed it */
	request_tags(id, 4, "[\"lab/qemu/101\"]", "done");
	request_tags(other, 1, "[\"shared/tag/e\"]", "done");
	OK(sb_store_shared_made(store, "lab", 4000, &made, &err));
	assert_json(made, "{\"tag\":3}");
	OK(sb_store_shared_made(store, "lab", 5001, &later, &err));
	assert_json(later, "{}");
}

static json_t *sent_of(int64_t run, const char *field)
{
	sb_autojson *doc = get_run(run);
	json_t *request = json_array_get(json_object_get(doc, "requests"), 0);
	json_t *entry = json_array_get(json_object_get(request, "keys"), 0);

	return json_incref(json_object_get(json_object_get(entry, "sent"), field));
}

static void long_values_leave_the_journal_once_a_request_is_settled(void **state)
{
	sb_autojson *keys = NULL, *before = NULL, *after = NULL, *name = NULL;
	int64_t id = begin_run("lab");
	char notes[8000];

	(void)state;
	memset(notes, 'x', sizeof(notes));
	notes[sizeof(notes) - 1] = '\0';
	keys = json_pack("[{s:s, s:i, s:{s:s, s:s}}]", "key", "lab/1", "id", 7, "sent", "comments",
			 notes, "name", "web");
	OK(sb_store_request_begin(store, id, 1, "PATCH", "p", "vm", keys, 1001, &err));
	OK(sb_store_request_end(store, id, 1, 0, "unsettled", 1002, &err));
	before = sent_of(id, "comments"); /* a later run compares it with NetBox */
	assert_string_equal(json_string_value(before), notes);
	OK(sb_store_request_end(store, id, 1, 0, "settled-committed", 1003, &err));
	reopen_store();
	after = sent_of(id, "comments");
	assert_int_equal(strncmp(json_string_value(after), "sha256:", 7), 0);
	assert_non_null(strstr(json_string_value(after), ", 8001 bytes"));
	name = sent_of(id, "name");
	assert_string_equal(json_string_value(name), "web");
}

static int collect_text(void *arg, const char *key, const char *json_text)
{
	json_object_set_new(arg, key, json_loads(json_text, 0, NULL));
	return 0;
}

static json_t *applied_text(const char *endpoint)
{
	json_t *all = json_object();

	OK(sb_store_applied_each(store, endpoint, collect_text, all, &err));
	return all;
}

static void put_applied(const char *key, const char *text)
{
	sb_autojson *fields = json_loads(text, 0, NULL);

	OK(sb_store_applied_put(store, "lab", key, fields, &err));
}

static void applied_values_merge_by_field_and_keep_null(void **state)
{
	sb_autojson *all = NULL, *none = NULL;

	(void)state;
	put_applied("lab/1", "{\"name\":\"a\",\"tags\":[1,2],\"scope\":{\"x\":1}}");
	put_applied("lab/1", "{\"name\":null,\"tags\":[3],\"scope\":{\"y\":2}}");
	put_applied("lab/2", "{\"mtu\":1500}");
	put_applied("lab/3", "{}");
	OK(sb_store_applied_drop(store, "lab", "lab/3", &err));
	OK(sb_store_applied_drop(store, "lab", "lab/4", &err));
	reopen_store();
	all = applied_text("lab");
	assert_json(all, "{\"lab/1\":{\"name\":null,\"tags\":[3],\"scope\":{\"y\":2}},"
			 "\"lab/2\":{\"mtu\":1500}}");
	none = applied_text("else");
	assert_json(none, "{}");
}

static int refuse_walk(void *arg, const char *key, const char *json_text)
{
	(void)key;
	(void)json_text;
	++*(int *)arg;
	return SB_E_CANCELLED;
}

static void the_callers_failure_ends_the_walk(void **state)
{
	int calls = 0;

	(void)state;
	put_applied("a", "{}");
	put_applied("b", "{}");
	assert_int_equal(sb_store_applied_each(store, "lab", refuse_walk, &calls, &err),
			 SB_E_CANCELLED);
	assert_int_equal(calls, 1);
}

static int put_while_walking(void *arg, const char *key, const char *json_text)
{
	sb_autojson *inner = json_object(), *fields = json_pack("{s:b}", "seen", 1);

	(void)json_text;
	OK(sb_store_applied_put(store, "else", key, fields, &err));
	OK(sb_store_applied_each(store, "else", collect_text, inner, &err));
	++*(int *)arg;
	return 0;
}

static void a_walk_may_call_other_operations_and_itself(void **state)
{
	int calls = 0;

	(void)state;
	put_applied("a", "{}");
	put_applied("b", "{}");
	OK(sb_store_applied_each(store, "lab", put_while_walking, &calls, &err));
	assert_int_equal(calls, 2);
}

static double seconds_of(void (*work)(void))
{
	struct timespec from, to;

	clock_gettime(CLOCK_MONOTONIC, &from);
	work();
	clock_gettime(CLOCK_MONOTONIC, &to);
	return (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
}

static void put_10000(void)
{
	sb_autojson *fields =
		json_pack("{s:s, s:i, s:[i,i]}", "name", "guest", "memory", 2048, "tags", 1, 2);
	char key[32];
	int i;

	OK(sb_store_begin(store, &err));
	for (i = 0; i < 10000; i++) {
		snprintf(key, sizeof(key), "lab/guest/%d", i);
		OK(sb_store_applied_put(store, "lab", key, fields, &err));
	}
	OK(sb_store_commit(store, &err));
}

static void ten_thousand_keys_take_less_than_a_second(void **state)
{
#ifdef SB_SANITIZED
	const double most = 5;
#else
	const double most = 1;
#endif
	double first = seconds_of(put_10000), again = seconds_of(put_10000);

	(void)state;
	print_message("first %.3f s, again %.3f s\n", first, again);
	assert_true(first < most && again < most);
}

static void misses_are_replaced_as_a_whole(void **state)
{
	sb_autojson *first = json_pack("{s:{s:i,s:i}, s:{s:i,s:i}}", "a", "runs", 1, "since", 10,
				       "b", "runs", 2, "since", 20);
	sb_autojson *second = json_pack("{s:{s:i,s:i}}", "b", "runs", 3, "since", 20);
	sb_autojson *got = NULL, *other = NULL;

	(void)state;
	OK(sb_store_misses_put(store, "lab", first, &err));
	OK(sb_store_misses_put(store, "else", first, &err));
	OK(sb_store_misses_put(store, "lab", second, &err));
	OK(sb_store_misses_get(store, "lab", &got, &err));
	assert_json(got, "{\"b\":{\"runs\":3,\"since\":20}}");
	OK(sb_store_misses_get(store, "else", &other, &err));
	assert_true(json_equal(other, first));
}

static void agents_are_replaced_as_a_whole_for_one_endpoint(void **state)
{
#define ROW(runs, ms)                                                                              \
	"{\"outcome\":\"silent\",\"runs\":" runs ",\"asked\":1790000000,\"ms\":" ms                \
	",\"config\":\"c\"}"
	static const char first[] =
		"{\"lab/qemu/1\":" ROW("1", "8000") ",\"lab/qemu/2\":" ROW("2", "3") "}";
	static const char second[] = "{\"lab/qemu/2\":" ROW("3", "12000") "}";
	sb_autojson *old = json_loads(first, 0, NULL), *new = json_loads(second, 0, NULL);
	sb_autojson *lab = NULL, *edge = NULL, *again = NULL, *none = NULL;

	(void)state;
	OK(sb_store_agents_get(store, "lab", &none, &err));
	assert_json(none, "{}");
	OK(sb_store_agents_put(store, "lab", old, &err));
	OK(sb_store_agents_put(store, "edge", old, &err));
	reopen_store();
	OK(sb_store_agents_get(store, "lab", &lab, &err));
	assert_json(lab, first);
	OK(sb_store_agents_put(store, "lab", new, &err));
	OK(sb_store_agents_get(store, "lab", &again, &err));
	assert_json(again, second);
	OK(sb_store_agents_get(store, "edge", &edge, &err));
	assert_json(edge, first);
	assert_int_equal(sb_store_agents_put(store, "lab", NULL, &err), SB_E_ARG);
#undef ROW
}

static void facts_are_read_replaced_and_removed(void **state)
{
	sb_autofree char *none = NULL, *value = NULL, *gone = NULL;

	(void)state;
	OK(sb_store_fact_get(store, "identity:lab", &none, &err));
	assert_null(none);
	OK(sb_store_fact_put(store, "identity:lab", "one", &err));
	OK(sb_store_fact_put(store, "identity:lab", "two", &err));
	OK(sb_store_fact_get(store, "identity:lab", &value, &err));
	assert_string_equal(value, "two");
	OK(sb_store_fact_put(store, "identity:lab", NULL, &err));
	OK(sb_store_fact_get(store, "identity:lab", &gone, &err));
	assert_null(gone);
}

static void the_sweep_keeps_runs_with_open_requests_and_unfinished_runs(void **state)
{
	int64_t open = begin_run("lab"), running = begin_run("lab"), old = begin_run("lab");
	sb_autojson *runs = NULL;

	(void)state;
	begin_request(open, 1);
	begin_request(old, 1);
	put_stage(old, "s", "ok");
	OK(sb_store_request_end(store, old, 1, 201, "done", 1002, &err));
	OK(sb_store_run_end(store, open, "interrupted", NULL, 1002, &err));
	OK(sb_store_run_end(store, old, "ok", NULL, 1002, &err));
	OK(sb_store_sweep(store, 1000000, 10, &err));
	OK(sb_store_run_list(store, NULL, 0, &runs, &err));
	assert_int_equal(json_array_size(runs), 2);
	assert_int_equal(json_integer_value(json_object_get(json_array_get(runs, 0), "id")),
			 running);
}

static void a_transaction_is_all_or_nothing(void **state)
{
	sb_autofree char *inside = NULL, *after = NULL;
	sb_autojson *misses = json_pack("{s:{s:i,s:i}}", "a", "runs", 1, "since", 10);

	(void)state;
	assert_int_equal(sb_store_commit(store, &err), SB_E_STATE);
	OK(sb_store_begin(store, &err));
	assert_int_equal(sb_store_begin(store, &err), SB_E_STATE);
	OK(sb_store_fact_put(store, "x", "1", &err));
	OK(sb_store_misses_put(store, "lab", misses, &err)); /* opens a separate transaction */
	OK(sb_store_fact_get(store, "x", &inside, &err));
	assert_string_equal(inside, "1");
	sb_store_rollback(store);
	sb_store_rollback(store);
	OK(sb_store_fact_get(store, "x", &after, &err));
	assert_null(after);
}

static void a_failed_operation_leaves_the_rest_of_the_transaction(void **state)
{
	sb_autofree char *value = NULL;

	(void)state;
	OK(sb_store_begin(store, &err));
	OK(sb_store_fact_put(store, "x", "1", &err));
	assert_int_equal(sb_store_run_end(store, 99, "ok", NULL, 1, &err), SB_E_NOTFOUND);
	OK(sb_store_commit(store, &err));
	OK(sb_store_fact_get(store, "x", &value, &err));
	assert_string_equal(value, "1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RULE(a_run_is_listed_and_kept_with_its_record),
		RULE(runs_are_listed_newest_first_within_the_limit),
		RULE(the_last_run_has_the_highest_id_and_ids_are_never_reused),
		RULE(an_unfinished_run_shows_its_stages_so_far),
		RULE(recovery_interrupts_only_open_runs_of_the_endpoint),
		RULE(missing_rows_are_not_found_and_words_are_checked),
		RULE(the_journal_keeps_requests_and_their_outcome),
		RULE(requests_without_an_answer_are_open_until_settled),
		RULE(shared_objects_are_counted_by_endpoint_kind_and_time),
		RULE(long_values_leave_the_journal_once_a_request_is_settled),
		RULE(applied_values_merge_by_field_and_keep_null),
		RULE(the_callers_failure_ends_the_walk),
		RULE(a_walk_may_call_other_operations_and_itself),
		RULE(ten_thousand_keys_take_less_than_a_second),
		RULE(misses_are_replaced_as_a_whole),
		RULE(agents_are_replaced_as_a_whole_for_one_endpoint),
		RULE(facts_are_read_replaced_and_removed),
		RULE(the_sweep_keeps_runs_with_open_requests_and_unfinished_runs),
		RULE(a_transaction_is_all_or_nothing),
		RULE(a_failed_operation_leaves_the_rest_of_the_transaction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
