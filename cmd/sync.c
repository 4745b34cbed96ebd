/* SPDX-License-Identifier: Apache-2.0 */
/* stagebox sync: plan and apply, one endpoint after another. */
#include "base/clock.h"
#include "base/exit.h"
#include "jobs.h"
#include "model/protocol.h"
#include "results.h"

static int run_sync(struct cmd *cmd)
{
	struct sb_error err = SB_ERROR_INIT;
	struct jobs jobs;
	int64_t now_s = sb_clock_wall_s();
	int rc, code = SB_EXIT_OK;

	if (jobs_open(cmd, SB_JOB_SYNC, &jobs, &err) < 0)
		return cmd_fail(cmd, &err);
	rc = jobs_run_all(&jobs, &err);
	if (rc < 0)
		code = cmd_fail(cmd, &err);
	if (jobs.all.n)
		code = sb_exit_worse(code, results_print(&jobs));
	sb_store_sweep(jobs.store, now_s, (int64_t)CMD_KEEP_DAYS * 86400, NULL);
	jobs_close(&jobs);
	return code;
}

const struct cmd_entry cmd_sync = {
	.name = "sync",
	.args = "",
	.summary = "update NetBox to match the endpoints",
	.about = "Reads the endpoints and NetBox, makes a plan, and writes it. The second "
		 "sync in a row writes nothing. What could not be read is neither changed nor "
		 "deleted: the run is then partial (exit code 4) and names it. A value that NetBox "
		 "refuses is left out and, while it is the same, tried again after a day; "
		 "--retry tries all of them at once.",
	.takes = CMD_TAKES_SELECTION | CMD_TAKES_LIMITS | CMD_TAKES_RETRY | CMD_TAKES_BRANCH |
		 CMD_TAKES_RECORD,
	.examples = "stagebox sync\n"
		    "stagebox sync --endpoint lab --resources qemu.guests\n"
		    "stagebox sync --target lab/qemu/101\n"
		    "stagebox sync --max-objects 500    # refuse a larger plan\n"
		    "stagebox sync --branch required    # into a branch, whatever is configured\n"
		    "stagebox sync --retry              # after NetBox was changed, so that it "
		    "takes more\n",
	.run = run_sync,
};
