/* SPDX-License-Identifier: Apache-2.0 */
/* stagebox show: print a saved plan. */
#include "cmd.h"

#include "base/exit.h"
#include "model/plan_document.h"
#include "plan_text.h"

static void print_plan(struct out *out, const json_t *answer)
{
	plan_text(out, json_object_get(answer, "plan"), NULL);
	plan_text_hash(out, json_object_get(answer, "plan"));
	plan_text_document(out, json_object_get(answer, "plan"));
	out_text(out, "The names are those of the file; apply goes by keys and ids.\n");
}

static int run_show(struct cmd *cmd)
{
	struct sb_error err = SB_ERROR_INIT;
	sb_autojson *doc = NULL, *answer = NULL;

	if (sb_plan_document_read(cmd->argv[0], &doc, &err) < 0 ||
	    sb_plan_document_answer(doc, &answer, &err) < 0)
		return cmd_fail(cmd, &err);
	out_document(&cmd->out, answer, print_plan);
	return SB_EXIT_OK;
}

const struct cmd_entry cmd_show = {
	.name = "show",
	.args = "PLAN",
	.summary = "print a plan that \"plan -o\" saved",
	.about = "Reads only this file: no configuration, no store, no server.",
	.min_args = 1,
	.max_args = 1,
	.examples = "stagebox plan -o plan.json\n"
		    "stagebox show plan.json\n",
	.run = run_show,
};
