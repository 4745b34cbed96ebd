/* SPDX-License-Identifier: Apache-2.0 */
/* stagebox stages: list the stages in run order, without using the network. */
#include "cmd.h"

#include <stdlib.h>

#include "base/exit.h"
#include "load/apart.h"
#include "load/registry.h"

static json_t *build_words(const char *const *word)
{
	json_t *list = json_array();

	for (; word && *word; word++)
		json_array_append_new(list, json_string(*word));
	return list;
}

static json_t *build_reads(const struct sb_read *read)
{
	json_t *list = json_array();

	for (; read && read->kind; read++)
		json_array_append_new(list, json_string(read->kind));
	return list;
}

static json_t *build_rows(const struct sb_registry *registry)
{
	json_t *rows = json_array();
	size_t i;

	for (i = 0; i < sb_registry_n_stages(registry); i++) {
		const struct sb_stage_entry *entry = sb_registry_stage(registry, i);

		json_array_append_new(
			rows, json_pack("{s:I, s:s, s:s, s:s, s:o, s:o}", "order",
					(json_int_t)(i + 1), "stage", entry->stage.name, "resource",
					entry->resource, "module", entry->ctx->module->name,
					"after", build_words(entry->stage.after), "reads",
					build_reads(entry->stage.reads)));
	}
	return rows;
}

static int run_stages(struct cmd *cmd)
{
	static const struct out_column columns[] = {
		{"#", "order", true, false},        {"STAGE", "stage", false, false},
		{"MODULE", "module", false, false}, {"AFTER", "after", false, false},
		{"READS", "reads", false, false},   {0},
	};
	struct sb_error err = SB_ERROR_INIT;
	sb_autojson *conf = NULL, *rows = NULL;
	int rc;

	rc = cmd_conf(cmd, &conf, &err);
	if (!rc)
		rc = sb_apart_registry(build_rows, conf, &rows, &err);
	if (rc < 0)
		return cmd_fail(cmd, &err);
	out_table(&cmd->out, columns, rows);
	return SB_EXIT_OK;
}

const struct cmd_entry cmd_stages = {
	.name = "stages",
	.args = "",
	.summary = "list the stages of the loaded modules in run order",
	.run = run_stages,
};
