/* SPDX-License-Identifier: Apache-2.0 */
/* stagebox help: all commands, or one command with its options. */
#include "base/exit.h"
#include "stagebox/json.h"
#include "view.h"

#include <string.h>

enum { WIDTH = 80, COLUMN = 23 };

/* A part of a text on a line of its own. */
static void print_part(struct out *out, const char *text, size_t len)
{
	sb_autofree char *line = strndup(text, len);

	out_safe(out, line ? line : "");
	out_text(out, "\n");
}

/* Print a text folded at blanks; the cursor is already at the column. */
static void print_folded(struct out *out, int column, const char *text)
{
	while (*text) {
		size_t room = (size_t)(WIDTH - column), len = strcspn(text, "\n");

		if (len > room) {
			for (len = room; len && text[len] != ' ';)
				len--;
			if (!len)
				len = strcspn(text, " \n");
		}
		print_part(out, text, len);
		text += len;
		if (*text)
			text++;
		if (*text && *text != '\n')
			out_text(out, "%*s", column, "");
	}
}

static void print_option(struct out *out, const struct cmd_option *row)
{
	int len = snprintf(NULL, 0, "%s%s%s%s%s", row->brief ? row->brief : "",
			   row->brief ? ", " : "", row->name, row->value ? " " : "",
			   row->value ? row->value : "");

	out_text(out, "  %s%s%s%s%s", row->brief ? row->brief : "", row->brief ? ", " : "",
		 row->name, row->value ? " " : "", row->value ? row->value : "");
	out_text(out, len < COLUMN - 2 ? "%*s" : "\n%*s",
		 len < COLUMN - 2 ? COLUMN - 2 - len : COLUMN, "");
	print_folded(out, COLUMN, row->help);
}

static void print_global_options(struct out *out)
{
	const struct cmd_option *row;

	out_text(out, "\nOptions of all commands:\n");
	for (row = cmd_option_rows; row->name; row++)
		if (!row->takes)
			print_option(out, row);
}

static void print_examples(struct out *out, const char *line)
{
	if (line)
		out_text(out, "\nExamples:\n");
	while (line && *line) {
		size_t len = strcspn(line, "\n");

		out_text(out, "  ");
		print_part(out, line, len);
		line += len + (line[len] == '\n');
	}
}

static void print_command(struct out *out, const struct cmd_entry *entry)
{
	const struct cmd_option *row;

	out_text(out, "usage: stagebox %s%s", entry->name, entry->args[0] ? " " : "");
	out_safe(out, entry->args); /* of a view, these texts are those of a module */
	out_text(out, "%s\n", entry->takes ? " [options]" : "");
	out_safe(out, entry->summary);
	out_text(out, "\n");
	if (entry->about) {
		out_text(out, "\n");
		print_folded(out, 0, entry->about);
	}
	print_examples(out, entry->examples);
	if (entry->takes)
		out_text(out, "\nOptions:\n");
	for (row = cmd_option_rows; row->name; row++)
		if (entry->takes & row->takes)
			print_option(out, row);
	print_global_options(out);
}

/* The views of the configured modules. Without a configuration, or with one that is not valid, none
 * are known, which is not an error here. NULL = none; new reference. */
static json_t *known_views(struct cmd *cmd)
{
	struct sb_error err = SB_ERROR_INIT;
	json_t *views = NULL;

	return views_list(cmd, &views, &err) < 0 ? NULL : views;
}

static void print_views(struct cmd *cmd)
{
	sb_autojson *views = known_views(cmd);
	const json_t *view;
	size_t i;

	if (json_array_size(views))
		out_text(&cmd->out, "\nCommands of the configured modules (see \"view\"):\n");
	json_array_foreach (views, i, view) {
		out_text(&cmd->out, "  %-14s ", sb_json_str(view, "name"));
		out_safe(&cmd->out, sb_json_str(view, "summary"));
		out_text(&cmd->out, "\n");
	}
}

/* True = there is such a view. */
static bool print_view(struct cmd *cmd, const char *name)
{
	sb_autojson *views = known_views(cmd);
	const json_t *view = views_find(views, name);
	const char *args = sb_json_str(view, "args");
	const struct cmd_entry entry = {.name = sb_json_str(view, "name"),
					.args = args ? args : "",
					.summary = sb_json_str(view, "summary"),
					.about = sb_json_str(view, "about"),
					.takes = cmd_view.takes};

	if (view)
		print_command(&cmd->out, &entry);
	return view != NULL;
}

static int run_help(struct cmd *cmd)
{
	const struct cmd_entry *const *at;
	const struct cmd_entry *entry;
	struct sb_error err = SB_ERROR_INIT;

	if (cmd->options.man && cmd->argc)
		return cmd_usage(cmd, "--man describes all commands and takes no command name");
	if (cmd->options.man)
		return cmd_manual(&cmd->out, &err) < 0 ? cmd_fail(cmd, &err) : SB_EXIT_OK;
	if (cmd->argc) {
		entry = cmd_find(cmd->argv[0]);
		if (!entry && print_view(cmd, cmd->argv[0]))
			return SB_EXIT_OK;
		if (!entry) {
			cmd_fail_unknown(cmd->argv[0], &err);
			return cmd_usage(cmd, "%s", err.text);
		}
		print_command(&cmd->out, entry);
		return SB_EXIT_OK;
	}
	out_text(&cmd->out, "stagebox keeps NetBox in step with Proxmox VE.\n\n"
			    "usage: stagebox COMMAND [options]\n\n");
	for (at = cmd_entries; *at; at++)
		if (!(*at)->is_hidden)
			out_text(&cmd->out, "  %-14s %s\n", (*at)->name, (*at)->summary);
	print_views(cmd);
	print_global_options(&cmd->out);
	return SB_EXIT_OK;
}

const struct cmd_entry cmd_help = {
	.name = "help",
	.args = "[COMMAND]",
	.summary = "show this text, or details of one command",
	.about = "Without a command it lists all of them.",
	.takes = CMD_TAKES_MAN,
	.max_args = 1,
	.examples = "stagebox help sync\n"
		    "stagebox sync --help\n",
	.run = run_help,
};
