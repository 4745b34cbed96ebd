/* SPDX-License-Identifier: Apache-2.0 */
/* stagebox runs: list the runs, newest first. */
#include "cmd.h"

#include "base/exit.h"
#include "conf/conf.h"
#include "stagebox/json.h"
#include "store/store.h"

static int list_runs(struct cmd *cmd, struct sb_store *store, json_t *ret_rows,
		     struct sb_error *err)
{
	const json_t *wanted = cmd->options.endpoints;
	sb_autojson *rows = NULL;
	json_t *row;
	size_t i, j;
	int rc;

	rc = sb_store_run_list(store, NULL, 0, &rows, err);
	if (rc < 0)
		return rc;
	json_array_foreach (rows, i, row) {
		bool is_wanted = json_array_size(wanted) == 0;

		for (j = 0; j < json_array_size(wanted); j++)
			is_wanted |= json_equal(json_array_get(wanted, j),
						json_object_get(row, "endpoint"));
		if (cmd->options.limit && json_array_size(ret_rows) >= cmd->options.limit)
			break;
		if (is_wanted)
			json_array_append(ret_rows, row);
	}
	return 0;
}

static int run_runs(struct cmd *cmd)
{
	static const struct out_column columns[] = {
		{"RUN", "id", true, false},
		{"ENDPOINT", "endpoint", false, false},
		{"MODE", "mode", false, false},
		{"STATUS", "status", false, false},
		{"STARTED", "started", false, true},
		{"ENDED", "ended", false, true},
		{0},
	};
	sb_autojson *conf = NULL, *rows = json_array();
	struct sb_error err = SB_ERROR_INIT;
	struct sb_store *store = NULL;
	int rc;

	rc = cmd_conf(cmd, &conf, &err);
	if (!rc)
		rc = sb_store_open(json_object_get(conf, "store"), &store, &err);
	if (!rc)
		rc = list_runs(cmd, store, rows, &err);
	if (store)
		sb_store_close(store);
	if (rc < 0)
		return cmd_fail(cmd, &err);
	out_table(&cmd->out, columns, rows);
	return SB_EXIT_OK;
}

const struct cmd_entry cmd_runs = {
	.name = "runs",
	.args = "",
	.summary = "list the runs, newest first",
	.about = "A run is one sync, apply or bootstrap of one endpoint. The store keeps them "
		 "for 30 days.",
	.takes = CMD_TAKES_ENDPOINT | CMD_TAKES_LIMIT,
	.examples = "stagebox runs --limit 10\n"
		    "stagebox runs --endpoint lab\n",
	.run = run_runs,
};
