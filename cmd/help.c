/* SPDX-License-Identifier: Apache-2.0 */
/* stagebox help: the commands, or one of them with its options. */
#include "cmd.h"

static const struct {
	unsigned takes;
	const char *text;
} option_lines[] = {
	{CMD_TAKES_PLAN, "  --plan             show what would be done, change nothing"},
	{CMD_TAKES_SELECTION | CMD_TAKES_ENDPOINT,
	 "  --endpoint SLUG    only this endpoint (repeatable)"},
	{CMD_TAKES_SELECTION, "  --resources A,B    only these stages, by short or full name\n"
			      "  --target KEY       only this object and what belongs to it\n"
			      "  --max-objects N    refuse a plan that writes more objects"},
	{CMD_TAKES_OUTPUT, "  -o FILE            write the plan to a file for \"apply\""},
	{CMD_TAKES_RECORD, "  --record FILE      keep all answers, without secrets"},
	{CMD_TAKES_REPLAY,
	 "  --replay FILE      plan from kept answers, without network and store"},
	{CMD_TAKES_LIMIT, "  --limit N          only the last N"},
	{CMD_TAKES_DIR, "  --dir DIR          \"new\": in this folder rather than here"},
};

static void global_options(struct out *out)
{
	out_text(out, "\nAll commands:\n"
		      "  --config FILE      configuration (else $STAGEBOX_CONFIG, else\n"
		      "                     /etc/stagebox/stagebox.cfg)\n"
		      "  --module-dir DIR   folder of the modules\n"
		      "  --format text|json form of the result\n"
		      "  --quiet            no progress, only errors on stderr\n"
		      "  --no-color         no colours (also NO_COLOR)\n");
}

static void one(struct out *out, const struct cmd_entry *entry)
{
	size_t i;

	out_text(out, "usage: stagebox %s%s%s%s\n%s\n", entry->name, entry->args[0] ? " " : "",
		 entry->args, entry->takes ? " [options]" : "", entry->summary);
	if (entry->takes)
		out_text(out, "\nOptions:\n");
	for (i = 0; i < SB_ARRAY_LEN(option_lines); i++)
		if (entry->takes & option_lines[i].takes)
			out_text(out, "%s\n", option_lines[i].text);
	global_options(out);
}

static int run(struct cmd *cmd)
{
	const struct cmd_entry *const *at;
	const struct cmd_entry *entry;

	if (cmd->argc) {
		entry = cmd_find(cmd->argv[0]);
		if (!entry)
			return cmd_usage(cmd, "unknown command \"%s\"", cmd->argv[0]);
		one(&cmd->out, entry);
		return SB_EXIT_OK;
	}
	out_text(&cmd->out, "stagebox reflects Proxmox VE into NetBox.\n\n"
			    "usage: stagebox COMMAND [options]\n\n");
	for (at = cmd_entries; *at; at++)
		if (!(*at)->is_hidden)
			out_text(&cmd->out, "  %-10s %s\n", (*at)->name, (*at)->summary);
	global_options(&cmd->out);
	return SB_EXIT_OK;
}

const struct cmd_entry cmd_help = {
	.name = "help",
	.args = "[COMMAND]",
	.summary = "this text, or more about one command",
	.max_args = 1,
	.run = run,
};
