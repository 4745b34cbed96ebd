/* SPDX-License-Identifier: Apache-2.0 */
/* The rights of the token on types of custom objects, and on the objects of one type. */
#pragma once

#include "netbox/client.h"

/**
 * Ask by OPTIONS and one read; waits. NetBox does not say whether the token may delete.
 *
 * @path     below /api/, like "plugins/custom-objects/stagebox-osd"
 * @type     its object type: "netbox_custom_objects.table5model"
 * @missing  the names of permissions that are missing are appended:
 *           "netbox_custom_objects.view_table5model"
 *
 * Returns 0, or the error of a request.
 */
int sb_objects_rights(struct sb_http *http, struct sb_netbox *netbox, const char *path,
		      const char *type, json_t *missing, struct sb_error *err);

/** The object type of the objects of a type, by the id of the type. */
void sb_objects_type(int64_t id, char ret_type[64]);
