/* SPDX-License-Identifier: Apache-2.0 */
#include "load_static.h"

#include "load/stages.h"

const struct sb_module *sb_module_cluster(void);
const struct sb_module *sb_module_qemu(void);
const struct sb_module *sb_module_lxc(void);
const struct sb_module *sb_module_ha(void);
const struct sb_module *sb_module_ceph(void);

/* Those that not every configuration has. */
static bool is_named(const json_t *conf, const char *module)
{
	const json_t *name;
	size_t i;

	json_array_foreach (json_object_get(conf, "modules"), i, name)
		if (json_is_string(name) && sb_streq(json_string_value(name), module))
			return true;
	return false;
}

int load_static(const json_t *conf, struct sb_registry **ret_registry, struct sb_error *err)
{
	enum { ALWAYS = 3 };
	const struct sb_module *modules[] = {sb_module_cluster(), sb_module_qemu(), sb_module_lxc(),
					     sb_module_ha(), sb_module_ceph()};
	struct sb_registry *registry = NULL;
	int rc = sb_registry_create(&registry, err);
	size_t i;

	for (i = 0; !rc && i < SB_ARRAY_LEN(modules); i++)
		if (i < ALWAYS || is_named(conf, modules[i]->name))
			rc = sb_registry_add_static(
				registry, modules[i],
				json_object_get(json_object_get(conf, "options"), modules[i]->name),
				err);
	if (!rc)
		rc = sb_registry_seal(registry, err);
	if (rc < 0)
		sb_registry_destroy(registry);
	else
		*ret_registry = registry;
	return rc;
}
