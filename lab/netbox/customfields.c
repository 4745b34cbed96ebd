/* SPDX-License-Identifier: Apache-2.0 */
/* Custom field data: merged on write, checked by type, and output in the form of the field. */
#include "call.h"

#include <ctype.h>
#include <math.h>
#include <regex.h>
#include <stdio.h>
#include <string.h>

struct nb_object *nb_custom_field(const struct lab_netbox *nb, const struct nb_table *table,
				  const char *name)
{
	const struct nb_table *fields = nb_table(nb, "extras.customfield");
	uint32_t id;

	for (id = 1; id < fields->next_id; id++) {
		struct nb_object *field = fields->rows[id];

		if (field && sb_streq(nb_text(field, "name"), name))
			return nb_lists_type(nb_get(field, "object_types"), table->model->type)
				       ? field
				       : NULL;
	}
	return NULL;
}

/* Clients may send related objects in any form; they are stored as ids. */
static json_t *stored_value(struct nb_call *call, const struct nb_object *field, const json_t *in)
{
	const char *type = nb_text(field, "type"), *target = nb_text(field, "related_object_type");
	json_t *list, *item;
	size_t i;

	if (json_is_null(in))
		return json_null();
	if (sb_streq(type, "object"))
		return nb_refer(call, "custom_fields", target, in);
	if (!sb_streq(type, "multiobject") || !json_is_array(in))
		return json_deep_copy(in);
	list = json_array();
	json_array_foreach (in, i, item) {
		json_t *id = nb_refer(call, "custom_fields", target, item);

		if (!id) {
			json_decref(list);
			return NULL;
		}
		json_array_append_new(list, id);
	}
	return list;
}

static void refuse_unknown(struct nb_call *call, const char *name)
{
	json_t *inner = json_object();
	sb_autobuf text = SB_BUF_INIT(1024);

	sb_buf_addf(&text, "Custom field '%s' does not exist for this object type.", name);
	json_object_set_new(inner, name, json_string(sb_buf_str(&text)));
	if (!call->errors)
		call->errors = json_object();
	call->status = 400;
	json_object_set_new(call->errors, "custom_fields", inner);
}

json_t *nb_custom_value(struct nb_call *call, const struct nb_object *object, const json_t *in)
{
	json_t *data;
	const char *name;
	json_t *item;

	if (json_is_null(in)) {
		nb_error(call, "custom_fields", "This field may not be null.");
		return NULL;
	}
	if (!json_is_object(in)) {
		nb_error(call, "custom_fields",
			 "Invalid data format. Custom field data must be "
			 "passed as a dictionary mapping field names to "
			 "their values.");
		return NULL;
	}
	data = json_copy(object->values[object->table->custom]);
	json_object_foreach ((json_t *)(uintptr_t)in, name, item) {
		const struct nb_object *field = nb_custom_field(call->nb, object->table, name);
		json_t *value;

		if (!field) {
			refuse_unknown(call, name);
			json_decref(data);
			return NULL;
		}
		value = stored_value(call, field, item);
		if (!value) {
			json_decref(data);
			return NULL;
		}
		json_object_set_new(data, name, value);
	}
	return data;
}

static bool is_date(const char *text, bool with_time)
{
	int year, month, day, used = 0;

	if (!text || sscanf(text, "%4d-%2d-%2d%n", &year, &month, &day, &used) != 3)
		return false;
	if (month < 1 || month > 12 || day < 1 || day > 31)
		return false;
	return with_time ? text[used] == 'T' || text[used] == ' ' || !text[used] : !text[used];
}

static bool in_choices(const struct lab_netbox *nb, const struct nb_object *field,
		       const char *value, const char **label)
{
	const struct nb_object *set = nb_ref(nb, field, "choice_set");
	json_t *pair;
	size_t i;

	json_array_foreach (set ? nb_get(set, "extra_choices") : NULL, i, pair) {
		const char *own = json_string_value(json_array_get(pair, 0));

		if (own && value && sb_streq(own, value)) {
			if (label)
				*label = json_string_value(json_array_get(pair, 1));
			return true;
		}
	}
	return false;
}

static void check_limits(const struct nb_object *field, double value, struct sb_buf *why)
{
	const json_t *min = nb_get(field, "validation_minimum");
	const json_t *max = nb_get(field, "validation_maximum");

	if (json_is_number(min) && value < json_number_value(min))
		sb_buf_addf(why, "Value must be at least %.4f", json_number_value(min));
	else if (json_is_number(max) && value > json_number_value(max))
		sb_buf_addf(why, "Value must not exceed %.4f", json_number_value(max));
}

static void text_rule(const struct nb_object *field, const json_t *value, struct sb_buf *why)
{
	const char *pattern = nb_text(field, "validation_regex");
	regex_t regex;

	if (!json_is_string(value)) {
		sb_buf_add(why, "Value must be a string.");
		return;
	}
	if (!*pattern || regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0)
		return;
	if (regexec(&regex, json_string_value(value), 0, NULL, 0) != 0)
		sb_buf_addf(why, "Value must match regex '%s'", pattern);
	regfree(&regex);
}

static void select_rule(const struct lab_netbox *nb, const struct nb_object *field,
			const json_t *value, bool multiple, struct sb_buf *why)
{
	const struct nb_object *set = nb_ref(nb, field, "choice_set");
	const char *name = set ? nb_text(set, "name") : "";
	json_t *item;
	size_t i;

	if (!multiple && !in_choices(nb, field, json_string_value(value), NULL)) {
		sb_buf_add(why, "Invalid choice (");
		if (json_is_string(value))
			sb_buf_add(why, json_string_value(value));
		else
			nb_python_repr(why, value);
		sb_buf_addf(why, ") for choice set %s.", name);
	}
	if (multiple && !json_is_array(value))
		sb_buf_add(why, "Value must be a list.");
	json_array_foreach (multiple ? value : NULL, i, item) {
		if (in_choices(nb, field, json_string_value(item), NULL))
			continue;
		sb_buf_addf(why, "Invalid choice(s) (%s) for choice set %s.",
			    json_is_string(item) ? json_string_value(item) : "?", name);
		return;
	}
}

/* Write the error of a value for its field into why; nothing when the value is valid. */
static void value_rule(const struct lab_netbox *nb, const struct nb_object *field,
		       const json_t *value, struct sb_buf *why)
{
	const char *type = nb_text(field, "type");

	if (json_is_string(value) && json_string_length(value) == 0)
		return;
	if (sb_streq(type, "text") || sb_streq(type, "longtext") || sb_streq(type, "url")) {
		text_rule(field, value, why);
	} else if (sb_streq(type, "integer")) {
		if (!json_is_integer(value))
			sb_buf_add(why, "Value must be an integer.");
		else
			check_limits(field, json_number_value(value), why);
	} else if (sb_streq(type, "decimal")) {
		char *end = NULL;
		const char *text = json_string_value(value);
		double number = text ? strtod(text, &end) : json_number_value(value);

		if (text ? *end != '\0' : !json_is_number(value) && !json_is_boolean(value))
			sb_buf_add(why, "Value must be a decimal.");
		else
			check_limits(field, number, why);
	} else if (sb_streq(type, "boolean")) {
		if (!json_is_boolean(value) &&
		    !(json_is_integer(value) && (json_integer_value(value) | 1) == 1))
			sb_buf_add(why, "Value must be true or false.");
	} else if (sb_streq(type, "date")) {
		if (!is_date(json_string_value(value), false))
			sb_buf_add(why, "Date values must be in ISO 8601 format (YYYY-MM-DD).");
	} else if (sb_streq(type, "datetime")) {
		if (!is_date(json_string_value(value), true))
			sb_buf_add(why, "Date and time values must be in ISO 8601 format "
					"(YYYY-MM-DD HH:MM:SS).");
	} else if (sb_streq(type, "select") || sb_streq(type, "multiselect")) {
		select_rule(nb, field, value, type[0] == 'm', why);
	} else if (sb_streq(type, "multiobject") && !json_is_array(value)) {
		sb_buf_addf(why, "Value must be a list of object IDs, not %s",
			    nb_python_type(value));
	}
}

static bool value_is_taken(const struct nb_object *object, const char *name, const json_t *value)
{
	const struct nb_table *table = object->table;
	uint32_t id;

	for (id = 1; id < table->next_id; id++)
		if (table->rows[id] && table->rows[id] != object &&
		    json_equal(json_object_get(table->rows[id]->values[table->custom], name),
			       value))
			return true;
	return false;
}

static bool is_numeric_date(const struct nb_object *field, const json_t *value)
{
	return sb_starts_with(nb_text(field, "type"), "date") && json_is_number(value);
}

/* Apply the default of one custom field, and check that the value is present, of its type and
 * unique. */
static void check_field(struct nb_call *call, const struct nb_object *object,
			const struct nb_object *field, const json_t *in, bool create)
{
	json_t *data = object->values[object->table->custom];
	const char *name = nb_text(field, "name");
	const json_t *value = json_object_get(data, name);
	sb_autobuf why = SB_BUF_INIT(4096);

	/* The check for required fields comes before defaults are filled in, unless the request has
	 * no custom fields at all: then the serializer takes all defaults. */
	bool is_missing = in && json_is_true(nb_get(field, "required"));

	if (create && !json_object_get(in, name) && !is_missing &&
	    !json_is_null(nb_get(field, "default"))) {
		json_t *copy = json_copy(data);

		json_object_set(copy, name, nb_get(field, "default"));
		nb_set_take(call->nb, (struct nb_object *)(uintptr_t)object, object->table->custom,
			    copy);
		value = json_object_get(copy, name);
	}
	if (!value || json_is_null(value)) {
		if (json_is_true(nb_get(field, "required")))
			nb_error(call, "__all__", "Missing required custom field '%s'.", name);
		return;
	}
	if (is_numeric_date(field, value)) {
		nb_exception(call, "TypeError");
		return;
	}
	value_rule(call->nb, field, value, &why);
	if (why.len)
		nb_error(call, "__all__", "Invalid value for custom field '%s': %s", name,
			 sb_buf_str(&why));
	else if (json_is_true(nb_get(field, "unique")) && !call->unchecked &&
		 value_is_taken(object, name, value))
		nb_error(call, "__all__", "Custom field '%s' must have a unique value.", name);
}

void nb_custom_clean(struct nb_call *call, const struct nb_object *object, const json_t *in,
		     bool create)
{
	const struct nb_table *fields = nb_table(call->nb, "extras.customfield");
	uint32_t id;

	if (object->table->custom < 0)
		return;
	for (id = 1; id < fields->next_id && !call->status; id++)
		if (fields->rows[id] && nb_lists_type(nb_get(fields->rows[id], "object_types"),
						      object->table->model->type))
			check_field(call, object, fields->rows[id], in, create);
}

static json_t *label_output(const struct lab_netbox *nb, const struct nb_object *field,
			    const json_t *value)
{
	const char *text = json_string_value(value), *label = text;

	in_choices(nb, field, text, &label);
	return json_pack("{s:s?, s:s?}", "value", text, "label", label);
}

static json_t *field_output(struct lab_netbox *nb, const struct nb_object *field, json_t *value)
{
	const char *type = nb_text(field, "type");
	bool labels = nb_has(nb, NB_SELECT_LABELS);
	const struct nb_table *table = nb_table(nb, nb_text(field, "related_object_type"));
	json_t *list, *item;
	size_t i;

	if (!value || json_is_null(value))
		return json_null();
	if (sb_streq(type, "select") && labels)
		return label_output(nb, field, value);
	if (sb_streq(type, "object") && table) {
		const struct nb_object *to = nb_find(table, json_integer_value(value));

		return to ? nb_nested(nb, to, NULL) : json_null();
	}
	if (sb_streq(type, "url") && labels && json_is_string(value) && json_string_length(value) &&
	    !strstr(json_string_value(value), "://")) {
		sb_autobuf text = SB_BUF_INIT(1 << 16);

		sb_buf_addf(&text, "https://%s", json_string_value(value));
		return json_string(sb_buf_str(&text));
	}
	if (!sb_starts_with(type, "multi") || !json_is_array(value))
		return json_incref(value);
	list = json_array();
	json_array_foreach (value, i, item) {
		const struct nb_object *to =
			table ? nb_find(table, json_integer_value(item)) : NULL;

		if (sb_streq(type, "multiselect"))
			json_array_append_new(
				list, labels ? label_output(nb, field, item) : json_incref(item));
		else if (to)
			json_array_append_new(list, nb_nested(nb, to, NULL));
	}
	return list;
}

json_t *nb_custom_output(struct lab_netbox *nb, const struct nb_object *object)
{
	const struct nb_table *fields = nb_table(nb, "extras.customfield");
	const json_t *data = object->values[object->table->custom];
	json_t *out = json_object();
	uint32_t id;

	for (id = 1; id < fields->next_id; id++) {
		const struct nb_object *field = fields->rows[id];

		if (field &&
		    nb_lists_type(nb_get(field, "object_types"), object->table->model->type))
			json_object_set_new(
				out, nb_text(field, "name"),
				field_output(nb, field,
					     json_object_get(data, nb_text(field, "name"))));
	}
	return out;
}
