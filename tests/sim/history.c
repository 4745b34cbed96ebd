/* SPDX-License-Identifier: Apache-2.0 */
/* The course of a history. */
#include "history.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

enum {
	MIN_MS = 60000,
	QUIET_MS = 9 * 3600 * 1000, /* between runs without any disturbance */
	MAX_QUIET = 14,
};

unsigned sim_draw(struct sim_history *history, unsigned below)
{
	return (unsigned)lab_random_below(&history->random, below);
}

/* FNV-1a: the same seed gives the same number. */
static void hash_text(struct sim_history *history, const char *text)
{
	for (; *text; text++)
		history->hash = (history->hash ^ (unsigned char)*text) * 0x100000001b3u;
}

static void take_trace(void *arg, const char *line)
{
	struct sim_history *history = arg;

	hash_text(history, line);
	if (history->shows_trace)
		printf("%s\n", line);
}

void sim_note(struct sim_history *history, const char *fmt, ...)
{
	size_t from = history->story.len;
	va_list ap;

	va_start(ap, fmt);
	sb_buf_addv(&history->story, fmt, ap);
	va_end(ap);
	hash_text(history, sb_buf_str(&history->story) + from);
	if (history->shows_trace)
		printf("%s\n", sb_buf_str(&history->story) + from);
	sb_buf_add(&history->story, "\n");
}

void sim_fail(struct sim_history *history, const char *fmt, ...)
{
	va_list ap;

	if (history->failure[0])
		return;
	va_start(ap, fmt);
	vsnprintf(history->failure, sizeof(history->failure), fmt, ap);
	va_end(ap);
}

static void draw_setup(struct sim_history *history)
{
	static const char *const versions[] = {"4.7", "4.7", "4.6", "4.5"};

	history->setup = (struct sim_setup){
		.seed = history->seed,
		.pve_major = sim_draw(history, 4) ? 9 : 8,
		.netbox_version = versions[sim_draw(history, 4)],
		.nodes = sim_draw(history, 4) ? 3 : 1,
		.guests = 1 + sim_draw(history, 6),
		.prunes = sim_draw(history, 4) != 0,
		.prune_runs = 1 + sim_draw(history, 3),
		.grace_s = sim_draw(history, 2) ? 3600 : 0,
		.max_percent = 100,
		.has_families = history->seed % 2,
	};
	sim_note(history,
		 "setup: Proxmox VE %d, NetBox %s, nodes=%u guests=%u prune=%s runs=%u grace=%u%s",
		 history->setup.pve_major, history->setup.netbox_version, history->setup.nodes,
		 history->setup.guests, history->setup.prunes ? "on" : "off",
		 history->setup.prune_runs, history->setup.grace_s,
		 history->setup.has_families ? " ha ceph" : "");
}

static void create_worlds(struct sim_history *history, const char *dir)
{
	static const char *const names[SIM_WORLDS] = {"disturbed", "calm"};
	size_t i;

	for (i = 0; i < SIM_WORLDS; i++) {
		struct sim_world *world = &history->worlds[i];
		char own[300];

		snprintf(own, sizeof(own), "%s/%s", dir, names[i]);
		sim_world_create(world, names[i], &history->setup, own);
		world->net.random.state = history->seed * 2 + i;
		world->net.engine.state = history->seed * 3;
		world->net.trace = take_trace;
		world->net.trace_arg = history;
		sim_check_watch(history, i);
	}
}

/* Both worlds go on at the same time. */
static void let_time_pass(struct sim_history *history, int64_t ms)
{
	int64_t until = history->worlds[0].now_ms > history->worlds[1].now_ms
				? history->worlds[0].now_ms
				: history->worlds[1].now_ms;
	size_t i;

	for (i = 0; i < SIM_WORLDS; i++)
		sim_world_sleep(&history->worlds[i], until + ms);
}

static void run_one(struct sim_history *history, size_t i, enum sb_job_mode mode,
		    const struct sim_plan *plan)
{
	struct sim_world *world = &history->worlds[i];
	struct sim_result *result = &world->result;

	sim_world_run(world, mode, plan);
	sim_note(history, "%s: %s: exit=%d requests=%u writes=%u%s %s", world->name, result->status,
		 result->exit_code, result->requests, result->writes,
		 result->has_died ? " died" : "", result->why);
	sim_check_run(history, i);
}

static void run_both(struct sim_history *history, enum sb_job_mode mode,
		     const struct sim_plan *plan)
{
	static const struct sim_plan undisturbed;

	run_one(history, SIM_DISTURBED, mode, plan);
	run_one(history, SIM_CALM, mode, &undisturbed);
}

static void check_worlds(struct sim_history *history)
{
	size_t i;

	for (i = 0; i < SIM_WORLDS && !history->failure[0]; i++) {
		sim_people_check(history, i);
		sim_check_duplicates(history, i);
	}
}

/* After a crash somebody may sync again at once, while NetBox still carries out old requests. */
static void sync_again(struct sim_history *history)
{
	static const struct sim_plan undisturbed;
	struct sim_world *world = &history->worlds[SIM_DISTURBED];

	if (!sim_draw(history, 4))
		return;
	sim_world_sleep(world, world->now_ms + 1000 * (1 + sim_draw(history, 20)));
	run_one(history, SIM_DISTURBED, SB_JOB_SYNC, &undisturbed);
}

static void play_round(struct sim_history *history, unsigned number)
{
	struct sim_plan plan = {0};

	sim_note(history, "round %u", number);
	sim_churn(history);
	sim_people(history);
	sim_weather_draw(history, &plan);
	run_both(history, SB_JOB_SYNC, &plan);
	if (plan.death)
		sync_again(history);
	if (history->fault_rounds && !--history->fault_rounds)
		sim_weather_clear(history);
	let_time_pass(history, 3 * MIN_MS + (int64_t)sim_draw(history, 120) * MIN_MS);
	check_worlds(history);
}

/* Faults have ended: until neither world writes any more. */
static void play_quiet(struct sim_history *history)
{
	const struct sim_plan plan = {0};
	unsigned number, calm = 0;

	for (number = 1; number <= MAX_QUIET && calm < 2 && !history->failure[0]; number++) {
		sim_note(history, "quiet run %u", number);
		run_both(history, SB_JOB_SYNC, &plan);
		let_time_pass(history, QUIET_MS);
		calm = history->worlds[0].result.writes || history->worlds[1].result.writes ||
				       number < history->setup.prune_runs + 1
			       ? 0
			       : calm + 1;
	}
	check_worlds(history);
	if (calm < 2)
		sim_fail(history,
			 "does not converge: writes=%u (disturbed), %u (calm) in quiet run %u",
			 history->worlds[0].result.writes, history->worlds[1].result.writes,
			 number - 1);
}

bool sim_history_play(struct sim_history *history, uint64_t seed, const char *dir, bool shows_trace)
{
	const struct sim_plan plan = {0};
	unsigned rounds, i;

	*history = (struct sim_history){.seed = seed,
					.random = {seed},
					.hash = 0xcbf29ce484222325u,
					.shows_trace = shows_trace};
	sb_buf_init(&history->story, 1 << 20);
	history->added = json_object();
	history->ledger = json_array();
	draw_setup(history);
	create_worlds(history, dir);
	sim_churn_begin(history);
	sim_people_begin(history);
	run_both(history, SB_JOB_BOOTSTRAP, &plan);
	rounds = 3 + sim_draw(history, 4);
	for (i = 1; i <= rounds && !history->failure[0]; i++)
		play_round(history, i);
	sim_weather_clear(history);
	sim_churn_end(history);
	if (!history->failure[0])
		play_quiet(history);
	if (!history->failure[0])
		sim_check_end(history);
	return !history->failure[0];
}

void sim_history_finish(struct sim_history *history)
{
	size_t i;

	for (i = 0; i < SIM_WORLDS; i++)
		sim_world_destroy(&history->worlds[i]);
	json_decref(history->added);
	json_decref(history->ledger);
	sb_buf_finish(&history->story);
}
