/* SPDX-License-Identifier: Apache-2.0 */
/* stagebox bootstrap: create in NetBox what a sync needs. */
#include "base/exit.h"
#include "conf/conf_branching.h"
#include "model/protocol.h"
#include "results.h"
#include "stagebox/json.h"

/* A bootstrap of a NetBox with branches finds out how they treat custom objects. */
static int add_target(struct jobs *jobs, struct sb_error *err)
{
	sb_autojson *branches = NULL, *branch = NULL, *modules = json_array();
	const json_t *target;
	size_t i;
	int rc = sb_conf_branches(jobs->conf, jobs->cmd->options.branch, &branches, err);

	if (rc < 0 || !json_array_size(branches))
		return rc;
	json_array_foreach (branches, i, target)
		json_array_extend(modules, json_object_get(target, "modules"));
	branch = json_deep_copy(json_object_get(json_array_get(branches, 0), "branch"));
	json_object_set_new(branch, "mode", json_string("required"));
	json_object_set_new(branch, "prefix", json_string("stagebox-trial"));
	jobs->targets = json_pack("{s:[{s:O, s:O}]}", "", "modules", modules, "branch", branch);
	jobs->all.request.targets = jobs->targets;
	return jobs->targets ? 0 : sb_fail(err, SB_E_NOMEM, "out of memory");
}

static void run_jobs(struct jobs *jobs, bool is_plan)
{
	sb_autojson *slugs = json_pack("[s]", "");
	const json_t *plan;

	sb_jobs_run_all(&jobs->all, slugs, NULL, NULL);
	plan = jobs->all.n ? jobs->all.outcomes[0].result.plan : NULL;
	if (is_plan || !jobs->targets || !json_is_true(json_object_get(plan, "trial")))
		return;
	jobs->all.request.mode = SB_JOB_TRIAL;
	sb_jobs_run_all(&jobs->all, slugs, NULL, NULL);
}

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
	rc = add_target(&jobs, &err);
	if (rc < 0) {
		jobs_close(&jobs);
		return cmd_fail(cmd, &err);
	}
	run_jobs(&jobs, is_plan);
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
		 "them; run it again when it was interrupted. Where runs write into branches, it "
		 "tries in a branch that it deletes whether custom objects keep apart there.",
	.takes = CMD_TAKES_PLAN | CMD_TAKES_MOVE | CMD_TAKES_BRANCH,
	.examples = "stagebox bootstrap --plan    # show it first\n"
		    "stagebox bootstrap\n"
		    "stagebox bootstrap --move-home --plan\n",
	.run = run_bootstrap,
};
