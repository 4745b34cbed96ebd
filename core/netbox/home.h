/* SPDX-License-Identifier: Apache-2.0 */
/* Collections of objects that NetBox has no model for: custom objects, or members of a JSON custom
 * field of other objects. Lists and writes of their path behave as those of any collection, with
 * stagebox_key and stagebox_adopted in custom_fields, so that no other code knows the difference.
 */
#pragma once

#include "netbox/client.h"
#include "netbox/home_document.h"

/**
 * Declare such a collection.
 *
 * @home    copied; what it points to must stay valid as long as the session
 * @prefix  of the keys of objects, and of parents that may hold them: "lab/"; "" = all. Copied
 *
 * Returns 0, or SB_E_NOMEM.
 */
int sb_netbox_home_add(struct sb_netbox *netbox, const struct sb_netbox_home *home,
		       const char *prefix);

/** The collection of a path; NULL = it is one of NetBox's models. */
const struct sb_netbox_home *sb_netbox_home_find(const struct sb_netbox *netbox, const char *path);

/** The path below /api/ under which NetBox itself has a collection: another one than its own only
 * for a home with custom objects. Borrowed. */
const char *sb_netbox_path(const struct sb_netbox *netbox, const char *path);
