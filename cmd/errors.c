/* SPDX-License-Identifier: Apache-2.0 */
/* Errors of commands: the message on stderr and the exit code. */
#include "cmd.h"

#include <stdarg.h>

#include "base/exit.h"
#include "base/text.h"

void cmd_complain(const char *fmt, ...)
{
	sb_autobuf text = SB_BUF_INIT(8192), clean = SB_BUF_INIT(8192);
	va_list ap;

	va_start(ap, fmt);
	sb_buf_addv(&text, fmt, ap);
	va_end(ap);
	sb_text_add_clean(&clean, sb_buf_str(&text), '?');
	fprintf(stderr, "stagebox: %s\n", sb_buf_str(&clean));
}

int cmd_fail(struct cmd *cmd, const struct sb_error *err)
{
	(void)cmd;
	fflush(stdout);
	cmd_complain("%s", err->text);
	return sb_exit_of(err);
}

int cmd_usage(struct cmd *cmd, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	cmd_complain("%s; see \"stagebox help%s%s\"", text, cmd->entry ? " " : "",
		     cmd->entry ? cmd->entry->name : "");
	return SB_EXIT_USAGE;
}
