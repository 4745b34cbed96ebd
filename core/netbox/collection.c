/* SPDX-License-Identifier: Apache-2.0 */
/* Lists and writes of collections, whether these are models of NetBox or kept in a field. */
#include "netbox/client_priv.h"
#include "netbox/home_priv.h"

int sb_netbox_list(struct sb_netbox *netbox, const char *path, const char *query,
		   const char *fields, sb_netbox_row *on_row, void (*on_restart)(void *arg),
		   sb_netbox_listed *on_listed, void *arg, struct sb_error *err)
{
	const struct sb_netbox_home *home = sb_netbox_home_find(netbox, path);

	return home ? sb_home_list(netbox, home, query, on_row, on_restart, on_listed, arg, err)
		    : sb_netbox_list_table(netbox, path, query, fields, on_row, on_restart,
					   on_listed, arg, err);
}

int sb_netbox_write(struct sb_netbox *netbox, const char *method, const char *path,
		    const char *fields, const json_t *body, sb_netbox_written_fn *done, void *arg,
		    struct sb_error *err)
{
	const struct sb_netbox_home *home = sb_netbox_home_find(netbox, path);

	return home ? sb_home_write(netbox, home, method, body, done, arg, err)
		    : sb_netbox_write_table(netbox, method, path, fields, body, done, arg, err);
}
