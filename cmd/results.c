/* SPDX-License-Identifier: Apache-2.0 */
/* What commands print of their jobs at the end: runs, or a plan. */
#include "results.h"

#include "model/plan_document.h"
#include "plan_text.h"
#include "stagebox/json.h"
#include "summary.h"

static json_t *run_of(const struct jobs_outcome *outcome)
{
	const struct sb_job_result *result = &outcome->result;
	json_t *run = json_pack("{s:I, s:s, s:s, s:i, s:O?}", "id", (json_int_t)result->run,
				"endpoint", outcome->slug, "status", result->status, "exit",
				result->exit_code, "record", result->record);

	if (result->err.code)
		json_object_set_new(run, "error",
				    json_pack("{s:s, s:s}", "code", sb_rc_name(result->err.code),
					      "text", result->err.text));
	return run;
}

static int64_t total(const json_t *sum)
{
	return json_integer_value(json_object_get(sum, "create")) +
	       json_integer_value(json_object_get(sum, "update")) +
	       json_integer_value(json_object_get(sum, "delete"));
}

static void run_text(struct out *out, const json_t *run)
{
	const char *slug = sb_json_str(run, "endpoint"), *status = sb_json_str(run, "status");
	sb_autojson *record = json_copy(json_object_get(run, "record"));

	json_object_del(record, "error"); /* stderr has it */
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

static void runs_text(struct out *out, const json_t *doc)
{
	sb_autojson *sum = json_object();
	const json_t *run;
	size_t i;

	json_array_foreach (json_object_get(doc, "runs"), i, run) {
		run_text(out, run);
		summary_add(json_object_get(run, "record"), sum);
	}
	out_colored(out, OUT_BOLD, "%lld change%s", (long long)total(sum),
		    total(sum) == 1 ? "" : "s");
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
		json_array_append_new(json_object_get(doc, "runs"), run_of(&jobs->outcomes[i]));
	out_document(&jobs->cmd->out, doc, runs_text);
	jobs_report(jobs);
	return code;
}

/* All parts that came; a missing one is its job's error. */
static json_t *parts_of(const struct jobs *jobs)
{
	json_t *parts = json_object();
	size_t i;

	for (i = 0; i < jobs->n; i++)
		if (jobs->outcomes[i].result.plan)
			json_object_set(parts, jobs->outcomes[i].slug,
					jobs->outcomes[i].result.plan);
	return parts;
}

static void answer_text(struct out *out, const json_t *answer)
{
	plan_text(out, json_object_get(answer, "plan"));
}

static int pending(const json_t *sum)
{
	bool has_changes = json_integer_value(json_object_get(sum, "create")) ||
			   json_integer_value(json_object_get(sum, "update")) ||
			   json_integer_value(json_object_get(sum, "delete"));
	bool has_conflicts = json_integer_value(json_object_get(sum, "conflicts")) > 0;

	if (has_conflicts)
		return SB_EXIT_CONFLICTS;
	return has_changes ? SB_EXIT_CHANGES : SB_EXIT_OK;
}

int results_plan(struct jobs *jobs, json_t **ret_doc, struct sb_error *err)
{
	sb_autojson *parts = parts_of(jobs), *doc = NULL, *sum = NULL, *whole = NULL;
	char hash[SB_PLAN_DOCUMENT_HASH_CHARS + 1];
	int rc;

	rc = sb_plan_document_create(parts, &doc, err);
	if (!rc)
		rc = sb_plan_document_hash(doc, hash, err);
	if (rc < 0)
		return rc;
	sum = sb_plan_document_summary(doc);
	whole = json_pack("{s:s, s:O, s:O}", "hash", hash, "summary", sum, "plan", doc);
	if (!whole)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	if (json_object_size(parts) || !jobs->cmd->out.is_text)
		out_document(&jobs->cmd->out, whole, answer_text);
	jobs->exit_code = sb_exit_worse(jobs->exit_code, pending(sum));
	*ret_doc = sb_steal(doc);
	return 0;
}
