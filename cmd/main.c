/* SPDX-License-Identifier: Apache-2.0 */
/* The program: find the command, run it, turn errors into exit codes. */
#include "base/exit.h"
#include "cmd.h"

#include <stdarg.h>
#include <string.h>

const struct cmd_entry *const cmd_entries[] = {
	&cmd_lab,
	&cmd_doctor,
	&cmd_bootstrap,
	&cmd_plan,
	&cmd_apply,
	&cmd_sync,
	&cmd_runs,
	&cmd_run,
	&cmd_stages,
	&cmd_modules,
	&cmd_config,
	&cmd_audit_takeover,
	&cmd_import_proxbox,
	&cmd_help,
	&cmd_job,
	&cmd_complete,
	NULL,
};

const struct cmd_entry *cmd_find(const char *name)
{
	const struct cmd_entry *const *entry;

	for (entry = cmd_entries; *entry; entry++)
		if (sb_streq((*entry)->name, name))
			return *entry;
	return NULL;
}

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

static int run(struct cmd *cmd)
{
	struct sb_error err = SB_ERROR_INIT;
	int code;

	out_init(&cmd->out, cmd->options.json, cmd->options.quiet, cmd->options.no_color);
	code = cmd->entry->run(cmd);
	if (out_finish(&cmd->out, &err) < 0)
		code = sb_exit_worse(code, cmd_fail(cmd, &err));
	return code;
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
		code = run(&cmd);
	}
	cmd_finish(&cmd);
	return code;
}
