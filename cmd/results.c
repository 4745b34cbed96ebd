/* SPDX-License-Identifier: Apache-2.0 */
/* Output of a command after its jobs: the runs, or the plan. */
#include "results.h"

#include "action_text.h"
#include "branch_text.h"
#include "model/plan_document.h"
#include "model/run_record.h"
#include "plan_text.h"
#include "stagebox/json.h"
#include "summary.h"

static const char *name_of(const json_t *run)
{
	const char *slug = sb_json_str(run, "endpoint");

	return slug && slug[0] ? slug : "netbox";
}

static long long number_of(const json_t *object, const char *name)
{
	return (long long)json_integer_value(json_object_get(object, name));
}

static void print_run(struct out *out, const json_t *run)
{
	const char *status = sb_json_str(run, "status");
	sb_autojson *record = json_copy(json_object_get(run, "record"));

	json_object_del(record, "error"); /* jobs_report() prints it on stderr */
	out_colored(out, OUT_BOLD, "%s", name_of(run));
	out_text(out, ": ");
	out_colored(out, out_status_color(status), "%s", status);
	if (number_of(run, "id"))
		out_text(out, ", run %lld", number_of(run, "id"));
	out_text(out, "\n");
	if (json_is_object(record)) {
		summary_record(out, record);
		summary_changes(out, record);
	}
	out_text(out, "\n");
}

/* "lab: no changes, 1784 objects, 2.1 s (run 5)" */
static void print_short_run(struct out *out, const json_t *run)
{
	static const char *const names[] = {"skipped", "unknown", "kept"};
	const char *status = sb_json_str(run, "status");
	const json_t *totals = json_object_get(run, "totals");
	const json_t *record = json_object_get(run, "record");
	size_t n_duplicates = json_array_size(json_object_get(record, "duplicates")), i;
	size_t n_parts = json_array_size(json_object_get(record, "kept"));

	out_colored(out, OUT_BOLD, "%s", name_of(run));
	out_text(out, ": ");
	if (!sb_streq(status, "ok")) {
		out_colored(out, out_status_color(status), "%s", status);
		out_text(out, ", ");
	}
	out_text(out, "no changes, %lld object%s", number_of(totals, "ok"),
		 number_of(totals, "ok") == 1 ? "" : "s");
	for (i = 0; i < SB_ARRAY_LEN(names); i++)
		if (number_of(totals, names[i]))
			out_text(out, ", %lld %s", number_of(totals, names[i]), names[i]);
	if (n_parts)
		out_text(out, ", %zu part%s kept (see --verbose)", n_parts,
			 n_parts == 1 ? "" : "s");
	if (n_duplicates)
		out_text(out, ", %zu duplicate%s", n_duplicates, n_duplicates == 1 ? "" : "s");
	out_text(out, ", %.1f s", json_number_value(json_object_get(totals, "seconds")));
	if (number_of(run, "id"))
		out_text(out, " (run %lld)", number_of(run, "id"));
	out_text(out, "\n");
	if (!sb_streq(status, "ok")) {
		summary_reasons(out, record);
		return;
	}
	summary_stages(out, record);
	summary_gone(out, json_object_get(record, "gone"), false);
	summary_conflicts(out, NULL, NULL, json_object_get(record, "conflicts"));
}

/* A run that wrote nothing and in which nothing failed is one line in the journal. */
static bool is_short(const struct out *out, const json_t *run)
{
	const json_t *totals = json_object_get(run, "totals");
	const char *status = sb_json_str(run, "status");

	return !out->is_verbose && !number_of(totals, "changed") && !number_of(totals, "failed") &&
	       (sb_streq(status, "ok") || sb_streq(status, "partial"));
}

static void print_runs(struct out *out, const json_t *doc)
{
	const json_t *duplicates = json_object_get(doc, "duplicates"), *run;
	bool all_short = true;
	size_t i;

	if (out->is_quiet)
		return;
	json_array_foreach (json_object_get(doc, "runs"), i, run) {
		if (is_short(out, run))
			print_short_run(out, run);
		else
			print_run(out, run);
		all_short = all_short && is_short(out, run);
	}
	if (!all_short)
		summary_duplicates(out, duplicates);
	else if (json_array_size(duplicates))
		out_text(out, "%zu duplicate%s across endpoints (see --verbose)\n",
			 json_array_size(duplicates), json_array_size(duplicates) == 1 ? "" : "s");
}

/* The endpoints that were not done, with the reason: "lab2 (failed), lab3 (failed, net)". */
static void print_failures(struct out *out, const json_t *runs)
{
	const char *comma = "; not done: ";
	const json_t *run;
	size_t i;

	json_array_foreach (runs, i, run) {
		const char *status = sb_json_str(run, "status");
		const char *code = sb_json_str(json_object_get(run, "error"), "code");

		if (sb_streq(status, "ok") || sb_streq(status, "partial"))
			continue;
		out_text(out, "%s", comma);
		out_colored(out, OUT_RED, "%s", name_of(run));
		out_text(out, " (%s%s%s)", status, code ? ", " : "", code ? code : "");
		comma = ", ";
	}
}

static void add_row(json_t *rows, json_t *sum, const json_t *run)
{
	json_t *row = json_copy(json_object_get(run, "totals")), *value;
	const char *name;

	json_object_foreach (row, name, value)
		json_object_set_new(sum, name,
				    json_integer(json_integer_value(value) +
						 json_integer_value(json_object_get(sum, name))));
	json_object_set_new(row, "endpoint", json_string(name_of(run)));
	json_object_set(row, "status", json_object_get(run, "status"));
	json_array_append_new(rows, row);
}

/* All endpoints of the command; the last line names those that were not done. */
static void print_recap(struct out *out, const json_t *runs)
{
	static const struct out_column columns[] = {
		{.title = "ENDPOINT", .member = "endpoint"},
		{.title = "STATUS", .member = "status"},
		{.title = "OK", .member = "ok", .is_number = true},
		{.title = "CHANGED", .member = "changed", .is_number = true},
		{.title = "FAILED", .member = "failed", .is_number = true},
		{.title = "SKIPPED", .member = "skipped", .is_number = true, .is_optional = true},
		{.title = "UNKNOWN", .member = "unknown", .is_number = true, .is_optional = true},
		{.title = "KEPT", .member = "kept", .is_number = true},
		{.title = "SECONDS", .member = "seconds", .is_number = true},
		{0},
	};
	sb_autojson *rows = json_array(), *sum = json_object();
	bool all_short = true;
	const json_t *run;
	size_t i;

	json_array_foreach (runs, i, run) {
		add_row(rows, sum, run);
		all_short = all_short && is_short(out, run);
	}
	if (all_short || out->is_quiet)
		return;
	if (json_array_size(rows) > 1)
		out_table(out, columns, rows);
	out_colored(out, OUT_BOLD, "%lld change%s", number_of(sum, "changed"),
		    number_of(sum, "changed") == 1 ? "" : "s");
	out_text(out, " (%lld created, %lld updated, %lld deleted", number_of(sum, "create"),
		 number_of(sum, "update"), number_of(sum, "delete"));
	if (number_of(sum, "release"))
		out_text(out, ", %lld released", number_of(sum, "release"));
	out_text(out, ")");
	print_failures(out, runs);
	out_text(out, "\n");
}

/* The last lines of a command name the branches of its runs. */
static void print_branches(struct out *out, const json_t *runs)
{
	const json_t *run;
	size_t i;

	if (out->is_quiet)
		return;
	json_array_foreach (runs, i, run)
		branch_text(out, json_object_get(json_object_get(run, "record"), "branch"));
}

/* The journal has the actions of each run, also of one whose job died. */
static json_t *outcomes_with_actions(struct jobs *jobs)
{
	json_t *outcomes = sb_jobs_outcomes(&jobs->all), *outcome;
	size_t i;

	json_array_foreach (outcomes, i, outcome) {
		int64_t id = json_integer_value(json_object_get(outcome, "id"));
		sb_autojson *run = NULL;
		json_t *actions;

		if (!id || sb_store_run_get(jobs->all.request.store, id, &run, NULL) < 0)
			continue;
		actions = json_object_get(run, "actions");
		if (json_array_size(actions))
			json_object_set(outcome, "actions", actions);
	}
	return outcomes;
}

static void print_actions(struct jobs *jobs, const json_t *runs)
{
	const json_t *run;
	size_t i;

	json_array_foreach (runs, i, run)
		action_text(&jobs->cmd->out, json_object_get(run, "actions"), jobs->cmd->argv[0]);
}

/* A revert counts no objects: its branch says what it did. */
static void print_nothing(struct out *out, const json_t *doc)
{
	(void)out;
	(void)doc;
}

int results_print_apply(struct jobs *jobs, const json_t *plan)
{
	bool is_revert = jobs->all.request.reverted != 0;
	int code = jobs_exit(jobs);
	sb_autojson *doc =
		json_pack("{s:o, s:i, s:o, s:O*}", "runs",
			  plan ? outcomes_with_actions(jobs) : sb_jobs_outcomes(&jobs->all), "exit",
			  code, "duplicates", sb_jobs_duplicates(&jobs->all), "hashes",
			  json_object_get(plan, "hashes"));

	out_document(&jobs->cmd->out, doc, is_revert && !code ? print_nothing : print_runs);
	jobs_report(jobs);
	if (!jobs->cmd->out.is_text)
		return code;
	if (plan)
		print_actions(jobs, json_object_get(doc, "runs"));
	if (!is_revert || code)
		print_recap(&jobs->cmd->out, json_object_get(doc, "runs"));
	print_branches(&jobs->cmd->out, json_object_get(doc, "runs"));
	if (plan && !jobs->cmd->out.is_quiet)
		plan_text_document(&jobs->cmd->out, plan);
	return code;
}

int results_print(struct jobs *jobs)
{
	return results_print_apply(jobs, NULL);
}

/* Where a sync would write this. */
static void print_target(struct out *out, const json_t *envelope)
{
	const json_t *target = json_object_get(envelope, "target");
	const char *prefix = sb_json_str(target, "branch");

	if (!prefix)
		return;
	out_text(out, "into a branch of NetBox, ");
	out_colored(out, OUT_BOLD, "%s-RUN", prefix);
	out_text(out, json_is_true(json_object_get(target, "merge"))
			      ? ", which is merged at the end\n"
			      : ", which is left open for review\n");
}

static void print_answer(struct out *out, const json_t *answer)
{
	if (out->is_quiet)
		return;
	print_target(out, json_object_get(json_object_get(answer, "plan"), "envelope"));
	plan_text(out, json_object_get(answer, "plan"), json_object_get(answer, "errors"));
	plan_text_hash(out, json_object_get(answer, "plan"));
	summary_duplicates(out, json_object_get(answer, "duplicates"));
}

json_t *results_errors(const struct jobs *jobs)
{
	sb_autojson *outcomes = sb_jobs_outcomes(&jobs->all);
	json_t *errors = json_array();
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
	return errors;
}

/* A program must not take an empty plan for "nothing to do". */
static int add_errors(const struct jobs *jobs, json_t *answer, struct sb_error *err)
{
	sb_autojson *errors = results_errors(jobs);

	if (!json_array_size(errors))
		return 0;
	return json_object_set(answer, "errors", errors) < 0
		       ? sb_fail(err, SB_E_NOMEM, "out of memory")
		       : 0;
}

/* The answer for one target. @branch: JSON null = main */
static int make_answer(struct jobs *jobs, const json_t *branch, json_t **ret_answer,
		       bool *ret_is_complete, struct sb_error *err)
{
	sb_autojson *doc = NULL, *whole = NULL;
	int rc = sb_jobs_plan(&jobs->all, json_is_null(branch) ? NULL : branch, &doc,
			      ret_is_complete, err);

	if (!rc)
		rc = sb_plan_document_answer(doc, &whole, err);
	if (!rc)
		rc = add_errors(jobs, whole, err);
	if (rc < 0)
		return rc;
	json_object_set_new(whole, "duplicates", sb_jobs_duplicates(&jobs->all));
	*ret_answer = sb_steal(whole);
	return 0;
}

static void print_answers(struct out *out, const json_t *doc)
{
	const json_t *plans = json_object_get(doc, "plans"), *answer;
	size_t i;

	json_array_foreach (plans, i, answer)
		if (json_array_size(json_object_get(json_object_get(answer, "plan"), "endpoints")))
			print_answer(out, answer);
}

int results_plan(struct jobs *jobs, json_t **ret_doc, bool *ret_is_complete, struct sb_error *err)
{
	sb_autojson *branches = sb_jobs_branches(&jobs->all), *plans = json_array(), *doc = NULL;
	json_t *branch, *answer;
	bool is_complete;
	size_t i;
	int rc;

	*ret_is_complete = true;
	if (!json_array_size(branches))
		json_array_append_new(branches, json_null());
	json_array_foreach (branches, i, branch) {
		rc = make_answer(jobs, branch, &answer, &is_complete, err);
		if (rc < 0)
			return rc;
		json_array_append_new(plans, answer);
		*ret_is_complete = *ret_is_complete && is_complete;
		jobs->all.exit_code =
			sb_exit_worse(jobs->all.exit_code,
				      sb_plan_document_exit(json_object_get(answer, "summary")));
	}
	answer = json_array_get(plans, 0);
	doc = json_array_size(plans) == 1 && !jobs->cmd->out.is_text
		      ? json_incref(answer)
		      : json_pack("{s:O}", "plans", plans);
	out_document(&jobs->cmd->out, doc, print_answers);
	if (json_array_size(plans) == 1)
		*ret_doc = json_incref(json_object_get(answer, "plan"));
	return 0;
}
