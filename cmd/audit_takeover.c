/* SPDX-License-Identifier: Apache-2.0 */
/* stagebox audit-takeover: one page about what another tool left in NetBox. The page is a summary
 * of a plan, so only GET requests are sent. */
#include <stdlib.h>
#include <string.h>

#include "base/exit.h"
#include "jobs.h"
#include "model/protocol.h"
#include "model/takeover.h"
#include "stagebox/json.h"

static json_int_t count_of(const json_t *entry)
{
	return json_integer_value(json_object_get(entry, "count"));
}

static void print_counts(struct out *out, const json_t *list, const char *title)
{
	const json_t *entry;
	size_t i;

	out_colored(out, OUT_BOLD, "  %s\n", title);
	if (!json_array_size(list))
		out_text(out, "    nothing\n");
	json_array_foreach (list, i, entry) {
		const char *by = sb_json_str(entry, "by");

		out_text(out, "    %6lld %s%s%s\n", (long long)count_of(entry),
			 sb_json_str(entry, "kind"), by ? ", by " : "", by ? by : "");
	}
}

static void print_repairs(struct out *out, const json_t *list)
{
	const json_t *entry, *example;
	size_t i;

	if (json_array_size(list))
		out_colored(out, OUT_BOLD, "  would be repaired\n");
	json_array_foreach (list, i, entry) {
		example = json_array_get(json_object_get(entry, "examples"), 0);
		out_text(out, "    %6lld %s; first ", (long long)count_of(entry),
			 sb_json_str(entry, "what"));
		out_safe(out, sb_json_str(example, "key"));
		out_text(out, "\n");
	}
}

static void print_conflicts(struct out *out, const json_t *list)
{
	const json_t *entry;
	size_t i;

	if (json_array_size(list))
		out_colored(out, OUT_YELLOW, "  conflicts, which need a decision\n");
	json_array_foreach (list, i, entry) {
		out_text(out, "    ");
		out_safe(out, sb_json_str(entry, "key"));
		out_text(out, "  ");
		out_safe(out, sb_json_str(entry, "why"));
		out_text(out, "\n");
	}
}

static void print_left(struct out *out, const json_t *list, bool is_stale, const char *title)
{
	const json_t *entry;
	size_t i, n = 0;

	json_array_foreach (list, i, entry) {
		const char *of = sb_json_str(entry, "of"), *status = sb_json_str(entry, "status");

		if (json_is_true(json_object_get(entry, "stale")) != is_stale)
			continue;
		if (!n++)
			out_colored(out, OUT_BOLD, "  %s\n", title);
		if (n == 11)
			out_text(out, "    ... (--format json lists all)\n");
		if (n > 10)
			continue;
		out_text(out, "    %s %lld \"", sb_json_str(entry, "kind"),
			 (long long)json_integer_value(json_object_get(entry, "id")));
		out_safe(out, sb_json_str(entry, "name"));
		out_text(out, "\"%s%s%s%s\n", of ? " of " : "", of ? of : "", status ? ", " : "",
			 status ? status : "");
	}
}

static void print_unread(struct out *out, const json_t *list)
{
	const json_t *entry;
	size_t i;

	json_array_foreach (list, i, entry) {
		const char *error = sb_json_str(entry, "error");

		out_colored(out, OUT_RED, "  unknown: ");
		out_text(out, "%s: ", sb_json_str(entry, "stage"));
		out_safe(out, error ? error : sb_json_str(entry, "status"));
		out_text(out, "\n");
	}
}

static void print_audit(struct out *out, const json_t *doc)
{
	const json_t *cost = json_object_get(doc, "cost"), *endpoint;
	const json_t *per_object = json_object_get(cost, "ms_per_object");
	size_t i;

	json_array_foreach (json_object_get(doc, "endpoints"), i, endpoint) {
		const json_t *left = json_object_get(endpoint, "left");

		out_colored(out, OUT_CYAN, "%s\n", sb_json_str(endpoint, "slug"));
		print_counts(out, json_object_get(endpoint, "adopted"), "would be adopted");
		print_repairs(out, json_object_get(endpoint, "wrong"));
		print_counts(out, json_object_get(endpoint, "missing"),
			     "missing, would be created");
		print_conflicts(out, json_object_get(endpoint, "conflicts"));
		print_left(out, left, true,
			   "stale: its guest no longer exists; would not be changed");
		print_left(out, left, false, "matches nothing at the source; would not be changed");
		print_unread(out, json_object_get(endpoint, "unread"));
		out_text(out, "\n");
	}
	out_text(out,
		 "Nothing was written. A sync would write %lld objects, in about %.0f to %.0f "
		 "seconds\n(%lld to %lld ms each, as measured on NetBox 4.7 with two cores).\n",
		 (long long)json_integer_value(json_object_get(cost, "objects")),
		 json_real_value(json_object_get(cost, "seconds_min")),
		 json_real_value(json_object_get(cost, "seconds_max")),
		 (long long)json_integer_value(json_array_get(per_object, 0)),
		 (long long)json_integer_value(json_array_get(per_object, 1)));
}

static int run_audit_takeover(struct cmd *cmd)
{
	struct sb_error err = SB_ERROR_INIT;
	sb_autojson *parts = NULL, *doc = NULL;
	struct jobs jobs;
	size_t i;
	int rc, code = SB_EXIT_OK;

	if (jobs_open(cmd, SB_JOB_AUDIT, &jobs, &err) < 0)
		return cmd_fail(cmd, &err);
	rc = jobs_run_all(&jobs, &err);
	parts = sb_jobs_parts(&jobs.all, NULL);
	doc = sb_takeover_document(parts);
	if (!rc && !cmd_signal() && doc && json_array_size(json_object_get(doc, "endpoints")))
		out_document(&cmd->out, doc, print_audit);
	jobs_report(&jobs);
	/* Pending changes are the subject of the page, not a failure. */
	for (i = 0; i < jobs.all.n; i++)
		if (jobs.all.outcomes[i].result.exit_code != SB_EXIT_CHANGES)
			code = sb_exit_worse(code, jobs.all.outcomes[i].result.exit_code);
	if (rc < 0)
		code = sb_exit_worse(code, cmd_fail(cmd, &err));
	if (cmd_signal())
		code = 128 + cmd_signal();
	jobs_close(&jobs);
	return code;
}

const struct cmd_entry cmd_audit_takeover = {
	.name = "audit-takeover",
	.args = "",
	.summary = "show what another tool left in NetBox and what a sync would do with it",
	.about =
		"Sends only GET requests. Reports what would be adopted and by which rule, what is "
		"wrong and would be repaired, what is missing, which conflicts need a decision, "
		"what would not be changed, and how long the first sync would take. Run "
		"\"bootstrap\" before, as for \"plan\".",
	.takes = CMD_TAKES_SELECTION | CMD_TAKES_LIMITS,
	.examples = "stagebox audit-takeover\n"
		    "stagebox audit-takeover --format json > audit.json\n",
	.run = run_audit_takeover,
};
