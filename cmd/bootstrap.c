/* SPDX-License-Identifier: Apache-2.0 */
/* stagebox bootstrap: what NetBox needs before the first sync. */
#include "jobs.h"
#include "plandoc.h"
#include "results.h"

static void plan_text(struct out *out, const json_t *whole)
{
	plandoc_text(out, json_object_get(whole, "plan"));
}

static int print_plan(struct jobs *jobs, struct sb_error *err)
{
	const json_t *part = jobs->outcomes[0].result.plan;
	sb_autojson *parts = json_object(), *doc = NULL, *sum = NULL, *whole = NULL;
	char hash[PLANDOC_HASH_CHARS + 1];
	int rc;

	if (!part)
		return 0;
	json_object_set(parts, "", (json_t *)(uintptr_t)part);
	rc = plandoc_create(parts, &doc, err);
	if (rc == 0)
		rc = plandoc_hash(doc, hash, err);
	if (rc < 0)
		return rc;
	sum = plandoc_summary(doc);
	whole = json_pack("{s:s, s:O, s:O}", "hash", hash, "summary", sum, "plan", doc);
	out_document(&jobs->cmd->out, whole, plan_text);
	if (json_integer_value(json_object_get(sum, "create")) ||
	    json_integer_value(json_object_get(sum, "update")))
		jobs->exit_code = sb_exit_worse(jobs->exit_code, SB_EXIT_CHANGES);
	return 0;
}

static int run(struct cmd *cmd)
{
	bool is_plan = cmd->options.plan_only;
	struct sb_error err = SB_ERROR_INIT;
	struct jobs jobs;
	int rc = 0, code;

	if (jobs_open(cmd, is_plan ? SB_JOB_BOOTSTRAP_PLAN : SB_JOB_BOOTSTRAP, &jobs, &err) < 0)
		return cmd_fail(cmd, &err);
	jobs_run(&jobs, "", NULL);
	if (is_plan && jobs.n)
		rc = print_plan(&jobs, &err);
	if (is_plan)
		jobs_report(&jobs);
	code = is_plan ? jobs_exit(&jobs) : results_print(&jobs);
	if (rc < 0)
		code = sb_exit_worse(code, cmd_fail(cmd, &err));
	jobs_close(&jobs);
	return code;
}

const struct cmd_entry cmd_bootstrap = {
	.name = "bootstrap",
	.args = "",
	.summary = "create what NetBox needs before the first sync",
	.takes = CMD_TAKES_PLAN,
	.run = run,
};
