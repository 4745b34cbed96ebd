/* SPDX-License-Identifier: Apache-2.0 */
/* The program: read the command line, run the command, return its exit code. */
#include "base/exit.h"
#include "base/memory.h"
#include "cmd.h"

static int run_command(struct cmd *cmd)
{
	struct sb_error err = SB_ERROR_INIT;
	int code;

	out_init(&cmd->out, cmd->options.json, cmd->options.quiet, cmd->options.no_color);
	cmd->out.is_verbose = cmd->options.verbose && !cmd->options.quiet;
	code = cmd->entry->run(cmd);
	if (out_finish(&cmd->out, &err) < 0)
		code = sb_exit_worse(code, cmd_fail(cmd, &err));
	return code;
}

/* A result that lacks something must not look complete, and an error that was found without memory,
 * such as a file that is not valid, may not exist. */
static int check_memory(struct cmd *cmd, int code)
{
	struct sb_error err = SB_ERROR_INIT;

	if (code > 128 || !sb_memory_check(0, &err))
		return code;
	sb_context(&err, err.code, "the result may be incomplete, or an error have another cause");
	cmd_fail(cmd, &err);
	return SB_EXIT_FAILED;
}

int main(int argc, char **argv)
{
	struct sb_error err = SB_ERROR_INIT;
	bool wants_version = false;
	struct cmd cmd;
	int code;

	if (cmd_parse(argc, argv, &cmd, &wants_version, &err) < 0) {
		code = err.code == SB_E_ARG ? cmd_usage(&cmd, "%s", err.text)
					    : cmd_fail(&cmd, &err);
	} else if (wants_version) {
		puts("stagebox " STAGEBOX_VERSION);
		code = SB_EXIT_OK;
	} else if (!cmd.entry) {
		code = cmd_usage(&cmd, "no command given");
	} else {
		code = run_command(&cmd);
	}
	code = check_memory(&cmd, code);
	cmd_finish(&cmd);
	return code;
}
