/* SPDX-License-Identifier: Apache-2.0 */
/* The check of a schema document, as the plugin does it by a JSON Schema, whose limits are those of
 * the rows. What is wrong within a field is one error of the field. */
#include "custom.h"

#include <string.h>

enum { MAX_ERRORS = 10 };

static const char type_members[] = "name slug version verbose_name verbose_name_plural description "
				   "group_name fields removed_fields";

static void add_error(json_t *errors, const json_t *path, const char *key, const char *text)
{
	json_t *own = json_copy((json_t *)(uintptr_t)path);

	if (key)
		json_array_append_new(own, json_string(key));
	json_array_append_new(errors, json_pack("{s:o, s:s}", "path", own, "message", text));
}

/* Check that an object has the required members, blank separated, and no unknown ones. */
static void check_members(const json_t *object, const char *known, const char *required,
			  const json_t *path, json_t *errors)
{
	sb_autobuf unknown = SB_BUF_INIT(1 << 16), text = SB_BUF_INIT(1 << 16);
	const char *key;
	size_t n = 0, len;
	json_t *value;

	for (; *required; required += len + (required[len] == ' ')) {
		len = strcspn(required, " ");
		sb_buf_reset(&text);
		sb_buf_addf(&text, "'%.*s' is a required property", (int)len, required);
		if (!json_object_getn(object, required, len))
			add_error(errors, path, NULL, sb_buf_str(&text));
	}
	json_object_foreach ((json_t *)(uintptr_t)object, key, value)
		if (!nb_type_allowed(known, key))
			sb_buf_addf(&unknown, "%s'%s'", n++ ? ", " : "", key);
	sb_buf_reset(&text);
	sb_buf_addf(&text, "Additional properties are not allowed (%s %s unexpected)",
		    sb_buf_str(&unknown), n > 1 ? "were" : "was");
	if (n)
		add_error(errors, path, NULL, sb_buf_str(&text));
}

/* Write what is wrong with a text for a field into why, or nothing. */
static void check_text(const struct nb_field *field, const json_t *value, struct sb_buf *why)
{
	const char *text = json_string_value(value);
	char sign = field->kind == NB_SLUG ? '-' : sb_streq(field->name, "name") ? '_' : 0;

	nb_python_repr(why, value);
	if (!text)
		sb_buf_add(why, " is not of type 'string'");
	else if (sign && !nb_custom_is_name(text, sign))
		sb_buf_addf(why, " does not match '^[a-z0-9]+(%c[a-z0-9]+)*$'", sign);
	else if (!sign && field->max_length && nb_chars(text) > (size_t)field->max_length)
		sb_buf_add(why, " is too long");
	else
		sb_buf_reset(why);
}

static bool is_choice(const struct nb_field *field, const char *value)
{
	const struct nb_choice *choice;

	for (choice = field->choices; value && choice->value; choice++)
		if (sb_streq(choice->value, value))
			return true;
	return false;
}

static bool is_valid(const struct nb_field *field, const json_t *value, const char *type)
{
	bool bounds = sb_starts_with(field->name, "validation_");
	sb_autobuf why = SB_BUF_INIT(1 << 16);

	switch (field->kind) {
	case NB_BOOL: return json_is_boolean(value);
	case NB_CHOICE: return is_choice(field, json_string_value(value));
	case NB_FK:
	case NB_COMPUTED: return json_is_string(value);
	case NB_INT:
		return (json_is_integer(value) && (bounds || json_integer_value(value) >= 0)) ||
		       (bounds && json_is_real(value) && sb_streq(type, "decimal"));
	case NB_STR: check_text(field, value, &why); return !why.len;
	default: return true;
	}
}

static bool field_is_valid(const struct nb_table *rows, const json_t *field)
{
	const char *type = json_string_value(json_object_get(field, "type")), *key;
	json_t *value;

	if (!type || json_integer_value(json_object_get(field, "id")) < 1 ||
	    !json_object_get(field, "name") || sb_streq(type, "coordinates"))
		return false;
	if ((nb_custom_attribute_fits("choice_set", type) &&
	     !json_object_get(field, "choice_set")) ||
	    (nb_custom_attribute_fits("related_object_type", type) &&
	     !json_object_get(field, "related_object_type")))
		return false;
	json_object_foreach ((json_t *)(uintptr_t)field, key, value) {
		bool known = sb_streq(key, "name") || sb_streq(key, "type");

		if (sb_streq(key, "id"))
			continue;
		if (!known && !nb_custom_attribute_fits(key, type))
			return false;
		if (!is_valid(&rows->fields[nb_field(rows, key)], value, type))
			return false;
	}
	return true;
}

/* The path of a member of a list; elements are texts in the answer. New reference. */
static json_t *path_to(const json_t *path, const char *key, size_t i)
{
	json_t *own = json_copy((json_t *)(uintptr_t)path);

	json_array_append_new(own, json_string(key));
	json_array_append_new(own, json_sprintf("%zu", i));
	return own;
}

static void check_type(const struct lab_netbox *nb, const json_t *type, const json_t *path,
		       json_t *errors)
{
	const struct nb_table *types = nb_table(nb, NB_CUSTOM_TYPE);
	json_t *item;
	size_t i;

	check_members(type, type_members, "name slug", path, errors);
	for (i = 0; i < types->n_fields; i++) {
		const struct nb_field *field = &types->fields[i];
		sb_autobuf why = SB_BUF_INIT(1 << 16);

		item = json_object_get(type, field->name);
		if (item && (field->kind == NB_STR || field->kind == NB_SLUG))
			check_text(field, item, &why);
		if (why.len)
			add_error(errors, path, field->name, sb_buf_str(&why));
	}
	json_array_foreach (json_object_get(type, "fields"), i, item) {
		sb_autojson *own = path_to(path, "fields", i);
		sb_autobuf text = SB_BUF_INIT(1 << 20);

		nb_python_repr(&text, item);
		sb_buf_add(&text, " is not valid under any of the given schemas");
		if (!field_is_valid(nb_table(nb, NB_CUSTOM_FIELD), item))
			add_error(errors, own, NULL, sb_buf_str(&text));
	}
	json_array_foreach (json_object_get(type, "removed_fields"), i, item) {
		sb_autojson *own = path_to(path, "removed_fields", i);

		check_members(item, "id name type removed_in", "id name type", own, errors);
	}
}

json_t *nb_custom_schema_errors(const struct lab_netbox *nb, const json_t *document)
{
	const char *version = json_string_value(json_object_get(document, "schema_version"));
	const json_t *types = json_object_get(document, "types");
	json_t *errors = json_array(), *item;
	sb_autojson *root = json_array();
	size_t i;

	check_members(document, "schema_version types", "schema_version types", root, errors);
	if (json_object_get(document, "schema_version") && !(version && sb_streq(version, "1")))
		add_error(errors, root, "schema_version", "'1' was expected");
	if (types && !json_array_size(types))
		add_error(errors, root, "types", "[] should be non-empty");
	json_array_foreach (types, i, item) {
		sb_autojson *path = path_to(root, "types", i);

		check_type(nb, item, path, errors);
	}
	while (json_array_size(errors) > MAX_ERRORS)
		json_array_remove(errors, json_array_size(errors) - 1);
	return errors;
}
