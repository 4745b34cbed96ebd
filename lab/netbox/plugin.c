/* SPDX-License-Identifier: Apache-2.0 */
/* The plugins that can be installed, exchanged and removed while a NetBox runs. */
#include "custom.h"

#include <string.h>

static const struct {
	const char *version;
	unsigned features;
} versions[] = {
	{"0.7.1", NB_CUSTOM_OBJECTS | NB_CUSTOM_BULK},
	{"0.6.0", NB_CUSTOM_OBJECTS},
};

int lab_netbox_plugin(struct lab_netbox *netbox, const char *name, const char *version,
		      const char **ret_why)
{
	size_t i;

	*ret_why = "unknown plugin; the lab has custom-objects";
	if (!sb_streq(name, "custom-objects"))
		return -1;
	*ret_why = "the lab has no such version of this plugin; use 0.7.1 or 0.6.0, or nothing";
	for (i = 0; version && *version && i < SB_ARRAY_LEN(versions); i++)
		if (sb_streq(versions[i].version, version))
			break;
	if (i == SB_ARRAY_LEN(versions))
		return -1;
	netbox->plugins &= ~(unsigned)(NB_CUSTOM_OBJECTS | NB_CUSTOM_BULK);
	netbox->custom_objects = NULL;
	if (version && !*version)
		return 0;
	netbox->plugins |= versions[i].features;
	netbox->custom_objects = versions[i].version;
	return 0;
}

void lab_netbox_use_types(struct lab_netbox *netbox, unsigned n)
{
	struct nb_table *types = nb_table(netbox, NB_CUSTOM_TYPE);
	struct nb_object *type;

	for (; n; n--) {
		type = nb_insert(netbox, types);
		if (type)
			nb_remove(netbox, type);
		nb_commit(netbox);
	}
}
