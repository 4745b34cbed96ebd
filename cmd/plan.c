/* SPDX-License-Identifier: Apache-2.0 */
/* stagebox plan: what a sync would do. Changes nothing. */
#include "jobs.h"

#include <stdlib.h>

#include "plandoc.h"
#include "recording.h"

static int replay(struct jobs *jobs, const char *path, struct sb_error *err)
{
	sb_autojson *slugs = NULL, *parts = NULL;
	const json_t *slug, *part;
	size_t i;
	int rc;

	rc = recording_read(path, &slugs, &parts, err);
	if (rc < 0)
		return rc;
	json_array_foreach (slugs, i, slug) {
		part = json_object_get(parts, json_string_value(slug));
		if (!jobs_replay(jobs, json_string_value(slug), json_object_get(part, "inputs"),
				 json_object_get(part, "lines")))
			break;
	}
	return 0;
}

/* All parts that came; a missing one is its job's error. */
static json_t *parts_of(const struct jobs *jobs)
{
	json_t *parts = json_object();
	size_t i;

	for (i = 0; i < jobs->n; i++)
		if (jobs->outcomes[i].result.plan)
			json_object_set(parts, jobs->outcomes[i].slug,
					jobs->outcomes[i].result.plan);
	return parts;
}

static void answer_text(struct out *out, const json_t *answer)
{
	plandoc_text(out, json_object_get(answer, "plan"));
}

static int pending(const json_t *sum)
{
	bool has_changes = json_integer_value(json_object_get(sum, "create")) ||
			   json_integer_value(json_object_get(sum, "update")) ||
			   json_integer_value(json_object_get(sum, "delete"));
	bool has_conflicts = json_integer_value(json_object_get(sum, "conflicts")) > 0;

	if (has_conflicts)
		return SB_EXIT_CONFLICTS;
	return has_changes ? SB_EXIT_CHANGES : SB_EXIT_OK;
}

/* The plan as a result: text, or {"hash","summary","plan"}; to a file when asked. */
static int answer(struct jobs *jobs, struct sb_error *err)
{
	struct cmd *cmd = jobs->cmd;
	sb_autojson *parts = parts_of(jobs), *doc = NULL, *sum = NULL, *whole = NULL;
	char hash[PLANDOC_HASH_CHARS + 1];
	int rc;

	rc = plandoc_create(parts, &doc, err);
	if (rc == 0)
		rc = plandoc_hash(doc, hash, err);
	if (rc < 0)
		return rc;
	sum = plandoc_summary(doc);
	whole = json_pack("{s:s, s:O, s:O}", "hash", hash, "summary", sum, "plan", doc);
	if (!whole)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	if (json_object_size(parts) || !cmd->out.is_text)
		out_document(&cmd->out, whole, answer_text);
	jobs->exit_code = sb_exit_worse(jobs->exit_code, pending(sum));
	if (!cmd->options.output)
		return 0;
	if (json_object_size(parts) != jobs->n)
		return sb_fail(err, SB_E_STATE, "%s was not written: the plan is not whole",
			       cmd->options.output);
	return plandoc_write(doc, cmd->options.output, err);
}

static int run(struct cmd *cmd)
{
	const struct cmd_options *options = &cmd->options;
	struct sb_error err = SB_ERROR_INIT;
	struct jobs jobs;
	int rc, code;

	if (options->replay && options->record)
		return cmd_usage(cmd, "--record and --replay exclude each other");
	rc = options->replay ? jobs_open_replay(cmd, &jobs)
			     : jobs_open(cmd, SB_JOB_PLAN, &jobs, &err);
	if (rc < 0)
		return cmd_fail(cmd, &err);
	rc = options->replay ? replay(&jobs, options->replay, &err) : jobs_run_all(&jobs, &err);
	if (rc == 0 && !cmd_signal())
		rc = answer(&jobs, &err);
	jobs_report(&jobs);
	code = jobs_exit(&jobs);
	if (rc < 0)
		code = sb_exit_worse(code, cmd_fail(cmd, &err));
	jobs_close(&jobs);
	return code;
}

const struct cmd_entry cmd_plan = {
	.name = "plan",
	.args = "",
	.summary = "what a sync would do; changes nothing",
	.takes = CMD_TAKES_SELECTION | CMD_TAKES_RECORD | CMD_TAKES_REPLAY | CMD_TAKES_OUTPUT,
	.run = run,
};
