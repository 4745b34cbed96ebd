/* SPDX-License-Identifier: Apache-2.0 */
#include "model/home_type.h"

#include <string.h>

#include "model/extras.h"

#define GROUP "Proxmox VE"

/* People see the fields in the order of the module, and ours behind them. */
enum { FIRST_WEIGHT = 101, OUR_WEIGHT = 10000 };

const char *sb_home_slug(const struct sb_home_kind *kind)
{
	return kind->objects + strlen(SB_HOME_OBJECTS);
}

/* The name of a type or object type with another separator: "dcim/device", "stagebox_shelf". */
static json_t *replace_char(const char *text, char from, char to)
{
	json_t *copy = json_string(text);
	char *at = copy ? (char *)(uintptr_t)json_string_value(copy) : NULL;

	for (; at && *at; at++)
		if (*at == from)
			*at = to;
	return copy;
}

static const char *type_word(const struct sb_home_field *field)
{
	switch (field->type) {
	case SB_FIELD_INT: return "integer";
	case SB_FIELD_DECIMAL: return "decimal";
	case SB_FIELD_BOOL: return "boolean";
	case SB_FIELD_REF: return "object";
	case SB_FIELD_JSON: return "json";
	default: return field->traits & SB_TRAIT_NOTE ? "longtext" : "text";
	}
}

static json_t *reference_to(const struct sb_kinds *kinds, const char *name)
{
	const struct sb_home_kind *home = sb_home_find(kinds, name);

	if (home)
		return json_sprintf("custom-objects/%s", sb_home_slug(home));
	return replace_char(sb_kinds_find(kinds, name)->object_type, '.', '/');
}

/* A list of objects shows whole columns, and a long answer makes each of its rows a page high. */
static bool is_for_programs(const struct sb_home_field *field)
{
	return field->traits & SB_TRAIT_UNREAD || sb_streq(field->name, SB_HOME_DIGEST);
}

static json_t *describe_field(const struct sb_kinds *kinds, const struct sb_home *home,
			      const struct sb_home_field *field, int weight)
{
	json_t *json = json_pack("{s:I, s:s, s:s, s:i, s:i}", "id", (json_int_t)field->id, "type",
				 type_word(field), "label", field->label, "weight", weight,
				 "search_weight", field->traits & SB_TRAIT_TITLE ? 100 : 0);

	if (field->traits & SB_TRAIT_TITLE)
		json_object_set_new(json, "primary", json_true());
	if (field->traits & SB_TRAIT_NEEDED)
		json_object_set_new(json, "required", json_true());
	if (field->type == SB_FIELD_JSON)
		json_object_set_new(json, "filter_logic", json_string("disabled"));
	if (field->type == SB_FIELD_REF)
		json_object_set_new(json, "related_object_type", reference_to(kinds, field->kind));
	if (is_for_programs(field))
		json_object_set_new(json, "ui_visible", json_string("hidden"));
	if (sb_streq(field->name, home->parent))
		json_object_set_new(json, "on_delete_behavior", json_string("cascade"));
	return json;
}

static void add_our_fields(json_t *fields)
{
	json_object_set_new(
		fields, "stagebox_key",
		json_pack("{s:i, s:s, s:s, s:b, s:b, s:s, s:s, s:s, s:i, s:i}", "id",
			  SB_HOME_KEY_ID, "type", "text", "label", "Key", "required", 1, "unique",
			  1, "filter_logic", "exact", "ui_visible", "if-set", "ui_editable", "no",
			  "weight", OUR_WEIGHT, "search_weight", 0));
	json_object_set_new(
		fields, "stagebox_adopted",
		json_pack("{s:i, s:s, s:s, s:s, s:s, s:s, s:i, s:i}", "id", SB_HOME_ADOPTED_ID,
			  "type", "boolean", "label", "Adopted", "filter_logic", "exact",
			  "ui_visible", "hidden", "ui_editable", "no", "weight", OUR_WEIGHT + 1,
			  "search_weight", 0));
}

json_t *sb_home_type(const struct sb_kinds *kinds, const struct sb_home_kind *kind)
{
	const struct sb_home *home = &kind->home;
	const char *slug = sb_home_slug(kind);
	json_t *fields = json_object(), *removed = json_array();
	const struct sb_home_field *field;
	const unsigned *id;
	int weight = FIRST_WEIGHT;

	for (field = home->fields; field->name; field++)
		json_object_set_new(fields, field->name,
				    describe_field(kinds, home, field, weight++));
	add_our_fields(fields);
	for (id = home->removed; id && *id; id++)
		json_array_append_new(removed, json_integer(*id));
	return json_pack("{s:s, s:o, s:s, s:s, s:s, s:s, s:o, s:o}", "slug", slug, "name",
			 replace_char(slug, '-', '_'), "verbose_name", home->label,
			 "verbose_name_plural", home->labels, "group_name", GROUP, "description",
			 home->description, "schema_fields", fields, "removed", removed);
}
