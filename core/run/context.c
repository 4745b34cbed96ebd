/* SPDX-License-Identifier: Apache-2.0 */
/* The public functions by which a module reads facts of its run: endpoint, options, and what the
 * servers have (include/stagebox/conf.h, pve.h, kind.h). */
#include <assert.h>
#include <string.h>

#include "model/custom_fields.h"
#include "run/run.h"
#include "stagebox/conf.h"
#include "stagebox/json.h"
#include "stagebox/view.h"

const char *sb_run_endpoint(const struct sb_stage_run *stage)
{
	return stage->run->slug;
}

int64_t sb_run_time(const struct sb_stage_run *stage)
{
	return stage->run->now_s;
}

const char *sb_run_site(const struct sb_stage_run *stage)
{
	const char *site = sb_json_str(stage->run->endpoint, "site");

	return site ? site : "";
}

const char *sb_run_vlan_group(const struct sb_stage_run *stage)
{
	const char *group = sb_json_str(stage->run->endpoint, "vlan_group");

	return group && *group ? group : stage->run->slug;
}

const char *sb_run_cluster_name(const struct sb_stage_run *stage)
{
	const char *own = sb_json_str(stage->run->endpoint, "cluster_name");

	return own && *own ? own : "{cluster}";
}

const char *sb_run_device_name(const struct sb_stage_run *stage)
{
	const char *own = sb_json_str(stage->run->endpoint, "device_name");
	const char *all = sb_json_str(stage->run->conf, "device_name");

	return own && *own ? own : all && *all ? all : "{node}";
}

const char *sb_view_word(const struct sb_stage_run *stage)
{
	return stage->run->view_word ? stage->run->view_word : "";
}

static const json_t *option_value(const struct sb_stage_run *stage, const char *name)
{
	const struct sb_ctx *ctx = sb_registry_stage(stage->run->registry, stage->at)->ctx;
	const json_t *value = json_object_get(ctx->options, name);

	assert(value && "the option is not in the module's table");
	return value;
}

const char *sb_opt_str(const struct sb_stage_run *stage, const char *name)
{
	const char *text = json_string_value(option_value(stage, name)); /* not of a secret */

	return text ? text : "";
}

bool sb_opt_bool(const struct sb_stage_run *stage, const char *name)
{
	return json_is_true(option_value(stage, name));
}

int64_t sb_opt_int(const struct sb_stage_run *stage, const char *name)
{
	return json_integer_value(option_value(stage, name));
}

const json_t *sb_opt_list(const struct sb_stage_run *stage, const char *name)
{
	const json_t *list = option_value(stage, name);

	return json_is_array(list) ? list : NULL;
}

int sb_pve_may(const struct sb_stage_run *stage, const char *path, const char *privilege)
{
	return sb_pve_holds(stage->run->pve, path, privilege);
}

int sb_pve_major(const struct sb_stage_run *stage)
{
	return sb_pve_version_major(stage->run->pve);
}

bool sb_pve_is_cluster(const struct sb_stage_run *stage)
{
	return sb_pve_clustered(stage->run->pve);
}

const char *sb_pve_name(const struct sb_stage_run *stage)
{
	return sb_pve_cluster_name(stage->run->pve);
}

bool sb_run_has_kind(const struct sb_run *run, const char *kind)
{
	if (sb_streq(kind, "vm-type"))
		return sb_netbox_caps(run->netbox)->has_vm_types;
	if (sb_streq(kind, "mac-address"))
		return !sb_netbox_caps(run->netbox)->mac_writable;
	return sb_kinds_find(sb_registry_kinds(run->registry), kind) != NULL &&
	       !sb_run_lacks_home(run, kind);
}

const char *sb_run_lacks_home(const struct sb_run *run, const char *kind)
{
	const struct sb_kind *found = sb_kinds_find(sb_registry_kinds(run->registry), kind);

	if (!found || !sb_kind_has_home(found))
		return NULL;
	return run->inventory == SB_INVENTORY_NONE ? run->inventory_why
						   : sb_json_str(run->home_faults, kind);
}

const char *sb_run_object_type(const struct sb_run *run, const struct sb_kind *kind)
{
	return sb_kind_has_home(kind) ? sb_json_str(run->home_types, kind->name)
				      : kind->object_type;
}

bool sb_run_takes_field(const struct sb_run *run, const char *kind, const char *field)
{
	const struct sb_kind *found = sb_kinds_find(sb_registry_kinds(run->registry), kind);
	const struct sb_kind_field *row = found ? sb_kind_field(found, field) : NULL;

	/* Old versions take the MAC address of an interface only as a row of its own. */
	if (row && sb_custom_field_is(field))
		return sb_run_has_custom(run, field, found);
	if (row && row->type == SB_FIELD_MAC && !sb_streq(found->object_type, "dcim.macaddress"))
		return !run->netbox || sb_netbox_caps(run->netbox)->mac_writable;
	return row && (!row->kind || sb_run_has_kind(run, row->kind));
}

bool sb_kind_available(const struct sb_stage_run *stage, const char *kind)
{
	return sb_run_has_kind(stage->run, kind);
}

bool sb_field_writable(const struct sb_stage_run *stage, const char *kind, const char *field)
{
	return sb_run_takes_field(stage->run, kind, field);
}
