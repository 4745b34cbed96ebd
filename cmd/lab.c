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
	.about = "The package stagebox-lab. \"up\" starts simulated servers in a folder and "
		 "writes a configuration for them, \"ctl\" changes the simulated world or "
		 "makes a server fail, \"down\" stops them; \"stagebox lab help\" lists "
		 "everything.",
	.is_raw = true,
	.examples = "stagebox lab up --dir /tmp/lab --guests 12\n"
		    "stagebox sync --config /tmp/lab/stagebox.cfg\n"
		    "stagebox lab ctl --dir /tmp/lab set lab/qemu/101 memory=8192\n"
		    "stagebox lab down --dir /tmp/lab\n",
	.run = run_lab,
};
