/* SPDX-License-Identifier: Apache-2.0 */
/* stagebox revert: undo the merge of the branch that a run made. */
#include "jobs.h"

#include <string.h>

#include "base/exit.h"
#include "model/protocol.h"
#include "results.h"
#include "stagebox/json.h"

/* The endpoint of the run, and the run that made its branch, which may be an earlier one. */
static int find_branch(struct jobs *jobs, int64_t run, char **ret_slug, struct sb_error *err)
{
	sb_autojson *doc = NULL;
	const json_t *branch;
	int64_t maker = run;
	int rc = sb_store_run_get(jobs->store, run, &doc, err);

	if (rc < 0)
		return rc == SB_E_NOTFOUND
			       ? sb_fail(err, SB_E_ARG, "run %lld does not exist", (long long)run)
			       : rc;
	branch = json_object_get(doc, "branch");
	if (!branch)
		return sb_fail(
			err, SB_E_ARG,
			"run %lld has no branch, and only a run into a branch of NetBox can be "
			"reverted: choose one from `stagebox runs`",
			(long long)run);
	sb_json_int(branch, "made_by", &maker);
	jobs->all.request.reverted = maker;
	*ret_slug = strdup(sb_json_str(doc, "endpoint"));
	return *ret_slug ? 0 : sb_fail(err, SB_E_NOMEM, "out of memory");
}

static int run_revert(struct cmd *cmd)
{
	struct sb_error err = SB_ERROR_INIT;
	sb_autofree char *slug = NULL;
	struct jobs jobs;
	int64_t run;
	int rc, code;

	if (cmd_run_number(cmd->argv[0], &run) < 0)
		return cmd_usage(cmd, "\"%s\" is not the number of a run (see `stagebox runs`)",
				 cmd->argv[0]);
	if (jobs_open(cmd, SB_JOB_REVERT, &jobs, &err) < 0)
		return cmd_fail(cmd, &err);
	rc = find_branch(&jobs, run, &slug, &err);
	if (!rc)
		sb_jobs_run(&jobs.all, slug, NULL);
	code = rc < 0 ? cmd_fail(cmd, &err) : results_print(&jobs);
	jobs_close(&jobs);
	return code;
}

const struct cmd_entry cmd_revert = {
	.name = "revert",
	.args = "RUN",
	.summary = "undo the merge of the branch that a run wrote into",
	.about =
		"NetBox puts back what the branch of the run changed in main. It would also write "
		"over what was done to these fields since; if main changed any of them, nothing is "
		"reverted (exit code 3) and they are listed. The branch is open afterwards: until "
		"somebody deletes it or merges it again, syncs of its modules are refused.",
	.min_args = 1,
	.max_args = 1,
	.examples = "stagebox runs         # the runs with their branches\n"
		    "stagebox revert 12\n",
	.run = run_revert,
};
