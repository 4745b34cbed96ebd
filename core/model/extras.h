/* SPDX-License-Identifier: Apache-2.0 */
/* Tags and custom fields, which NetBox has for objects of every kind. */
#pragma once

#define SB_KIND_TAG          "tag"
#define SB_KIND_CUSTOM_FIELD "custom-field"

/* The types of custom objects, which NetBox has with the plugin netbox-custom-objects. */
#define SB_KIND_OBJECT_TYPE "custom-object-type"

/* How the entries that our requests leave in NetBox's change log begin: run and stages follow. */
#define SB_CHANGE_MESSAGE "stagebox run "

#define SB_MEMBER_TAGS  "tags"         /* of every object: its tags */
#define SB_MEMBER_TYPES "object_types" /* of a tag or custom field: where it may be used */

/* The app label of the object types of kinds with a home (model/home.h), and the begin of the paths
 * of their collections: NetBox has no such app, and nothing at these paths. */
#define SB_HOME_APP  "stagebox_home."
#define SB_HOME_PATH "stagebox/"

/* The description of the custom fields that are homes. */
#define SB_HOME_DESCRIPTION "objects that stagebox keeps here, because NetBox has no model for them"

/* Below it are the types of custom objects, and the objects of each type by its slug. */
#define SB_HOME_OBJECTS "plugins/custom-objects/"

/* The begin of the slugs of our types of custom objects. */
#define SB_HOME_SLUG "stagebox-"
