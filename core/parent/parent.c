/* SPDX-License-Identifier: Apache-2.0 */
/* One job: take the lease, start it, serve it, record its run. */
#include "parent/parent.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/process.h"
#include "model/run_record.h"
#include "parent/env.h"
#include "parent/loop.h"
#include "parent/pipes.h"
#include "parent/conclude.h"
#include "parent/shared_lease.h"
#include "parent/task.h"
#include "parent/without.h"
#include "stagebox/json.h"
#include "stagebox/log.h"

#define MAX_PENDING_BYTES ((size_t)512 << 20)  /* last-applied values of a large site */
#define MAX_LINE_BYTES    ((size_t)256 << 20)  /* a plan of a large site is one line */
#define MAX_JOB_BYTES     ((uint64_t)2 << 30)  /* all events of a run */
#define MAX_RECORDED      ((uint64_t)64 << 30) /* with every answer */

static int64_t limit_of(const struct sb_job_spec *spec, const char *name)
{
	int64_t value = 0;

	sb_json_int(json_object_get(spec->conf, "limits"), name, &value);
	return value > 0 ? value : 0;
}

/* The JSON tree of a line takes up to 16 times its bytes, and a job's limit of memory is what its
 * operator grants to a run. */
static size_t max_line(const struct sb_job_spec *spec)
{
	size_t share = (size_t)limit_of(spec, "memory_mib") << 16;

	return share && share < MAX_LINE_BYTES ? share : MAX_LINE_BYTES;
}

static const char *mode_in_store(enum sb_job_mode mode)
{
	switch (mode) {
	case SB_JOB_SYNC: return "sync";
	case SB_JOB_APPLY: return "apply";
	case SB_JOB_BOOTSTRAP:
	case SB_JOB_MOVE_HOME:
	case SB_JOB_TRIAL: return "bootstrap";
	case SB_JOB_REVERT: return "revert";
	default: return "plan";
	}
}

/* Take the lease before closing the runs of dead predecessors: only its owner may do that. */
static int open_run(struct sb_parent *parent, struct sb_error *err)
{
	const struct sb_job_spec *spec = parent->spec;
	int64_t now_s = sb_clock_wall_s();
	int rc;

	if (!parent->writes_store)
		return 0;
	if (sb_streq(mode_in_store(spec->mode), "bootstrap"))
		snprintf(parent->lease.name, sizeof(parent->lease.name), "bootstrap");
	else
		snprintf(parent->lease.name, sizeof(parent->lease.name), "endpoint:%s",
			 spec->endpoint);
	rc = sb_store_lease_take(parent->store, parent->lease.name, &parent->lease.token, err);
	if (rc < 0)
		return rc;
	rc = sb_store_run_recover(parent->store, spec->endpoint, now_s, err);
	if (rc < 0)
		return rc;
	return sb_store_run_begin(parent->store, spec->endpoint, mode_in_store(spec->mode), now_s,
				  &parent->result->run, err);
}

/* The runs of one command belong together: `run show last` shows all of them. */
static int note_command_run(struct sb_parent *parent, struct sb_error *err)
{
	json_t *runs = parent->spec->command_runs;
	sb_autofree char *text = NULL;

	if (!runs || !parent->result->run)
		return 0;
	json_array_append_new(runs, json_integer((json_int_t)parent->result->run));
	text = json_dumps(runs, JSON_COMPACT);
	return text ? sb_store_fact_put(parent->store, "last-command", text, err)
		    : sb_fail(err, SB_E_NOMEM, "out of memory");
}

/* The run itself is done, whether or not its readers see it. */
static void share_run(struct sb_parent *parent)
{
	struct sb_error err = SB_ERROR_INIT;

	if (parent->writes_store && parent->result->run &&
	    sb_store_share(parent->store, sb_clock_wall_s(), &err) < 0)
		sb_log(SB_LOG_WARN, "store.group: readers do not see this run: %s", err.text);
}

static void set_failed(struct sb_parent *parent)
{
	snprintf(parent->result->status, sizeof(parent->result->status), "failed");
	parent->result->exit_code = SB_EXIT_FAILED;
}

/* A run without memory has failed: its record may lack something. */
static void check_record(struct sb_parent *parent)
{
	struct sb_error *why = &parent->result->err;
	struct sb_error err = SB_ERROR_INIT;

	if (!sb_memory_check(parent->failures, &err))
		return;
	set_failed(parent);
	if (!why->code)
		*why = err;
	if (parent->result->record && !json_object_get(parent->result->record, "error"))
		json_object_set_new(parent->result->record, "error", json_string(why->text));
}

/* Which document a run carried out: also in the record of a job that died. */
static void note_document(const struct sb_job_spec *spec, json_t *record)
{
	const json_t *hashes = json_object_get(spec->plan, "hashes");
	json_t *plan;

	if (!hashes)
		return;
	plan = json_deep_copy(hashes);
	json_object_set(plan, "changed", json_object_get(spec->plan, "changed"));
	json_object_set_new(record, "plan", plan);
}

static void close_run(struct sb_parent *parent)
{
	struct sb_job_result *result = parent->result;
	struct sb_error err = SB_ERROR_INIT;
	int rc = 0;

	if (result->record) { /* for `stagebox runs` */
		json_object_set_new(result->record, "exit", json_integer(result->exit_code));
		json_object_set_new(result->record, "totals", sb_run_record_totals(result->record));
		note_document(parent->spec, result->record);
	}
	check_record(parent);
	if (parent->writes_store && result->run)
		rc = sb_store_run_end(parent->store, result->run, result->status, result->record,
				      sb_clock_wall_s(), &err);
	if (rc < 0) { /* the run is not recorded, so the command must fail */
		result->exit_code = sb_exit_worse(result->exit_code, SB_EXIT_FAILED);
		if (!result->err.code)
			result->err = err;
	}
	sb_parent_give_shared(parent);
	if (parent->lease.token)
		sb_store_lease_give(parent->store, parent->lease.name, parent->lease.token, NULL);
	share_run(parent);
}

static int start_job(struct sb_parent *parent, const char *program, struct sb_error *err)
{
	const struct sb_job_spec *spec = parent->spec;
	sb_autofree char **environment = sb_parent_environment(spec->conf);
	struct sb_process_spec process_spec = {
		.program = program,
		.command = "job",
		.environment = environment,
		.memory_bytes = (uint64_t)limit_of(spec, "memory_mib") << 20,
		.cpu_s = (uint64_t)limit_of(spec, "cpu_s"),
		.lock_fd = parent->lease.token
				   ? sb_store_lease_fd(parent->store, parent->lease.name)
				   : 0,
		.own_group = true,
	};
	struct sb_process process;
	int rc;

	parent->deadline_s = spec->deadline_s ? spec->deadline_s : limit_of(spec, "wall_s");
	parent->started_ms = parent->stage_ms = sb_clock_ms();
	if (parent->deadline_s)
		parent->deadline_ms = parent->started_ms + parent->deadline_s * 1000;
	if (!environment)
		return sb_fail(err, SB_E_NOMEM, "starting a job: out of memory");
	rc = sb_process_start(&process_spec, &process, err);
	if (rc < 0)
		return rc;
	parent->pid = process.pid;
	parent->in_fd = process.in_fd;
	parent->out_fd = process.out_fd;
	if (!parent->writes_store)
		return 0;
	rc = sb_store_run_pid(parent->store, parent->result->run, parent->pid, err);
	if (rc < 0 && err)
		sb_parent_kill(parent, err); /* sb_parent_loop() reaps it */
	return 0;
}

static void run_job(struct sb_parent *parent)
{
	struct sb_error err = SB_ERROR_INIT;
	int rc = parent->cause.code ? 0 : sb_parent_feed(parent, &err);

	if (rc < 0)
		sb_parent_kill(parent, &err);
	sb_parent_loop(parent);
}

static int check_spec(struct sb_store *store, const struct sb_job_spec *spec, bool writes_store,
		      struct sb_error *err)
{
	if (writes_store && !store)
		return sb_fail(err, SB_E_ARG, "a run that writes needs a store");
	if (writes_store && spec->replay && !spec->on_ask)
		return sb_fail(err, SB_E_ARG, "a recording can be planned, not applied");
	if (spec->on_ask && !spec->replay)
		return sb_fail(err, SB_E_ARG, "only a replay asks for answers");
	if (spec->mode == SB_JOB_APPLY && !spec->plan)
		return sb_fail(err, SB_E_ARG, "an apply needs a plan");
	return 0;
}

static int execute_run(struct sb_parent *parent, const char *program, struct sb_error *err)
{
	int rc;

	rc = open_run(parent, err);
	if (!rc)
		rc = note_command_run(parent, err);
	if (!rc)
		rc = start_job(parent, program, err);
	if (rc < 0) {
		set_failed(parent);
		close_run(parent);
		return rc;
	}
	run_job(parent);
	while (!rc && sb_parent_go_without(parent)) {
		rc = start_job(parent, program, &parent->result->err);
		if (!rc)
			run_job(parent);
	}
	if (rc < 0) /* the job could not be started again */
		set_failed(parent);
	else
		sb_parent_conclude(parent);
	sb_parent_note_sound(parent);
	close_run(parent);
	return 0;
}

int sb_job_execute_program(const char *program, struct sb_store *store,
			   const struct sb_job_spec *spec, struct sb_job_result *ret_result,
			   struct sb_error *err)
{
	struct sb_parent parent = {
		.store = store, .spec = spec, .result = ret_result, .in_fd = -1, .out_fd = -1};
	int rc;

	memset(ret_result, 0, sizeof(*ret_result));
	parent.failures = sb_memory_failures();
	parent.writes_store = !sb_streq(mode_in_store(spec->mode), "plan");
	rc = check_spec(store, spec, parent.writes_store, err);
	if (rc < 0)
		return rc;
	sb_buf_init(&parent.in, max_line(spec));
	parent.max_bytes = spec->on_recorded ? MAX_RECORDED : MAX_JOB_BYTES;
	sb_buf_init(&parent.out, MAX_PENDING_BYTES);
	parent.stages = json_array();
	parent.dead = json_array();
	rc = execute_run(&parent, program, err);
	if (parent.in_fd >= 0)
		close(parent.in_fd);
	if (parent.out_fd >= 0)
		close(parent.out_fd);
	sb_buf_finish(&parent.in);
	sb_buf_finish(&parent.out);
	json_decref(parent.stages);
	json_decref(parent.dead);
	json_decref(parent.files);
	json_decref(parent.faults);
	json_decref(parent.end);
	json_decref(parent.branches);
	json_decref(parent.seen_branches);
	json_decref(parent.open_requests);
	json_decref(parent.open_calls);
	return rc;
}

int sb_job_execute(struct sb_store *store, const struct sb_job_spec *spec,
		   struct sb_job_result *ret_result, struct sb_error *err)
{
	return sb_job_execute_program("/proc/self/exe", store, spec, ret_result, err);
}

void sb_job_result_finish(struct sb_job_result *result)
{
	json_decref(result->record);
	json_decref(result->plan);
	json_decref(result->view);
	json_decref(result->seen);
	json_decref(result->files);
	memset(result, 0, sizeof(*result));
}
