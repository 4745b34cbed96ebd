/* SPDX-License-Identifier: Apache-2.0 */
/* The forms of a type of custom objects: of the plugin's lists, ours, and of its schema. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "netbox/client_priv.h"
#include "netbox/types_priv.h"
#include "stagebox/json.h"

#define FIELDS    "schema_fields"
#define REFERENCE "related_object_type"
#define BY_ID     "custom-objects/#"

enum { TABLE_WORD = 5 }; /* "table" in "table5model" */

static const char *const texts[] = {
	"slug", "name", "verbose_name", "verbose_name_plural", "group_name", "description"};

/* The attributes of a field besides its type, with NetBox's defaults as JSON
 * (netbox_custom_objects/schema/format.py, 0.7.1). */
static const struct {
	const char *name, *dflt;
} attributes[] = {
	{"label", "\"\""},
	{"description", "\"\""},
	{"group_name", "\"\""},
	{"primary", "false"},
	{"required", "false"},
	{"unique", "false"},
	{"default", "null"},
	{"weight", "100"},
	{"search_weight", "500"},
	{"filter_logic", "\"loose\""},
	{"ui_visible", "\"always\""},
	{"ui_editable", "\"yes\""},
	{"is_cloneable", "false"},
	{"deprecated", "false"},
	{"deprecated_since", "\"\""},
	{"scheduled_removal", "\"\""},
	{"validation_regex", "\"\""},
	{"validation_minimum", "null"},
	{"validation_maximum", "null"},
	{"related_object_filter", "null"},
	{"on_delete_behavior", "\"set_null\""},
};

static void drop_defaults(json_t *field)
{
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(attributes); i++) {
		sb_autojson *dflt = json_loads(attributes[i].dflt, JSON_DECODE_ANY, NULL);
		const json_t *value = json_object_get(field, attributes[i].name);

		if (value && (json_is_null(value) || json_equal(value, dflt)))
			json_object_del(field, attributes[i].name);
	}
}

/* A choice may be an object. */
static json_t *plain_value(const json_t *value)
{
	const json_t *inner = json_object_get(value, "value");

	return json_incref((json_t *)(uintptr_t)(inner ? inner : value));
}

/* {"app_label", "model"} as in a schema: "dcim/device". */
static json_t *reference_of(const json_t *type)
{
	const char *app = sb_json_str(type, "app_label"), *model = sb_json_str(type, "model");

	if (!app || !model)
		return NULL;
	if (sb_streq(app, "netbox_custom_objects") && strlen(model) > TABLE_WORD)
		return json_sprintf(BY_ID "%ld", strtol(model + TABLE_WORD, NULL, 10));
	return json_sprintf("%s/%s", app, model);
}

static json_t *field_of(const json_t *answer)
{
	json_t *field = json_object(), *value;
	int64_t id;
	size_t i;

	if (sb_json_int(answer, "schema_id", &id) == 0)
		json_object_set_new(field, "id", json_integer(id));
	json_object_set_new(field, "type", plain_value(json_object_get(answer, "type")));
	for (i = 0; i < SB_ARRAY_LEN(attributes); i++) {
		value = json_object_get(answer, attributes[i].name);
		if (value)
			json_object_set_new(field, attributes[i].name,
					    sb_streq(attributes[i].name, "default")
						    ? json_incref(value)
						    : plain_value(value));
	}
	value = reference_of(json_object_get(answer, REFERENCE));
	if (value)
		json_object_set_new(field, REFERENCE, value);
	drop_defaults(field);
	return field;
}

json_t *sb_type_row(const json_t *answer)
{
	json_t *row = json_object(), *fields = json_object();
	const json_t *member;
	size_t i;

	if (!row || !fields || json_object_set(row, "id", json_object_get(answer, "id")) < 0) {
		json_decref(row);
		json_decref(fields);
		return NULL;
	}
	for (i = 0; i < SB_ARRAY_LEN(texts); i++) {
		const char *text = sb_json_str(answer, texts[i]);

		json_object_set_new(row, texts[i], json_string(text ? text : ""));
	}
	json_array_foreach (json_object_get(answer, "fields"), i, member)
		if (sb_json_str(member, "name"))
			json_object_set_new(fields, sb_json_str(member, "name"), field_of(member));
	json_object_set_new(row, FIELDS, fields);
	return row;
}

static const json_t *row_of_id(const json_t *rows, int64_t id)
{
	const json_t *row;
	size_t i;

	json_array_foreach (rows, i, row)
		if (json_integer_value(json_object_get(row, "id")) == id)
			return row;
	return NULL;
}

int sb_type_resolve(json_t *rows)
{
	const char *name, *reference;
	json_t *row, *field;
	int rc = 0;
	size_t i;

	json_array_foreach (rows, i, row)
		json_object_foreach (json_object_get(row, FIELDS), name, field) {
			const json_t *target;

			reference = sb_json_str(field, REFERENCE);
			if (!reference || !sb_starts_with(reference, BY_ID))
				continue;
			target = row_of_id(rows, strtoll(reference + strlen(BY_ID), NULL, 10));
			if (target &&
			    json_object_set_new(field, REFERENCE,
						json_sprintf("custom-objects/%s",
							     sb_json_str(target, "slug"))) < 0)
				rc = SB_E_NOMEM;
		}
	return rc;
}

/* Fields of people are not in a document: the plugin leaves them as they are. */
static bool is_ours(const json_t *field)
{
	int64_t id;

	return sb_json_int(field, "id", &id) == 0 && id <= SB_TYPE_LAST_ID;
}

static json_t *described_fields(const json_t *fields)
{
	json_t *list = json_array(), *field;
	const char *name;

	json_object_foreach ((json_t *)(uintptr_t)fields, name, field) {
		json_t *copy = is_ours(field) ? json_copy(field) : NULL;

		if (!copy)
			continue;
		json_object_set_new(copy, "name", json_string(name));
		json_array_append_new(list, copy);
	}
	return list;
}

static json_t *describe_type(const json_t *row)
{
	json_t *type = json_object();
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(texts); i++)
		json_object_set(type, texts[i], json_object_get(row, texts[i]));
	json_object_set_new(type, "fields", described_fields(json_object_get(row, FIELDS)));
	return type;
}

json_t *sb_type_document(const json_t *rows, const json_t *bodies)
{
	json_t *types = json_array(), *body;
	size_t i;

	json_array_foreach ((json_t *)(uintptr_t)bodies, i, body) {
		const json_t *row =
			row_of_id(rows, json_integer_value(json_object_get(body, "id")));
		sb_autojson *whole = row ? json_copy((json_t *)(uintptr_t)row) : json_object();

		if (json_object_update(whole, body) < 0 ||
		    json_array_append_new(types, describe_type(whole)) < 0) {
			json_decref(types);
			return NULL;
		}
	}
	return json_pack("{s:b, s:{s:s, s:o}}", "allow_destructive", 0, "schema", "schema_version",
			 "1", "types", types);
}
