/* SPDX-License-Identifier: Apache-2.0 */
/* stagebox config: check the configuration, print it with all defaults, or explain it. */
#include "cmd.h"

#include <stdlib.h>
#include <string.h>

#include "base/exit.h"
#include "base/list.h"
#include "conf/conf.h"
#include "load/look.h"
#include "stagebox/json.h"

static void print_check(struct out *out, const json_t *doc)
{
	out_text(out, "ok: %lld endpoints, %lld modules, %lld stages\n",
		 (long long)json_integer_value(json_object_get(doc, "endpoints")),
		 (long long)json_integer_value(json_object_get(doc, "modules")),
		 (long long)json_integer_value(json_object_get(doc, "stages")));
}

static json_int_t count_of(const json_t *doc, const char *name)
{
	return (json_int_t)json_array_size(json_object_get(doc, name));
}

/* The errors of the modules with the options that hold for one endpoint. */
static int add_module_faults(const json_t *conf, const char *slug, json_t *faults,
			     struct sb_error *err)
{
	bool is_own = sb_conf_has_own_options(conf, slug);
	sb_autojson *found = NULL;
	const json_t *text;
	size_t i;
	int rc = sb_look_faults(conf, slug, &found, err);

	if (rc == SB_E_CONFIG) { /* a module ended the process */
		json_array_append_new(faults, json_string(err->text));
		return 0;
	}
	json_array_foreach (found, i, text) {
		if (sb_list_holds(faults, text))
			continue; /* an error of all endpoints */
		json_array_append_new(faults, json_sprintf("%s%s%s%s", is_own ? "endpoint " : "",
							   is_own ? slug : "", is_own ? ": " : "",
							   json_string_value(text)));
	}
	return rc;
}

/* Endpoints without options of their own are one case. */
static int find_module_faults(const json_t *conf, json_t *faults, struct sb_error *err)
{
	const json_t *endpoints = json_object_get(conf, "endpoints"), *endpoint;
	bool is_checked = false;
	size_t i;
	int rc = 0;

	json_array_foreach (endpoints, i, endpoint) {
		const char *slug = sb_json_str(endpoint, "slug");
		bool is_own = sb_conf_has_own_options(conf, slug);

		if (!rc && (is_own || !is_checked))
			rc = add_module_faults(conf, slug, faults, err);
		is_checked |= !is_own;
	}
	return json_array_size(endpoints) ? rc : add_module_faults(conf, "", faults, err);
}

/* The secrets of the configuration and, when the modules can be loaded, of their options. */
static int find_secret_faults(const json_t *conf, json_t *faults, struct sb_error *err)
{
	sb_autojson *resolved = json_deep_copy(conf), *seen = NULL;
	struct sb_error why = SB_ERROR_INIT;
	int rc = resolved ? sb_conf_resolve_all(resolved, faults, err)
			  : sb_fail(err, SB_E_NOMEM, "out of memory");

	if (rc < 0 && rc != SB_E_CONFIG)
		return rc;
	if (sb_conf_may_have_option_secrets(conf) && sb_look_modules(conf, NULL, &seen, &why) == 0)
		rc = sb_conf_resolve_options(resolved, json_object_get(seen, "modules"), faults,
					     err);
	return rc == SB_E_CONFIG ? 0 : rc;
}

/* The errors of what the file refers to: endpoints, secrets, modules and their options. */
static int find_faults(json_t *conf, json_t *ret_faults, struct sb_error *err)
{
	sb_autojson *secrets = json_array();
	int rc;

	if (!json_array_size(json_object_get(conf, "endpoints")))
		json_array_append_new(ret_faults,
				      json_string("endpoints: at least one is required"));
	cmd_close_memory();
	rc = secrets ? find_secret_faults(conf, secrets, err)
		     : sb_fail(err, SB_E_NOMEM, "out of memory");
	json_array_extend(ret_faults, secrets);
	return rc < 0 ? rc : find_module_faults(conf, ret_faults, err);
}

/* Check what can be checked without a network. */
static int check_conf(struct cmd *cmd, json_t *conf, struct sb_error *err)
{
	sb_autojson *seen = NULL, *doc = NULL, *faults = json_array();
	int rc = find_faults(conf, faults, err);

	if (!rc && json_array_size(faults))
		rc = cmd_fail_all(faults, err);
	if (!rc)
		rc = sb_look_modules(conf, NULL, &seen, err);
	if (rc < 0)
		return rc;
	doc = json_pack("{s:b, s:I, s:I, s:I}", "ok", 1, "endpoints", count_of(conf, "endpoints"),
			"modules", count_of(seen, "modules"), "stages", count_of(seen, "stages"));
	out_document(&cmd->out, doc, print_check);
	return 0;
}

/* Only the modules know which of their options are secret, and a secret in the file itself is not
 * printed: without the modules no option is. */
static void drop_options(json_t *conf, const struct sb_error *why)
{
	json_t *endpoint;
	size_t i;

	if (!json_object_size(json_object_get(conf, "options")) && !sb_conf_any_own_options(conf))
		return;
	fprintf(stderr,
		"stagebox: the options of modules are not printed, because one may be a secret and "
		"the modules cannot be loaded: %s\n",
		why->text);
	json_object_clear(json_object_get(conf, "options"));
	json_array_foreach (json_object_get(conf, "endpoints"), i, endpoint)
		json_object_clear(json_object_get(endpoint, "options"));
}

/* Replace options by those in force, with the defaults of the modules. Where an option is set for
 * each endpoint and not for all, they stay as in the file. */
static void complete_options(json_t *conf)
{
	json_t *options = json_object_get(conf, "options"), *module;
	sb_autojson *seen = NULL, *any = NULL, *all = sb_conf_for_endpoint(conf, "");
	struct sb_error why = SB_ERROR_INIT;
	size_t i;

	if (sb_look_modules(all, NULL, &seen, &why) < 0 &&
	    sb_look_modules(conf, NULL, &any, &why) < 0)
		drop_options(conf, &why);
	json_array_foreach (json_object_get(seen, "modules"), i, module) {
		json_t *values = json_object_get(module, "options");

		if (json_object_size(values))
			json_object_set(options, sb_json_str(module, "name"), values);
	}
}

static int dump_conf(struct cmd *cmd, json_t *conf, struct sb_error *err)
{
	sb_autofree char *text = NULL;

	complete_options(conf);

	if (!cmd->out.is_text) {
		out_document(&cmd->out, conf, NULL);
		return 0;
	}
	text = sb_conf_dump(conf, err);
	if (!text)
		return SB_E_CONFIG;
	out_text(&cmd->out, "%s", text);
	return 0;
}

static int run_config(struct cmd *cmd)
{
	const char *what = cmd->argv[0];
	bool is_check = sb_streq(what, "check");
	struct sb_error err = SB_ERROR_INIT;
	sb_autojson *conf = NULL;
	int rc;

	if (sb_streq(what, "man")) {
		rc = cmd_config_man(cmd, &err);
		return rc < 0 ? cmd_fail(cmd, &err) : SB_EXIT_OK;
	}
	if (!is_check && !sb_streq(what, "dump"))
		return cmd_usage_word(cmd, what);
	if (cmd->argc > 1)
		return cmd_usage(cmd, "\"config %s\" does not take \"%s\"", what, cmd->argv[1]);
	rc = cmd_conf(cmd, &conf, &err);
	if (!rc)
		rc = is_check ? check_conf(cmd, conf, &err) : dump_conf(cmd, conf, &err);
	return rc < 0 ? cmd_fail(cmd, &err) : SB_EXIT_OK;
}

const struct cmd_entry cmd_config = {
	.name = "config",
	.args = "check | dump | man [MODULE...]",
	.summary = "check, print or explain the configuration",
	.about = "\"check\" verifies the file, its secrets and the options of the modules, without "
		 "using the network. \"dump\" prints the values in force, including defaults and "
		 "environment variables; secrets stay references. \"man\" prints the manual page "
		 "of the configuration with the options of the named modules, by default those "
		 "that the configuration lists: stagebox config man | man -l -",
	.min_args = 1,
	.max_args = 65,
	.examples = "stagebox config check\n"
		    "stagebox config dump\n"
		    "stagebox config man qemu | man -l -\n",
	.run = run_config,
};
