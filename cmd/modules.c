/* SPDX-License-Identifier: Apache-2.0 */
/* stagebox modules: list the configured modules, describe or check one, create a new one. */
#include "modules.h"

#include <stdlib.h>
#include <string.h>

#include "base/exit.h"
#include "conf/conf.h"
#include "load/look.h"
#include "stagebox/json.h"

static int list_modules(struct cmd *cmd, struct sb_error *err)
{
	static const struct out_column columns[] = {
		{.title = "MODULE", .member = "name"}, {.title = "VERSION", .member = "version"},
		{.title = "STATE", .member = "state"}, {.title = "SUMMARY", .member = "summary"},
		{.title = "FILE", .member = "path"},   {0},
	};
	sb_autojson *conf = NULL, *doc = NULL;
	int rc;

	rc = cmd_conf(cmd, &conf, err);
	if (!rc)
		rc = sb_look_modules(conf, NULL, &doc, err);
	if (!rc)
		rc = modules_add_states(conf, json_object_get(doc, "modules"), err);
	if (rc < 0)
		return rc;
	out_table(&cmd->out, columns, json_object_get(doc, "modules"));
	return 0;
}

static void print_options(struct out *out, const json_t *options)
{
	static const struct out_column columns[] = {
		{.title = "OPTION", .member = "name"},
		{.title = "TYPE", .member = "type"},
		{.title = "DEFAULT", .member = "default"},
		{.title = "HELP", .member = "help"},
		{0},
	};

	if (json_array_size(options) == 0)
		return;
	out_text(out, "\n");
	out_table(out, columns, options);
}

static void print_fields(struct out *out, const json_t *fields)
{
	static const struct out_column columns[] = {
		{.title = "CUSTOM FIELD", .member = "name"},
		{.title = "TYPE", .member = "type"},
		{.title = "ON", .member = "object_types"},
		{.title = "DESCRIPTION", .member = "description"},
		{0},
	};

	if (json_array_size(fields) == 0)
		return;
	out_text(out, "\n");
	out_table(out, columns, fields);
}

static void print_module_views(struct out *out, const json_t *views)
{
	static const struct out_column columns[] = {
		{.title = "VIEW", .member = "name"},
		{.title = "OF", .member = "args"},
		{.title = "SUMMARY", .member = "summary"},
		{0},
	};

	if (json_array_size(views) == 0)
		return;
	out_text(out, "\n");
	out_table(out, columns, views);
}

static void print_info(struct out *out, const json_t *info)
{
	static const char *const members[] = {"name", "version", "summary", "abi", "path"};
	static const struct out_column columns[] = {
		{.title = "STAGE", .member = "name"},
		{.title = "AFTER", .member = "after"},
		{.title = "WRITES", .member = "writes"},
		{.title = "READS", .member = "reads"},
		{0},
	};
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(members); i++) {
		out_text(out, "%-8s ", members[i]);
		out_value(out, json_object_get(info, members[i]));
		out_text(out, "\n");
	}
	print_options(out, json_object_get(info, "options"));
	out_text(out, "\n");
	out_table(out, columns, json_object_get(info, "stages"));
	print_fields(out, json_object_get(info, "custom_fields"));
	print_module_views(out, json_object_get(info, "views"));
}

static void print_check(struct out *out, const json_t *info)
{
	out_text(out, "ok: module \"%s\" %s, ABI %s, %zu stage%s\n", sb_json_str(info, "name"),
		 sb_json_str(info, "version") ? sb_json_str(info, "version") : "",
		 sb_json_str(info, "abi"), json_array_size(json_object_get(info, "stages")),
		 json_array_size(json_object_get(info, "stages")) == 1 ? "" : "s");
}

/* A word with a slash or ".so" is a path, whose file is loaded because the user names it; any other
 * word is a name in the folders of the modules. */
int modules_info(struct cmd *cmd, const char *name, json_t **ret_info, struct sb_error *err)
{
	sb_autofree char *path = NULL;
	int rc;

	if (strchr(name, '/') || strstr(name, ".so"))
		return sb_look_file(name, ret_info, err);
	rc = modules_find(cmd, name, &path, err);
	if (!rc && !path)
		rc = SB_E_CONFIG;
	return rc < 0 ? rc : sb_look_file(path, ret_info, err);
}

static int describe_module(struct cmd *cmd, bool is_check, struct sb_error *err)
{
	sb_autojson *info = NULL;
	int rc = modules_info(cmd, cmd->argv[1], &info, err);

	if (rc < 0)
		return rc;
	if (is_check && json_object_get(info, "fault"))
		return sb_fail(err, SB_E_CONFIG, "%s", sb_json_str(info, "fault"));
	out_document(&cmd->out, info, is_check ? print_check : print_info);
	return 0;
}

static int run_modules(struct cmd *cmd)
{
	const char *what = cmd->argv[0];
	bool is_test = sb_streq(what, "test");
	struct sb_error err = SB_ERROR_INIT;
	int rc, code = SB_EXIT_OK;

	if (cmd->options.dir && !sb_streq(what, "new"))
		return cmd_usage(cmd, "\"modules %s\" does not take --dir", what);
	if (cmd->options.update && !is_test)
		return cmd_usage(cmd, "\"modules %s\" does not take --update", what);
	if (cmd->options.config && is_test)
		return cmd_usage(cmd, "\"modules test\" does not take --config: a case may have a "
				      "file stagebox.cfg");
	if (cmd->argc > 2 && !is_test)
		return cmd_usage(cmd, "\"modules %s\" takes one name", what);
	if (sb_streq(what, "list")) {
		if (cmd->argc > 1)
			return cmd_usage(cmd, "\"modules list\" takes no name");
		rc = list_modules(cmd, &err);
	} else if (sb_streq(what, "info") || sb_streq(what, "check")) {
		if (cmd->argc < 2)
			return cmd_usage(cmd, "\"modules %s\" needs a module", what);
		rc = describe_module(cmd, sb_streq(what, "check"), &err);
	} else if (sb_streq(what, "retry")) {
		if (cmd->argc < 2)
			return cmd_usage(cmd, "\"modules retry\" needs a module");
		rc = modules_retry(cmd, &err);
	} else if (sb_streq(what, "new")) {
		if (cmd->argc < 2)
			return cmd_usage(cmd, "\"modules new\" needs a name");
		rc = modules_new(cmd, &err);
	} else if (is_test) {
		if (cmd->argc < 3)
			return cmd_usage(cmd, "\"modules test\" needs the file of a module and "
					      "the folder of a case");
		rc = modules_test(cmd, &code, &err);
	} else {
		return cmd_usage_word(cmd, what);
	}
	if (rc < 0)
		code = cmd_fail(cmd, &err);
	return cmd_signal() ? 128 + cmd_signal() : code;
}

const struct cmd_entry cmd_modules = {
	.name = "modules",
	.args = "list | info MODULE | check FILE | test FILE CASE... | retry MODULE | new NAME",
	.summary = "list, describe, check, test, retry or create modules",
	.about = "\"list\" prints the modules of the configuration, \"info\" the options and "
		 "stages of one, \"check\" reports whether a file can be loaded, \"test\" plays "
		 "cases, folders of answers on which the real engine runs without a network, "
		 "\"retry\" lets runs use a module again that was set aside, because it ended two "
		 "of them, \"new\" writes a complete module as a starting point.",
	.takes = CMD_TAKES_DIR | CMD_TAKES_UPDATE,
	.min_args = 1,
	.max_args = 10000,
	.examples = "stagebox modules list\n"
		    "stagebox modules info qemu\n"
		    "stagebox modules test ./shelf.so cases/*\n"
		    "stagebox modules retry shelf\n"
		    "stagebox modules new shelf --dir ~/src\n",
	.run = run_modules,
};
