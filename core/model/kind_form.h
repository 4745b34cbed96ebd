/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds as JSON, for those who answer in place of a NetBox. */
#pragma once

#include "model/kinds.h"

/** [{"kind", "path", "type", "parent"?, "fields": {"<field>": {"type"?, "to"?}}}] of all kinds.
 * "type" of a field: "object" for a generic reference, "mac" when NetBox makes an object of its
 * value; "to": the path of the kind that it refers to. New reference. */
json_t *sb_kinds_forms(const struct sb_kinds *kinds);
