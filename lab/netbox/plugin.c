/* SPDX-License-Identifier: Apache-2.0 */
/* The plugins that can be installed, exchanged and removed while a NetBox runs. */
#include "branching.h"
#include "custom.h"

#include <string.h>

/* The first version of a plugin is the newest one. */
static const struct plugin {
	const char *name, *version;
	unsigned features;
} plugins[] = {
	{"custom-objects", "0.7.1", NB_CUSTOM_OBJECTS | NB_CUSTOM_BULK},
	{"custom-objects", "0.6.0", NB_CUSTOM_OBJECTS},
	{"branching", NB_BRANCHING_VERSION, NB_BRANCHING},
};

/* Find a plugin in a version; NULL and "" mean the newest one. */
static const struct plugin *find_plugin(const char *name, const char *version)
{
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(plugins); i++)
		if (sb_streq(plugins[i].name, name) &&
		    (!version || !*version || sb_streq(plugins[i].version, version)))
			return &plugins[i];
	return NULL;
}

int lab_netbox_plugin(struct lab_netbox *netbox, const char *name, const char *version,
		      const char **ret_why)
{
	const struct plugin *plugin = find_plugin(name, version);
	bool is_custom = sb_streq(name, "custom-objects");

	*ret_why = "unknown plugin; the lab has custom-objects and branching";
	if (!plugin && !find_plugin(name, NULL))
		return -1;
	*ret_why = is_custom
			   ? "the lab has no such version of this plugin; use 0.7.1 or 0.6.0, or "
			     "nothing"
			   : "the lab has no such version of this plugin; use " NB_BRANCHING_VERSION
			     ", or nothing";
	if (!plugin)
		return -1;
	*ret_why = "out of memory";
	if (!is_custom && nb_branching_create(netbox) < 0)
		return -1;
	netbox->plugins &= is_custom ? ~(unsigned)(NB_CUSTOM_OBJECTS | NB_CUSTOM_BULK)
				     : ~(unsigned)NB_BRANCHING;
	if (is_custom)
		netbox->custom_objects = NULL;
	if (version && !*version)
		return 0;
	netbox->plugins |= plugin->features;
	if (is_custom)
		netbox->custom_objects = plugin->version;
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
