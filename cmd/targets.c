/* SPDX-License-Identifier: Apache-2.0 */
#include "targets.h"

#include "base/list.h"
#include "conf/conf_branching.h"
#include "model/plan_document.h"
#include "stagebox/json.h"

json_t *cmd_selected_modules(const json_t *seen)
{
	json_t *modules = json_array(), *stage;
	size_t i;

	json_array_foreach (json_object_get(seen, "stages"), i, stage) {
		json_t *module = json_object_get(stage, "module");

		if (json_is_true(json_object_get(stage, "selected")) &&
		    !sb_list_holds(modules, module))
			json_array_append(modules, module);
	}
	return modules;
}

/* Leave out the targets without a selected module. */
static json_t *select_targets(const json_t *targets, const json_t *selected)
{
	json_t *kept = json_array(), *target;
	size_t i;

	json_array_foreach (targets, i, target) {
		sb_autojson *common = sb_list_common(json_object_get(target, "modules"), selected);

		if (!selected || json_array_size(common))
			json_array_append(kept, target);
	}
	return kept;
}

static bool is_main_alone(const json_t *targets)
{
	return json_array_size(targets) == 1 &&
	       !json_object_get(json_array_get(targets, 0), "branch");
}

int cmd_targets(const json_t *conf, const json_t *slugs, const char *mode, const json_t *selected,
		json_t **ret_targets, struct sb_error *err)
{
	sb_autojson *all = json_object();
	const json_t *slug;
	size_t i;

	json_array_foreach (slugs, i, slug) {
		sb_autojson *targets = NULL;
		int rc = sb_conf_targets(conf, json_string_value(slug), mode, &targets, err);

		if (rc < 0)
			return rc;
		if (!is_main_alone(targets) &&
		    json_object_set_new(all, json_string_value(slug),
					select_targets(targets, selected)) < 0)
			return sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	*ret_targets = sb_steal(all);
	return 0;
}

static bool is_required(const json_t *target)
{
	const char *mode = sb_json_str(json_object_get(target, "branch"), "mode");

	return mode && sb_streq(mode, "required");
}

static int refuse_plan(const char *what, const json_t *endpoint, struct sb_error *err)
{
	return sb_fail(err, SB_E_REFUSED,
		       "the plan is for main, and branching.mode of %.80s of endpoint \"%.60s\" is "
		       "\"required\": make a new plan",
		       what, sb_json_str(endpoint, "slug"));
}

/* Shared objects belong to all modules: they may go to main when one of these writes there. */
static int check_endpoint(const json_t *doc, const json_t *endpoint, const json_t *targets,
			  struct sb_error *err)
{
	sb_autojson *modules = sb_plan_document_modules(endpoint);
	bool has_shared = json_array_size(json_object_get(doc, "shared")) > 0, all = true;
	const json_t *target;
	size_t i;

	json_array_foreach (targets, i, target) {
		sb_autojson *common = sb_list_common(json_object_get(target, "modules"), modules);
		const char *module = json_string_value(json_array_get(common, 0));

		if (is_required(target) && module)
			return refuse_plan(module, endpoint, err);
		all = all && is_required(target);
	}
	return all && has_shared ? refuse_plan("all modules", endpoint, err) : 0;
}

int cmd_check_plan_target(const json_t *conf, const json_t *doc, struct sb_error *err)
{
	sb_autojson *branch = sb_plan_envelope_branch(json_object_get(doc, "envelope"));
	const json_t *endpoint;
	size_t i;
	int rc = 0;

	if (branch)
		return 0;
	json_array_foreach (json_object_get(doc, "endpoints"), i, endpoint) {
		sb_autojson *targets = NULL;

		rc = sb_conf_targets(conf, sb_json_str(endpoint, "slug"), NULL, &targets, err);
		if (!rc)
			rc = check_endpoint(doc, endpoint, targets, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}
