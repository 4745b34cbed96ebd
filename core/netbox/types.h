/* SPDX-License-Identifier: Apache-2.0 */
/* Types of custom objects (plugin netbox-custom-objects). sb_netbox_list() and sb_netbox_write()
 * of SB_TYPES_PATH read and write them as rows:
 *   {"id", "slug", "name", "verbose_name", "verbose_name_plural", "group_name", "description",
 *    "schema_fields": {"<name>": {"id", "type", ...}}}
 * A field is described as in a document of schema/apply, without what has NetBox's default value;
 * "id" is its number in the schema, which a field that was not made by a schema does not have.
 * Changes are applied by schema/apply, which never removes a field here. */
#pragma once

#include "netbox/client.h"

#define SB_OBJECTS_PATH "plugins/custom-objects/"
#define SB_TYPES_PATH   SB_OBJECTS_PATH "custom-object-types"
#define SB_TYPES_APP    "netbox_custom_objects." /* of their object types */

/* The largest number of our fields (SB_HOME_ADOPTED_ID): people's are behind it. */
enum { SB_TYPE_LAST_ID = 10002 };
