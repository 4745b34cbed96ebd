/* SPDX-License-Identifier: Apache-2.0 */
/* The page stagebox.cfg(5): the text of docs/man with the tables of the configuration and of the
 * modules. */
#include "cmd.h"

#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "conf/conf.h"
#include "mdoc.h"
#include "modules.h"
#include "stagebox/json.h"

struct page {
	struct cmd *cmd;
	json_t *modules; /* array of results of sb_module_inspect() */
};

static void print_bounds(struct out *out, const char *type, int64_t min, int64_t max)
{
	const char *unit = sb_streq(type, "duration") ? " seconds" : "";

	if (!min && !max)
		return;
	if (sb_streq(type, "list"))
		out_text(out, "%lld to %lld members.\n", (long long)min, (long long)max);
	else
		out_text(out, "From %lld to %lld%s.\n", (long long)min, (long long)max, unit);
}

static void print_default(struct out *out, const char *dflt)
{
	if (!dflt) {
		out_text(out, "Required.\n");
	} else if (!dflt[0]) {
		out_text(out, "Default: empty.\n");
	} else {
		out_text(out, "Default:\n");
		mdoc_line(out, "Ql %s .", dflt);
	}
}

static void print_words(struct out *out, const char *const *word)
{
	sb_autobuf line = SB_BUF_INIT(512);

	for (; word && *word; word++)
		sb_buf_addf(&line, " %s %c", *word, word[1] ? ',' : '.');
	if (line.len)
		mdoc_line(out, "No One of Cm%s", sb_buf_str(&line));
}

static const char *text_or_empty(const json_t *object, const char *name)
{
	const char *text = sb_json_str(object, name);

	return text ? text : "";
}

static void print_row(struct out *out, const struct sb_conf_group *group,
		      const struct sb_conf_row *row)
{
	bool is_group = row->is_options || row->rows;
	const char *type = is_group ? "group" : sb_opt_type_name(row->type);
	char variable[128];
	size_t i;

	mdoc_line(out, "It Ic %s Pq %s", row->name, row->is_secret ? "secret" : type);
	mdoc_sentence(out, row->help);
	if (is_group)
		return;
	print_words(out, row->words);
	print_bounds(out, type, row->min, row->max);
	print_default(out, row->dflt);
	if (group->is_list)
		return;
	snprintf(variable, sizeof(variable), "STAGEBOX_%s%s%s", group->name,
		 group->name[0] ? "_" : "", row->name);
	for (i = 0; variable[i]; i++)
		variable[i] = (char)toupper((unsigned char)variable[i]);
	out_text(out, "Variable:\n");
	mdoc_line(out, "Ev %s .", variable);
}

static void print_groups(struct out *out)
{
	const struct sb_conf_group *group;
	const struct sb_conf_row *row;

	for (group = sb_conf_groups; group->name; group++) {
		mdoc_line(out, "Ss %s", group->name[0] ? group->name : "Top level");
		if (group->is_list)
			mdoc_sentence(out, "a list of groups, in parentheses");
		mdoc_sentence(out, group->help);
		if (group->is_open && group->rows)
			print_words(out, group->rows->words);
		if (group->is_open || !group->rows)
			continue;
		mdoc_line(out, "Bl -tag -width Ds");
		for (row = group->rows; row->name; row++)
			print_row(out, group, row);
		mdoc_line(out, "El");
	}
}

static void print_options(struct out *out, const json_t *options)
{
	json_t *option;
	size_t i;

	if (!json_array_size(options)) {
		out_text(out, "It has no options.\n");
		return;
	}
	mdoc_line(out, "Bl -tag -width Ds");
	json_array_foreach (options, i, option) {
		const char *type = sb_json_bool(option, "secret", false)
					   ? "secret"
					   : text_or_empty(option, "type");

		mdoc_line(out, "It Ic %s Pq %s", text_or_empty(option, "name"), type);
		mdoc_sentence(out, text_or_empty(option, "help"));
		print_bounds(out, type, json_integer_value(json_object_get(option, "min")),
			     json_integer_value(json_object_get(option, "max")));
		print_default(out, sb_json_str(option, "default"));
	}
	mdoc_line(out, "El");
}

static int print_part(struct out *out, const char *name, void *arg, struct sb_error *err)
{
	const struct page *page = arg;
	const json_t *module;
	size_t i;

	if (sb_streq(name, "GROUPS")) {
		print_groups(out);
		return 0;
	}
	if (!sb_streq(name, "MODULES"))
		return sb_fail(err, SB_E_STATE, "writing stagebox.cfg.5: unknown placeholder @%s@",
			       name);
	json_array_foreach (page->modules, i, module) {
		mdoc_line(out, "Ss Module %s", text_or_empty(module, "name"));
		mdoc_sentence(out, text_or_empty(module, "summary"));
		print_options(out, json_object_get(module, "options"));
	}
	return 0;
}

/* Modules named on the command line, else those of the configuration, else none. */
static int list_names(struct cmd *cmd, json_t **ret_names, struct sb_error *err)
{
	sb_autojson *conf = NULL, *names = json_array();
	int i, rc;

	if (!names)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	for (i = 1; i < cmd->argc; i++)
		if (json_array_append_new(names, json_string(cmd->argv[i])) < 0)
			return sb_fail(err, SB_E_ARG, "a module name is not valid UTF-8");
	if (cmd->argc == 1) {
		rc = cmd_conf_or_none(cmd, &conf, err);
		if (rc < 0)
			return rc;
		if (json_object_get(conf, "modules"))
			json_array_extend(names, json_object_get(conf, "modules"));
	}
	*ret_names = sb_steal(names);
	return 0;
}

int cmd_config_man(struct cmd *cmd, struct sb_error *err)
{
	sb_autojson *names = NULL, *modules = json_array();
	struct page page = {cmd, modules};
	json_t *name;
	size_t i;
	int rc = list_names(cmd, &names, err);

	json_array_foreach (names, i, name) {
		json_t *info = NULL;

		rc = modules_info(cmd, json_string_value(name), &info, err);
		if (rc < 0)
			return rc;
		json_array_append_new(modules, info);
	}
	return rc < 0 ? rc : mdoc_page(&cmd->out, "stagebox.cfg.5", print_part, &page, err);
}
