/* SPDX-License-Identifier: Apache-2.0 */
#include "load_static.h"

#include "load/stages.h"

const struct sb_module *sb_module_cluster(void);
const struct sb_module *sb_module_qemu(void);
const struct sb_module *sb_module_lxc(void);

int load_static(const json_t *conf, struct sb_registry **ret_registry, struct sb_error *err)
{
	const struct sb_module *modules[] = {sb_module_cluster(), sb_module_qemu(),
					     sb_module_lxc()};
	struct sb_registry *registry = NULL;
	int rc = sb_registry_create(&registry, err);
	size_t i;

	for (i = 0; !rc && i < SB_ARRAY_LEN(modules); i++)
		rc = sb_registry_add_static(
			registry, modules[i],
			json_object_get(json_object_get(conf, "options"), modules[i]->name), err);
	if (!rc)
		rc = sb_registry_seal(registry, err);
	if (rc < 0)
		sb_registry_destroy(registry);
	else
		*ret_registry = registry;
	return rc;
}
