/* SPDX-License-Identifier: Apache-2.0 */
/* stagebox bootstrap: create in NetBox what a sync needs. */
#include "base/exit.h"
#include "model/protocol.h"
#include "results.h"

static int run_bootstrap(struct cmd *cmd)
{
	static const enum sb_job_mode modes[2][2] = {
		{SB_JOB_BOOTSTRAP, SB_JOB_BOOTSTRAP_PLAN},
		{SB_JOB_MOVE_HOME, SB_JOB_MOVE_HOME_PLAN},
	};
	bool is_plan = cmd->options.plan_only, is_complete;
	struct sb_error err = SB_ERROR_INIT;
	sb_autojson *doc = NULL;
	struct jobs jobs;
	int rc = 0, code;

	if (jobs_open(cmd, modes[cmd->options.move_home][is_plan], &jobs, &err) < 0)
		return cmd_fail(cmd, &err);
	sb_jobs_run(&jobs.all, "", NULL);
	if (is_plan && jobs.all.n)
		rc = results_plan(&jobs, &doc, &is_complete, &err);
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
	.summary = "prepare NetBox for the first sync",
	.about = "Run it once per NetBox, and again after an upgrade or a new module. Creates "
		 "the custom fields of stagebox and writes an instance id, by which later "
		 "runs recognise this NetBox. Writes nothing when everything is there. Objects "
		 "that NetBox has no model for have a home, which the first bootstrap chooses: "
		 "set the option inventory to another one, stop all syncs, and --move-home moves "
		 "them; run it again when it was interrupted.",
	.takes = CMD_TAKES_PLAN | CMD_TAKES_MOVE,
	.examples = "stagebox bootstrap --plan    # show it first\n"
		    "stagebox bootstrap\n"
		    "stagebox bootstrap --move-home --plan\n",
	.run = run_bootstrap,
};
