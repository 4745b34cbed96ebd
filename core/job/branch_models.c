/* SPDX-License-Identifier: Apache-2.0 */
#include "job/branch_models.h"

#include <stdio.h>
#include <string.h>

#include "base/list.h"
#include "netbox/types.h"
#include "stagebox/json.h"

/* NetBox, as it describes itself. */
struct apart {
	struct sb_run *run;
	struct sb_apart_plugins plugins;
	enum sb_apart objects; /* custom objects */
	const json_t *models;
};

struct sb_apart_plugins sb_job_plugins(const struct sb_run *run)
{
	const struct sb_netbox_caps *caps = sb_netbox_caps(run->netbox);

	return (struct sb_apart_plugins){.instance = run->netbox_instance,
					 .objects = caps->objects_version,
					 .branching = caps->branching_version};
}

enum sb_apart sb_job_apart(const struct sb_run *run, const json_t *task)
{
	struct sb_apart_plugins plugins = sb_job_plugins(run);

	return sb_apart_read(json_object_get(task, "apart"), &plugins);
}

/* The answer is [{"app_label": "dcim", "model": "device", ...}]. */
bool sb_job_branch_has_model(const json_t *models, const char *type)
{
	size_t app = strcspn(type, "."), i;
	const json_t *row;

	json_array_foreach (models, i, row) {
		const char *label = sb_json_str(row, "app_label"),
			   *model = sb_json_str(row, "model");

		if (label && model && strlen(label) == app && strncmp(label, type, app) == 0 &&
		    type[app] && sb_streq(model, type + app + 1))
			return true;
	}
	return false;
}

/* Fill in the leak, unless objects of this kind are kept apart. A kind in a field of its parents
 * has no type of its own, and is kept apart with them. */
static bool has_leak(const struct apart *apart, const char *name, struct sb_branch_leak *leak)
{
	struct sb_run *run = apart->run;
	const struct sb_kind *kind = sb_kinds_find(sb_registry_kinds(run->registry), name);
	const char *type =
		kind && sb_run_has_kind(run, name) ? sb_run_object_type(run, kind) : NULL;

	if (!type)
		return false;
	if (!sb_job_branch_has_model(apart->models, type)) {
		snprintf(leak->why, sizeof(leak->why),
			 "NetBox does not keep %.100s apart in branches", type);
		leak->fix = "remove it from the exempt_models of netbox-branching, upgrade its "
			    "plugin, or set branching.mode of the module to \"off\"";
		return true;
	}
	if (!sb_starts_with(type, SB_TYPES_APP) || apart->objects == SB_APART_KEPT)
		return false;
	sb_apart_why(apart->objects, &apart->plugins, leak->why, sizeof(leak->why));
	leak->fix = sb_apart_fix(apart->objects);
	return true;
}

static bool has_stage_leak(const struct apart *apart, size_t i, struct sb_branch_leak *leak)
{
	const struct sb_write *write = sb_registry_stage(apart->run->registry, i)->stage.writes;

	for (; apart->run->stages[i].selected && write && write->kind; write++)
		if (has_leak(apart, write->kind, leak))
			return true;
	return false;
}

static int find_leaks(const struct apart *apart, json_t *left, struct sb_branch_leak *first)
{
	const struct sb_registry *registry = apart->run->registry;
	struct sb_branch_leak leak;
	size_t i;

	for (i = 0; i < sb_registry_n_stages(registry); i++) {
		leak.module = sb_registry_stage(registry, i)->ctx->module->name;
		if (json_object_get(left, leak.module) || !has_stage_leak(apart, i, &leak))
			continue;
		if (!first->module)
			*first = leak;
		if (json_object_set_new(left, leak.module, json_string(leak.why)) < 0)
			return SB_E_NOMEM;
	}
	return 0;
}

int sb_job_branch_models(struct sb_run *run, json_t **ret_models, struct sb_error *err)
{
	sb_autojson *models = NULL;
	int rc = sb_netbox_get_wait(run->netbox, "plugins/branching/branchable-models/", &models,
				    err);

	if (rc < 0)
		return rc;
	if (!json_is_array(models))
		return sb_fail(err, SB_E_SHAPE,
			       "GET /api/plugins/branching/branchable-models/: the answer is not a "
			       "list");
	*ret_models = sb_steal(models);
	return 0;
}

int sb_job_branch_left(struct sb_run *run, const json_t *task, json_t **ret_left,
		       struct sb_branch_leak *ret_first, struct sb_error *err)
{
	struct apart apart = {
		.run = run, .plugins = sb_job_plugins(run), .objects = sb_job_apart(run, task)};
	sb_autojson *models = NULL, *left = json_object();
	int rc = sb_job_branch_models(run, &models, err);

	if (rc < 0)
		return rc;
	apart.models = models;
	ret_first->module = NULL;
	if (!left || find_leaks(&apart, left, ret_first) < 0)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	*ret_left = sb_steal(left);
	return 0;
}

int sb_job_branch_modules(struct sb_run *run, const json_t *task, json_t **ret_answer,
			  struct sb_error *err)
{
	sb_autojson *left = NULL, *kept = json_array();
	struct sb_branch_leak first;
	size_t i;
	int rc = sb_job_branch_left(run, task, &left, &first, err);

	if (rc < 0)
		return rc;
	for (i = 0; i < sb_registry_n_stages(run->registry); i++) {
		const char *module = sb_registry_stage(run->registry, i)->ctx->module->name;
		sb_autojson *name = json_string(module);

		if (run->stages[i].selected && !json_object_get(left, module) &&
		    !sb_list_holds(kept, name))
			json_array_append(kept, name);
	}
	*ret_answer = json_pack("{s:O, s:O}", "left", left, "kept", kept);
	return *ret_answer ? 0 : sb_fail(err, SB_E_NOMEM, "out of memory");
}
