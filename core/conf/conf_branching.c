/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of branching by endpoint and module, and the targets that follow from them. */
#include "conf/conf_branching.h"

#include "conf/conf_priv.h"
#include "stagebox/json.h"

/* The groups that may set a value, the strongest first; each may be NULL. */
enum { OWN_OF_MODULE, OF_MODULE, OWN, OF_ALL, N_GROUPS };

static void find_groups(const json_t *conf, const char *slug, const char *module,
			const json_t *ret_groups[N_GROUPS])
{
	const json_t *own = json_object_get(sb_conf_endpoint(conf, slug), "branching");
	const json_t *all = json_object_get(conf, "branching");

	ret_groups[OWN_OF_MODULE] = json_object_get(json_object_get(own, "modules"), module);
	ret_groups[OF_MODULE] = json_object_get(json_object_get(all, "modules"), module);
	ret_groups[OWN] = own;
	ret_groups[OF_ALL] = all;
}

/* People see by the name of a branch that it belongs to a module with settings of its own. The
 * name is cut, so that there is room for "-sync" within the bounds of a prefix. */
static json_t *name_prefix(const json_t *const groups[N_GROUPS], const char *module)
{
	if (!groups[OWN_OF_MODULE] && !groups[OF_MODULE])
		return NULL;
	return json_sprintf("%.59s-sync", module);
}

/* *ret_value: new reference */
static int take_member(const struct sb_conf_row *row, const json_t *const groups[N_GROUPS],
		       const char *module, json_t **ret_value, struct sb_error *err)
{
	struct sb_conf_origin origin = {.where = row->name};
	json_t *value = NULL;
	size_t i;

	for (i = 0; !value && i < N_GROUPS; i++) {
		if (i == OWN && sb_streq(row->name, "prefix"))
			value = name_prefix(groups, module);
		if (!value)
			value = json_incref(json_object_get(groups[i], sb_conf_member(row)));
	}
	if (!value)
		return sb_conf_value_text(row, &origin, row->dflt, ret_value, err);
	*ret_value = value;
	return 0;
}

int sb_conf_branching(const json_t *conf, const char *slug, const char *module,
		      const char *mode_override, json_t **ret_settings, struct sb_error *err)
{
	const struct sb_conf_row *row = sb_conf_group_find("branching")->rows;
	const struct sb_conf_origin origin = {.where = "branch"};
	sb_autojson *settings = json_object();
	const json_t *groups[N_GROUPS];

	find_groups(conf, slug, module, groups);
	for (; row->name; row++) {
		bool is_overridden = mode_override && sb_streq(row->name, "mode");
		json_t *value = NULL;
		int rc;

		if (row->rows)
			continue;
		rc = is_overridden ? sb_conf_value_text(row, &origin, mode_override, &value, err)
				   : take_member(row, groups, module, &value, err);
		if (rc < 0)
			return rc;
		if (json_object_set_new(settings, sb_conf_member(row), value) < 0)
			return sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	*ret_settings = sb_steal(settings);
	return 0;
}

static json_t *find_target(const json_t *targets, const json_t *settings)
{
	json_t *target;
	size_t i;

	json_array_foreach (targets, i, target)
		if (json_equal(json_object_get(target, "branch"), settings))
			return target;
	return NULL;
}

/* settings: NULL = to main */
static int add_module(json_t *targets, json_t *settings, json_t *name, struct sb_error *err)
{
	json_t *target = settings ? find_target(targets, settings) : json_array_get(targets, 0);

	if (!target) {
		target = json_pack("{s:[], s:O*}", "modules", "branch", settings);
		if (json_array_append_new(targets, target) < 0)
			return sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	if (json_array_append(json_object_get(target, "modules"), name) < 0)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	return 0;
}

int sb_conf_targets(const json_t *conf, const char *slug, const char *mode_override,
		    json_t **ret_targets, struct sb_error *err)
{
	sb_autojson *to_main = json_array(), *to_branches = json_array();
	json_t *name;
	size_t i;

	json_array_foreach (json_object_get(conf, "modules"), i, name) {
		sb_autojson *settings = NULL;
		int rc = sb_conf_branching(conf, slug, json_string_value(name), mode_override,
					   &settings, err);

		if (!rc && sb_streq(sb_json_str(settings, "mode"), "off"))
			rc = add_module(to_main, NULL, name, err);
		else if (!rc)
			rc = add_module(to_branches, settings, name, err);
		if (rc < 0)
			return rc;
	}
	if (json_array_extend(to_main, to_branches) < 0)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	*ret_targets = sb_steal(to_main);
	return 0;
}

int sb_conf_branches(const json_t *conf, const char *mode_override, json_t **ret_branches,
		     struct sb_error *err)
{
	const json_t *endpoints = json_object_get(conf, "endpoints"), *endpoint;
	sb_autojson *branches = json_array();
	json_t *target;
	size_t i, j;

	json_array_foreach (endpoints, i, endpoint) {
		sb_autojson *targets = NULL;
		int rc = sb_conf_targets(conf, sb_json_str(endpoint, "slug"), mode_override,
					 &targets, err);

		if (rc < 0)
			return rc;
		json_array_foreach (targets, j, target)
			if (json_object_get(target, "branch") &&
			    json_array_append(branches, target) < 0)
				return sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	*ret_branches = sb_steal(branches);
	return 0;
}
