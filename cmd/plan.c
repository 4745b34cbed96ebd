/* SPDX-License-Identifier: Apache-2.0 */
/* stagebox plan: show what a sync would do. Writes to no server. */
#include "jobs.h"

#include <stdlib.h>

#include "base/exit.h"
#include "base/memory.h"
#include "model/plan_document.h"
#include "model/protocol.h"
#include "plan_text.h"
#include "results.h"

/* Print the plan, and save it when -o names a file. */
static int output_plan(struct jobs *jobs, struct sb_error *err)
{
	const char *path = jobs->cmd->options.output;
	sb_autojson *doc = NULL;
	bool is_complete;
	int rc = results_plan(jobs, &doc, &is_complete, err);

	if (rc < 0 || !path)
		return rc;
	if (!doc)
		return sb_fail(err, SB_E_ARG,
			       "%s was not written: the modules write to several targets, main and "
			       "branches of NetBox, and a saved plan is for one: use --resources, "
			       "--endpoint or --branch",
			       path);
	if (!is_complete)
		return sb_fail(err, SB_E_STATE, "%s was not written: the plan is incomplete", path);
	rc = sb_memory_check(0, err); /* somebody may apply it */
	if (rc < 0)
		return sb_context(err, rc, "%s was not written", path);
	rc = sb_plan_document_write(doc, path, err);
	if (!rc && jobs->cmd->out.is_text && !jobs->cmd->out.is_quiet)
		plan_text_document(&jobs->cmd->out, doc);
	return rc;
}

static int run_plan(struct cmd *cmd)
{
	const struct cmd_options *options = &cmd->options;
	struct sb_error err = SB_ERROR_INIT;
	struct jobs jobs;
	int rc, code;

	if (options->replay && options->record)
		return cmd_usage(cmd, "--record and --replay exclude each other");
	if (options->replay && options->branch)
		return cmd_usage(cmd, "--replay asks no NetBox, which --branch is about");
	if (options->replay)
		rc = jobs_open_replay(cmd, &jobs, &err);
	else
		rc = jobs_open(cmd, SB_JOB_PLAN, &jobs, &err);
	if (rc < 0)
		return cmd_fail(cmd, &err);
	rc = options->replay ? sb_jobs_replay(&jobs.all, options->replay, &err)
			     : jobs_run_all(&jobs, &err);
	if (!rc && !cmd_signal())
		rc = output_plan(&jobs, &err);
	jobs_report(&jobs);
	code = jobs_exit(&jobs);
	if (rc < 0)
		code = sb_exit_worse(code, cmd_fail(cmd, &err));
	jobs_close(&jobs);
	return code;
}

const struct cmd_entry cmd_plan = {
	.name = "plan",
	.args = "",
	.summary = "show what a sync would do; change nothing",
	.about = "Reads the endpoints and NetBox and prints each change with both values. The "
		 "exit code is 2 when there are changes, 0 when there are none. \"plan -o "
		 "FILE\" saves the plan, and \"apply FILE\" writes exactly these changes. Plans of "
		 "equal states have equal hashes.",
	.takes = CMD_TAKES_SELECTION | CMD_TAKES_LIMITS | CMD_TAKES_RETRY | CMD_TAKES_BRANCH |
		 CMD_TAKES_RECORD | CMD_TAKES_REPLAY | CMD_TAKES_OUTPUT,
	.examples = "stagebox plan\n"
		    "stagebox plan -o plan.json\n"
		    "stagebox plan --target lab/qemu/101\n"
		    "stagebox plan --record answers --format json    # for a report of an error\n"
		    "stagebox plan --replay answers\n",
	.run = run_plan,
};
