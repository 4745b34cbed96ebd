/* SPDX-License-Identifier: Apache-2.0 */
#include "load/views.h"

#include <stdio.h>
#include <string.h>

#include "base/abi_table.h"
#include "load/registry_priv.h"

/* The size in ABI 2.0, the least that a module has. */
#define VIEW_MIN_SIZE (offsetof(struct sb_view, arg) + sizeof(void *))

#define STAGE_PREFIX "view "

/* The part of the name after the module's; NULL when it is not "<module>" or "<module>-<what>". */
static const char *find_rest(const struct sb_ctx *ctx, const char *name)
{
	size_t len = strlen(ctx->module->name);

	if (strncmp(name, ctx->module->name, len) != 0 || (name[len] && name[len] != '-') ||
	    (name[len] && !name[len + 1]))
		return NULL;
	return name + len;
}

static struct sb_view_entry *find_view(struct sb_registry *registry, const char *name)
{
	size_t i;

	for (i = 0; i < registry->n_views; i++)
		if (sb_streq(registry->views[i].view.name, name))
			return &registry->views[i];
	return NULL;
}

static int check_view(const struct sb_ctx *ctx, const struct sb_view *view, struct sb_error *err)
{
	const char *rest = view->name ? find_rest(ctx, view->name) : NULL;
	int rc;

	if (!rest || rest[strspn(rest, "abcdefghijklmnopqrstuvwxyz0123456789_-")] ||
	    strlen(rest) > 40)
		return sb_fail(err, SB_E_CONFIG, "view name \"%.64s\" is not \"%s\" or \"%s-...\"",
			       view->name ? view->name : "", ctx->module->name, ctx->module->name);
	if (find_view(ctx->registry, view->name))
		return sb_fail(err, SB_E_CONFIG, "view \"%s\" is already registered", view->name);
	if (!view->summary || !*view->summary)
		return sb_fail(err, SB_E_CONFIG, "view \"%s\" has no summary", view->name);
	if (!view->show)
		return sb_fail(err, SB_E_CONFIG, "view \"%s\" has no show", view->name);
	rc = sb_registry_check_rows("view", view->name, "read", view->reads, view->read_size,
				    SB_READ_MIN_SIZE, err);
	return rc < 0 ? rc
		      : sb_registry_check_rows("view", view->name, "need", view->needs,
					       view->need_size, SB_NEED_MIN_SIZE, err);
}

/* Describe a view as the stage that it is in its own job. */
static int make_stage(struct sb_ctx *ctx, struct sb_view_entry *entry)
{
	struct sb_view *view = &entry->view;
	struct sb_stage_entry *stage = &entry->stage;
	char name[128];

	snprintf(name, sizeof(name), STAGE_PREFIX "%s", view->name);
	stage->ctx = ctx;
	stage->name = strdup(name);
	if (!stage->name)
		return SB_E_NOMEM;
	stage->resource = stage->name + strlen(STAGE_PREFIX);
	stage->stage = (struct sb_stage){.size = sizeof(stage->stage),
					 .name = stage->name,
					 .reads = view->reads,
					 .read_size = view->read_size,
					 .needs = view->needs,
					 .need_size = view->need_size,
					 .fetch = view->fetch,
					 .arg = view->arg};
	return sb_stage_entry_copy_tables(stage);
}

int sb_view_add(struct sb_ctx *ctx, const struct sb_view *view, struct sb_error *err)
{
	struct sb_registry *registry = ctx->registry;
	struct sb_view_entry *grown, *entry;
	struct sb_view ours;
	int rc;

	if (registry->is_sealed)
		return sb_fail(err, SB_E_STATE, "views can be added in start() only");
	if (!view || view->size < VIEW_MIN_SIZE)
		return sb_fail(err, SB_E_CONFIG,
			       "struct sb_view of %zu bytes is too short (need %zu): set its size",
			       view ? view->size : 0, VIEW_MIN_SIZE);
	sb_abi_copy(&ours, sizeof(ours), view, view->size);
	rc = check_view(ctx, &ours, err);
	if (rc < 0)
		return rc;
	grown = realloc(registry->views, (registry->n_views + 1) * sizeof(*grown));
	if (!grown)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	registry->views = grown;
	entry = &grown[registry->n_views++];
	memset(entry, 0, sizeof(*entry));
	entry->view = ours;
	return make_stage(ctx, entry) < 0 ? sb_fail(err, SB_E_NOMEM, "out of memory") : 0;
}

size_t sb_registry_n_views(const struct sb_registry *registry)
{
	return registry->n_views;
}

const struct sb_view_entry *sb_registry_view(const struct sb_registry *registry, size_t i)
{
	return &registry->views[i];
}

int sb_registry_use_view(struct sb_registry *registry, const char *name,
			 const struct sb_view_entry **ret_view, struct sb_error *err)
{
	struct sb_view_entry *view = find_view(registry, name);
	struct sb_stage_entry *grown;

	if (!view)
		return sb_fail(err, SB_E_CONFIG, "no configured module has the view \"%.64s\"",
			       name);
	grown = realloc(registry->stages, (registry->n_stages + 1) * sizeof(*grown));
	if (!grown)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	registry->stages = grown;
	grown[registry->n_stages++] = view->stage;
	/* Its tables belong to the stages now. */
	view->stage = (struct sb_stage_entry){.ctx = view->stage.ctx};
	*ret_view = view;
	return 0;
}

json_t *sb_views_describe(const struct sb_registry *registry)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < registry->n_views; i++) {
		const struct sb_view *view = &registry->views[i].view;
		const struct sb_ctx *ctx = registry->views[i].stage.ctx;
		json_t *row = json_pack("{s:s, s:s*, s:s, s:s*, s:s}", "name", view->name, "args",
					view->args, "summary", view->summary, "about", view->about,
					"module", ctx->module->name);

		if (json_array_append_new(list, row) < 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}
