/* SPDX-License-Identifier: Apache-2.0 */
/* What the loaded modules need. */
#pragma once

#include "load/registry.h"

/**
 * What the loaded modules need, as plain data:
 * {"needs": [{"module", "stage", "path", "privilege", "from", "to", "use"}],
 *  "kinds": [{"kind", "path", "type", "writes", "owned", "part", "stages": []}]}
 * Needs of options that are off are left out.
 */
SB_API json_t *sb_registry_declared(const struct sb_registry *registry);
