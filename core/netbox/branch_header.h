/* SPDX-License-Identifier: Apache-2.0 */
/* The header by which requests read and write objects in a branch of NetBox. */
#pragma once

#include "netbox/client.h"

/**
 * Read and write objects in this branch from now on; "" = in main. Only requests about objects get
 * the header. Those about NetBox itself, its jobs, branches, custom fields, links, types of custom
 * objects and their schema are about main, whatever branch is in use: NetBox keeps those there.
 *
 * @schema  copied; SB_E_ARG when it is not a schema id: without the check a line break would be a
 *          header of its own
 */
int sb_netbox_use_branch(struct sb_netbox *netbox, const char *schema, struct sb_error *err);
