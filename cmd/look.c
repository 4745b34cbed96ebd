/* SPDX-License-Identifier: Apache-2.0 */
/* stagebox look: the child process that looks at modules; only this program starts it. */
#include "cmd.h"

#include <fcntl.h>

#include "base/process.h"
#include "load/look.h"

static int run_look(struct cmd *cmd)
{
	if (fcntl(SB_PROCESS_IN, F_GETFD) < 0 || fcntl(SB_PROCESS_OUT, F_GETFD) < 0)
		return cmd_usage(cmd, "\"look\" is an internal command");
	cmd_close_memory();
	return sb_look_main(SB_PROCESS_IN, SB_PROCESS_OUT);
}

const struct cmd_entry cmd_look = {
	.name = "look",
	.args = "",
	.summary = "internal",
	.is_hidden = true,
	.run = run_look,
};
