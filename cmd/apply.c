/* SPDX-License-Identifier: Apache-2.0 */
/* stagebox apply: carry out a saved plan. */
#include "jobs.h"
#include "model/plan_document.h"
#include "results.h"
#include "targets.h"

static int run_apply(struct cmd *cmd)
{
	struct sb_error err = SB_ERROR_INIT;
	sb_autojson *doc = NULL;
	struct jobs jobs;
	int rc, code;

	if (sb_plan_document_read(cmd->argv[0], &doc, &err) < 0 ||
	    jobs_open(cmd, SB_JOB_APPLY, &jobs, &err) < 0)
		return cmd_fail(cmd, &err);
	rc = cmd_check_plan_target(jobs.conf, doc, &err);
	if (!rc)
		rc = sb_jobs_apply(&jobs.all, doc, cmd->options.endpoints, &err);
	code = rc < 0 ? cmd_fail(cmd, &err) : results_print_apply(&jobs, doc);
	jobs_close(&jobs);
	return code;
}

const struct cmd_entry cmd_apply = {
	.name = "apply",
	.args = "PLAN",
	.summary = "apply a plan that \"plan -o\" saved",
	.about = "Applies exactly the changes of the file. The lists of NetBox are read "
		 "again; a change whose object differs from what the plan saw is refused, the "
		 "others are written. Nothing new is planned. A file that was changed since it "
		 "was made is an error; a plan that has expired (limits.plan_expires), or that "
		 "other modules made, is refused.",
	.takes = CMD_TAKES_ENDPOINT | CMD_TAKES_LIMITS,
	.min_args = 1,
	.max_args = 1,
	.examples =
		"stagebox plan -o plan.json\n"
		"stagebox apply plan.json\n"
		"stagebox apply plan.json --endpoint lab    # only its changes of one endpoint\n",
	.run = run_apply,
};
