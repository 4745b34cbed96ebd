/* SPDX-License-Identifier: Apache-2.0 */
/* The changes that a schema document means: types are found by slug, fields by schema id. */
#include "custom.h"

#include <stdio.h>
#include <string.h>

static const char *const type_attributes[] = {
	"name", "version", "verbose_name", "verbose_name_plural", "description", "group_name"};

/* Attributes of any field, and those that only fields of some types have. */
static const char attributes[] =
	"label description group_name primary required unique default weight search_weight "
	"filter_logic ui_visible ui_editable is_cloneable deprecated deprecated_since "
	"scheduled_removal";
static const struct {
	const char *names, *types;
} more_attributes[] = {
	{"validation_regex", "text longtext"},
	{"validation_minimum validation_maximum", "integer decimal"},
	{"choice_set", "select multiselect"},
	{"is_polymorphic related_object_type related_object_filter", "object multiobject"},
	{"on_delete_behavior", "object"},
};

bool nb_custom_attribute_fits(const char *name, const char *type)
{
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(more_attributes); i++)
		if (nb_type_allowed(more_attributes[i].names, name))
			return nb_type_allowed(more_attributes[i].types, type);
	return nb_type_allowed(attributes, name);
}

json_t *nb_custom_attribute(const struct lab_netbox *nb, const struct nb_object *field,
			    const char *name)
{
	json_t *value = nb_get(field, name);
	char target[160];

	if (sb_streq(name, "choice_set")) {
		const struct nb_object *set = nb_ref(nb, field, name);

		return set ? json_string(nb_text(set, "name")) : json_null();
	}
	if (sb_streq(name, "related_object_type")) {
		nb_custom_target_name(nb, field, target);
		return *target ? json_string(target) : json_null();
	}
	if (sb_streq(name, "on_delete_behavior") && json_is_null(value))
		return json_string("set_null");
	return json_incref(value);
}

/* The value of an attribute that a document does not name. New reference. */
static json_t *default_of(const struct lab_netbox *nb, const char *name)
{
	const struct nb_table *fields = nb_table(nb, NB_CUSTOM_FIELD);

	if (sb_streq(name, "related_object_type"))
		return json_null();
	if (sb_streq(name, "on_delete_behavior"))
		return json_string("set_null");
	return json_incref(fields->initial[nb_field(fields, name)]);
}

/* Note a difference of have and want, both taken, in changes. */
static void compare_values(json_t *changes, const char *name, json_t *have_take, json_t *want_take)
{
	if (json_equal(have_take, want_take) ||
	    (json_is_number(have_take) && json_is_number(want_take) &&
	     json_number_value(have_take) == json_number_value(want_take))) {
		json_decref(have_take);
		json_decref(want_take);
		return;
	}
	json_object_set_new(changes, name, json_pack("[o, o]", have_take, want_take));
}

static json_t *field_changes(const struct lab_netbox *nb, const struct nb_object *field,
			     const json_t *wanted)
{
	const char *type = json_string_value(json_object_get(wanted, "type"));
	json_t *changes = json_object();
	size_t i;

	compare_values(changes, "name", json_incref(nb_get(field, "name")),
		       json_incref(json_object_get(wanted, "name")));
	compare_values(changes, "type", json_incref(nb_get(field, "type")), json_string(type));
	for (i = 0; i < field->table->n_fields; i++) {
		const char *name = field->table->fields[i].name;
		json_t *want = json_object_get(wanted, name);

		if (nb_custom_attribute_fits(name, type))
			compare_values(changes, name, nb_custom_attribute(nb, field, name),
				       want ? json_incref(want) : default_of(nb, name));
	}
	return changes;
}

static json_t *change_json(const char *op, json_int_t schema_id, const char *db_name,
			   const json_t *definition)
{
	return json_pack("{s:s, s:I, s:s?, s:O}", "op", op, "schema_id", schema_id, "db_name",
			 db_name, "schema_def", definition);
}

static const json_t *find_id(const json_t *list, json_int_t id)
{
	json_t *item;
	size_t i;

	json_array_foreach (list, i, item)
		if (json_integer_value(json_object_get(item, "id")) == id)
			return item;
	return NULL;
}

static void add_wanted(const struct lab_netbox *nb, uint32_t type, const json_t *wanted,
		       json_t *changes)
{
	json_int_t id = json_integer_value(json_object_get(wanted, "id"));
	const struct nb_object *field = nb_custom_field_of(nb, type, id, NULL);
	json_t *altered = field ? field_changes(nb, field, wanted) : NULL, *change;

	if (field && !json_object_size(altered)) {
		json_decref(altered);
		return;
	}
	change = change_json(field ? "alter" : "add", id, field ? nb_text(field, "name") : NULL,
			     wanted);
	if (altered)
		json_object_set_new(change, "changed_attrs", altered);
	json_array_append_new(changes, change);
}

/* A field that the document does not have is removed only when the document says so. */
static void add_absent(const struct nb_object *field, const json_t *wanted, json_t *changes,
		       json_t *warnings)
{
	json_int_t id = nb_int(field, "_schema_id");
	const json_t *removed = find_id(json_object_get(wanted, "removed_fields"), id);

	if (find_id(json_object_get(wanted, "fields"), id))
		return;
	if (removed)
		json_array_append_new(changes,
				      change_json("remove", id, nb_text(field, "name"), removed));
	else
		json_array_append_new(
			warnings,
			json_sprintf("Field '%s' (schema_id=%" JSON_INTEGER_FORMAT
				     ") exists in the DB but is absent from both schema.fields and "
				     "schema.removed_fields. It was likely added outside the "
				     "schema workflow and will not be affected by apply "
				     "operations.",
				     nb_text(field, "name"), id));
}

static json_t *diff_type(const struct lab_netbox *nb, const json_t *wanted)
{
	const char *slug = json_string_value(json_object_get(wanted, "slug"));
	const struct nb_object *type = nb_custom_type(nb, slug);
	json_t *own = json_object(), *fields = json_array(), *warnings = json_array(), *item;
	const struct nb_link *link =
		type ? nb_referrers(nb, type, NB_CUSTOM_FIELD, "custom_object_type", NULL) : NULL;
	bool destroys = false;
	size_t i;

	for (i = 0; type && i < SB_ARRAY_LEN(type_attributes); i++) {
		json_t *want = json_object_get(wanted, type_attributes[i]);

		compare_values(own, type_attributes[i],
			       json_incref(nb_get(type, type_attributes[i])),
			       want ? json_incref(want) : json_string(""));
	}
	json_array_foreach (json_object_get(wanted, "fields"), i, item)
		add_wanted(nb, type ? type->id : 0, item, fields);
	for (; link; link = link->next)
		add_absent(link->from, wanted, fields, warnings);
	json_array_foreach (fields, i, item)
		destroys = destroys ||
			   sb_streq(json_string_value(json_object_get(item, "op")), "remove");
	return json_pack("{s:s, s:O, s:b, s:b, s:b, s:o, s:o, s:o}", "slug", slug, "name",
			 json_object_get(wanted, "name"), "is_new", type == NULL, "has_changes",
			 json_object_size(own) || json_array_size(fields),
			 "has_destructive_changes", destroys, "cot_changes", own, "field_changes",
			 fields, "warnings", warnings);
}

json_t *nb_custom_diffs(struct lab_netbox *nb, const json_t *document)
{
	json_t *diffs = json_array(), *type;
	size_t i;

	json_array_foreach (json_object_get(document, "types"), i, type)
		json_array_append_new(diffs, diff_type(nb, type));
	return diffs;
}
