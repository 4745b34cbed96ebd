/* SPDX-License-Identifier: Apache-2.0 */
/* Types of custom objects (plugin netbox-custom-objects). sb_netbox_list() and sb_netbox_write()
 * of SB_TYPES_PATH read and write them as rows:
 *   {"id", "slug", "name", "verbose_name", "verbose_name_plural", "group_name", "description",
 *    "fields": {"<name>": {"id", "type", ...}}}
 * A field is described as in a document of schema/apply, without what has NetBox's default value;
 * "id" is its number in the schema, which a field that was not made by a schema does not have.
 * Changes are applied by schema/apply, which never removes a field here. */
#pragma once

#include "netbox/client.h"

#define SB_OBJECTS_PATH "plugins/custom-objects/"
#define SB_TYPES_PATH   SB_OBJECTS_PATH "custom-object-types"
#define SB_TYPES_APP    "netbox_custom_objects." /* of their object types */

/* The plugin numbers fields that people add behind the largest number of ours, so that these are
 * above those of modules: 1 to 9999. */
enum { SB_TYPE_KEY_ID = 10001, SB_TYPE_ADOPTED_ID = 10002 };

/** Remove from the description of a field what is NetBox's default. */
void sb_type_drop_defaults(json_t *field);
