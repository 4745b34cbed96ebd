/* SPDX-License-Identifier: Apache-2.0 */
/* Questions to guest agents: their order, their number, their time, and what is remembered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fake_io.h"
#include "load/stages.h"
#include "run/agents.h"
#include "stagebox/json.h"

#define NOW INT64_C(1790000000)

struct fixture {
	struct sb_registry *registry;
	json_t *conf, *memory; /* memory: of the next run */
	struct fake_io *fake;
	struct sb_http *http;
	struct sb_run *run;
	json_t *results; /* {"<key>": "answered", "silent", "limit", "unsent", ...} */
};

static struct fixture fx;

static int diff_nothing(struct sb_run *run, struct sb_error *err)
{
	(void)run;
	(void)err;
	return 0;
}

static int start_module(struct sb_ctx *ctx, struct sb_error *err)
{
	static const struct sb_stage guests = {
		.size = sizeof(guests), .name = "t.guests", .diff = diff_nothing};

	return sb_stage_add(ctx, &guests, err);
}

static const struct sb_module module_t = {.magic = SB_MODULE_MAGIC,
					  .abi_major = SB_ABI_MAJOR,
					  .abi_minor = SB_ABI_MINOR,
					  .size = sizeof(module_t),
					  .name = "t",
					  .version = "1",
					  .summary = "asks agents",
					  .start = start_module};

static void open_run(int64_t now_s)
{
	struct sb_error err = SB_ERROR_INIT;

	fx.fake = fake_io_create();
	if (sb_http_create(fake_io_io(fx.fake), &fx.http, &err) < 0 ||
	    sb_run_create(fx.registry, fx.conf, "lab", now_s, &fx.run, &err) < 0 ||
	    sb_pve_create(fx.http, "lab", "", 1, &fx.run->pve, &err) < 0)
		fail_msg("%s", err.text);
	fx.run->http = fx.http;
	json_decref(fx.results);
	fx.results = json_object();
	assert_int_equal(sb_agents_take(fx.run, fx.memory), 0);
}

static void close_run(void)
{
	json_decref(fx.memory);
	fx.memory = sb_agents_after(fx.run);
	sb_pve_destroy(fx.run->pve);
	sb_run_destroy(fx.run);
	sb_http_destroy(fx.http);
	sb_io_destroy(fake_io_io(fx.fake));
}

static int setup(void **state)
{
	struct sb_error err = SB_ERROR_INIT;

	(void)state;
	memset(&fx, 0, sizeof(fx));
	fx.memory = json_object();
	fx.conf = json_pack("{s:[{s:s}], s:{}, s:{s:i}}", "endpoints", "slug", "lab", "policy",
			    "limits", "agent_wait_s", 10);
	assert_int_equal(sb_registry_create(&fx.registry, &err), 0);
	assert_int_equal(sb_registry_add_static(fx.registry, &module_t, NULL, &err), 0);
	assert_int_equal(sb_registry_seal(fx.registry, &err), 0);
	open_run(NOW);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	close_run();
	sb_registry_destroy(fx.registry);
	json_decref(fx.conf);
	json_decref(fx.memory);
	json_decref(fx.results);
	return 0;
}

static const char *report_result(const char *key, const json_t *data, const struct sb_error *why)
{
	int rc;

	if (data) {
		assert_int_equal(sb_agent_answered(fx.run, key), 0);
		return "answered";
	}
	if (strstr(why->text, "is not running")) {
		assert_int_equal(sb_agent_absent(fx.run, key), 0);
		return "absent";
	}
	rc = sb_agent_silent(fx.run, key);
	assert_true(rc >= 0);
	if (why->code == SB_E_CANCELLED)
		return rc ? "unsent limit" : "unsent";
	return rc ? "limit" : "silent";
}

static int on_answer(struct sb_run *run, const char *key, const json_t *data,
		     const struct sb_error *why, struct sb_error *err)
{
	(void)run;
	(void)err;
	json_object_set_new(fx.results, key, json_string(report_result(key, data, why)));
	return 0;
}

static int on_other(struct sb_run *run, const char *key, const json_t *data,
		    const struct sb_error *why, struct sb_error *err)
{
	(void)run;
	(void)key;
	(void)data;
	(void)why;
	(void)err;
	return 0;
}

/* All agents of a node behave alike, unless one was scripted before. */
static void script_answer(const char *path, int status, const char *words, unsigned delay_ms)
{
	fake_io_add(fx.fake, &(struct fake_answer){.method = "GET",
						   .path = path,
						   .status = status,
						   .reason = words,
						   .body = status == 200 ? "{\"data\":{}}" : "",
						   .delay_ms = delay_ms});
}

#define HANGS(path)   script_answer(path, 500, "VM 1 qga command failed - got timeout", 8000)
#define ANSWERS(path) script_answer(path, 200, "OK", 50)

/* Ask the agent of a guest as a module does; false = it is not its turn. */
static bool ask_guest(const char *node, unsigned vmid)
{
	struct sb_error err = SB_ERROR_INIT;
	char key[32];

	snprintf(key, sizeof(key), "lab/g/%u", vmid);
	if (sb_agent_turn(fx.run, key, 1000000, "c") != SB_AGENT_ASK)
		return false;
	assert_int_equal(sb_pve_ask(fx.run, on_answer, key, SB_PVE_AGENT, &err,
				    "/nodes/%s/g/%u/agent", node, vmid),
			 0);
	return true;
}

/* Run the loop until nothing is outstanding; the milliseconds that it took. */
static int64_t finish_all(void)
{
	struct sb_io *io = fake_io_io(fx.fake);
	int64_t began_ms = io->ops->now_ms(io);
	unsigned turns = 0;

	for (;;) {
		sb_agents_check_time(fx.run, true);
		if (!fx.run->stages[0].asks)
			break;
		assert_int_equal(sb_http_turn(fx.http, 1000, NULL), 0);
		assert_true(turns++ < 10000);
	}
	return io->ops->now_ms(io) - began_ms;
}

static const char *result_of(unsigned vmid)
{
	char key[32];
	const char *text;

	snprintf(key, sizeof(key), "lab/g/%u", vmid);
	text = sb_json_str(fx.results, key);
	return text ? text : "none";
}

static int count_results(const char *result)
{
	const char *key;
	json_t *value;
	int n = 0;

	json_object_foreach (fx.results, key, value)
		n += sb_streq(json_string_value(value), result);
	return n;
}

/* Position of the request to the agent of a guest; fails when there was none. */
static size_t find_request(const char *path)
{
	size_t i;

	for (i = 0; i < fake_io_count(fx.fake); i++)
		if (strstr(fake_io_request(fx.fake, i), path))
			return i;
	fail_msg("%s was not requested", path);
	return 0;
}

static const json_t *row_of(unsigned vmid)
{
	sb_autojson *memory = sb_agents_after(fx.run);
	char key[32];

	snprintf(key, sizeof(key), "lab/g/%u", vmid);
	return json_object_get(memory, key);
}

static void an_agent_that_hangs_does_not_block_the_ones_behind_it(void **state)
{
	unsigned i;

	(void)state;
	HANGS("/api2/json/nodes/pve1/g/1/agent");
	ANSWERS("/api2/json/nodes/pve1/*");
	for (i = 1; i <= 5; i++)
		assert_true(ask_guest("pve1", i));
	assert_int_equal(finish_all(), 8000);
	assert_string_equal(result_of(1), "silent");
	assert_int_equal(count_results("answered"), 4);
	assert_true(fake_io_sent_at(fx.fake, find_request("/g/5/")) <= 200);
	assert_int_equal(fake_io_max_in_flight(fx.fake), 2);
}

static void at_most_six_agents_of_an_endpoint_are_asked_at_once(void **state)
{
	static const char *const nodes[] = {"a", "b", "c", "d", "e"};
	unsigned i;

	(void)state;
	ANSWERS("*");
	for (i = 0; i < 30; i++)
		ask_guest(nodes[i % 5], i);
	assert_int_equal(finish_all(), 250); /* all six are used to the end */
	assert_int_equal(count_results("answered"), 30);
	assert_int_equal(fake_io_max_in_flight(fx.fake), 6);
}

static void agents_that_were_silent_are_asked_when_nothing_else_is_outstanding(void **state)
{
	struct sb_error err = SB_ERROR_INIT;

	(void)state;
	HANGS("/api2/json/nodes/pve1/g/1/agent");
	script_answer("/api2/json/list", 200, "OK", 700);
	ANSWERS("*");
	ask_guest("pve1", 1);
	finish_all();
	close_run();
	open_run(NOW + 60);
	script_answer("/api2/json/list", 200, "OK", 700);
	ANSWERS("*");
	assert_int_equal(sb_pve_ask(fx.run, on_other, "", SB_PVE_INLINE, &err, "/list"), 0);
	ask_guest("pve1", 1);
	ask_guest("pve2", 2);
	ask_guest("pve1", 3);
	finish_all();
	assert_int_equal(fake_io_sent_at(fx.fake, find_request("/g/3/")), 0);
	assert_int_equal(fake_io_sent_at(fx.fake, find_request("/g/1/")), 700);
	assert_int_equal(count_results("answered"), 3);
	assert_null(row_of(1));
}

static void a_run_waits_for_agents_no_longer_than_agent_wait(void **state)
{
	unsigned i;

	(void)state;
	script_answer("*", 200, "OK", 60000);
	for (i = 0; i < 8; i++)
		ask_guest("pve1", i);
	assert_true(finish_all() <= 10000);
	assert_int_equal(count_results("silent"), 2);
	assert_int_equal(count_results("unsent"), 6);
	assert_null(row_of(7)); /* it was not asked, so nothing is known of it */
	assert_int_equal(fake_io_count(fx.fake), 2);
}

static void the_time_begins_when_everything_else_is_read(void **state)
{
	struct sb_error err = SB_ERROR_INIT;

	(void)state;
	script_answer("/api2/json/list", 200, "OK", 20000);
	script_answer("*", 500, "VM 1 qga command failed - got timeout", 4000);
	assert_int_equal(sb_pve_ask(fx.run, on_other, "", SB_PVE_INLINE, &err, "/list"), 0);
	ask_guest("pve1", 1);
	ask_guest("pve1", 2);
	ask_guest("pve1", 3);
	assert_int_equal(finish_all(), 20000); /* 4 s and 4 s, beside the list */
	assert_int_equal(count_results("silent"), 3);
}

static void agents_that_answer_are_waited_for(void **state)
{
	unsigned i;

	(void)state;
	script_answer("*", 200, "OK", 100);
	for (i = 0; i < 300; i++)
		ask_guest("pve1", i);
	assert_int_equal(finish_all(), 15000);
	assert_int_equal(count_results("answered"), 300);
}

static void the_third_silence_running_is_a_limit_and_the_next_run_does_not_ask(void **state)
{
	static const char *const results[] = {"silent", "silent", "limit"};
	int64_t now_s = NOW;
	size_t i;

	(void)state;
	for (i = 0; i < SB_ARRAY_LEN(results); i++) {
		HANGS("*");
		assert_true(ask_guest("pve1", 1));
		finish_all();
		assert_string_equal(result_of(1), results[i]);
		assert_int_equal(json_integer_value(json_object_get(row_of(1), "ms")), 8000);
		close_run();
		now_s += 301;
		open_run(now_s);
	}
	assert_int_equal(sb_agent_turn(fx.run, "lab/g/1", 1000000, "c"), SB_AGENT_SILENT);
	assert_int_equal(sb_agent_turn(fx.run, "lab/g/1", 5, "c"), SB_AGENT_ASK);
	assert_int_equal(sb_agent_turn(fx.run, "lab/g/1", 1000000, "d"), SB_AGENT_ASK);
}

static void an_agent_that_was_silent_and_is_not_reached_is_like_one_that_is_not_asked(void **state)
{
	unsigned i;

	(void)state;
	for (i = 1; i <= 9; i++) {
		char key[16];

		snprintf(key, sizeof(key), "lab/g/%u", i);
		json_object_set_new(
			fx.memory, key,
			json_pack("{s:s, s:i, s:I, s:i, s:s}", "outcome", "silent", "runs", 5,
				  "asked", (json_int_t)(NOW - 30000), "ms", 8000, "config", "c"));
	}
	assert_int_equal(sb_agents_take(fx.run, fx.memory), 0);
	script_answer("*", 200, "OK", 60000);
	for (i = 1; i <= 9; i++)
		assert_true(ask_guest("pve1", i));
	assert_true(finish_all() <= 10000);
	assert_int_equal(count_results("limit"), 2);
	assert_int_equal(count_results("unsent limit"), 7);
	assert_int_equal(json_integer_value(json_object_get(row_of(9), "runs")), 5);
}

static void an_agent_that_does_not_run_is_remembered_only_if_that_took_time(void **state)
{
	(void)state;
	script_answer("/api2/json/nodes/pve1/g/1/agent", 500, "QEMU guest agent is not running",
		      3000);
	script_answer("/api2/json/nodes/pve1/g/2/agent", 500, "QEMU guest agent is not running",
		      10);
	ask_guest("pve1", 1);
	ask_guest("pve1", 2);
	finish_all();
	assert_string_equal(result_of(1), "absent");
	assert_string_equal(sb_json_str(row_of(1), "outcome"), "absent");
	assert_null(row_of(2));
}

static void rows_that_are_old_or_not_valid_are_dropped(void **state)
{
	sb_autojson *memory =
		json_pack("{s:{s:s, s:i, s:I, s:i, s:s}, s:{s:s}}", "lab/g/1", "outcome", "silent",
			  "runs", 3, "asked", (json_int_t)(NOW - 8 * 86400), "ms", 1, "config", "c",
			  "lab/g/2", "outcome", "silent");

	(void)state;
	assert_int_equal(sb_agents_take(fx.run, memory), 0);
	assert_null(row_of(1));
	assert_null(row_of(2));
}

#define RULE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RULE(an_agent_that_hangs_does_not_block_the_ones_behind_it),
		RULE(at_most_six_agents_of_an_endpoint_are_asked_at_once),
		RULE(agents_that_were_silent_are_asked_when_nothing_else_is_outstanding),
		RULE(a_run_waits_for_agents_no_longer_than_agent_wait),
		RULE(the_time_begins_when_everything_else_is_read),
		RULE(agents_that_answer_are_waited_for),
		RULE(the_third_silence_running_is_a_limit_and_the_next_run_does_not_ask),
		RULE(an_agent_that_was_silent_and_is_not_reached_is_like_one_that_is_not_asked),
		RULE(an_agent_that_does_not_run_is_remembered_only_if_that_took_time),
		RULE(rows_that_are_old_or_not_valid_are_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
