/* SPDX-License-Identifier: Apache-2.0 */
/* stagebox runs: list the runs, newest first. */
#include "branch_text.h"
#include "cmd.h"

#include "base/buf.h"
#include "base/exit.h"
#include "base/list.h"
#include "conf/conf.h"
#include "stagebox/json.h"
#include "store/store.h"

static int list_runs(struct cmd *cmd, struct sb_store *store, json_t *ret_rows,
		     struct sb_error *err)
{
	const json_t *wanted = cmd->options.endpoints;
	sb_autojson *rows = NULL;
	json_t *row;
	size_t i;
	int rc;

	rc = sb_store_run_list(store, NULL, 0, &rows, err);
	if (rc < 0)
		return rc;
	json_array_foreach (rows, i, row) {
		if (cmd->options.limit && json_array_size(ret_rows) >= cmd->options.limit)
			break;
		if (!json_array_size(wanted) ||
		    sb_list_holds(wanted, json_object_get(row, "endpoint")))
			json_array_append(ret_rows, row);
	}
	return 0;
}

/* "3 changed, 1 failed", "no changes"; empty while nothing is known. */
static json_t *describe_totals(const json_t *totals)
{
	static const char *const names[] = {"changed", "failed", "skipped", "unknown", "kept"};
	sb_autobuf text = SB_BUF_INIT(200);
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(names); i++) {
		json_int_t n = json_integer_value(json_object_get(totals, names[i]));

		if (n)
			sb_buf_addf(&text, "%s%" JSON_INTEGER_FORMAT " %s", text.len ? ", " : "", n,
				    names[i]);
	}
	if (totals && !text.len)
		sb_buf_add(&text, "no changes");
	return json_string(sb_buf_str(&text));
}

static void print_rows(struct out *out, const json_t *rows)
{
	static const struct out_column columns[] = {
		{.title = "RUN", .member = "id", .is_number = true},
		{.title = "ENDPOINT", .member = "endpoint"},
		{.title = "MODE", .member = "mode"},
		{.title = "STATUS", .member = "status"},
		{.title = "EXIT", .member = "exit", .is_number = true},
		{.title = "STARTED", .member = "started", .is_time = true},
		{.title = "SECONDS", .member = "seconds", .is_number = true, .brief = "SECS"},
		{.title = "OBJECTS", .member = "objects"},
		{.title = "BRANCH", .member = "where", .is_optional = true},
		{0},
	};
	sb_autojson *shown = json_deep_copy(rows);
	json_t *row;
	size_t i;

	json_array_foreach (shown, i, row) {
		json_int_t started = json_integer_value(json_object_get(row, "started"));
		json_int_t ended = json_integer_value(json_object_get(row, "ended"));
		json_t *totals = json_object_get(row, "totals");

		if (ended)
			json_object_set_new(row, "seconds", json_integer(ended - started));
		json_object_set_new(row, "objects", describe_totals(totals));
		json_object_set_new(row, "where",
				    branch_text_brief(json_object_get(row, "branch")));
	}
	out_table(out, columns, shown);
}

static int run_runs(struct cmd *cmd)
{
	sb_autojson *conf = NULL, *rows = json_array();
	struct sb_error err = SB_ERROR_INIT;
	struct sb_store *store = NULL;
	int rc;

	rc = cmd_conf(cmd, &conf, &err);
	if (!rc)
		rc = sb_store_open_read(json_object_get(conf, "store"), &store, &err);
	if (!rc)
		rc = list_runs(cmd, store, rows, &err);
	if (!rc)
		cmd_note_copy(cmd, store);
	if (store)
		sb_store_close(store);
	if (rc < 0)
		return cmd_fail(cmd, &err);
	out_document(&cmd->out, rows, print_rows);
	return SB_EXIT_OK;
}

const struct cmd_entry cmd_runs = {
	.name = "runs",
	.args = "",
	.summary = "list the runs, newest first",
	.about = "A run is one sync, apply or bootstrap of one endpoint. The store keeps them "
		 "for " CMD_WORD(CMD_KEEP_DAYS) " days. A member of store.group reads a copy that "
						"each run writes at its end.",
	.takes = CMD_TAKES_ENDPOINT | CMD_TAKES_LIMIT,
	.examples = "stagebox runs --limit 10\n"
		    "stagebox runs --endpoint lab\n",
	.run = run_runs,
};
