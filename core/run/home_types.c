/* SPDX-License-Identifier: Apache-2.0 */
#include "run/home_types.h"

#include <stdio.h>
#include <string.h>

#include "base/list.h"
#include "stagebox/json.h"

/* These attributes decide about values; all others are for people. */
static const char *const structure[] = {"required", "unique", "primary", "related_object_type",
					"on_delete_behavior"};

/* NetBox cannot change these without losing values. */
static const char *const substance[] = {"type", "related_object_type"};

static json_t *drop_const(const json_t *json)
{
	return (json_t *)(uintptr_t)json;
}

bool sb_home_type_is_ours(const json_t *row, const char *instance)
{
	const char *description = sb_json_str(row, "description");

	return description && instance && *instance && strstr(description, instance);
}

const json_t *sb_home_type_field(const json_t *row, const json_t *id, const char **ret_name)
{
	const char *name;
	json_t *field;

	json_object_foreach (drop_const(json_object_get(row, "schema_fields")), name, field)
		if (id && json_equal(json_object_get(field, "id"), id)) {
			*ret_name = name;
			return field;
		}
	return NULL;
}

static const char *text_of(const json_t *field, const char *attribute)
{
	const char *text = sb_json_str(field, attribute);

	return text ? text : "none";
}

/* The first attribute that another field would need to be replaced for; NULL = none. */
static const char *find_other_substance(const json_t *want, const json_t *has)
{
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(substance); i++) {
		const json_t *wanted = json_object_get(want, substance[i]);

		if (wanted && !json_equal(wanted, json_object_get(has, substance[i])))
			return substance[i];
	}
	return NULL;
}

const char *sb_home_type_fault(const json_t *want, const json_t *row, const char *instance,
			       char *ret_text, size_t room)
{
	const char *slug = sb_json_str(want, "slug"), *name, *found, *attribute;
	json_t *field;

	if (!row) {
		snprintf(ret_text, room,
			 "NetBox has no custom object type \"%.64s\": run `stagebox bootstrap`",
			 slug);
		return ret_text;
	}
	if (!sb_home_type_is_ours(row, instance)) {
		snprintf(ret_text, room,
			 "the custom object type \"%.64s\" in NetBox is not one of stagebox: "
			 "rename or delete it, and run `stagebox bootstrap`",
			 slug);
		return ret_text;
	}
	json_object_foreach (drop_const(json_object_get(want, "schema_fields")), name, field) {
		const json_t *has = sb_home_type_field(row, json_object_get(field, "id"), &found);

		if (!has || !sb_streq(found, name)) {
			snprintf(ret_text, room,
				 "the custom object type \"%.64s\" in NetBox has no field "
				 "\"%.64s\": run `stagebox bootstrap`",
				 slug, name);
			return ret_text;
		}
		attribute = find_other_substance(field, has);
		if (attribute) {
			snprintf(ret_text, room,
				 "the field \"%.64s\" of the custom object type \"%.64s\" in "
				 "NetBox has the %s %.64s instead of %.64s: delete the field, and "
				 "run `stagebox bootstrap`",
				 name, slug, attribute, text_of(has, attribute),
				 text_of(field, attribute));
			return ret_text;
		}
	}
	return NULL;
}

/* Our part of a field, and the rest as it is. New reference. */
static json_t *merge_field(const json_t *want, const json_t *has)
{
	json_t *merged = json_copy(drop_const(has));
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(structure); i++) {
		json_t *value = json_object_get(want, structure[i]);

		if (value)
			json_object_set(merged, structure[i], value);
		else
			json_object_del(merged, structure[i]);
	}
	if (json_object_get(want, "unique")) /* the key: its filter is needed, too */
		json_object_set(merged, "filter_logic", json_object_get(want, "filter_logic"));
	json_object_del(merged, "deprecated");
	return merged;
}

/* Remove the fields that are ours under the names that they have. */
static int take_out_ours(const json_t *want, const json_t *row, json_t *fields,
			 struct sb_error *err)
{
	const char *slug = sb_json_str(want, "slug"), *name, *found, *attribute;
	json_t *field;

	json_object_foreach (drop_const(json_object_get(want, "schema_fields")), name, field) {
		const json_t *has = sb_home_type_field(row, json_object_get(field, "id"), &found);

		attribute = has ? find_other_substance(field, has) : NULL;
		if (attribute)
			return sb_fail(err, SB_E_CONFIG,
				       "the field \"%.64s\" of the custom object type \"%.64s\" "
				       "in NetBox has the %s %.64s instead of %.64s: delete it",
				       found, slug, attribute, text_of(has, attribute),
				       text_of(field, attribute));
		if (has)
			json_object_del(fields, found);
	}
	return 0;
}

static int put_ours(const json_t *want, const json_t *row, json_t *fields, struct sb_error *err)
{
	const char *name, *found;
	json_t *field;

	json_object_foreach (drop_const(json_object_get(want, "schema_fields")), name, field) {
		const json_t *has = sb_home_type_field(row, json_object_get(field, "id"), &found);

		if (json_object_get(fields, name))
			return sb_fail(err, SB_E_CONFIG,
				       "the custom object type \"%.64s\" in NetBox has another "
				       "field \"%.64s\": rename or delete it",
				       sb_json_str(want, "slug"), name);
		if (json_object_set_new(fields, name,
					has ? merge_field(field, has) : json_incref(field)) < 0)
			return sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	return 0;
}

/* Removing a field would delete its values: people do that when they do not need them. */
static int keep_removed(const json_t *want, json_t *fields)
{
	const json_t *removed = json_object_get(want, "removed");
	const char *name;
	json_t *field;
	void *next;

	json_object_foreach_safe (fields, next, name, field) {
		json_t *copy;

		if (!sb_list_holds(removed, json_object_get(field, "id")))
			continue;
		copy = json_copy(field);
		json_object_del(copy, "required");
		json_object_set_new(copy, "deprecated", json_true());
		if (json_object_set_new(fields, name, copy) < 0)
			return SB_E_NOMEM;
	}
	return 0;
}

int sb_home_type_merge(const json_t *want, const json_t *row, const char *instance,
		       json_t **ret_type, struct sb_error *err)
{
	sb_autojson *type = json_copy(drop_const(row));
	sb_autojson *fields = json_copy(json_object_get(row, "schema_fields"));
	int rc;

	if (!sb_home_type_is_ours(row, instance))
		return sb_fail(err, SB_E_CONFIG,
			       "NetBox has a custom object type \"%.64s\" that is not one of "
			       "stagebox, because its description does not name the instance id "
			       "%s: rename or delete it, or set inventory = \"fields\"",
			       sb_json_str(want, "slug"), instance ? instance : "of this NetBox");
	if (!type || !fields)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	rc = take_out_ours(want, row, fields, err);
	if (!rc)
		rc = put_ours(want, row, fields, err);
	if (!rc &&
	    (keep_removed(want, fields) < 0 || json_object_set(type, "schema_fields", fields) < 0 ||
	     json_object_set(type, "name", json_object_get(want, "name")) < 0))
		rc = sb_fail(err, SB_E_NOMEM, "out of memory");
	if (!rc)
		*ret_type = sb_steal(type);
	return rc;
}
