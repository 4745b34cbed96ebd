/* SPDX-License-Identifier: Apache-2.0 */
#include "job/branch_models.h"

#include <stdio.h>
#include <string.h>

#include "stagebox/json.h"

/* The answer is [{"app_label": "dcim", "model": "device", ...}]. */
static bool has_type(const json_t *models, const char *type)
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

/* A kind in a field of its parents has no type of its own, and is kept apart with them. */
static bool keeps_apart(const struct sb_run *run, const json_t *models, const char *name,
			const char **ret_type)
{
	const struct sb_kind *kind = sb_kinds_find(sb_registry_kinds(run->registry), name);

	*ret_type = kind && sb_run_has_kind(run, name) ? sb_run_object_type(run, kind) : NULL;
	return !*ret_type || has_type(models, *ret_type);
}

int sb_job_branch_models(struct sb_run *run, char *ret_type, size_t room, struct sb_error *err)
{
	sb_autojson *models = NULL;
	const struct sb_write *write;
	const char *type;
	size_t i;
	int rc = sb_netbox_get_wait(run->netbox, "plugins/branching/branchable-models/", &models,
				    err);

	*ret_type = '\0';
	if (rc < 0)
		return rc;
	if (!json_is_array(models))
		return sb_fail(err, SB_E_SHAPE,
			       "GET /api/plugins/branching/branchable-models/: the answer is not a "
			       "list");
	for (i = 0; i < sb_registry_n_stages(run->registry); i++) {
		write = sb_registry_stage(run->registry, i)->stage.writes;
		for (; run->stages[i].selected && write && write->kind && !*ret_type; write++)
			if (!keeps_apart(run, models, write->kind, &type))
				snprintf(ret_type, room, "%s", type);
	}
	return 0;
}
