/* SPDX-License-Identifier: Apache-2.0 */
/* The job: from its task to its last event. */
#include "job/job.h"

#include <stdlib.h>
#include <string.h>

#include "apply/apply.h"
#include "apply/settle.h"
#include "base/exit.h"
#include "base/memory.h"
#include "conf/conf.h"
#include "diff/diff.h"
#include "job/actions.h"
#include "job/alike.h"
#include "job/audit.h"
#include "job/bootstrap.h"
#include "job/branch_models.h"
#include "job/import.h"
#include "job/job_priv.h"
#include "job/load.h"
#include "job/misses.h"
#include "job/move_home.h"
#include "job/object_limit.h"
#include "job/pinned.h"
#include "job/revert.h"
#include "job/saved_plan.h"
#include "job/select.h"
#include "job/settled.h"
#include "job/target.h"
#include "job/view.h"
#include "load/loader.h"
#include "load/stages_select.h"
#include "model/key.h"
#include "model/protocol.h"
#include "run/agents.h"
#include "run/dead.h"
#include "run/fetch.h"
#include "run/inventory.h"
#include "run/refusal.h"
#include "run/run_create.h"
#include "run/session.h"
#include "stagebox/json.h"
#include "stagebox/log.h"

static int on_task_line(void *arg, json_t *line, struct sb_error *err)
{
	struct job *job = arg;
	const char *key = sb_json_str(line, "applied"), *fields = sb_json_str(line, "fields");

	if (json_object_get(line, "task")) {
		job->task = json_incref(json_object_get(line, "task"));
		/* A recording without answers must not lead to the network either. */
		if (json_is_integer(json_object_get(job->task, "replay_wall_s")))
			job->replay = json_array();
		return 0;
	}
	if (json_object_get(line, "branch_applied"))
		return sb_job_take_branch_value(job, line, err);
	if (key && !fields)
		return sb_fail(err, SB_E_SHAPE, "task: a line of applied values has no fields");
	if (key)
		return sb_table_put(job->applied, key, fields) < 0
			       ? sb_fail(err, SB_E_NOMEM, "out of memory")
			       : 0;
	if (!json_object_get(line, "replay") || !job->replay)
		return sb_fail(err, SB_E_SHAPE, "task: unknown line");
	return json_array_append(job->replay, json_object_get(line, "replay")) < 0
		       ? sb_fail(err, SB_E_NOMEM, "out of memory")
		       : 0;
}

/* Give the snapshot the values that earlier runs wrote and the counters of missing objects. */
static void take_stored_values(struct job *job)
{
	struct sb_snapshot *snap = job->run->snap;

	sb_table_destroy(snap->applied);
	snap->applied = sb_steal(job->applied);
	if (json_is_object(json_object_get(job->task, "misses"))) {
		json_decref(snap->misses);
		snap->misses = json_incref(json_object_get(job->task, "misses"));
	}
	json_decref(snap->vanished);
	snap->vanished = json_incref(json_object_get(job->task, "vanished"));
}

/* The event lets the parent name the module when the job dies while loading it. */
static void send_loading(void *events, const char *name)
{
	sb_event_send(events, json_pack("{s:s, s:s}", "ev", "loading", "module", name));
}

enum { FIRST_DAY_FACTOR = 10 };

static void take_shared_limit(struct job *job, const json_t *conf)
{
	int64_t limit = 0;

	sb_json_int(json_object_get(conf, "limits"), "shared_per_day", &limit);
	job->run->shared_limit = json_is_true(json_object_get(job->task, "first_day"))
					 ? limit * FIRST_DAY_FACTOR
					 : limit;
	job->run->shared_made = json_object_get(job->task, "shared_made");
}

/* The parent counts by file how often a module ends a run, and notes the files in a plan. */
static void send_files(struct job *job)
{
	sb_event_send(job->events, json_pack("{s:s, s:o}", "ev", "files", "files",
					     sb_registry_files(job->registry)));
}

static int job_open(struct job *job, struct sb_error *err)
{
	struct sb_load_watch watch = {.on_module = send_loading, .arg = job->events};
	json_t *conf = json_object_get(job->task, "conf");
	const char *slug = sb_json_str(job->task, "endpoint");
	const char *view = sb_json_str(json_object_get(job->task, "view"), "name");
	sb_autofree char *pinned = sb_pinned_pve(job->task);
	int64_t now_s = json_integer_value(json_object_get(job->task, "now_s"));
	int rc;

	if (!conf || !slug)
		return sb_fail(err, SB_E_SHAPE, "task: conf or endpoint is missing");
	sb_conf_log_level(conf);
	rc = sb_job_load(conf, slug, &watch, &job->registry, err);
	if (!rc && view)
		rc = sb_registry_use_view(job->registry, view, &job->view, err);
	if (!rc)
		send_files(job);
	if (!rc)
		rc = sb_run_create(job->registry, conf, slug, now_s, &job->run, err);
	if (!rc) {
		job->run->number = json_integer_value(json_object_get(job->task, "run"));
		sb_job_keep_requests(job, "");
		sb_run_note_sent(job->run, json_object_get(job->task, "open_requests"));
		take_stored_values(job);
		take_shared_limit(job, conf);
	}
	if (!rc)
		rc = sb_session_create(conf, slug, job->task, job->replay, pinned ? pinned : "",
				       job->events, &job->session, err);
	if (rc < 0)
		return rc;
	job->run->events = job->events;
	job->run->http = job->session.http;
	job->run->pve = job->session.pve;
	job->run->netbox = job->session.netbox;
	job->began_ms = sb_job_now_ms(job);
	return 0;
}

static int open_netbox(struct job *job, struct sb_error *err)
{
	int rc = sb_netbox_open(job->session.netbox, err);

	sb_session_check_clock(job->session.http, "netbox");
	if (!rc)
		rc = sb_session_instance(job->run, err);
	if (!rc && (sb_refusals_take(job->run, json_object_get(job->task, "refusals")) < 0 ||
		    sb_agents_take(job->run, json_object_get(job->task, "agents")) < 0))
		rc = sb_fail(err, SB_E_NOMEM, "out of memory");
	return rc < 0 ? sb_http_as_unreachable(rc, err) : 0;
}

static void send_identity(struct job *job)
{
	sb_event_send(job->events,
		      json_pack("{s:s, s:o}", "ev", "identity", "value",
				json_sprintf("%s netbox:%s", sb_pve_identity(job->session.pve),
					     job->run->netbox_instance)));
}

static int select_stages(struct job *job, struct sb_error *err)
{
	size_t n = sb_registry_n_stages(job->registry), i;
	bool *selected = calloc(n + 1, sizeof(bool)), *needed = calloc(n + 1, sizeof(bool));
	const json_t *modules = json_object_get(job->task, "modules");
	int rc = selected && needed ? 0 : sb_fail(err, SB_E_NOMEM, "out of memory");

	if (!rc)
		rc = sb_registry_select(job->registry, json_object_get(job->task, "select"),
					selected, needed, err);
	if (!rc && json_is_array(modules))
		sb_registry_select_modules(job->registry, modules, selected, needed);
	for (i = 0; !rc && i < n; i++) {
		job->run->stages[i].selected = selected[i];
		job->run->stages[i].needed = needed[i];
	}
	if (!rc && sb_dead_note(job->run, json_object_get(job->task, "dead"),
				json_object_get(job->task, "faults")) < 0)
		rc = sb_fail(err, SB_E_NOMEM, "out of memory");
	free(selected);
	free(needed);
	return rc;
}

/* Is NetBox, which was opened, the one that was meant, and can its lists be read? */
static int check_netbox(struct job *job, struct sb_error *err)
{
	int rc = sb_pinned_check_netbox(job->run, job->task, err);

	if (!rc)
		rc = sb_inventory_open(job->run, err);
	return rc < 0 ? rc : sb_session_check_kinds(job->run, false, err);
}

/* Fetch, diff, select: everything before the gates. */
static int make_plan(struct job *job, struct sb_error *err)
{
	struct sb_run *run = job->run;
	const char *word = sb_json_str(job->task, "target");
	sb_autofree char *target = NULL;
	int rc = select_stages(job, err);

	if (!rc)
		rc = check_netbox(job, err);
	if (!rc && (sb_job_is_mode(job, "sync") || sb_job_is_mode(job, "plan")))
		rc = sb_job_begin_branch(job, sb_job_is_mode(job, "plan"), err);
	if (!rc) {
		sb_session_note_missing(run);
		rc = sb_pve_open(job->session.pve, err);
		sb_session_check_clock(job->session.http, sb_pve_server(job->session.pve));
		if (rc < 0)
			return rc;
	}
	if (!rc)
		sb_alike_note(run, sb_pve_identity(run->pve),
			      json_object_get(job->task, "clusters"));
	if (!rc)
		rc = sb_fetch(run, sb_settle_at(job->task), err);
	if (rc < 0 || sb_job_is_mode(job, "find"))
		return rc;
	if (word)
		rc = sb_target_resolve(run, word, &target, err);
	if (!rc && target)
		sb_refusals_forget(run, target);
	if (!rc)
		rc = sb_diff_all(run, err);
	if (!rc && (sb_actions_bind(run) < 0 || sb_select_ops(run, target) < 0 ||
		    (sb_job_is_mode(job, "sync") && sb_actions_leave_out(run) < 0)))
		rc = sb_fail(err, SB_E_NOMEM, "out of memory");
	if (!rc)
		rc = sb_plan_link(&run->diff->plan, err);
	return rc;
}

static void send_misses(struct job *job)
{
	sb_event_send(job->events,
		      json_pack("{s:s, s:o}", "ev", "misses", "misses", sb_misses_after(job->run)));
}

/* A plan that is only shown is shown with the reason why it would be refused. */
static int check_object_limit(struct job *job, bool is_plan, struct sb_error *err)
{
	int64_t limit = json_integer_value(json_object_get(job->task, "max_objects"));
	struct sb_diff *diff = job->run->diff;

	if (!is_plan)
		return sb_object_limit_check(job->run, limit, err);
	if (!diff->gate_refused && sb_object_limit_check(job->run, limit, &diff->gate_why) < 0)
		diff->gate_refused = true;
	return 0;
}

static void send_refusals(struct job *job)
{
	sb_event_send(job->events, json_pack("{s:s, s:o}", "ev", "refusals", "refusals",
					     sb_refusals_after(job->run)));
}

/* Sent before anything is written: a run that a gate refuses has asked the agents, too. */
static void send_agents(struct job *job)
{
	json_t *agents = sb_agents_after(job->run);

	sb_keys_drop_invalid(agents);
	if (json_equal(agents, json_object_get(job->task, "agents")))
		json_decref(agents);
	else
		sb_event_send(job->events,
			      json_pack("{s:s, s:o}", "ev", "agents", "agents", agents));
}

static int run_sync(struct job *job, bool is_plan, struct sb_error *err)
{
	int rc = make_plan(job, err);

	if (!rc && !is_plan)
		send_agents(job);
	if (!rc)
		rc = sb_alike_check(job->run, sb_pve_identity(job->run->pve), err);
	if (!rc)
		rc = check_object_limit(job, is_plan, err);
	if (!rc && job->branch_why.code && !job->run->diff->gate_refused) {
		job->run->diff->gate_refused = true;
		job->run->diff->gate_why = job->branch_why;
	}
	if (!rc && sb_job_is_mode(job, "audit"))
		rc = sb_audit_ask(job->run, err);
	if (rc < 0)
		return rc;
	if (!is_plan) {
		send_identity(job);
		rc = sb_job_open_branch(job, err);
		if (!rc)
			rc = sb_apply(job->run, job->events, err);
		if (rc < 0)
			return rc;
		if (sb_settled_send(job->run, job->events) < 0)
			return sb_fail(err, SB_E_NOMEM, "out of memory");
		send_misses(job);
		send_refusals(job);
	}
	sb_job_finish(job, is_plan);
	return 0;
}

/* Which objects a name means, before anything is written: {"keys", "hint"}. */
static int run_find(struct job *job, struct sb_error *err)
{
	const char *word = sb_json_str(job->task, "target");
	sb_autofree char *hint = NULL;
	json_t *keys = NULL;
	int rc = make_plan(job, err);

	if (!rc)
		rc = sb_target_find(job->run, word ? word : "", &keys, &hint, err);
	if (rc < 0)
		return rc;
	sb_event_send(job->events, json_pack("{s:s, s:{s:o, s:s}}", "ev", "plan", "plan", "keys",
					     keys, "hint", hint));
	sb_job_send_end(job, "ok", SB_EXIT_OK, NULL);
	return 0;
}

static int run_apply(struct job *job, struct sb_error *err)
{
	int rc = sb_pinned_check_netbox(job->run, job->task, err);

	if (!rc)
		rc = sb_session_check_kinds(job->run, true, err);
	if (!rc)
		rc = sb_job_begin_branch(job, false, err);
	if (!rc)
		rc = sb_plan_take(job->run, json_object_get(job->task, "plan"),
				  sb_settle_at(job->task), err);
	if (!rc)
		rc = check_object_limit(job, false, err);
	if (!rc)
		rc = sb_actions_permit(job->run, job->task, &job->grant, err);
	if (!rc)
		rc = sb_job_open_branch(job, err);
	if (!rc)
		rc = sb_apply(job->run, job->events, err);
	if (rc < 0)
		return rc;
	send_misses(job); /* without the objects that the plan deleted */
	send_refusals(job);
	sb_job_finish(job, false);
	return 0;
}

/* NetBox may commit an interrupted bootstrap late; the instance id of that one is then kept. */
static int settle_bootstrap(struct job *job, struct sb_error *err)
{
	int64_t at_s = sb_settle_at(job->task);
	int rc;

	if (!at_s)
		return 0;
	rc = sb_settle_wait(job->run, at_s, err);
	if (!rc)
		rc = sb_session_instance(job->run, err);
	if (!rc)
		sb_settle_report(job->run, job->task);
	return rc;
}

static int run_bootstrap(struct job *job, bool is_plan, bool is_move, struct sb_error *err)
{
	int rc = is_plan ? 0 : settle_bootstrap(job, err);

	if (!rc)
		rc = is_move ? sb_move_home_plan(job->run, err) : sb_bootstrap_plan(job->run, err);
	if (!rc)
		rc = sb_plan_link(&job->run->diff->plan, err);
	if (!rc && is_move && sb_move_home_order(job->run) < 0)
		rc = sb_fail(err, SB_E_NOMEM, "out of memory");
	if (!rc && !is_plan)
		rc = sb_apply(job->run, job->events, err);
	if (!rc && !is_plan)
		sb_bootstrap_report(job->run);
	if (!rc)
		job->is_trial_due = sb_job_trial_is_due(job) && !is_plan;
	if (!rc)
		sb_job_finish(job, is_plan);
	return rc;
}

static int run_trial(struct job *job, struct sb_error *err)
{
	int rc = sb_job_trial_run(job, err);

	if (!rc)
		sb_job_finish(job, false);
	return rc;
}

/* A view needs Proxmox VE. What it shows of NetBox is unknown when NetBox cannot be read. */
static int run_view(struct job *job, struct sb_error *err)
{
	struct sb_run *run = job->run;
	struct sb_error *no_netbox = &run->netbox_why;
	json_t *answer = NULL;
	bool is_partial;
	int rc;

	if (!job->view)
		return sb_fail(err, SB_E_SHAPE, "task: view is missing");
	sb_view_begin(run, job->task);
	if (!no_netbox->code && open_netbox(job, no_netbox) == 0)
		check_netbox(job, no_netbox);
	rc = sb_pve_open(job->session.pve, err);
	if (!rc)
		rc = sb_view_answer(run, job->view, &answer, &is_partial, err);
	if (rc < 0)
		return rc;
	sb_event_send(job->events, answer);
	sb_job_send_end(job, is_partial ? "partial" : "ok",
			is_partial ? SB_EXIT_PARTIAL : SB_EXIT_OK, NULL);
	return 0;
}

static int run_import(struct job *job, struct sb_error *err)
{
	json_t *doc = NULL;
	int rc = sb_import_read(job->run, json_object_get(job->task, "select"), &doc, err);

	if (rc < 0)
		return rc;
	sb_event_send(job->events, json_pack("{s:s, s:o}", "ev", "plan", "plan", doc));
	sb_job_send_end(job, "ok", SB_EXIT_OK, NULL);
	return 0;
}

/* Which modules of this target can write into a branch. A NetBox without branches has no answer,
 * and the run itself says so. */
static int run_targets(struct job *job, struct sb_error *err)
{
	struct sb_branch_lack lack;
	json_t *answer = NULL;
	int rc = select_stages(job, err);

	if (!rc)
		rc = check_netbox(job, err);
	if (!rc && !sb_netbox_lacks_branches(sb_netbox_caps(job->run->netbox), &lack))
		rc = sb_job_branch_modules(job->run, job->task, &answer, err);
	if (rc < 0)
		return rc;
	sb_event_send(job->events, json_pack("{s:s, s:o}", "ev", "plan", "plan",
					     answer ? answer : json_object()));
	sb_job_send_end(job, "ok", SB_EXIT_OK, NULL);
	return 0;
}

static int run_revert(struct job *job, struct sb_error *err)
{
	int rc = sb_pinned_check_netbox(job->run, job->task, err);

	if (!rc)
		rc = sb_job_revert(job->run, job->task, &job->branch, err);
	job->needs_decision = rc == SB_E_CONFLICT;
	if (!rc)
		sb_job_send_end(job, "ok", SB_EXIT_OK, NULL);
	return rc;
}

static int job_run(struct job *job, struct sb_error *err)
{
	const char *mode = sb_json_str(job->task, "mode");
	int rc;

	if (!mode)
		return sb_fail(err, SB_E_SHAPE, "task: mode is missing");
	rc = job_open(job, err);
	if (!rc && sb_streq(mode, "view"))
		return run_view(job, err);
	if (!rc)
		rc = open_netbox(job, err);
	if (rc < 0)
		return rc;
	if (sb_streq(mode, "plan") || sb_streq(mode, "sync") || sb_streq(mode, "audit"))
		return run_sync(job, !sb_streq(mode, "sync"), err);
	if (sb_streq(mode, "find"))
		return run_find(job, err);
	if (sb_streq(mode, "import"))
		return run_import(job, err);
	if (sb_streq(mode, "apply"))
		return run_apply(job, err);
	if (sb_streq(mode, "targets"))
		return run_targets(job, err);
	if (sb_streq(mode, "trial"))
		return run_trial(job, err);
	if (sb_streq(mode, "revert"))
		return run_revert(job, err);
	if (sb_starts_with(mode, "bootstrap"))
		return run_bootstrap(job, !sb_streq(mode, "bootstrap"), false, err);
	if (sb_starts_with(mode, "move-home"))
		return run_bootstrap(job, !sb_streq(mode, "move-home"), true, err);
	return sb_fail(err, SB_E_ARG, "task: unknown mode \"%s\"", mode);
}

int sb_job_main(int in_fd, int out_fd)
{
	struct job job = {0};
	struct sb_error err = SB_ERROR_INIT;
	int rc;

	sb_memory_end_process(SB_JOB_NO_MEMORY, NULL);
	rc = sb_events_create(in_fd, out_fd, &job.events, &err);
	if (rc < 0)
		return SB_EXIT_FAILED;
	job.applied = sb_table_create();
	if (!job.applied)
		return SB_EXIT_FAILED;
	rc = sb_events_task(job.events, on_task_line, &job, &err);
	if (!rc)
		rc = job_run(&job, &err);
	if (rc < 0)
		sb_job_send_end(&job, "failed", sb_job_exit_of(&job, &err), &err);
	sb_session_finish(&job.session);
	sb_run_destroy(job.run);
	sb_registry_destroy(job.registry);
	sb_job_branch_finish(&job.branch);
	json_decref(job.branch_applied);
	json_decref(job.requests);
	json_decref(job.task);
	json_decref(job.replay);
	sb_table_destroy(job.applied);
	sb_events_destroy(job.events);
	return 0;
}
