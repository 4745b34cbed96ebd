/* SPDX-License-Identifier: Apache-2.0 */
/* Output of a command after its jobs: the runs, or the plan. */
#include "results.h"

#include "model/plan_document.h"
#include "model/run_record.h"
#include "parent/parent.h"
#include "plan_text.h"
#include "stagebox/json.h"
#include "summary.h"

static json_t *outcome_json(const struct jobs_outcome *outcome)
{
	const struct sb_job_result *result = &outcome->result;
	const struct sb_run_outcome run = {
		.id = result->run,
		.endpoint = outcome->slug,
		.status = result->status,
		.exit_code = result->exit_code,
		.record = result->record,
		.err = &result->err,
	};

	return sb_run_outcome_json(&run);
}

static int64_t total_changes(const json_t *sum)
{
	return json_integer_value(json_object_get(sum, "create")) +
	       json_integer_value(json_object_get(sum, "update")) +
	       json_integer_value(json_object_get(sum, "delete"));
}

static void print_run(struct out *out, const json_t *run)
{
	const char *slug = sb_json_str(run, "endpoint"), *status = sb_json_str(run, "status");
	sb_autojson *record = json_copy(json_object_get(run, "record"));

	json_object_del(record, "error"); /* jobs_report() prints it on stderr */
	out_colored(out, OUT_BOLD, "%s", slug[0] ? slug : "netbox");
	out_text(out, ": ");
	out_colored(out, out_status_color(status), "%s", status);
	if (json_integer_value(json_object_get(run, "id")))
		out_text(out, ", run %lld",
			 (long long)json_integer_value(json_object_get(run, "id")));
	out_text(out, "\n");
	if (json_is_object(record)) {
		summary_record(out, record);
		summary_changes(out, record);
	}
	out_text(out, "\n");
}

static void print_runs(struct out *out, const json_t *doc)
{
	sb_autojson *sum = json_object();
	const json_t *run;
	size_t i;

	json_array_foreach (json_object_get(doc, "runs"), i, run) {
		print_run(out, run);
		sb_run_record_add_counts(json_object_get(run, "record"), sum);
	}
	out_colored(out, OUT_BOLD, "%lld change%s", (long long)total_changes(sum),
		    total_changes(sum) == 1 ? "" : "s");
	out_text(out, " (%lld created, %lld updated, %lld deleted)\n",
		 (long long)json_integer_value(json_object_get(sum, "create")),
		 (long long)json_integer_value(json_object_get(sum, "update")),
		 (long long)json_integer_value(json_object_get(sum, "delete")));
}

int results_print(struct jobs *jobs)
{
	int code = jobs_exit(jobs);
	sb_autojson *doc = json_pack("{s:[], s:i}", "runs", "exit", code);
	size_t i;

	for (i = 0; i < jobs->n; i++)
		json_array_append_new(json_object_get(doc, "runs"),
				      outcome_json(&jobs->outcomes[i]));
	out_document(&jobs->cmd->out, doc, print_runs);
	jobs_report(jobs);
	return code;
}

/* The parts of all jobs that returned one; jobs_report() reports the others. */
static json_t *collect_parts(const struct jobs *jobs)
{
	json_t *parts = json_object();
	size_t i;

	for (i = 0; i < jobs->n; i++)
		if (jobs->outcomes[i].result.plan)
			json_object_set(parts, jobs->outcomes[i].slug,
					jobs->outcomes[i].result.plan);
	return parts;
}

static void print_answer(struct out *out, const json_t *answer)
{
	plan_text(out, json_object_get(answer, "plan"));
}

static int plan_exit_code(const json_t *summary)
{
	switch (sb_plan_document_pending(summary)) {
	case SB_PENDING_CONFLICTS: return SB_EXIT_CONFLICTS;
	case SB_PENDING_CHANGES: return SB_EXIT_CHANGES;
	case SB_PENDING_NOTHING: break;
	}
	return SB_EXIT_OK;
}

int results_plan(struct jobs *jobs, json_t **ret_doc, struct sb_error *err)
{
	sb_autojson *parts = collect_parts(jobs), *doc = NULL, *whole = NULL;
	int rc;

	rc = sb_plan_document_create(parts, &doc, err);
	if (!rc)
		rc = sb_plan_document_answer(doc, &whole, err);
	if (rc < 0)
		return rc;
	if (json_object_size(parts) || !jobs->cmd->out.is_text)
		out_document(&jobs->cmd->out, whole, print_answer);
	jobs->exit_code =
		sb_exit_worse(jobs->exit_code, plan_exit_code(json_object_get(whole, "summary")));
	*ret_doc = sb_steal(doc);
	return 0;
}
