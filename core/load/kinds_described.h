/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds and their fields, for people and for authors of modules. */
#pragma once

#include "load/registry.h"

/**
 * Describe the kinds of core and of the loaded modules, with the stages that write them.
 *
 * @policies  the group "policy" of the configuration; may be NULL
 *
 * Returns a new reference, or NULL when out of memory:
 * [{"kind", "module": "core" or its name, "path", "type", "natural": [field],
 *   "ownership": "owned" | "shared" | "child", "parent"?: field,
 *   "home"?: the custom field of the parents in which objects are kept, "traits": [word],
 *   "fields": [{"field", "type", "kind"?: of the target, "max_chars"?, "default": policy,
 *               "policy": the one in force, "custom": bool, "traits": [word], "stages": []}],
 *   "custom_fields": [{"name", "label", "type", "description"}], "stages": []}]
 * Words of traits are the names in stagebox/kind.h without prefix, in lower case. The stages of a
 * shared kind are those that may request its objects.
 */
json_t *sb_registry_describe_kinds(const struct sb_registry *registry, const json_t *policies);
