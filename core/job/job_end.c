/* SPDX-License-Identifier: Apache-2.0 */
/* The last events of a job: its stages, its plan, its record. */
#include "base/exit.h"
#include "diff/duplicates.h"
#include "job/audit.h"
#include "job/job_priv.h"
#include "job/outcome.h"
#include "run/account_count.h"
#include "stagebox/json.h"

int64_t sb_job_now_ms(const struct job *job)
{
	return job->session.io ? job->session.io->ops->now_ms(job->session.io) : 0;
}

bool sb_job_is_mode(const struct job *job, const char *mode)
{
	return sb_streq(sb_json_str(job->task, "mode"), mode);
}

static void send_stages(struct job *job)
{
	size_t i, n = sb_registry_n_stages(job->registry);

	for (i = 0; i <= n; i++) {
		size_t stage = i ? i - 1 : SB_STAGE_SHARED;
		const char *module =
			i ? sb_registry_stage(job->registry, stage)->ctx->module->name : "core";

		if (!sb_run_stage(job->run, stage)->selected)
			continue;
		sb_event_send(
			job->events,
			json_pack("{s:s, s:s, s:s, s:o}", "ev", "stage", "stage",
				  sb_run_stage_name(job->run, stage), "module", module, "entry",
				  sb_outcome_stage(job->run, stage,
						   sb_job_now_ms(job) - job->began_ms)));
	}
}

void sb_job_send_end(struct job *job, const char *status, int code, const struct sb_error *err)
{
	json_t *record = job->run && job->run->diff
				 ? sb_outcome_record(job->run, json_object_get(job->task, "select"),
						     sb_job_now_ms(job) - job->began_ms)
				 : json_object();
	json_t *end = json_pack("{s:s, s:s, s:i, s:o}", "ev", "end", "status", status, "exit", code,
				"record", record);

	if (err && err->code == SB_E_NOMEM)
		sb_events_no_memory();
	json_object_set_new(record, "branch", sb_job_branch_json(&job->branch));
	json_object_set_new(record, "cost",
			    sb_outcome_cost(job->session.http, job->run ? job->run->in_flight : 0));
	if (err && err->code)
		json_object_set_new(end, "error",
				    json_pack("{s:s, s:s, s:i}", "code", sb_rc_name(err->code),
					      "text", err->text, "http_status", err->http_status));
	sb_event_send(job->events, end);
}

static void send_plan(struct job *job)
{
	json_t *plan = sb_outcome_plan(job->run);

	if (sb_job_is_mode(job, "audit"))
		json_object_set_new(plan, "left", sb_audit_leftovers(job->run));
	if (job->is_trial_due)
		json_object_set_new(plan, "trial", json_true());
	sb_event_send(job->events, json_pack("{s:s, s:o}", "ev", "plan", "plan", plan));
}

/* The objects of the run are in its branch, so that the end of that may be worse than its own. */
static void close_branch(struct job *job, const char **status, int *code, struct sb_error *err)
{
	bool is_failed = sb_streq(*status, "failed") || sb_streq(*status, "unbalanced");
	struct sb_error why = SB_ERROR_INIT;
	int rc = sb_job_branch_close(&job->branch, is_failed, &why);

	if (!rc)
		return;
	if (!is_failed)
		*status = rc == SB_E_CONFLICT ? "partial" : "failed";
	*code = sb_exit_worse(*code, rc == SB_E_CONFLICT ? SB_EXIT_CONFLICTS : sb_exit_of(&why));
	if (!err->code)
		*err = why;
}

void sb_job_finish(struct job *job, bool is_plan)
{
	struct sb_error err = SB_ERROR_INIT;
	const char *status;
	int code;

	if (sb_account_finish(job->run) < 0) {
		sb_fail(&err, SB_E_NOMEM, "out of memory");
		sb_job_send_end(job, "failed", SB_EXIT_FAILED, &err);
		return;
	}
	sb_outcome_ops(job->run);
	send_stages(job);
	status = sb_outcome_status(job->run, is_plan, &code);
	if (sb_outcome_balance(job->run, &err) < 0) {
		status = "unbalanced";
		code = sb_exit_worse(code, SB_EXIT_FAILED);
	}
	if (!err.code && job->run->write_blocked.code) {
		err = job->run->write_blocked;
		status = "failed";
		code = sb_exit_worse(code, sb_exit_of(&err));
	}
	if (!err.code && job->run->diff->gate_refused)
		err = job->run->diff->gate_why;
	if (!is_plan)
		close_branch(job, &status, &code, &err);
	if (is_plan || !*job->run->slug) /* a sync's plan is its journal */
		send_plan(job);
	if (json_is_true(json_object_get(job->task, "has_siblings")))
		sb_event_send(job->events, json_pack("{s:s, s:o}", "ev", "seen", "values",
						     sb_duplicates_seen(job->run)));
	sb_job_send_end(job, status, code, &err);
}
