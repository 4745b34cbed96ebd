/* SPDX-License-Identifier: Apache-2.0 */
/* Apply a schema document: all types first, then their fields, all or nothing. Unlike writes of
 * single types and fields this checks no rule of the models: what breaks one is a 500. */
#include "custom.h"

#include <stdio.h>
#include <string.h>

struct apply {
	struct nb_call *call;
	const json_t *document;
	json_t *diffs;
	bool failed;
};

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static void set_answer(struct nb_call *call, int status, json_t *json_take)
{
	call->answer->status = status;
	call->answer->json = json_take;
}

static void refuse_reference(struct apply *apply, json_t *detail_take)
{
	apply->failed = true;
	set_answer(
		apply->call, 400,
		json_pack("{s:s, s:o}", "error", "unresolvable_reference", "detail", detail_take));
}

static void refuse_database(struct apply *apply, const char *exception)
{
	apply->failed = true;
	nb_answer_exception(apply->call, exception, "the database refuses the change");
}

/* Is an object's value of a unique key taken? */
static bool is_taken(const struct lab_netbox *nb, const struct nb_object *object)
{
	const struct nb_entry *entry = NULL;
	size_t i;

	for (i = 0; i < object->table->n_keys; i++)
		if (nb_keys_next(nb, object, i, &entry))
			return true;
	return false;
}

static const json_t *find_slug(const json_t *list, const char *slug)
{
	json_t *item;
	size_t i;

	json_array_foreach (list, i, item)
		if (sb_streq(text_of(item, "slug"), slug))
			return item;
	return NULL;
}

/* The slug of the type of the plugin that a change of a field refers to; NULL = none. */
static const char *own_target(const json_t *change)
{
	static const char prefix[] = "custom-objects/";
	const char *target = text_of(json_object_get(change, "schema_def"), "related_object_type");

	return target && sb_starts_with(target, prefix) ? target + strlen(prefix) : NULL;
}

/* Do the new types that a type waits for lead back to one on the way (path, a set of slugs)? */
static bool waits_in_circle(const struct apply *apply, const json_t *diff, json_t *path)
{
	const char *slug = text_of(diff, "slug");
	json_t *change;
	size_t i;

	if (json_object_get(path, slug)) {
		apply->call->errors = json_sprintf("Circular dependency detected involving COT "
						   "'%s'.",
						   slug);
		return true;
	}
	json_object_set_new(path, slug, json_true());
	json_array_foreach (json_object_get(diff, "field_changes"), i, change) {
		const char *to = own_target(change);
		const json_t *other = to ? find_slug(apply->diffs, to) : NULL;

		if (other && other != diff && json_is_true(json_object_get(other, "is_new")) &&
		    waits_in_circle(apply, other, path))
			return true;
	}
	json_object_del(path, slug);
	return false;
}

static bool check_circles(struct apply *apply)
{
	json_t *diff, *text;
	size_t i;

	json_array_foreach (apply->diffs, i, diff) {
		sb_autojson *path = json_object();

		if (!waits_in_circle(apply, diff, path))
			continue;
		text = apply->call->errors;
		apply->call->errors = NULL;
		apply->failed = true;
		set_answer(apply->call, 400,
			   json_pack("{s:s, s:o}", "error", "circular_dependency", "detail", text));
		return false;
	}
	return true;
}

static bool check_destructive(struct apply *apply)
{
	sb_autobuf names = SB_BUF_INIT(1 << 16);
	json_t *slugs = json_array(), *diff;
	size_t i;

	json_array_foreach (apply->diffs, i, diff) {
		if (!json_is_true(json_object_get(diff, "has_destructive_changes")))
			continue;
		sb_buf_addf(&names, "%s%s", names.len ? ", " : "", text_of(diff, "slug"));
		json_array_append(slugs, json_object_get(diff, "slug"));
	}
	if (!json_array_size(slugs)) {
		json_decref(slugs);
		return true;
	}
	set_answer(
		apply->call, 409,
		json_pack("{s:s, s:o, s:o}", "error", "destructive_changes", "detail",
			  json_sprintf("Schema contains destructive field removals for COT(s): %s. "
				       "Pass allow_destructive=True to apply them.",
				       sb_buf_str(&names)),
			  "destructive_slugs", slugs));
	return false;
}

/* Set an attribute of a field from a document. False with the answer. */
static void set_attribute(struct apply *apply, struct nb_object *field, const char *name,
			  const json_t *value)
{
	struct lab_netbox *nb = apply->call->nb;
	const char *text = json_string_value(value), *slash = text ? strchr(text, '/') : NULL;
	const struct nb_entry *entry = NULL;
	const struct nb_object *set;
	char app[64];

	if (sb_streq(name, "choice_set") && text) {
		set = nb_keys_find(nb, nb_table(nb, "extras.customfieldchoiceset"), "name", text,
				   &entry);
		if (set)
			nb_put_take(nb, field, name, json_integer(set->id));
		else
			refuse_reference(apply,
					 json_sprintf("Choice set '%s' not found in DB.", text));
	} else if (sb_streq(name, "related_object_type") && slash) {
		snprintf(app, sizeof(app), "%.*s", (int)(slash - text), text);
		if (nb_custom_set_target(nb, field, app, slash + 1))
			return;
		refuse_reference(
			apply,
			sb_streq(app, "custom-objects")
				? json_sprintf("Custom Object Type with slug '%s' not found in DB. "
					       "Ensure it is created before adding fields that "
					       "reference it.",
					       slash + 1)
				: json_sprintf("ObjectType '%s' not found in DB.", text));
	} else if (!sb_streq(name, "id")) {
		nb_put_take(nb, field, name, json_deep_copy(value));
	}
}

/* Has a field that is unique from now on a value twice? */
static bool repeats_value(const struct lab_netbox *nb, const struct nb_object *field,
			  json_t *const *before)
{
	const struct nb_table *rows = field->table, *table;
	sb_autojson *seen = json_object();
	char type[64];
	uint32_t id;
	int at;

	snprintf(type, sizeof(type), "netbox_custom_objects.table%umodel",
		 (unsigned)nb_int(field, "custom_object_type"));
	table = nb_table(nb, type);
	at = table ? nb_field(table, json_string_value(before[nb_field(rows, "name")])) : -1;
	if (at < 0 || !json_is_true(nb_get(field, "unique")) ||
	    json_is_true(before[nb_field(rows, "unique")]))
		return false;
	for (id = 1; id < table->next_id; id++) {
		const json_t *value = table->rows[id] ? table->rows[id]->values[at] : NULL;
		sb_autobuf text = SB_BUF_INIT(1 << 20);

		if (!value || json_is_null(value))
			continue;
		sb_buf_add_json(&text, value);
		if (json_object_get(seen, sb_buf_str(&text)))
			return true;
		json_object_set_new(seen, sb_buf_str(&text), json_true());
	}
	return false;
}

/* The lab changes no type of a field, because it does not convert what objects have in it. */
static void finish_field(struct apply *apply, struct nb_object *field, json_t **before)
{
	int type = nb_field(field->table, "type");

	nb_custom_set_on_delete(apply->call->nb, field);
	if (!apply->failed && (nb_custom_unsupported(field) ||
			       (before && !json_equal(before[type], field->values[type]))))
		refuse_reference(apply,
				 json_string("The lab does not support this kind of field."));
	if (!apply->failed && (is_taken(apply->call->nb, field) ||
			       (before && repeats_value(apply->call->nb, field, before))))
		refuse_database(apply, "IntegrityError");
	if (apply->failed)
		nb_image_drop(before, field->table->n_fields);
	else
		nb_saved(apply->call, field, before);
}

static void apply_change(struct apply *apply, const struct nb_object *type, const json_t *change)
{
	struct lab_netbox *nb = apply->call->nb;
	json_int_t id = json_integer_value(json_object_get(change, "schema_id"));
	struct nb_object *field = nb_custom_field_of(nb, type->id, id, NULL);
	const json_t *definition = json_object_get(change, "schema_def");
	bool adds = sb_streq(text_of(change, "op"), "add");
	json_t **before = NULL, *value;
	const char *name;

	if (sb_streq(text_of(change, "op"), "remove")) {
		nb_delete_object(apply->call, field, false);
		return;
	}
	if (adds) {
		field = nb_insert(nb, nb_table(nb, NB_CUSTOM_FIELD));
		nb_put_take(nb, field, "custom_object_type", json_integer(type->id));
		nb_put_take(nb, field, "_schema_id", json_integer(id));
		json_object_foreach ((json_t *)(uintptr_t)definition, name, value)
			if (!apply->failed)
				set_attribute(apply, field, name, value);
	} else {
		before = nb_image(field);
		json_object_foreach (json_object_get(change, "changed_attrs"), name, value)
			if (!apply->failed)
				set_attribute(apply, field, name, json_array_get(value, 1));
	}
	finish_field(apply, field, before);
}

static void apply_type(struct apply *apply, const json_t *diff)
{
	static const char *const attributes[] = {"name",        "slug",
						 "version",     "verbose_name",
						 "description", "verbose_name_plural",
						 "group_name"};
	struct lab_netbox *nb = apply->call->nb;
	const json_t *definition =
		find_slug(json_object_get(apply->document, "types"), text_of(diff, "slug"));
	struct nb_object *type = nb_custom_type(nb, text_of(diff, "slug"));
	json_t **before = type ? nb_image(type) : NULL;
	bool changes = !type || json_object_size(json_object_get(diff, "cot_changes"));
	size_t i;

	if (!type)
		type = nb_insert(nb, nb_table(nb, NB_CUSTOM_TYPE));
	for (i = 0; changes && i < SB_ARRAY_LEN(attributes); i++) {
		const char *value = text_of(definition, attributes[i]);

		nb_put_take(nb, type, attributes[i], json_string(value ? value : ""));
	}
	if (is_taken(nb, type))
		refuse_database(apply, "IntegrityError");
	if (changes && !apply->failed)
		nb_saved(apply->call, type, before);
	else
		nb_image_drop(before, type->table->n_fields);
}

/* The counter of schema ids is the highest that was ever used. */
static void apply_fields(struct apply *apply, const json_t *diff)
{
	struct lab_netbox *nb = apply->call->nb;
	struct nb_object *type = nb_custom_type(nb, text_of(diff, "slug"));
	const json_t *definition =
		find_slug(json_object_get(apply->document, "types"), text_of(diff, "slug"));
	json_t *change;
	size_t i;

	json_array_foreach (json_object_get(diff, "field_changes"), i, change) {
		json_int_t id = json_integer_value(json_object_get(change, "schema_id"));

		if (!apply->failed)
			apply_change(apply, type, change);
		if (id > nb_int(type, "_next_schema_id"))
			nb_put_take(nb, type, "_next_schema_id", json_integer(id));
	}
	nb_put_take(nb, type, "_document",
		    json_pack("{s:s, s:[O]}", "schema_version", "1", "types", definition));
}

static void apply_diffs(struct apply *apply)
{
	json_t *diff;
	size_t i;

	json_array_foreach (apply->diffs, i, diff)
		if (!apply->failed)
			apply_type(apply, diff);
	json_array_foreach (apply->diffs, i, diff)
		if (!apply->failed)
			apply_fields(apply, diff);
	if (apply->failed)
		return;
	apply->call->nb->types_changed = true;
	set_answer(apply->call, 200, json_pack("{s:b, s:O}", "applied", 1, "diffs", apply->diffs));
}

void nb_custom_apply(struct nb_call *call, const json_t *body)
{
	struct apply apply = {.call = call, .document = json_object_get(body, "schema")};
	const json_t *allow = json_object_get(body, "allow_destructive");
	json_t *errors;

	if (body && !json_is_object(body)) {
		set_answer(call, 400,
			   json_pack("{s:[s]}", "non_field_errors",
				     "Request body must be a JSON/YAML object."));
	} else if (allow && !json_is_boolean(allow)) {
		set_answer(call, 400,
			   json_pack("{s:s}", "allow_destructive",
				     "'allow_destructive' must be a boolean."));
	} else if (!json_is_object(apply.document)) {
		set_answer(call, 400,
			   json_pack("{s:s}", "schema",
				     "A 'schema' object containing the COT schema document is "
				     "required."));
	} else {
		errors = nb_custom_schema_errors(call->nb, apply.document);
		if (json_array_size(errors)) {
			set_answer(call, 400, json_pack("{s:o}", "schema_errors", errors));
			return;
		}
		json_decref(errors);
		apply.diffs = nb_custom_diffs(call->nb, apply.document);
		if ((json_is_true(allow) || check_destructive(&apply)) && check_circles(&apply))
			apply_diffs(&apply);
		json_decref(apply.diffs);
	}
}
