/* SPDX-License-Identifier: Apache-2.0 */
/* A run that asks guest agents of a scripted network with a virtual clock. Include it first. */
#pragma once

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
#include "run/run_create.h"
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

static inline int diff_nothing(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	(void)stage;
	(void)arg;
	(void)err;
	return 0;
}

static inline int start_module(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	static const struct sb_stage guests = {
		.size = sizeof(guests), .name = "t.guests", .diff = diff_nothing};

	(void)ret_state;
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

static inline void open_run(int64_t now_s)
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

static inline void close_run(void)
{
	json_decref(fx.memory);
	fx.memory = sb_agents_after(fx.run);
	sb_pve_destroy(fx.run->pve);
	sb_run_destroy(fx.run);
	sb_http_destroy(fx.http);
	sb_io_destroy(fake_io_io(fx.fake));
}

static inline int setup(void **state)
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

static inline int teardown(void **state)
{
	(void)state;
	close_run();
	sb_registry_destroy(fx.registry);
	json_decref(fx.conf);
	json_decref(fx.memory);
	json_decref(fx.results);
	return 0;
}

static inline const char *report_result(const char *key, const json_t *data,
					const struct sb_error *why)
{
	int rc;

	if (data) {
		assert_int_equal(sb_agent_answered(fx.run->stages, key), 0);
		return "answered";
	}
	if (strstr(why->text, "is not running")) {
		assert_int_equal(sb_agent_absent(fx.run->stages, key), 0);
		return "absent";
	}
	rc = sb_agent_silent(fx.run->stages, key);
	assert_true(rc >= 0);
	if (why->code == SB_E_CANCELLED)
		return rc ? "unsent limit" : "unsent";
	return rc ? "limit" : "silent";
}

static inline int on_answer(struct sb_stage_run *stage, const char *key, const json_t *data,
			    const struct sb_error *why, void *arg, struct sb_error *err)
{
	(void)stage;
	(void)arg;
	(void)err;
	json_object_set_new(fx.results, key, json_string(report_result(key, data, why)));
	return 0;
}

static inline int on_other(struct sb_stage_run *stage, const char *key, const json_t *data,
			   const struct sb_error *why, void *arg, struct sb_error *err)
{
	(void)stage;
	(void)arg;
	(void)key;
	(void)data;
	(void)why;
	(void)err;
	return 0;
}

/* All agents of a node behave alike, unless one was scripted before. */
static inline void script_answer(const char *path, int status, const char *words, unsigned delay_ms)
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
static inline bool ask_guest(const char *node, unsigned vmid)
{
	struct sb_error err = SB_ERROR_INIT;
	char key[32];

	snprintf(key, sizeof(key), "lab/g/%u", vmid);
	if (sb_agent_turn(fx.run->stages, key, 1000000, "c") != SB_AGENT_ASK)
		return false;
	assert_int_equal(sb_pve_ask(fx.run->stages, on_answer, NULL, key, SB_PVE_AGENT, &err,
				    "/nodes/%s/g/%u/agent", node, vmid),
			 0);
	return true;
}

/* Run the loop until nothing is outstanding; the milliseconds that it took. */
static inline int64_t finish_all(void)
{
	struct sb_io *io = fake_io_io(fx.fake);
	int64_t began_ms = io->ops->now_ms(io);
	unsigned turns = 0;

	for (;;) {
		sb_agents_check_time(fx.run, true);
		if (!fx.run->stages[0].asks)
			break;
		assert_int_equal(sb_http_turn(fx.http, 1000, NULL), 0);
		assert_true(turns++ < 100000);
	}
	return io->ops->now_ms(io) - began_ms;
}

static inline const char *result_of(unsigned vmid)
{
	char key[32];
	const char *text;

	snprintf(key, sizeof(key), "lab/g/%u", vmid);
	text = sb_json_str(fx.results, key);
	return text ? text : "none";
}

static inline int count_results(const char *result)
{
	const char *key;
	json_t *value;
	int n = 0;

	json_object_foreach (fx.results, key, value)
		n += sb_streq(json_string_value(value), result);
	return n;
}

/* Position of the request to the agent of a guest; fails when there was none. */
static inline size_t find_request(const char *path)
{
	size_t i;

	for (i = 0; i < fake_io_count(fx.fake); i++)
		if (strstr(fake_io_request(fx.fake, i), path))
			return i;
	fail_msg("%s was not requested", path);
	return 0;
}

static inline const json_t *row_of(unsigned vmid)
{
	sb_autojson *memory = sb_agents_after(fx.run);
	char key[32];

	snprintf(key, sizeof(key), "lab/g/%u", vmid);
	return json_object_get(memory, key);
}

/* Guests of node n have the VMIDs from n * 1000 on; the nodes are listed one after another. */
static inline void ask_nodes(unsigned nodes, unsigned guests)
{
	char name[16];
	unsigned n, i;

	for (n = 1; n <= nodes; n++)
		for (i = 0; i < guests; i++) {
			snprintf(name, sizeof(name), "n%u", n);
			ask_guest(name, n * 1000 + i);
		}
}

/* A request that is outstanding while the agents are added, as in a run. */
static inline void ask_list(void)
{
	struct sb_error err = SB_ERROR_INIT;

	script_answer("/api2/json/list", 200, "OK", 10);
	assert_int_equal(
		sb_pve_ask(fx.run->stages, on_other, NULL, "", SB_PVE_INLINE, &err, "/list"), 0);
}

/* The scripted network borrows its paths. */
static inline char *new_path(void)
{
	static char paths[100][64];
	static size_t n;

	return paths[n++ % SB_ARRAY_LEN(paths)];
}

static inline void hang_guest(unsigned n, unsigned i)
{
	char *path = new_path();

	snprintf(path, 64, "/api2/json/nodes/n%u/g/%u/agent", n, n * 1000 + i);
	HANGS(path);
}

static inline void hang_node(unsigned n)
{
	char *path = new_path();

	snprintf(path, 64, "/api2/json/nodes/n%u/*", n);
	HANGS(path);
}

#define RULE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
