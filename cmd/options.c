/* SPDX-License-Identifier: Apache-2.0 */
/* The command line: one command with its words, and options before or after it. */
#include "cmd.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

enum option {
	OPT_CONFIG,
	OPT_FORMAT,
	OPT_QUIET,
	OPT_VERBOSE,
	OPT_CHANGES,
	OPT_NO_COLOR,
	OPT_MODULE_DIR,
	OPT_ENDPOINT,
	OPT_RESOURCES,
	OPT_TARGET,
	OPT_MAX_OBJECTS,
	OPT_RETRY,
	OPT_BRANCH,
	OPT_MOVE_HOME,
	OPT_RECORD,
	OPT_REPLAY,
	OPT_OUTPUT,
	OPT_PLAN,
	OPT_LIMIT,
	OPT_DIR,
	OPT_UPDATE,
	OPT_MAN,
	OPT_ENV,
	OPT_SERVER_VERSION,
	OPT_NETBOX_URL,
	OPT_NETBOX_TOKEN,
	OPT_NETBOX_CA,
	OPT_NETBOX_FINGERPRINT,
	OPT_PVE_URL,
	OPT_PVE_TOKEN,
	OPT_PVE_CA,
	OPT_PVE_FINGERPRINT,
	OPT_SLUG,
	OPT_SITE,
	OPT_HELP,
	OPT_VERSION,
};

const struct cmd_option cmd_option_rows[] = {
	{"--plan", NULL, NULL, OPT_PLAN, CMD_TAKES_PLAN, "show what would be done; change nothing"},
	{"--endpoint", NULL, "SLUG", OPT_ENDPOINT, CMD_TAKES_SELECTION | CMD_TAKES_ENDPOINT,
	 "only this endpoint (repeatable)"},
	{"--resources", NULL, "A,B", OPT_RESOURCES, CMD_TAKES_SELECTION,
	 "only these stages, by short or full name; MODULE.full = all of a module"},
	{"--target", NULL, "KEY", OPT_TARGET, CMD_TAKES_SELECTION,
	 "only this object and its parts; the name or VMID of a guest, or the name of a node, "
	 "works, too"},
	{"--max-objects", NULL, "N", OPT_MAX_OBJECTS, CMD_TAKES_LIMITS,
	 "refuse a plan that writes more than N objects instead of 1000 and 50 for each guest and "
	 "200 for "
	 "each node and cluster"},
	{"--retry", NULL, NULL, OPT_RETRY, CMD_TAKES_RETRY,
	 "try again at once what NetBox refused in earlier runs"},
	{"--branch", NULL, "off|if-available|required", OPT_BRANCH, CMD_TAKES_BRANCH,
	 "write into a branch of NetBox, or not, for all modules; instead of the modes of the "
	 "group "
	 "branching"},
	{"--move-home", NULL, NULL, OPT_MOVE_HOME, CMD_TAKES_MOVE,
	 "move objects that NetBox has no model for to the home that the option inventory names"},
	{"--output", "-o", "FILE", OPT_OUTPUT, CMD_TAKES_OUTPUT,
	 "save the plan, or the new configuration, to this file"},
	{"--env", NULL, "FILE", OPT_ENV, CMD_TAKES_ENV,
	 "file with variables PROXBOX_*, which override settings; - = the environment"},
	{"--record", NULL, "FILE", OPT_RECORD, CMD_TAKES_RECORD,
	 "save all answers of the servers, without secrets"},
	{"--replay", NULL, "FILE", OPT_REPLAY, CMD_TAKES_REPLAY,
	 "plan from saved answers, without network and store"},
	{"--limit", NULL, "N", OPT_LIMIT, CMD_TAKES_LIMIT, "only the last N runs"},
	{"--dir", NULL, "DIR", OPT_DIR, CMD_TAKES_DIR,
	 "folder for \"new\" (default: the current folder)"},
	{"--update", NULL, NULL, OPT_UPDATE, CMD_TAKES_UPDATE,
	 "write what \"test\" gave to the expected.json of each step"},
	{"--changes", NULL, NULL, OPT_CHANGES, CMD_TAKES_CHANGES,
	 "also print the objects that the run wrote"},
	{"--man", NULL, NULL, OPT_MAN, CMD_TAKES_MAN, "print the manual page stagebox(1)"},
	{"--server-version", NULL, "VERSION", OPT_SERVER_VERSION, CMD_TAKES_RIGHTS,
	 "of the server, 9 or 4.7, instead of asking it"},
	{"--netbox-url", NULL, "URL", OPT_NETBOX_URL, CMD_TAKES_INIT, "URL of NetBox"},
	{"--netbox-token", NULL, "REFERENCE", OPT_NETBOX_TOKEN, CMD_TAKES_INIT,
	 "file:PATH, env:NAME or cred:NAME of its token"},
	{"--netbox-ca", NULL, "FILE", OPT_NETBOX_CA, CMD_TAKES_INIT,
	 "certificate authority of NetBox"},
	{"--netbox-fingerprint", NULL, "SHA256", OPT_NETBOX_FINGERPRINT, CMD_TAKES_INIT,
	 "fingerprint of the certificate of NetBox"},
	{"--pve-url", NULL, "URL", OPT_PVE_URL, CMD_TAKES_INIT,
	 "URL of a node of the cluster (repeatable)"},
	{"--pve-token", NULL, "REFERENCE", OPT_PVE_TOKEN, CMD_TAKES_INIT,
	 "file:PATH, env:NAME or cred:NAME of its token"},
	{"--pve-ca", NULL, "FILE", OPT_PVE_CA, CMD_TAKES_INIT,
	 "certificate authority of the cluster"},
	{"--pve-fingerprint", NULL, "SHA256", OPT_PVE_FINGERPRINT, CMD_TAKES_INIT,
	 "fingerprints of the certificates of its nodes, separated by blanks"},
	{"--slug", NULL, "SLUG", OPT_SLUG, CMD_TAKES_INIT, "slug of the cluster"},
	{"--site", NULL, "NAME", OPT_SITE, CMD_TAKES_INIT, "site of the cluster in NetBox"},
	{"--config", NULL, "FILE", OPT_CONFIG, 0,
	 "configuration file (default: $STAGEBOX_CONFIG, else /etc/stagebox/stagebox.cfg)"},
	{"--module-dir", NULL, "DIR", OPT_MODULE_DIR, 0,
	 "folder of the modules, instead of those of the configuration"},
	{"--format", NULL, "text|json", OPT_FORMAT, 0, "output format"},
	{"--quiet", "-q", NULL, OPT_QUIET, 0, "print nothing on success; errors on stderr"},
	{"--verbose", "-v", NULL, OPT_VERBOSE, 0, "also print tables without changes, and objects"},
	{"--no-color", NULL, NULL, OPT_NO_COLOR, 0, "no colours (as with $NO_COLOR)"},
	{"--help", "-h", NULL, OPT_HELP, 0, "show the help of the command"},
	{"--version", NULL, NULL, OPT_VERSION, 0, "print the version"},
	{0},
};

struct parse {
	struct cmd *cmd;
	unsigned used;                  /* groups of options that the command must take */
	const struct cmd_option *first; /* the first option of such a group */
	bool wants_help, wants_version;
};

/* True for the option itself and for "--name=value". */
static bool word_is_option(const char *word, const char *name, const char **ret_value)
{
	size_t len = name ? strlen(name) : 0;

	if (!len || strncmp(word, name, len) != 0)
		return false;
	if (word[len] == '=' && len > 2)
		*ret_value = word + len + 1;
	return word[len] == '\0' || *ret_value;
}

const struct cmd_option *cmd_option_find(const char *word, const char **ret_value)
{
	const struct cmd_option *row;

	*ret_value = NULL;
	for (row = cmd_option_rows; row->name; row++)
		if (word_is_option(word, row->name, ret_value) ||
		    word_is_option(word, row->brief, ret_value))
			return row;
	return NULL;
}

static int add_words(json_t *list, const char *option, const char *text, struct sb_error *err)
{
	while (*text) {
		size_t len = strcspn(text, ",");

		if (len == 0)
			return sb_fail(err, SB_E_ARG, "%s: an empty name in the list", option);
		if (json_array_append_new(list, json_stringn(text, len)) != 0)
			return sb_fail(err, SB_E_ARG, "%s: a name is not valid UTF-8", option);
		text += len;
		if (*text == ',' && text[1])
			text++;
	}
	return json_array_size(list) ? 0 : sb_fail(err, SB_E_ARG, "%s: no name given", option);
}

static int read_number(const char *option, const char *text, uint64_t *ret_value,
		       struct sb_error *err)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno || *end || end == text || text[0] == '-')
		return sb_fail(err, SB_E_ARG, "%s: \"%s\" is not a number", option, text);
	*ret_value = value;
	return 0;
}

/* One of the words of the option: "off|if-available|required". */
static int read_choice(const struct cmd_option *row, const char *text, const char **ret_value,
		       struct sb_error *err)
{
	sb_autobuf all = SB_BUF_INIT(256);
	const char *word = row->value;
	struct sb_guess guess;

	sb_guess_start(&guess, text);
	while (*word) {
		size_t len = strcspn(word, "|");
		sb_autofree char *choice = strndup(word, len);

		if (choice && sb_streq(choice, text)) {
			*ret_value = text;
			return 0;
		}
		sb_guess_try(&guess, choice ? choice : "");
		sb_buf_addf(&all, "%s%.*s", all.len ? ", " : "", (int)len, word);
		word += len + (word[len] ? 1 : 0);
	}
	return sb_fail(err, SB_E_ARG, "%s: \"%.60s\" is not one of %s%s", row->name, text,
		       sb_buf_str(&all), guess.hint);
}

static int set_option(struct parse *parse, const struct cmd_option *row, const char *value,
		      struct sb_error *err)
{
	struct cmd_options *options = &parse->cmd->options;
	struct cmd_init_options *init = &options->init;

	switch ((enum option)row->id) {
	case OPT_CONFIG: options->config = value; break;
	case OPT_FORMAT:
		options->json = sb_streq(value, "json");
		if (!options->json && !sb_streq(value, "text"))
			return sb_fail(err, SB_E_ARG, "--format: \"%s\" is not text or json",
				       value);
		break;
	case OPT_QUIET: options->quiet = true; break;
	case OPT_VERBOSE: options->verbose = true; break;
	case OPT_CHANGES: options->changes = true; break;
	case OPT_NO_COLOR: options->no_color = true; break;
	case OPT_MODULE_DIR: options->module_dir = value; break;
	case OPT_ENDPOINT: return add_words(options->endpoints, row->name, value, err);
	case OPT_RESOURCES: return add_words(options->resources, row->name, value, err);
	case OPT_TARGET: options->target = value; break;
	case OPT_MAX_OBJECTS: return read_number(row->name, value, &options->max_objects, err);
	case OPT_RETRY: options->retry = true; break;
	case OPT_BRANCH: return read_choice(row, value, &options->branch, err);
	case OPT_RECORD: options->record = value; break;
	case OPT_REPLAY: options->replay = value; break;
	case OPT_OUTPUT: options->output = value; break;
	case OPT_PLAN: options->plan_only = true; break;
	case OPT_MOVE_HOME: options->move_home = true; break;
	case OPT_LIMIT: return read_number(row->name, value, &options->limit, err);
	case OPT_DIR: options->dir = value; break;
	case OPT_UPDATE: options->update = true; break;
	case OPT_MAN: options->man = true; break;
	case OPT_ENV: options->env = value; break;
	case OPT_SERVER_VERSION: options->server_version = value; break;
	case OPT_NETBOX_URL: init->netbox_url = value; break;
	case OPT_NETBOX_TOKEN: init->netbox_token = value; break;
	case OPT_NETBOX_CA: init->netbox_ca = value; break;
	case OPT_NETBOX_FINGERPRINT: init->netbox_fingerprint = value; break;
	case OPT_PVE_URL: return add_words(init->pve_urls, row->name, value, err);
	case OPT_PVE_TOKEN: init->pve_token = value; break;
	case OPT_PVE_CA: init->pve_ca = value; break;
	case OPT_PVE_FINGERPRINT: init->pve_fingerprint = value; break;
	case OPT_SLUG: init->slug = value; break;
	case OPT_SITE: init->site = value; break;
	case OPT_HELP: parse->wants_help = true; break;
	case OPT_VERSION: parse->wants_version = true; break;
	}
	return 0;
}

/* Suggests only what the command takes; of "--name=value" the name is compared. */
static int fail_unknown_option(const struct parse *parse, const char *word, struct sb_error *err)
{
	const struct cmd_entry *entry = parse->cmd->entry;
	sb_autofree char *name = strndup(word, strcspn(word, "="));
	const struct cmd_option *row;
	struct sb_guess guess;

	sb_guess_start(&guess, name ? name : word);
	for (row = cmd_option_rows; row->name; row++)
		if (!row->takes || !entry || row->takes & entry->takes)
			sb_guess_try(&guess, row->name);
	return sb_fail(err, SB_E_ARG, "unknown option \"%.100s\"%s", word, guess.hint);
}

/* A word that is not a command may be one that is written wrong, or a view. */
static int fail_not_taken(struct cmd *cmd, const char *what, struct sb_error *err)
{
	const char *name = cmd->is_view_alone ? cmd->argv[0] : cmd->entry->name;
	struct sb_guess guess;

	cmd_guess(name, &guess);
	if (cmd->is_view_alone && *guess.hint) {
		cmd->entry = NULL;
		return cmd_fail_unknown(name, err);
	}
	return sb_fail(err, SB_E_ARG, "\"%s\" does not take %s", name, what);
}

/* Read one option and its value; *i moves to the last word that was read. */
static int take_option(struct parse *parse, int argc, char **argv, int *i, struct sb_error *err)
{
	const struct cmd_option *row;
	const char *value;

	row = cmd_option_find(argv[*i], &value);
	if (!row)
		return fail_unknown_option(parse, argv[*i], err);
	if (row->value && !value) {
		if (*i + 1 >= argc)
			return sb_fail(err, SB_E_ARG, "%s needs a value", row->name);
		value = argv[++*i];
	}
	if (!row->value && value)
		return sb_fail(err, SB_E_ARG, "%s takes no value", row->name);
	if (row->takes && !parse->first)
		parse->first = row;
	if (row->takes && parse->cmd->entry && !(row->takes & parse->cmd->entry->takes))
		return fail_not_taken(parse->cmd, row->name, err);
	return set_option(parse, row, value, err);
}

static int take_word(struct parse *parse, char *word, struct sb_error *err)
{
	struct cmd *cmd = parse->cmd;

	if (cmd->entry) {
		cmd->argv[cmd->argc++] = word;
		return 0;
	}
	cmd->entry = cmd_find(word);
	if (!cmd->entry) { /* only the modules know whether it is one of their views */
		cmd->entry = &cmd_view;
		cmd->is_view_alone = true;
		cmd->argv[cmd->argc++] = word;
	}
	if (parse->first && !(parse->first->takes & cmd->entry->takes))
		return fail_not_taken(cmd, parse->first->name, err);
	return 0;
}

static int take_arguments(struct parse *parse, int argc, char **argv, struct sb_error *err)
{
	struct cmd *cmd = parse->cmd;
	bool only_words = false;
	int i, rc;

	for (i = 1; i < argc; i++) {
		if (cmd->entry && cmd->entry->is_raw) {
			cmd->argv[cmd->argc++] = argv[i];
			continue;
		}
		if (!only_words && sb_streq(argv[i], "--")) {
			only_words = true;
			continue;
		}
		if (!only_words && argv[i][0] == '-' && argv[i][1])
			rc = take_option(parse, argc, argv, &i, err);
		else
			rc = take_word(parse, argv[i], err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int check_words(struct cmd *cmd, struct sb_error *err)
{
	const struct cmd_entry *entry = cmd->entry;

	if (!entry || entry->is_raw)
		return 0;
	if (cmd->argc < entry->min_args)
		return sb_fail(err, SB_E_ARG, "\"%s\" needs %s", entry->name, entry->args);
	if (cmd->argc > entry->max_args) {
		char what[128];

		snprintf(what, sizeof(what), "\"%.120s\"", cmd->argv[entry->max_args]);
		return fail_not_taken(cmd, what, err);
	}
	return 0;
}

int cmd_parse(int argc, char **argv, struct cmd *ret_cmd, bool *ret_version, struct sb_error *err)
{
	struct parse parse = {.cmd = ret_cmd};
	int rc;

	memset(ret_cmd, 0, sizeof(*ret_cmd));
	ret_cmd->argv = calloc((size_t)argc + 1, sizeof(*ret_cmd->argv));
	ret_cmd->options.endpoints = json_array();
	ret_cmd->options.resources = json_array();
	ret_cmd->options.init.pve_urls = json_array();
	if (!ret_cmd->argv || !ret_cmd->options.endpoints || !ret_cmd->options.resources ||
	    !ret_cmd->options.init.pve_urls)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	rc = take_arguments(&parse, argc, argv, err);
	if (!rc && !parse.wants_help)
		rc = check_words(ret_cmd, err);
	if (parse.wants_help && !rc) { /* "plan --help" means "help plan" */
		if (ret_cmd->entry && ret_cmd->entry != &cmd_help) {
			if (!ret_cmd->is_view_alone)
				ret_cmd->argv[0] = (char *)(uintptr_t)ret_cmd->entry->name;
			ret_cmd->argc = 1;
		}
		ret_cmd->entry = &cmd_help;
	}
	*ret_version = parse.wants_version;
	return rc;
}

void cmd_finish(struct cmd *cmd)
{
	json_decref(cmd->options.endpoints);
	json_decref(cmd->options.resources);
	json_decref(cmd->options.init.pve_urls);
	free(cmd->argv);
}
