/* SPDX-License-Identifier: Apache-2.0 */
/* stagebox job: the child process of a run; only this program starts it. */
#include "cmd.h"

#include <fcntl.h>

#include "base/process.h"
#include "job/job.h"

static int run_job(struct cmd *cmd)
{
	if (fcntl(SB_PROCESS_IN, F_GETFD) < 0 || fcntl(SB_PROCESS_OUT, F_GETFD) < 0)
		return cmd_usage(cmd, "\"job\" is an internal command");
	cmd_close_memory();
	/* A program that a module starts must not hold the lease longer than the job. */
	fcntl(SB_PROCESS_LOCK, F_SETFD, FD_CLOEXEC);
	return sb_job_main(SB_PROCESS_IN, SB_PROCESS_OUT);
}

const struct cmd_entry cmd_job = {
	.name = "job",
	.args = "",
	.summary = "internal",
	.is_hidden = true,
	.run = run_job,
};
