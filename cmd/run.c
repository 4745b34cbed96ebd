/* SPDX-License-Identifier: Apache-2.0 */
/* stagebox run show: print one run with its record and its requests. */
#include "action_text.h"
#include "branch_text.h"
#include "cmd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/exit.h"
#include "conf/conf.h"
#include "stagebox/json.h"
#include "summary.h"
#include "store/store.h"
#include "value_text.h"

static void print_requests(struct out *out, const json_t *requests)
{
	const json_t *request;
	size_t open = 0, i;

	json_array_foreach (requests, i, request) {
		const char *outcome = sb_json_str(request, "outcome");

		open += outcome && (sb_streq(outcome, "begun") || sb_streq(outcome, "unsettled"));
	}
	out_text(out, "%zu request%s", json_array_size(requests),
		 json_array_size(requests) == 1 ? "" : "s");
	if (open)
		out_colored(out, OUT_YELLOW, ", %zu without a known outcome", open);
	out_text(out, "\n");
}

/* The writes to Proxmox VE, one per line. */
static void print_calls(struct out *out, const json_t *calls)
{
	const json_t *call;
	size_t i;

	json_array_foreach (calls, i, call) {
		const char *outcome = sb_json_str(call, "outcome");
		const char *task = sb_json_str(call, "task"), *end = sb_json_str(call, "exit");
		bool is_done = outcome && sb_streq(outcome, "done");

		out_text(out, "  ! %s ", sb_json_str(call, "call"));
		out_safe(out, sb_json_str(call, "key"));
		out_text(out, " on node %s: ", sb_json_str(call, "node"));
		out_colored(out, is_done ? OUT_GREEN : OUT_YELLOW, "%s", outcome ? outcome : "?");
		if (end && !sb_streq(end, "OK")) { /* a warning is a success, too */
			out_text(out, ": ");
			out_safe(out, end);
		}
		if (task) {
			out_text(out, "  ");
			out_safe(out, task);
		}
		out_text(out, "\n");
	}
}

/* One object that a request wrote, with the values that were sent, as far as the journal has them.
 */
static void print_change(struct out *out, const char *method, const char *kind, const json_t *key)
{
	bool is_create = sb_streq(method, "POST"), is_delete = sb_streq(method, "DELETE");
	const char *text = json_is_string(key) ? json_string_value(key) : sb_json_str(key, "key");
	const char *field, *comma = "  ";
	json_t *value;

	out_colored(out,
		    is_create   ? OUT_GREEN
		    : is_delete ? OUT_RED
				: OUT_YELLOW,
		    "  %s ",
		    is_create   ? "+"
		    : is_delete ? "-"
				: "~");
	out_safe(out, text ? text : "?");
	json_object_foreach (json_object_get(key, "sent"), field, value) {
		out_text(out, "%s", comma);
		out_colored(out, OUT_DIM, "%s: ", field);
		value_text(out, NULL, kind, field, value);
		comma = ", ";
	}
	out_text(out, "\n");
}

static void print_changes(struct out *out, const json_t *requests)
{
	const json_t *request, *key;
	size_t i, j;

	json_array_foreach (requests, i, request) {
		const char *outcome = sb_json_str(request, "outcome");
		const char *method = sb_json_str(request, "method");
		const char *kind = sb_json_str(request, "kind");

		if (!method || !outcome ||
		    (!sb_streq(outcome, "done") && !sb_streq(outcome, "settled-committed")))
			continue;
		json_array_foreach (json_object_get(request, "keys"), j, key)
			print_change(out, method, kind, key);
	}
}

static void print_one(struct out *out, const json_t *doc)
{
	const char *status = sb_json_str(doc, "status");
	json_int_t started = json_integer_value(json_object_get(doc, "started"));
	json_int_t ended = json_integer_value(json_object_get(doc, "ended"));
	const char *document =
		sb_json_str(json_object_get(json_object_get(doc, "record"), "plan"), "document");

	out_text(out, "run %lld: %s of \"%s\": ",
		 (long long)json_integer_value(json_object_get(doc, "id")),
		 sb_json_str(doc, "mode"), sb_json_str(doc, "endpoint"));
	out_colored(out, out_status_color(status), "%s", status ? status : "?");
	if (ended)
		out_text(out, ", %lld s", (long long)(ended - started));
	if (json_object_get(doc, "exit"))
		out_text(out, ", exit code %lld",
			 (long long)json_integer_value(json_object_get(doc, "exit")));
	out_text(out, " (pid %lld)\n", (long long)json_integer_value(json_object_get(doc, "pid")));
	if (document) {
		out_text(out, "document  ");
		out_safe(out, document);
		out_text(out, "\n");
	}
	branch_text(out, json_object_get(doc, "branch"));
	out_text(out, "\n");
	summary_record(out, json_object_get(doc, "record"));
	if (json_is_true(json_object_get(doc, "shows_changes")))
		print_changes(out, json_object_get(doc, "requests"));
	action_text(out, json_object_get(doc, "actions"), NULL);
	print_calls(out, json_object_get(doc, "calls"));
	print_requests(out, json_object_get(doc, "requests"));
}

static void print_run(struct out *out, const json_t *doc)
{
	const json_t *runs = json_object_get(doc, "runs"), *run;
	size_t i;

	if (!runs)
		print_one(out, doc);
	json_array_foreach (runs, i, run) {
		out_text(out, i ? "\n" : "");
		print_one(out, run);
	}
}

/* "last" is the last command: add the runs of all its endpoints, unless a newer run has begun. */
static int add_command_runs(struct sb_store *store, json_t *doc, struct sb_error *err)
{
	sb_autofree char *text = NULL;
	sb_autojson *ids = NULL, *runs = json_array();
	bool has_last = false;
	const json_t *id;
	size_t i;
	int rc = sb_store_fact_get(store, "last-command", &text, err);

	ids = text ? json_loads(text, 0, NULL) : NULL;
	json_array_foreach (ids, i, id) {
		json_t *run = NULL;

		if (rc < 0)
			return rc;
		has_last = has_last || json_equal(id, json_object_get(doc, "id"));
		if (json_equal(id, json_object_get(doc, "id")))
			run = json_copy(doc);
		else if (sb_store_run_get(store, json_integer_value(id), &run, NULL) < 0)
			continue; /* swept */
		json_array_append_new(runs, run);
	}
	if (has_last)
		json_object_set(doc, "runs", runs);
	return rc;
}

static void show_changes(json_t *doc)
{
	json_t *run;
	size_t i;

	json_object_set_new(doc, "shows_changes", json_true());
	json_array_foreach (json_object_get(doc, "runs"), i, run)
		json_object_set_new(run, "shows_changes", json_true());
}

int cmd_run_number(const char *word, int64_t *ret_run)
{
	char *end;

	errno = 0;
	*ret_run = strtoll(word, &end, 10);
	return errno || *end || *ret_run <= 0 ? SB_E_ARG : 0;
}

static int read_id(const char *word, int64_t *ret_id)
{
	*ret_id = -1;
	return sb_streq(word, "last") ? 0 : cmd_run_number(word, ret_id);
}

static int run_show(struct cmd *cmd)
{
	struct sb_error err = SB_ERROR_INIT;
	sb_autojson *conf = NULL, *doc = NULL;
	struct sb_store *store = NULL;
	int64_t id;
	int rc;

	if (!sb_streq(cmd->argv[0], "show"))
		return cmd_usage_word(cmd, cmd->argv[0]);
	if (read_id(cmd->argv[1], &id) < 0)
		return cmd_usage(cmd, "\"%s\" is not a run: use a number or \"last\"",
				 cmd->argv[1]);
	rc = cmd_conf(cmd, &conf, &err);
	if (!rc)
		rc = sb_store_open_read(json_object_get(conf, "store"), &store, &err);
	if (!rc)
		rc = sb_store_run_get(store, id, &doc, &err);
	if (!rc && id == -1)
		rc = add_command_runs(store, doc, &err);
	if (!rc && cmd->options.changes && cmd->out.is_text)
		show_changes(doc);
	if (!rc)
		cmd_note_copy(cmd, store);
	if (store)
		sb_store_close(store);
	if (rc < 0)
		return cmd_fail(cmd, &err);
	out_document(&cmd->out, doc, print_run);
	return SB_EXIT_OK;
}

const struct cmd_entry cmd_run = {
	.name = "run",
	.args = "show ID | show last",
	.summary = "show one run, or all endpoints of the last command",
	.about = "Prints the stages with their counters, the errors, the objects that were "
		 "left out, and the requests to NetBox.",
	.min_args = 2,
	.max_args = 2,
	.takes = CMD_TAKES_CHANGES,
	.examples = "stagebox run show last --changes\n"
		    "stagebox run show 12 --format json\n",
	.run = run_show,
};
