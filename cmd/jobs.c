/* SPDX-License-Identifier: Apache-2.0 */
/* The jobs of one command: configuration, store and progress around struct sb_jobs. */
#include "jobs.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "conf/conf.h"
#include "load/look.h"
#include "stagebox/json.h"
#include "stagebox/log.h"
#include "summary.h"
#include "targets.h"

static void begin_progress(void *arg, const char *slug)
{
	struct jobs *jobs = arg;

	progress_begin(&jobs->progress, slug);
}

static void end_progress(void *arg)
{
	struct jobs *jobs = arg;

	progress_end(&jobs->progress);
}

static void show_event(void *arg, const json_t *event)
{
	static const char *const words[] = {"error", "warn", "notice", "info", "debug"};
	struct jobs *jobs = arg;
	const char *name = sb_json_str(event, "ev"), *level = sb_json_str(event, "level");
	const char *text = sb_json_str(event, "text");
	size_t i;

	progress_event(&jobs->progress, event);
	if (!name || !sb_streq(name, "log") || !level || !text)
		return;
	for (i = 0; i < SB_ARRAY_LEN(words); i++)
		if (sb_streq(words[i], level))
			sb_log((enum sb_log_level)i, "%s", text);
}

static int find_targets(struct jobs *jobs, const json_t *seen, struct sb_error *err)
{
	sb_autojson *selected = seen ? cmd_selected_modules(seen) : NULL;

	return cmd_targets(jobs->conf, jobs->slugs, jobs->cmd->options.branch, selected,
			   &jobs->targets, err);
}

/* An unknown endpoint or resource is refused here, before a run is recorded. */
static int check_selection(struct jobs *jobs, enum sb_job_mode mode, struct sb_error *err)
{
	const struct cmd_options *options = &jobs->cmd->options;
	sb_autojson *seen = NULL;
	int rc = sb_conf_select(jobs->conf, options->endpoints, &jobs->slugs, err);

	if (!rc && json_array_size(jobs->slugs) == 0)
		rc = sb_fail(err, SB_E_CONFIG,
			     "endpoints: at least one is required; add one to the configuration");
	if (!rc && json_array_size(options->resources))
		rc = sb_look_modules(jobs->conf, options->resources, &seen, err);
	if (!rc && (mode == SB_JOB_PLAN || mode == SB_JOB_SYNC || mode == SB_JOB_APPLY))
		rc = find_targets(jobs, seen, err);
	return rc;
}

/* Jobs of NetBox alone need no endpoint. */
static bool needs_endpoints(enum sb_job_mode mode)
{
	return mode == SB_JOB_PLAN || mode == SB_JOB_SYNC || mode == SB_JOB_APPLY ||
	       mode == SB_JOB_AUDIT || mode == SB_JOB_VIEW;
}

/* Only the modules know which of their options are secret. */
static int resolve_secrets(json_t *conf, struct sb_error *err)
{
	sb_autojson *seen = NULL;
	int rc = 0;

	if (sb_conf_may_have_option_secrets(conf))
		rc = sb_look_modules(conf, NULL, &seen, err);
	if (!rc)
		rc = sb_conf_resolve(conf, err);
	return rc < 0 ? rc
		      : sb_conf_resolve_options(conf, json_object_get(seen, "modules"), NULL, err);
}

static int open_conf_and_store(struct jobs *jobs, enum sb_job_mode mode, struct sb_error *err)
{
	int rc = cmd_conf(jobs->cmd, &jobs->conf, err);

	if (!rc && needs_endpoints(mode))
		rc = check_selection(jobs, mode, err);
	cmd_close_memory();
	if (!rc)
		rc = sb_conf_fingerprint(jobs->conf, jobs->conf_hash, err);
	if (!rc)
		rc = resolve_secrets(jobs->conf, err);
	if (!rc && mode != SB_JOB_IMPORT && mode != SB_JOB_VIEW) /* these store nothing */
		rc = sb_store_open(json_object_get(jobs->conf, "store"), &jobs->store, err);
	return rc;
}

static int check_recorded(void *arg, const json_t *recorded, json_t **ret_conf,
			  struct sb_error *err)
{
	const struct jobs *jobs = arg;

	return sb_conf_recorded(recorded, jobs->conf, ret_conf, err);
}

static void init_jobs(struct jobs *jobs, enum sb_job_mode mode)
{
	const struct cmd_options *options = &jobs->cmd->options;
	const struct sb_jobs_request request = {
		.mode = mode,
		.conf = jobs->conf,
		.store = jobs->store,
		.resources = options->resources,
		.target = options->target,
		.targets = jobs->targets,
		.max_objects = options->max_objects,
		.retry = options->retry,
		.program = STAGEBOX_VERSION,
		.conf_hash = jobs->conf_hash,
		.check_conf = check_recorded,
		.on_begin = begin_progress,
		.on_event = show_event,
		.on_end = end_progress,
		.arg = jobs,
		.stop = cmd_keep_signals(),
	};

	sb_jobs_init(&jobs->all, &request);
	progress_init(&jobs->progress, jobs->cmd->out.is_text && !jobs->cmd->out.is_quiet,
		      jobs->cmd->out.is_verbose);
}

int jobs_open(struct cmd *cmd, enum sb_job_mode mode, struct jobs *ret_jobs, struct sb_error *err)
{
	int rc;

	memset(ret_jobs, 0, sizeof(*ret_jobs));
	ret_jobs->cmd = cmd;
	cmd_keep_signals();
	rc = open_conf_and_store(ret_jobs, mode, err);
	if (rc < 0)
		jobs_close(ret_jobs);
	else
		init_jobs(ret_jobs, mode);
	return rc;
}

int jobs_open_replay(struct cmd *cmd, struct jobs *ret_jobs, struct sb_error *err)
{
	int rc;

	memset(ret_jobs, 0, sizeof(*ret_jobs));
	ret_jobs->cmd = cmd;
	rc = cmd_conf_or_none(cmd, &ret_jobs->conf, err);
	if (!rc)
		init_jobs(ret_jobs, SB_JOB_PLAN);
	return rc;
}

void jobs_close(struct jobs *jobs)
{
	sb_jobs_finish(&jobs->all);
	if (jobs->store)
		sb_store_close(jobs->store);
	json_decref(jobs->slugs);
	json_decref(jobs->targets);
	json_decref(jobs->conf);
	free(jobs->target);
	memset(jobs, 0, sizeof(*jobs));
}

int jobs_run_all(struct jobs *jobs, struct sb_error *err)
{
	if (jobs->all.request.target) {
		int rc = sb_jobs_target(&jobs->all, jobs->slugs, &jobs->target, err);

		if (rc < 0)
			return rc;
		if (jobs->target)
			jobs->all.request.target = jobs->target;
	}
	return sb_jobs_run_all(&jobs->all, jobs->slugs, jobs->cmd->options.record, err);
}

/* The error without the name of the endpoint in front, which the line has already. */
static const char *error_text(const struct sb_jobs_outcome *outcome)
{
	const char *text = outcome->result.err.text;
	size_t len = strlen(outcome->slug);

	if (len && sb_starts_with(text, "endpoint ") &&
	    strncmp(text + strlen("endpoint "), outcome->slug, len) == 0 &&
	    sb_starts_with(text + strlen("endpoint ") + len, ": "))
		return text + strlen("endpoint ") + len + 2;
	return text;
}

/* One error of several endpoints, such as a NetBox that does not answer, is one line. */
static void report_error(const struct sb_jobs *all, size_t i)
{
	const struct sb_jobs_outcome *outcome = &all->outcomes[i];
	sb_autobuf slugs = SB_BUF_INIT(4096);
	size_t j;

	for (j = 0; j < i; j++)
		if (sb_streq(error_text(&all->outcomes[j]), error_text(outcome)))
			return;
	sb_buf_add(&slugs, outcome->slug);
	for (j = i + 1; j < all->n; j++)
		if (sb_streq(error_text(&all->outcomes[j]), error_text(outcome)))
			sb_buf_addf(&slugs, ", %s", all->outcomes[j].slug);
	cmd_complain("%s%s%s", sb_buf_str(&slugs), outcome->slug[0] ? ": " : "",
		     error_text(outcome));
}

void jobs_report(const struct jobs *jobs)
{
	struct out errors = jobs->cmd->out;
	size_t i;

	fflush(stdout);
	for (i = 0; i < jobs->all.n; i++)
		if (jobs->all.outcomes[i].result.err.code)
			report_error(&jobs->all, i);
	if (!errors.is_quiet)
		return;
	errors.file = stderr; /* -q: what is not as it should be is an error */
	errors.has_color = false;
	for (i = 0; i < jobs->all.n; i++) {
		const struct sb_jobs_outcome *outcome = &jobs->all.outcomes[i];

		if (sb_streq(outcome->result.status, "ok"))
			continue;
		summary_causes(&errors, outcome->slug, outcome->result.record);
		summary_left_out(&errors, outcome->slug, outcome->result.record);
	}
}

int jobs_exit(const struct jobs *jobs)
{
	return cmd_signal() ? 128 + cmd_signal() : sb_jobs_exit(&jobs->all);
}
