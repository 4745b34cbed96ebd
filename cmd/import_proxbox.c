/* SPDX-License-Identifier: Apache-2.0 */
/* stagebox import-proxbox: convert the settings of netbox-proxbox to a configuration. */
#include "import_proxbox.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/exit.h"
#include "base/text.h"
#include "jobs.h"
#include "model/protocol.h"
#include "new_file.h"
#include "stagebox/json.h"

static void print_config(struct out *out, const json_t *doc)
{
	out_text(out, "%s", sb_json_str(doc, "config"));
}

/* The rows of one object, a list, or a page of the API. New reference. */
static json_t *take_rows(const json_t *value)
{
	const json_t *results = json_object_get(value, "results");

	if (results)
		value = results;
	if (json_is_array(value))
		return json_incref((json_t *)(uintptr_t)value);
	return json_is_object(value) ? json_pack("[O]", value) : json_array();
}

static int read_export(const char *path, json_t **ret_doc, struct sb_error *err)
{
	json_error_t where;
	sb_autojson *whole = json_load_file(path, JSON_REJECT_DUPLICATES, &where);
	sb_autojson *settings = NULL, *endpoints = NULL, *ceph = NULL;

	if (!whole)
		return where.line < 0 ? sb_fail(err, SB_E_ARG, "%s", where.text)
				      : sb_fail(err, SB_E_ARG, "%s: line %d: %s", path, where.line,
						where.text);
	if (!json_object_get(whole, "settings") && !json_object_get(whole, "endpoints"))
		return sb_fail(err, SB_E_ARG,
			       "%s has neither \"settings\" nor \"endpoints\"; give a file "
			       "{\"settings\": ..., "
			       "\"endpoints\": ...} with the answers of the plugin's API",
			       path);
	settings = take_rows(json_object_get(whole, "settings"));
	endpoints = take_rows(json_object_get(whole, "endpoints"));
	ceph = take_rows(json_object_get(json_object_get(whole, "plugins"), IMPORT_CEPH));
	*ret_doc =
		json_pack("{s:O?, s:O, s:{s:O*}}", "settings", json_array_get(settings, 0),
			  "endpoints", endpoints, "plugins", IMPORT_CEPH, json_array_get(ceph, 0));
	return *ret_doc ? 0 : sb_fail(err, SB_E_NOMEM, "out of memory");
}

/* The plugin's API returns no secrets, but an export or the environment may have them. */
static bool is_secret(const char *name)
{
	size_t len = strlen(name);

	if (len > 5 && sb_streq(name + len - 5, "_name"))
		return false;
	return sb_text_is_secret(name, len) || (len > 4 && sb_streq(name + len - 4, "_key")) ||
	       strstr(name, "password") || strstr(name, "secret") || strstr(name, "token_value");
}

static void mask_secrets(json_t *object)
{
	const char *name;
	json_t *value;
	void *next;

	json_object_foreach_safe (object, next, name, value)
		if (json_string_length(value) && is_secret(name) &&
		    !sb_streq(name, "singleton_key"))
			json_object_set_new(object, name, json_string("***"));
}

/* Variables override settings, as in proxbox-api. */
static int add_env(struct cmd *cmd, json_t *doc, struct sb_error *err)
{
	json_t *settings = json_object_get(doc, "settings");
	sb_autojson *given = NULL;

	if (!cmd->options.env)
		return 0;
	given = import_env(cmd->options.env, err);
	if (!given)
		return SB_E_ARG;
	if (!json_is_object(settings)) {
		settings = json_object();
		json_object_set_new(doc, "settings", settings);
	}
	return json_object_update(settings, given) < 0 ? sb_fail(err, SB_E_NOMEM, "out of memory")
						       : 0;
}

/* "import-proxbox -o FILE" with the file that it reads would destroy its own input. */
static int check_output(struct cmd *cmd, struct sb_error *err)
{
	const char *path = cmd->options.output;
	struct stat st, to;

	if (path && access(path, F_OK) == 0)
		return sb_fail(err, SB_E_ARG, "%s already exists: nothing was written", path);
	/* The shell has emptied the file of "> stagebox.cfg" before this program began. */
	if (stat(cmd_conf_path(cmd), &st) == 0 && fstat(STDOUT_FILENO, &to) == 0 &&
	    S_ISREG(to.st_mode) && st.st_dev == to.st_dev && st.st_ino == to.st_ino)
		return sb_fail(
			err, SB_E_ARG,
			"the output is the configuration %s that is read, which the shell has "
			"emptied: restore it, and write to another file with -o FILE",
			cmd_conf_path(cmd));
	return 0;
}

static int print_import(struct cmd *cmd, json_t *doc, const json_t *netbox, const char *source,
			struct sb_error *err)
{
	int rc = add_env(cmd, doc, err);
	/* Sort the members, so that the API and a file give the same text. */
	sb_autofree char *dump = NULL, *text = NULL;
	sb_autojson *sorted = NULL, *whole = NULL;
	json_t *endpoint;
	size_t i;

	if (rc < 0)
		return rc;
	mask_secrets(json_object_get(doc, "settings"));
	json_array_foreach (json_object_get(doc, "endpoints"), i, endpoint)
		mask_secrets(endpoint);
	mask_secrets(json_object_get(json_object_get(doc, "plugins"), IMPORT_CEPH));
	dump = json_dumps(doc, JSON_SORT_KEYS);
	sorted = dump ? json_loads(dump, 0, NULL) : NULL;
	text = sorted ? import_config(sorted, netbox, source) : NULL;
	whole = text ? json_pack("{s:s, s:O}", "config", text, "read", doc) : NULL;
	if (!whole)
		return sb_fail(
			err, SB_E_NOMEM,
			"converting the settings: they are not valid UTF-8, or out of memory");
	if (cmd->options.output)
		return new_file_write(cmd->options.output, 0644, text, err);
	out_document(&cmd->out, whole, print_config);
	return 0;
}

static int import_file(struct cmd *cmd, struct sb_error *err)
{
	sb_autojson *doc = NULL, *conf = NULL;
	int rc = read_export(cmd->argv[0], &doc, err);

	if (!rc)
		rc = cmd_conf_or_none(cmd, &conf, err);
	return rc < 0 ? rc
		      : print_import(cmd, doc, json_object_get(conf, "netbox"), cmd->argv[0], err);
}

static int import_api(struct cmd *cmd, int *ret_code, struct sb_error *err)
{
	sb_autojson *conf = NULL, *plugins = json_pack("[s]", IMPORT_CEPH);
	struct jobs jobs;
	const char *url;
	int rc;

	/* Not resolved: the printed file must contain references, not secrets. */
	rc = cmd_conf(cmd, &conf, err);
	if (!rc)
		rc = jobs_open(cmd, SB_JOB_IMPORT, &jobs, err);
	if (rc < 0)
		return rc;
	jobs.all.request.resources = plugins;
	sb_jobs_run(&jobs.all, "", NULL);
	url = sb_json_str(json_object_get(conf, "netbox"), "url");
	if (jobs.all.n && jobs.all.outcomes[0].result.plan)
		rc = print_import(cmd, jobs.all.outcomes[0].result.plan,
				  json_object_get(conf, "netbox"), url ? url : "", err);
	jobs_report(&jobs);
	*ret_code = jobs_exit(&jobs);
	jobs_close(&jobs);
	return rc;
}

static int run_import_proxbox(struct cmd *cmd)
{
	struct sb_error err = SB_ERROR_INIT;
	int code = SB_EXIT_OK, rc;

	rc = check_output(cmd, &err);
	if (!rc)
		rc = cmd->argc ? import_file(cmd, &err) : import_api(cmd, &code, &err);
	if (rc < 0)
		code = sb_exit_worse(code, cmd_fail(cmd, &err));
	return code;
}

const struct cmd_entry cmd_import_proxbox = {
	.name = "import-proxbox",
	.args = "[FILE]",
	.summary = "convert the settings of netbox-proxbox to a stagebox configuration",
	.about =
		"Reads the settings from the plugin's API at the NetBox of the configuration (the "
		"group netbox is enough), or from a file {\"settings\": ..., \"endpoints\": ...} "
		"with the answers of that API. The settings of netbox-ceph, where it is installed, "
		"are read, too (in a file: \"plugins\": {\"ceph\": ...}). "
		"Prints a configuration in which each option names "
		"the setting that it comes from; settings without a counterpart are listed with "
		"the reason. It contains no secrets. -o writes it to a new file and never replaces "
		"one.",
	.takes = CMD_TAKES_OUTPUT | CMD_TAKES_ENV,
	.examples = "stagebox import-proxbox -o new.cfg\n"
		    "stagebox import-proxbox proxbox.json -o new.cfg\n"
		    "stagebox import-proxbox --env proxbox.env -o new.cfg\n",
	.min_args = 0,
	.max_args = 1,
	.run = run_import_proxbox,
};
