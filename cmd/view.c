/* SPDX-License-Identifier: Apache-2.0 */
/* stagebox view NAME, or NAME alone: what a module shows of the live system. */
#include "view.h"

#include <string.h>

#include "base/exit.h"
#include "base/list.h"
#include "jobs.h"
#include "load/look.h"
#include "modules.h"
#include "results.h"
#include "stagebox/json.h"
#include "view_text.h"

int views_list(struct cmd *cmd, json_t **ret_views, struct sb_error *err)
{
	sb_autojson *conf = NULL, *seen = NULL;
	int rc = cmd_conf(cmd, &conf, err);

	if (!rc)
		rc = sb_look_modules(conf, NULL, &seen, err);
	if (!rc)
		*ret_views = json_incref(json_object_get(seen, "views"));
	return rc;
}

const json_t *views_find(const json_t *views, const char *name)
{
	const json_t *view;
	size_t i;

	json_array_foreach (views, i, view)
		if (sb_streq(sb_json_str(view, "name"), name))
			return view;
	return NULL;
}

static int list_views(struct cmd *cmd)
{
	static const struct out_column columns[] = {
		{.title = "VIEW", .member = "name"},
		{.title = "OF", .member = "args"},
		{.title = "MODULE", .member = "module"},
		{.title = "SUMMARY", .member = "summary"},
		{0},
	};
	struct sb_error err = SB_ERROR_INIT;
	sb_autojson *views = NULL;

	if (views_list(cmd, &views, &err) < 0)
		return cmd_fail(cmd, &err);
	out_table(&cmd->out, columns, views);
	return SB_EXIT_OK;
}

/* Does the configuration list a module of this name? */
static bool lists_module(struct cmd *cmd, const char *name)
{
	struct sb_error err = SB_ERROR_INIT;
	sb_autojson *conf = NULL, *word = json_string(name);

	return cmd_conf(cmd, &conf, &err) == 0 &&
	       sb_list_holds(json_object_get(conf, "modules"), word);
}

/* Is there a file of a module of this name, which the configuration does not list? */
static bool is_installed(struct cmd *cmd, const char *name)
{
	sb_autofree char *path = NULL;
	struct sb_error err = SB_ERROR_INIT;

	return !strchr(name, '/') && modules_find(cmd, name, &path, &err) == 0 && path;
}

/* A word that names neither a command nor a view. It may be a command that is written wrong, so
 * that this is an error of usage. */
static int fail_unknown(struct cmd *cmd, const json_t *views, const char *name)
{
	struct sb_error err = SB_ERROR_INIT;
	struct sb_guess guess;
	const json_t *view;
	size_t i;

	if (lists_module(cmd, name))
		return cmd_usage(cmd, "the module %.60s has no view \"%.60s\"", name, name);
	if (is_installed(cmd, name)) {
		sb_fail(&err, SB_E_CONFIG,
			"\"%.60s\" is not a command of stagebox or of a configured module, but a "
			"module of this name is installed: add \"%.60s\" to modules in %s",
			name, name, cmd_conf_path(cmd));
		return cmd_fail(cmd, &err);
	}
	if (cmd->is_view_alone)
		cmd_guess(name, &guess);
	else /* a view was asked for, and the other commands are none */
		sb_guess_start(&guess, name);
	cmd->entry = NULL; /* the hint is the list of all commands */
	json_array_foreach (views, i, view)
		sb_guess_try(&guess, sb_json_str(view, "name"));
	return cmd_usage(cmd, "unknown command \"%.100s\"%s", name, guess.hint);
}

/* Without the configuration only the commands of stagebox itself are known. */
static int fail_unread(struct cmd *cmd, const char *name, struct sb_error *err)
{
	struct sb_guess guess;

	cmd_guess(name, &guess);
	if (*guess.hint) {
		cmd->entry = NULL;
		return cmd_usage(cmd, "unknown command \"%.100s\"%s", name, guess.hint);
	}
	sb_context(err, err->code,
		   "\"%.60s\" is not a command of stagebox, and those of modules are not known",
		   name);
	return cmd_fail(cmd, err);
}

static int check_word(struct cmd *cmd, const json_t *view)
{
	const char *args = sb_json_str(view, "args"), *name = sb_json_str(view, "name");

	if (!args && cmd->argc > 1)
		return cmd_usage(cmd, "\"%s\" does not take \"%.100s\"", name, cmd->argv[1]);
	if (args && args[0] != '[' && cmd->argc < 2)
		return cmd_usage(cmd, "\"%s\" needs %s", name, args);
	return 0;
}

/* {"slug", "status", "data", "notes"} of the endpoints that have what the word names. With the
 * tables for people. */
static json_t *list_documents(const struct sb_jobs *all, bool with_tables)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < all->n; i++) {
		const struct sb_job_result *result = &all->outcomes[i].result;
		const json_t *document = json_object_get(result->view, "document");
		json_t *notes = json_object_get(document, "notes");
		json_t *row;

		if (!document)
			continue;
		row = json_pack("{s:s, s:s, s:O, s:o}", "slug", all->outcomes[i].slug, "status",
				result->status, "data", json_object_get(document, "data"), "notes",
				notes ? json_incref(notes) : json_array());
		if (with_tables)
			json_object_set(row, "tables", json_object_get(document, "tables"));
		json_array_append_new(list, row);
	}
	return list;
}

/* No endpoint has what the word names. One that could not be asked may have it: its error is the
 * result. */
static int fail_missing(const struct jobs *jobs, const char *word)
{
	struct sb_error err = SB_ERROR_INIT;
	const char *hint = "";
	size_t i;

	for (i = 0; i < jobs->all.n; i++) {
		const char *own = sb_json_str(jobs->all.outcomes[i].result.view, "hint");

		if (!own)
			return jobs->all.exit_code;
		if (*own && !*hint)
			hint = own;
	}
	sb_fail(&err, SB_E_ARG, "no endpoint has an object \"%.120s\"%s", word, hint);
	return cmd_fail(jobs->cmd, &err);
}

static int print_answers(struct jobs *jobs, const char *name, const char *word)
{
	sb_autojson *list = list_documents(&jobs->all, jobs->cmd->out.is_text);
	sb_autojson *errors = results_errors(jobs), *doc = NULL;

	doc = json_pack("{s:s, s:O}", "view", name, "endpoints", list);
	if (json_array_size(errors))
		json_object_set(doc, "errors", errors);
	if (json_array_size(list) || !*word)
		out_document(&jobs->cmd->out, doc, view_text);
	jobs_report(jobs);
	if (cmd_signal() || json_array_size(list) || !*word)
		return jobs_exit(jobs);
	return fail_missing(jobs, word);
}

static int show_view(struct cmd *cmd, const char *name, const char *word)
{
	sb_autojson *request = json_pack("{s:s, s:s}", "name", name, "word", word);
	struct sb_error err = SB_ERROR_INIT;
	struct jobs jobs;
	int code;

	if (!request)
		return cmd_usage(cmd, "\"%s\" is not UTF-8", word);
	if (jobs_open(cmd, SB_JOB_VIEW, &jobs, &err) < 0)
		return cmd_fail(cmd, &err);
	sb_jobs_keep_endpoint(jobs.slugs, word); /* else all are asked */
	jobs.all.request.view = request;
	code = jobs_run_all(&jobs, &err) < 0 ? cmd_fail(cmd, &err)
					     : print_answers(&jobs, name, word);
	jobs_close(&jobs);
	return code;
}

static int run_view(struct cmd *cmd)
{
	struct sb_error err = SB_ERROR_INIT;
	sb_autojson *views = NULL;
	const json_t *view;
	int code;

	if (!cmd->argc)
		return list_views(cmd);
	if (views_list(cmd, &views, &err) < 0)
		return fail_unread(cmd, cmd->argv[0], &err);
	view = views_find(views, cmd->argv[0]);
	if (!view)
		return fail_unknown(cmd, views, cmd->argv[0]);
	code = check_word(cmd, view);
	return code ? code
		    : show_view(cmd, sb_json_str(view, "name"), cmd->argc > 1 ? cmd->argv[1] : "");
}

const struct cmd_entry cmd_view = {
	.name = "view",
	.args = "[VIEW] [OBJECT]",
	.summary = "look at the live system with a view of a module",
	.about =
		"Without words it lists the views of the configured modules. Of a view it asks "
		"each endpoint and prints the answers; nothing is written, and no run is recorded. "
		"The name of a view is a command of its own, so that \"stagebox ha\" means "
		"\"stagebox view ha\". A word after it names one object; the command fails when no "
		"endpoint has it. What could not be read is a note, and the exit code is then 4.",
	.takes = CMD_TAKES_ENDPOINT,
	.max_args = 2,
	.examples = "stagebox view\n"
		    "stagebox view ha\n"
		    "stagebox ha web1\n"
		    "stagebox ha --endpoint lab --format json\n",
	.run = run_view,
};
