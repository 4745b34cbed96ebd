/* SPDX-License-Identifier: Apache-2.0 */
/* Privileges and NetBox kinds that the loaded modules need. */
#pragma once

#include "load/registry.h"

/**
 * List the privileges and kinds that the loaded modules need:
 * {"needs": [{"module", "stage", "path", "privilege", "from", "to", "limit",
 *             "use", "option"?}],
 *  "kinds": [{"kind", "path", "type", "writes", "owned", "part", "stages": []}],
 *  "prepares": ["extras.customfield"]: object types that only bootstrap writes}
 * Needs of options that are off are left out. New reference; NULL when out of memory.
 */
SB_API json_t *sb_registry_declared(const struct sb_registry *registry);
