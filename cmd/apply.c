/* SPDX-License-Identifier: Apache-2.0 */
/* stagebox apply: carry out a saved plan. */
#include "jobs.h"
#include "model/plan_document.h"
#include "results.h"

#include "conf/conf.h"
#include "model/protocol.h"
#include "stagebox/json.h"

/* Every endpoint of the plan must be configured before the first write. */
static int check_endpoints(const struct jobs *jobs, const json_t *doc, struct sb_error *err)
{
	const json_t *endpoint;
	size_t i;

	json_array_foreach (json_object_get(doc, "endpoints"), i, endpoint) {
		const char *slug = sb_json_str(endpoint, "slug");

		if (!sb_conf_endpoint(jobs->conf, slug))
			return sb_fail(err, SB_E_CONFIG,
				       "the plan is for endpoint \"%.64s\", which is not in the "
				       "configuration; add it, or make a new plan",
				       slug);
	}
	return 0;
}

static bool is_endpoint_selected(const struct cmd *cmd, const json_t *endpoint, const json_t *doc)
{
	const json_t *wanted = cmd->options.endpoints;
	bool found = json_array_size(wanted) == 0;
	json_t *word;
	size_t i;

	json_array_foreach (wanted, i, word)
		found = found || json_equal(word, json_object_get(endpoint, "slug"));
	return found && (json_array_size(json_object_get(endpoint, "ops")) ||
			 json_array_size(json_object_get(doc, "shared")));
}

static void apply_endpoints(struct jobs *jobs, const json_t *doc)
{
	const json_t *endpoint;
	size_t i;

	json_array_foreach (json_object_get(doc, "endpoints"), i, endpoint) {
		const char *slug = sb_json_str(endpoint, "slug");
		sb_autojson *part = NULL;

		if (!is_endpoint_selected(jobs->cmd, endpoint, doc))
			continue;
		part = sb_plan_document_part(doc, slug);
		if (!jobs_run(jobs, slug, part))
			break;
	}
}

static int run_apply(struct cmd *cmd)
{
	struct sb_error err = SB_ERROR_INIT;
	sb_autojson *doc = NULL;
	struct jobs jobs;
	int code;

	if (sb_plan_document_read(cmd->argv[0], &doc, &err) < 0 ||
	    jobs_open(cmd, SB_JOB_APPLY, &jobs, &err) < 0)
		return cmd_fail(cmd, &err);
	if (check_endpoints(&jobs, doc, &err) < 0) {
		jobs_close(&jobs);
		return cmd_fail(cmd, &err);
	}
	apply_endpoints(&jobs, doc);
	code = results_print(&jobs);
	jobs_close(&jobs);
	return code;
}

const struct cmd_entry cmd_apply = {
	.name = "apply",
	.args = "PLAN",
	.summary = "apply a plan that \"plan -o\" saved",
	.takes = CMD_TAKES_ENDPOINT,
	.min_args = 1,
	.max_args = 1,
	.run = run_apply,
};
