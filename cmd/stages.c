/* SPDX-License-Identifier: Apache-2.0 */
/* stagebox stages: list the stages in run order, without using the network. */
#include "cmd.h"

#include "base/exit.h"
#include "load/look.h"

static int run_stages(struct cmd *cmd)
{
	static const struct out_column columns[] = {
		{.title = "#", .member = "order", .is_number = true},
		{.title = "STAGE", .member = "stage"},
		{.title = "MODULE", .member = "module"},
		{.title = "AFTER", .member = "after"},
		{.title = "WRITES", .member = "writes"},
		{.title = "READS", .member = "reads"},
		{0},
	};
	struct sb_error err = SB_ERROR_INIT;
	sb_autojson *conf = NULL, *doc = NULL;
	int rc;

	rc = cmd_conf(cmd, &conf, &err);
	if (!rc)
		rc = sb_look_modules(conf, NULL, &doc, &err);
	if (rc < 0)
		return cmd_fail(cmd, &err);
	out_table(&cmd->out, columns, json_object_get(doc, "stages"));
	return SB_EXIT_OK;
}

const struct cmd_entry cmd_stages = {
	.name = "stages",
	.args = "",
	.summary = "list the stages of the loaded modules in run order",
	.about = "A stage is one unit of work of a module; its short or full name is a word "
		 "for --resources. Loads the modules and contacts no server.",
	.examples = "stagebox stages\n"
		    "stagebox sync --resources interfaces,addresses\n",
	.run = run_stages,
};
