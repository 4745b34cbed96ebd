/* SPDX-License-Identifier: Apache-2.0 */
/* Describes one module file: loads it alone into a registry of its own and lists its contents. */
#include "load/inspect.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "conf/conf.h"
#include "load/loader.h"
#include "load/registry_check.h"
#include "load/registry_priv.h"
#include "load/stages.h"
#include "load/views.h"
#include "model/custom_fields.h"

static json_t *describe_options(const struct sb_opt *opt)
{
	json_t *list = json_array();

	for (; list && opt && opt->name; opt++)
		json_array_append_new(
			list,
			json_pack("{s:s, s:s, s:s?, s:I, s:I, s:s?, s:b}", "name", opt->name,
				  "type", sb_opt_type_name(opt->type), "default", opt->dflt, "min",
				  (json_int_t)opt->min, "max", (json_int_t)opt->max, "help",
				  opt->help, "secret", (opt->flags & SB_OPT_SECRET) != 0));
	return list;
}

/* Several rows of writes may have one kind, with other keys. */
static void add_kind(json_t *kinds, const char *name)
{
	sb_autojson *one = json_pack("[s]", name);

	sb_list_add(kinds, one);
}

json_t *sb_stage_describe(const struct sb_stage *stage)
{
	json_t *after = json_array(), *reads = json_array(), *writes = json_array();
	const char *const *word = stage->after;
	const struct sb_read *read = stage->reads;
	const struct sb_write *write = stage->writes;

	for (; word && *word; word++)
		json_array_append_new(after, json_string(*word));
	for (; read && read->kind; read++)
		add_kind(reads, read->kind);
	for (; write && write->kind; write++)
		add_kind(writes, write->kind);
	return json_pack("{s:o, s:o, s:o}", "after", after, "reads", reads, "writes", writes);
}

static json_t *describe_stages(const struct sb_registry *registry)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; list && i < registry->n_stages; i++) {
		const struct sb_stage *stage = &registry->stages[i].stage;
		json_t *entry = sb_stage_describe(stage), *needs = json_array();
		const struct sb_need *need;

		for (need = stage->needs; need && need->path; need++)
			json_array_append_new(
				needs, json_sprintf("%s on %s", need->privilege, need->path));
		json_object_set_new(entry, "name", json_string(stage->name));
		json_object_set_new(entry, "needs", needs);
		json_array_append_new(list, entry);
	}
	return list;
}

static json_t *describe_kinds(const struct sb_registry *registry, size_t n_of_core)
{
	json_t *list = json_array();
	size_t i;

	for (i = n_of_core; list && i < sb_kinds_count(registry->kinds); i++) {
		const struct sb_kind *kind = sb_kinds_at(registry->kinds, i);

		json_array_append_new(
			list, json_pack("{s:s, s:s}", "name", kind->name, "path", kind->path));
	}
	return list;
}

/* start() may read any option, so those without a default get a placeholder, which no check
 * function sees. */
static json_t *make_placeholders(struct sb_opt *opt)
{
	json_t *values = json_object();

	for (; values && opt && opt->name; opt++) {
		json_t *value = NULL;

		if (opt->dflt)
			continue;
		opt->check = NULL;
		if (opt->flags & SB_OPT_SECRET) {
			json_object_set_new(values, opt->name, json_pack("{s:s}", "secret", ""));
			continue;
		}
		switch (opt->type) {
		case SB_OPT_STR: value = json_string(""); break;
		case SB_OPT_BOOL: value = json_false(); break;
		case SB_OPT_INT:
		case SB_OPT_SECS: value = json_integer(opt->min); break;
		case SB_OPT_LIST: value = json_array(); break;
		}
		json_object_set_new(values, opt->name, value);
	}
	return values;
}

static json_t *describe_fields(const struct sb_registry *registry)
{
	const struct sb_custom_field *field;
	json_t *list = json_array();
	size_t i;

	for (i = 0; list && (field = sb_kinds_custom(registry->kinds, i)); i++)
		json_array_append_new(list, sb_custom_field_describe(field));
	return list;
}

/* The first fault that loading this module with others would find, or of a stage without any code;
 * NULL = none. */
static json_t *find_fault(const struct sb_registry *registry)
{
	struct sb_error err = SB_ERROR_INIT;
	size_t i;

	if (sb_stages_check(registry, &err) < 0)
		return json_string(err.text);
	for (i = 0; i < registry->n_stages; i++) {
		const struct sb_stage *stage = &registry->stages[i].stage;

		if (!stage->fetch && !stage->diff && !(stage->actions && stage->apply))
			return json_sprintf("stage \"%s\" does nothing: it needs fetch, diff or "
					    "both",
					    stage->name);
	}
	return NULL;
}

static int inspect_module(struct sb_registry *registry, const char *path, json_t **ret_info,
			  struct sb_error *err)
{
	size_t n_of_core = sb_kinds_count(registry->kinds);
	const struct sb_module *module = NULL;
	sb_autojson *values = NULL;
	struct sb_ctx *ctx = NULL;
	json_t *info;
	char abi[16];
	int rc;

	rc = sb_loader_open(registry, path, &ctx, &module, err);
	if (!rc)
		rc = sb_registry_take(ctx, module, err);
	if (rc < 0)
		return rc;
	module = ctx->module;
	values = make_placeholders(ctx->own_options);
	rc = sb_registry_start(ctx, values, err);
	if (rc < 0)
		return rc;
	snprintf(abi, sizeof(abi), "%u.%u", module->abi_major, module->abi_minor);
	info = json_pack("{s:s, s:s?, s:s?, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o*}", "name",
			 module->name, "version", module->version, "summary", module->summary,
			 "abi", abi, "path", path, "options", describe_options(module->options),
			 "stages", describe_stages(registry), "kinds",
			 describe_kinds(registry, n_of_core), "custom_fields",
			 describe_fields(registry), "views", sb_views_describe(registry), "fault",
			 find_fault(registry));
	if (!info)
		return sb_fail(err, SB_E_NOMEM, "out of memory, or a text that is not UTF-8");
	*ret_info = info;
	return 0;
}

int sb_module_inspect(const char *path, json_t **ret_info, struct sb_error *err)
{
	struct sb_registry *registry = NULL;
	sb_autofree char *absolute = realpath(path, NULL);
	int rc;

	if (!absolute)
		return sb_fail(err, SB_E_CONFIG, "module file %s: %s", path, strerror(errno));
	rc = sb_registry_create(&registry, err);
	if (rc < 0)
		return rc;
	rc = inspect_module(registry, absolute, ret_info, err);
	sb_registry_destroy(registry);
	if (rc < 0) {
		sb_context(err, rc, "module file %s", path);
		if (err)
			err->code = SB_E_CONFIG;
		return SB_E_CONFIG;
	}
	return 0;
}
