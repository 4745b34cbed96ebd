/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds as JSON. */
#include "model/kind_form.h"

static const char *type_of(const struct sb_kind_field *field)
{
	if (field->type == SB_FIELD_OBJECT)
		return "object";
	return field->type == SB_FIELD_MAC && field->makes ? "mac" : NULL;
}

static const char *target_of(const struct sb_kinds *kinds, const struct sb_kind_field *field)
{
	const struct sb_kind *kind = NULL;

	if (field->kind && (field->type == SB_FIELD_REF || field->type == SB_FIELD_REFS ||
			    field->type == SB_FIELD_TAGS))
		kind = sb_kinds_find(kinds, field->kind);
	return kind ? kind->path : NULL;
}

static json_t *describe_form(const struct sb_kinds *kinds, const struct sb_kind *kind)
{
	json_t *fields = json_object();
	const struct sb_kind_field *field;

	for (field = kind->fields; field->name; field++)
		json_object_set_new(fields, field->name,
				    json_pack("{s:s*, s:s*}", "type", type_of(field), "to",
					      target_of(kinds, field)));
	return json_pack("{s:s, s:s, s:s, s:s*, s:o}", "kind", kind->name, "path", kind->path,
			 "type", kind->object_type, "parent", kind->parent_field, "fields", fields);
}

json_t *sb_kinds_forms(const struct sb_kinds *kinds)
{
	json_t *forms = json_array();
	size_t i;

	for (i = 0; i < sb_kinds_count(kinds); i++)
		json_array_append_new(forms, describe_form(kinds, sb_kinds_at(kinds, i)));
	return forms;
}
