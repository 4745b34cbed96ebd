/* SPDX-License-Identifier: Apache-2.0 */
/* The plugin netbox-custom-objects: types and their fields are rows of two models, the objects of a
 * type are a table that follows from them. Facts: its source 0.7.1, and 0.6.0 where named. */
#pragma once

#include "call.h"

#define NB_CUSTOM_TYPE  "netbox_custom_objects.customobjecttype"
#define NB_CUSTOM_FIELD "netbox_custom_objects.customobjecttypefield"
#define NB_CUSTOM_PATH  "plugins/custom-objects/"

/* custom_types.c: rows of types and fields */
struct nb_object *nb_custom_type(const struct lab_netbox *nb, const char *slug);
/** The field of a type by its schema id, or by its name (schema_id 0); NULL when it has none. */
struct nb_object *nb_custom_field_of(const struct lab_netbox *nb, uint32_t type, int64_t schema_id,
				     const char *name);
/** The object type that a field refers to: "dcim.device", "netbox_custom_objects.table3model". */
void nb_custom_target(const struct lab_netbox *nb, const struct nb_object *field, char out[128]);
/** The same as schema documents name it: "dcim/device", "custom-objects/<slug>"; "" = none. */
void nb_custom_target_name(const struct lab_netbox *nb, const struct nb_object *field,
			   char out[160]);
/** Let a field refer to an object type, "dcim" and "device", or "custom-objects" and a slug. False
 * when there is no such type. */
bool nb_custom_set_target(struct lab_netbox *nb, struct nb_object *field, const char *app,
			  const char *model);
/** The behaviour of a field that refers to one object; other fields have none. */
void nb_custom_set_on_delete(struct lab_netbox *nb, struct nb_object *field);
/** Is it a kind of field that the lab does not have? */
bool nb_custom_unsupported(const struct nb_object *field);
/** Small letters and digits, joined by single signs: "a1_b2". */
bool nb_custom_is_name(const char *text, char sign);

/* custom_tables.c */
/** Let the tables of custom object types follow their rows, if these have changed. Nothing may be
 * uncommitted. */
void nb_custom_follow(struct lab_netbox *nb);
void nb_custom_destroy(struct lab_netbox *nb);
/** The row of the type of a table, and the field row of one of its fields or NULL. */
struct nb_object *nb_custom_type_row(const struct lab_netbox *nb, const struct nb_table *table);

/* custom_calls.c */
/** Carry out a call that is not about the objects of one table. False = it is. */
bool nb_custom_call(struct nb_call *call, const char *path);
/** Answer a call on a path below the plugin that has no table. */
bool nb_custom_unknown(struct nb_call *call, const char *path);

/* custom_schema.c, custom_diff.c, custom_apply.c: schema documents */
/** The errors of a document: [{"path": [...], "message"}], new reference. */
json_t *nb_custom_schema_errors(const struct lab_netbox *nb, const json_t *document);
/** The changes that a document means: [diff]. New reference. */
json_t *nb_custom_diffs(struct lab_netbox *nb, const json_t *document);
void nb_custom_apply(struct nb_call *call, const json_t *body);
/** Does a document describe fields of this type by this attribute? */
bool nb_custom_attribute_fits(const char *name, const char *type);
/** The value of a field for an attribute of a document, in its words. New reference. */
json_t *nb_custom_attribute(const struct lab_netbox *nb, const struct nb_object *field,
			    const char *name);
