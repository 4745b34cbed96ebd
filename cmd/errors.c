/* SPDX-License-Identifier: Apache-2.0 */
/* Errors of commands: the message on stderr and the exit code. */
#include "base/exit.h"
#include "cmd.h"

#include <stdarg.h>

int cmd_fail(struct cmd *cmd, const struct sb_error *err)
{
	(void)cmd;
	fflush(stdout);
	fprintf(stderr, "stagebox: %s\n", err->text);
	return sb_exit_of(err);
}

int cmd_usage(struct cmd *cmd, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fprintf(stderr, "stagebox: %s; see \"stagebox help%s%s\"\n", text, cmd->entry ? " " : "",
		cmd->entry ? cmd->entry->name : "");
	return SB_EXIT_USAGE;
}
