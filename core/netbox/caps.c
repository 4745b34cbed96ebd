/* SPDX-License-Identifier: Apache-2.0 */
/* The capabilities of a NetBox, and the parts of queries that depend on them. */
#include <ctype.h>
#include <stdlib.h>

#include "netbox/client_priv.h"

const struct sb_netbox_caps *sb_netbox_caps(const struct sb_netbox *netbox)
{
	return &netbox->caps;
}

const char *sb_netbox_query_start(const struct sb_netbox *netbox, const char *path)
{
	bool has_context =
		sb_streq(path, "virtualization/virtual-machines") || sb_streq(path, "dcim/devices");

	return has_context && netbox->caps.context_costs ? "exclude=config_context&" : "";
}

bool sb_netbox_version_at_least(const char *version, int major, int minor)
{
	char *end;
	long number;

	if (!isdigit((unsigned char)*version))
		return false;
	number = strtol(version, &end, 10);
	if (number != major)
		return number > major;
	return *end == '.' && strtol(end + 1, NULL, 10) >= minor;
}
