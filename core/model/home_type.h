/* SPDX-License-Identifier: Apache-2.0 */
/* The type of custom objects that is the home of a kind. */
#pragma once

#include "model/home.h"

/**
 * What NetBox must have for it, in the form of core/netbox/types.h, with {"removed": [ids]} of
 * fields of former versions. The description has no instance id yet. Fields are identified by
 * their ids.
 *
 * New reference; NULL = out of memory.
 */
json_t *sb_home_type(const struct sb_kinds *kinds, const struct sb_home_kind *kind);

/** The slug of it: "stagebox-<kind>". */
const char *sb_home_slug(const struct sb_home_kind *kind);
