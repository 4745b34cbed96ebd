/* SPDX-License-Identifier: Apache-2.0 */
/* Output of a command after its jobs: the runs, or the plan. */
#include "results.h"

#include "model/plan_document.h"
#include "model/run_record.h"
#include "plan_text.h"
#include "stagebox/json.h"
#include "summary.h"

static int64_t total_changes(const json_t *sum)
{
	return json_integer_value(json_object_get(sum, "create")) +
	       json_integer_value(json_object_get(sum, "update")) +
	       json_integer_value(json_object_get(sum, "delete")) +
	       json_integer_value(json_object_get(sum, "release"));
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
	out_text(out, " (%lld created, %lld updated, %lld deleted",
		 (long long)json_integer_value(json_object_get(sum, "create")),
		 (long long)json_integer_value(json_object_get(sum, "update")),
		 (long long)json_integer_value(json_object_get(sum, "delete")));
	if (json_integer_value(json_object_get(sum, "release")))
		out_text(out, ", %lld released",
			 (long long)json_integer_value(json_object_get(sum, "release")));
	out_text(out, ")\n");
}

int results_print(struct jobs *jobs)
{
	int code = jobs_exit(jobs);
	sb_autojson *doc =
		json_pack("{s:o, s:i}", "runs", sb_jobs_outcomes(&jobs->all), "exit", code);

	out_document(&jobs->cmd->out, doc, print_runs);
	jobs_report(jobs);
	return code;
}

static void print_answer(struct out *out, const json_t *answer)
{
	plan_text(out, json_object_get(answer, "plan"));
}

/* The errors of endpoints whose part the plan does not have: a program must not take an empty plan
 * for "nothing to do". */
static int add_errors(const struct jobs *jobs, json_t *answer, struct sb_error *err)
{
	sb_autojson *outcomes = sb_jobs_outcomes(&jobs->all), *errors = json_array();
	const json_t *outcome;
	size_t i;

	json_array_foreach (outcomes, i, outcome) {
		json_t *why = json_object_get(outcome, "error");

		if (why)
			json_array_append_new(
				errors,
				json_pack("{s:O, s:O}", "endpoint",
					  json_object_get(outcome, "endpoint"), "error", why));
	}
	if (!json_array_size(errors))
		return 0;
	return json_object_set(answer, "errors", errors) < 0
		       ? sb_fail(err, SB_E_NOMEM, "out of memory")
		       : 0;
}

int results_plan(struct jobs *jobs, json_t **ret_doc, bool *ret_is_complete, struct sb_error *err)
{
	sb_autojson *doc = NULL, *whole = NULL;
	int rc;

	rc = sb_jobs_plan(&jobs->all, &doc, ret_is_complete, err);
	if (!rc)
		rc = sb_plan_document_answer(doc, &whole, err);
	if (!rc)
		rc = add_errors(jobs, whole, err);
	if (rc < 0)
		return rc;
	if (json_array_size(json_object_get(doc, "endpoints")) || !jobs->cmd->out.is_text)
		out_document(&jobs->cmd->out, whole, print_answer);
	jobs->all.exit_code = sb_exit_worse(
		jobs->all.exit_code, sb_plan_document_exit(json_object_get(whole, "summary")));
	*ret_doc = sb_steal(doc);
	return 0;
}
