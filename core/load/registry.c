/* SPDX-License-Identifier: Apache-2.0 */
/* The registry of loaded modules. */
#include "load/registry.h"

#include <stdlib.h>
#include <string.h>

#include "base/abi_table.h"
#include "conf/conf.h"
#include "load/actions.h"
#include "load/registry_check.h"
#include "load/registry_priv.h"
#include "model/added_field.h"
#include "model/home.h"
#include "stagebox/conf.h"

int sb_registry_create(struct sb_registry **ret_registry, struct sb_error *err)
{
	struct sb_registry *registry = calloc(1, sizeof(*registry));

	if (!registry)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	registry->kinds = sb_kinds_create();
	if (!registry->kinds) {
		free(registry);
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	*ret_registry = registry;
	return 0;
}

static void destroy_ctx(struct sb_ctx *ctx)
{
	json_decref(ctx->options);
	free(ctx->own_options);
	free(ctx->path);
	free(ctx);
}

void sb_stage_entry_finish(struct sb_stage_entry *entry)
{
	size_t i;

	for (i = 0; entry->after_names && entry->after_names[i]; i++)
		free(entry->after_names[i]);
	free(entry->after_names);
	free(entry->reads);
	free(entry->needs);
	for (i = 0; entry->writes && entry->writes[i].kind; i++)
		free((char *)(uintptr_t)entry->writes[i].keys);
	free(entry->writes);
	sb_actions_destroy(entry->actions);
	free(entry->name);
	free(entry->after);
	free(entry->after_soft);
}

void sb_registry_destroy(struct sb_registry *registry)
{
	size_t i;

	if (!registry)
		return;
	for (i = registry->n_modules; i-- > 0;) {
		struct sb_ctx *ctx = registry->modules[i];

		if (ctx->started && ctx->module->stop)
			ctx->module->stop(ctx->state);
	}
	for (i = 0; i < registry->n_stages; i++)
		sb_stage_entry_finish(&registry->stages[i]);
	free(registry->stages);
	for (i = 0; i < registry->n_views; i++)
		sb_stage_entry_finish(&registry->views[i].stage);
	free(registry->views);
	sb_kinds_destroy(registry->kinds);
	if (registry->close_files)
		registry->close_files(registry);
	for (i = 0; i < registry->n_modules; i++)
		destroy_ctx(registry->modules[i]);
	free(registry->modules);
	free(registry);
}

int sb_registry_place(struct sb_registry *registry, const char *path, void *handle,
		      struct sb_ctx **ret_ctx, struct sb_error *err)
{
	struct sb_ctx **grown, *ctx;

	grown = realloc(registry->modules, (registry->n_modules + 1) * sizeof(struct sb_ctx *));
	if (!grown)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	registry->modules = grown;
	ctx = calloc(1, sizeof(*ctx));
	if (!ctx)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	ctx->registry = registry;
	ctx->path = strdup(path ? path : "(static)");
	if (!ctx->path) {
		free(ctx);
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	ctx->handle = handle;
	grown[registry->n_modules++] = ctx;
	*ret_ctx = ctx;
	return 0;
}

static bool has_module(const struct sb_registry *registry, const char *name)
{
	size_t i;

	for (i = 0; i < registry->n_modules; i++) {
		const struct sb_module *other = registry->modules[i]->module;

		if (other && sb_streq(other->name, name))
			return true;
	}
	return false;
}

/* Keep a copy of a checked descriptor and of its options in our sizes. */
static int copy_module(struct sb_ctx *ctx, const struct sb_module *module)
{
	struct sb_module *own = &ctx->own_module;

	sb_abi_copy(own, sizeof(*own), module, module->size);
	ctx->own_options = sb_abi_table(own->options, own->option_size, sizeof(*own->options));
	if (own->options && !ctx->own_options)
		return SB_E_NOMEM;
	own->options = ctx->own_options;
	ctx->module = own;
	return 0;
}

int sb_registry_take(struct sb_ctx *ctx, const struct sb_module *module, struct sb_error *err)
{
	if (has_module(ctx->registry, module->name))
		return sb_fail(err, SB_E_CONFIG, "a module of this name is already loaded");
	if (copy_module(ctx, module) < 0)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	return sb_module_check_options(ctx->module, err);
}

int sb_registry_start(struct sb_ctx *ctx, const json_t *values, struct sb_error *err)
{
	const struct sb_module *module = ctx->module;
	int rc = sb_conf_options(module->name, module->options, values, &ctx->options, err);

	if (rc < 0)
		return rc;
	rc = module->start(ctx, &ctx->state, err);
	if (rc > 0)
		return sb_fail(err, SB_E_STATE,
			       "start failed: it returned %d: a callback returns 0, or a negative "
			       "code with an error",
			       rc);
	if (rc < 0) {
		if (err && !err->text[0])
			sb_fail(err, rc,
				"it returned %d (%s) without an error message, which sb_fail() "
				"sets",
				rc, sb_rc_name(rc));
		return sb_context(err, rc, "start failed");
	}
	ctx->started = true;
	return 0;
}

int sb_registry_add_static(struct sb_registry *registry, const struct sb_module *module,
			   const json_t *options, struct sb_error *err)
{
	struct sb_ctx *ctx;
	int rc;

	rc = sb_module_check(module, NULL, err);
	if (rc < 0)
		return sb_context(err, rc, "static module");
	rc = sb_registry_place(registry, NULL, NULL, &ctx, err);
	if (!rc)
		rc = sb_registry_take(ctx, module, err);
	if (!rc)
		rc = sb_registry_start(ctx, options, err);
	return sb_context(err, rc, "module \"%s\" (static)", module->name);
}

int sb_kind_add(struct sb_ctx *ctx, const struct sb_kind *kind, struct sb_error *err)
{
	int rc;

	if (ctx->registry->is_sealed)
		return sb_fail(err, SB_E_STATE, "kinds can be added in start() only");
	rc = sb_kinds_add(ctx->registry->kinds, kind, err);
	if (!rc && sb_kind_has_home(kind))
		rc = sb_fail(err, SB_E_CONFIG,
			     "kind \"%s\": kinds without a model of NetBox are added with "
			     "sb_home_add()",
			     kind->name);
	if (!rc)
		sb_kinds_set_module(ctx->registry->kinds, kind->name, ctx->module->name);
	return rc;
}

int sb_field_add(struct sb_ctx *ctx, const struct sb_field *field, struct sb_error *err)
{
	if (ctx->registry->is_sealed)
		return sb_fail(err, SB_E_STATE, "custom fields can be added in start() only");
	return sb_added_field(ctx->registry->kinds, ctx->module->name, field, err);
}

int sb_home_add(struct sb_ctx *ctx, const struct sb_home *home, struct sb_error *err)
{
	int rc;

	if (ctx->registry->is_sealed)
		return sb_fail(err, SB_E_STATE, "kinds can be added in start() only");
	rc = sb_home_register(ctx->registry->kinds, ctx->module->name, home, err);
	if (!rc)
		sb_kinds_set_module(ctx->registry->kinds, home->kind, ctx->module->name);
	return rc;
}

struct sb_kinds *sb_registry_kinds(const struct sb_registry *registry)
{
	return registry->kinds;
}

size_t sb_registry_n_modules(const struct sb_registry *registry)
{
	return registry->n_modules;
}

const struct sb_ctx *sb_registry_module(const struct sb_registry *registry, size_t i)
{
	return registry->modules[i];
}

json_t *sb_registry_files(const struct sb_registry *registry)
{
	json_t *files = json_object();
	size_t i;

	for (i = 0; files && i < registry->n_modules; i++) {
		const struct sb_ctx *ctx = registry->modules[i];

		json_object_set_new(files, ctx->module->name, json_string(ctx->sha256));
	}
	return files;
}

size_t sb_registry_n_stages(const struct sb_registry *registry)
{
	return registry->n_stages;
}

const struct sb_stage_entry *sb_registry_stage(const struct sb_registry *registry, size_t i)
{
	return &registry->stages[i];
}
