/* SPDX-License-Identifier: Apache-2.0 */
/* Lists and writes of collections, whether these are models of NetBox, types of custom objects,
 * custom objects, or kept in a field. */
#include "netbox/client_priv.h"
#include "netbox/home_priv.h"
#include "netbox/types.h"

int sb_netbox_list(struct sb_netbox *netbox, const char *path, const char *query,
		   const char *fields, sb_netbox_row *on_row, void (*on_restart)(void *arg),
		   sb_netbox_listed *on_listed, void *arg, struct sb_error *err)
{
	const struct sb_netbox_home *home = sb_netbox_home_find(netbox, path);

	if (sb_streq(path, SB_TYPES_PATH))
		return sb_types_list(netbox, query, on_row, on_restart, on_listed, arg, err);
	if (!home)
		return sb_netbox_list_table(netbox, path, query, fields, on_row, on_restart,
					    on_listed, arg, err);
	if (home->objects)
		return sb_objects_list(netbox, home, query, fields, on_row, on_restart, on_listed,
				       arg, err);
	return sb_home_list(netbox, home, query, on_row, on_restart, on_listed, arg, err);
}

int sb_netbox_write(struct sb_netbox *netbox, const char *method, const char *path,
		    const char *fields, const json_t *body, sb_netbox_written_fn *done, void *arg,
		    struct sb_error *err)
{
	const struct sb_netbox_home *home = sb_netbox_home_find(netbox, path);

	if (sb_streq(path, SB_TYPES_PATH))
		return sb_types_write(netbox, method, body, done, arg, err);
	if (!home)
		return sb_netbox_write_table(netbox, method, path, fields, body, done, arg, err);
	if (home->objects)
		return sb_objects_write(netbox, home, method, fields, body, done, arg, err);
	return sb_home_write(netbox, home, method, body, done, arg, err);
}
