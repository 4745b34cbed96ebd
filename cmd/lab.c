/* SPDX-License-Identifier: Apache-2.0 */
/* stagebox lab: replace this process by the simulator, which is installed beside it. */
#include "cmd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int run_lab(struct cmd *cmd)
{
	struct sb_error err = SB_ERROR_INIT;
	sb_autofree char *path = cmd_beside("stagebox-lab", &err);
	sb_autofree char **argv = calloc((size_t)cmd->argc + 2, sizeof(*argv));
	int i;

	if (!path || !argv)
		return cmd_fail(cmd, &err);
	argv[0] = path;
	for (i = 0; i < cmd->argc; i++)
		argv[i + 1] = cmd->argv[i];
	/* cloud-compat: ok: replaces this process; the lab is not part of a deployment */
	execv(path, argv);
	if (errno == ENOENT)
		sb_fail(&err, SB_E_CONFIG,
			"cannot start the lab: %s does not exist. Install the package stagebox-lab "
			"(apt install stagebox-lab).",
			path);
	else
		sb_fail(&err, SB_E_STATE, "cannot start %s: %s", path, strerror(errno));
	return cmd_fail(cmd, &err);
}

const struct cmd_entry cmd_lab = {
	.name = "lab",
	.args = "up | status | ctl | dump | down ...",
	.summary = "a simulated cluster and NetBox on this machine",
	.is_raw = true,
	.run = run_lab,
};
