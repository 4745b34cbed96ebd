/* SPDX-License-Identifier: Apache-2.0 */
/* The jobs of one command, run one after another. */
#include "jobs.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "conf/conf.h"
#include "load/look.h"
#include "model/recording.h"
#include "parent/parent.h"
#include "stagebox/json.h"
#include "stagebox/log.h"

/* Refuse an unknown resource before any run is recorded. */
static int check_resources(struct jobs *jobs, struct sb_error *err)
{
	const json_t *words = jobs->cmd->options.resources;
	sb_autojson *seen = NULL;

	return json_array_size(words) ? sb_look_modules(jobs->conf, words, &seen, err) : 0;
}

static int check_endpoints(const struct jobs *jobs, struct sb_error *err)
{
	const json_t *wanted = jobs->cmd->options.endpoints, *word, *endpoint;
	sb_autobuf there = SB_BUF_INIT(300);
	size_t i;

	json_array_foreach (json_object_get(jobs->conf, "endpoints"), i, endpoint)
		sb_buf_addf(&there, " %s", sb_json_str(endpoint, "slug"));
	json_array_foreach (wanted, i, word)
		if (!sb_conf_endpoint(jobs->conf, json_string_value(word)))
			return sb_fail(err, SB_E_ARG, "unknown endpoint \"%.64s\"; configured:%s",
				       json_string_value(word), sb_buf_str(&there));
	return 0;
}

static int open_conf_and_store(struct jobs *jobs, struct sb_error *err)
{
	int rc = cmd_conf(jobs->cmd, &jobs->conf, err);

	if (!rc)
		rc = check_endpoints(jobs, err);
	if (!rc)
		rc = check_resources(jobs, err);
	cmd_close_memory();
	if (!rc)
		rc = sb_conf_resolve(jobs->conf, err);
	if (!rc && jobs->mode != SB_JOB_IMPORT) /* an import stores nothing */
		rc = sb_store_open(json_object_get(jobs->conf, "store"), &jobs->store, err);
	return rc;
}

static void init_jobs(struct cmd *cmd, enum sb_job_mode mode, struct jobs *ret_jobs)
{
	memset(ret_jobs, 0, sizeof(*ret_jobs));
	ret_jobs->cmd = cmd;
	ret_jobs->mode = mode;
	cmd_keep_signals();
	progress_init(&ret_jobs->progress, cmd->out.is_text && !cmd->out.is_quiet);
}

int jobs_open(struct cmd *cmd, enum sb_job_mode mode, struct jobs *ret_jobs, struct sb_error *err)
{
	int rc;

	init_jobs(cmd, mode, ret_jobs);
	rc = open_conf_and_store(ret_jobs, err);
	if (rc < 0)
		jobs_close(ret_jobs);
	return rc;
}

int jobs_open_replay(struct cmd *cmd, struct jobs *ret_jobs)
{
	init_jobs(cmd, SB_JOB_PLAN, ret_jobs);
	return 0;
}

void jobs_close(struct jobs *jobs)
{
	size_t i;

	for (i = 0; i < jobs->n; i++)
		sb_job_result_finish(&jobs->outcomes[i].result);
	free(jobs->outcomes);
	if (jobs->store)
		sb_store_close(jobs->store);
	if (jobs->recording)
		fclose(jobs->recording);
	json_decref(jobs->conf);
	memset(jobs, 0, sizeof(*jobs));
}

int jobs_endpoints(struct jobs *jobs, json_t **ret_slugs, struct sb_error *err)
{
	const json_t *wanted = jobs->cmd->options.endpoints, *endpoint;
	json_t *slugs = json_array(), *slug, *word;
	size_t i, j;

	json_array_foreach (json_object_get(jobs->conf, "endpoints"), i, endpoint) {
		bool is_wanted = json_array_size(wanted) == 0;

		slug = json_object_get(endpoint, "slug");
		json_array_foreach (wanted, j, word)
			is_wanted = is_wanted || json_equal(word, slug);
		if (is_wanted)
			json_array_append(slugs, slug);
	}
	if (json_array_size(slugs) == 0) {
		json_decref(slugs);
		return sb_fail(err, SB_E_CONFIG,
			       "endpoints: at least one is required; add one to the configuration");
	}
	*ret_slugs = slugs;
	return 0;
}

static void on_event(void *arg, const json_t *event)
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

static void on_recorded(void *arg, const json_t *line)
{
	struct jobs *jobs = arg;

	sb_recording_write(jobs->recording, jobs->slug, line);
}

static struct jobs_outcome *new_outcome(struct jobs *jobs, const char *slug)
{
	struct jobs_outcome *grown, *outcome;

	grown = realloc(jobs->outcomes, (jobs->n + 1) * sizeof(*grown));
	if (!grown)
		return NULL;
	jobs->outcomes = grown;
	outcome = &grown[jobs->n++];
	memset(outcome, 0, sizeof(*outcome));
	snprintf(outcome->slug, sizeof(outcome->slug), "%s", slug);
	return outcome;
}

static bool execute_job(struct jobs *jobs, const char *slug, struct sb_job_spec *spec)
{
	struct jobs_outcome *outcome = new_outcome(jobs, slug);
	struct sb_error err = SB_ERROR_INIT;
	struct sb_job_result *result;

	if (!outcome) {
		jobs->exit_code = sb_exit_worse(jobs->exit_code, SB_EXIT_FAILED);
		return false;
	}
	result = &outcome->result;
	jobs->slug = slug;
	spec->on_event = on_event;
	spec->on_recorded = jobs->recording ? on_recorded : NULL;
	spec->arg = jobs;
	spec->stop = cmd_keep_signals();
	progress_begin(&jobs->progress, slug);
	if (sb_job_execute(jobs->store, spec, result, &err) < 0) {
		result->err = err;
		result->exit_code = sb_exit_of(&err);
		snprintf(result->status, sizeof(result->status), "failed");
	}
	progress_end(&jobs->progress);
	jobs->exit_code = sb_exit_worse(jobs->exit_code, result->exit_code);
	return cmd_signal() == 0;
}

bool jobs_run(struct jobs *jobs, const char *slug, const json_t *plan)
{
	const struct cmd_options *options = &jobs->cmd->options;
	struct sb_job_spec spec = {
		.mode = jobs->mode,
		.endpoint = slug,
		.conf = jobs->conf,
		.select = json_array_size(options->resources) ? options->resources : NULL,
		.target = options->target,
		.plan = plan,
		.max_objects = options->max_objects,
	};

	return execute_job(jobs, slug, &spec);
}

bool jobs_replay(struct jobs *jobs, const char *slug, const json_t *inputs, const json_t *lines)
{
	const struct cmd_options *options = &jobs->cmd->options;
	sb_autojson *mine = json_copy((json_t *)(uintptr_t)inputs);
	sb_autojson *conf = json_copy(json_object_get(inputs, "conf"));
	struct sb_job_spec spec = {
		.mode = SB_JOB_PLAN,
		.endpoint = slug,
		.conf = conf,
		.replay = lines,
		.replay_inputs = mine,
	};

	if (options->module_dir)
		json_object_set_new(conf, "module_dir", json_string(options->module_dir));
	json_object_set(mine, "conf", conf);
	if (json_array_size(options->resources))
		json_object_set(mine, "select", options->resources);
	if (options->target)
		json_object_set_new(mine, "target", json_string(options->target));
	return execute_job(jobs, slug, &spec);
}

int jobs_run_all(struct jobs *jobs, struct sb_error *err)
{
	sb_autojson *slugs = NULL;
	const json_t *slug;
	size_t i;
	int rc;

	rc = jobs_endpoints(jobs, &slugs, err);
	if (!rc && jobs->cmd->options.record)
		rc = sb_recording_create(jobs->cmd->options.record, slugs, &jobs->recording, err);
	if (rc < 0)
		return rc;
	json_array_foreach (slugs, i, slug)
		if (!jobs_run(jobs, json_string_value(slug), NULL))
			break;
	if (jobs->recording && sb_recording_close(jobs->recording, err) < 0) {
		jobs->recording = NULL;
		return SB_E_STATE;
	}
	jobs->recording = NULL;
	return 0;
}

void jobs_report(const struct jobs *jobs)
{
	size_t i;

	fflush(stdout);
	for (i = 0; i < jobs->n; i++) {
		const struct sb_error *why = &jobs->outcomes[i].result.err;

		if (why->code)
			fprintf(stderr, "stagebox: %s%s%s\n", jobs->outcomes[i].slug,
				jobs->outcomes[i].slug[0] ? ": " : "", why->text);
	}
}

int jobs_exit(const struct jobs *jobs)
{
	return cmd_signal() ? 128 + cmd_signal() : jobs->exit_code;
}
