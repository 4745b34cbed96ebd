/* SPDX-License-Identifier: Apache-2.0 */
/* The needs that the loaded modules declare. */
#pragma once

#include "load/registry.h"

/**
 * The privileges and kinds that the loaded modules declare, as plain data:
 * {"needs": [{"module", "stage", "path", "privilege", "from", "to", "use"}],
 *  "kinds": [{"kind", "path", "type", "writes", "owned", "part", "stages": []}]}
 * Needs of disabled options are left out.
 */
SB_API json_t *sb_registry_declared(const struct sb_registry *registry);
