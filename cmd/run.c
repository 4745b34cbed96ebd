/* SPDX-License-Identifier: Apache-2.0 */
/* stagebox run show: print one run with its record and its requests. */
#include "cmd.h"

#include <stdlib.h>
#include <string.h>

#include "base/exit.h"
#include "conf/conf.h"
#include "stagebox/json.h"
#include "summary.h"
#include "store/store.h"

static void print_requests(struct out *out, const json_t *requests)
{
	const json_t *request;
	size_t open = 0, i;

	json_array_foreach (requests, i, request) {
		const char *outcome = sb_json_str(request, "outcome");

		open += outcome && (sb_streq(outcome, "begun") || sb_streq(outcome, "unsettled"));
	}
	out_text(out, "%zu requests", json_array_size(requests));
	if (open)
		out_colored(out, OUT_YELLOW, ", %zu without a known outcome", open);
	out_text(out, "\n");
}

static void print_run(struct out *out, const json_t *doc)
{
	const char *status = sb_json_str(doc, "status");

	out_text(out, "run %lld: %s of \"%s\": ",
		 (long long)json_integer_value(json_object_get(doc, "id")),
		 sb_json_str(doc, "mode"), sb_json_str(doc, "endpoint"));
	out_colored(out, out_status_color(status), "%s", status ? status : "?");
	out_text(out, " (pid %lld)\n\n",
		 (long long)json_integer_value(json_object_get(doc, "pid")));
	summary_record(out, json_object_get(doc, "record"));
	print_requests(out, json_object_get(doc, "requests"));
}

static int read_id(const char *word, int64_t *ret_id)
{
	char *end;

	*ret_id = -1;
	if (sb_streq(word, "last"))
		return 0;
	*ret_id = strtoll(word, &end, 10);
	return *end || *ret_id <= 0 ? SB_E_ARG : 0;
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
		rc = sb_store_open(json_object_get(conf, "store"), &store, &err);
	if (!rc)
		rc = sb_store_run_get(store, id, &doc, &err);
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
	.summary = "show one run: its stages, errors and requests",
	.about = "Prints the stages with their counters, the errors, the objects that were "
		 "left out, and the requests to NetBox.",
	.min_args = 2,
	.max_args = 2,
	.examples = "stagebox run show last\n"
		    "stagebox run show 12 --format json\n",
	.run = run_show,
};
