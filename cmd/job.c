/* SPDX-License-Identifier: Apache-2.0 */
/* stagebox job: the child process of a run; only this program starts it. */
#include "cmd.h"
#include "job/job.h"

#include <fcntl.h>

enum { JOB_IN = 3, JOB_OUT = 4 };

static int run_job(struct cmd *cmd)
{
	if (fcntl(JOB_IN, F_GETFD) < 0 || fcntl(JOB_OUT, F_GETFD) < 0)
		return cmd_usage(cmd, "\"job\" is internal");
	cmd_close_memory();
	return sb_job_main(JOB_IN, JOB_OUT);
}

const struct cmd_entry cmd_job = {
	.name = "job",
	.args = "",
	.summary = "internal",
	.is_hidden = true,
	.run = run_job,
};
