/* SPDX-License-Identifier: Apache-2.0 */
/* Check values of clients and convert them to the stored form. */
#include "filter.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/blank.h"

size_t nb_chars(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

const char *nb_python_type(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT: return "dict";
	case JSON_ARRAY: return "list";
	case JSON_STRING: return "str";
	case JSON_INTEGER: return "int";
	case JSON_REAL: return "float";
	case JSON_TRUE:
	case JSON_FALSE: return "bool";
	default: return "NoneType";
	}
}

/* Convert a string or number to a string without surrounding spaces. New reference, or NULL with an
 * error. */
static json_t *plain_string(struct nb_call *call, const struct nb_field *field, const json_t *in)
{
	sb_autobuf text = SB_BUF_INIT(1 << 22);
	const char *start;

	if (json_is_string(in)) {
		if (strlen(json_string_value(in)) != json_string_length(in)) {
			nb_error(call, field->name, "Null characters are not allowed.");
			return NULL;
		}
		sb_buf_add(&text, json_string_value(in));
	} else if (json_is_number(in)) {
		sb_buf_add_json(&text, in);
	} else {
		nb_error(call, field->name, "Not a valid string.");
		return NULL;
	}
	start = sb_blank_skip(sb_buf_str(&text));
	return json_stringn(start, sb_blank_trimmed(start, strlen(start)));
}

/* Slugs of tags may contain letters of any script. */
static bool is_slug(const char *text, bool any_script)
{
	for (; *text; text++)
		if (!isalnum((unsigned char)*text) && *text != '-' && *text != '_' &&
		    !(any_script && (unsigned char)*text & 0x80))
			return false;
	return true;
}

static bool is_color(const char *text)
{
	return strlen(text) == 6 && strspn(text, "0123456789abcdef") == 6;
}

/* Two checks of NetBox report the same error with different quotes. */
static void refuse_unicode_slug(struct nb_call *call, const struct nb_field *field)
{
	static const char rule[] =
		"consisting of Unicode letters, numbers, underscores, or hyphens.";

	nb_error(call, field->name, "Enter a valid \u201cslug\u201d %s", rule);
	nb_error(call, field->name, "Enter a valid \"slug\" %s", rule);
}

static json_t *string_value(struct nb_call *call, const struct nb_field *field, const json_t *in)
{
	bool any_script = sb_streq(call->table->model->type, "extras.tag");
	sb_autojson *value = plain_string(call, field, in);
	const char *text = json_string_value(value);

	if (!value)
		return NULL;
	if (!*text) {
		if (field->flags & NB_NULL && field->flags & NB_UNIQUE)
			return json_null();
		if (!(field->flags & (NB_BLANK | NB_NULL))) {
			nb_error(call, field->name, "This field may not be blank.");
			return NULL;
		}
	}
	if (field->max_length && nb_chars(text) > (size_t)field->max_length)
		nb_error(call, field->name, "Ensure this field has no more than %d characters.",
			 field->max_length);
	else if (field->kind == NB_SLUG && any_script && !is_slug(text, true))
		refuse_unicode_slug(call, field);
	else if (field->kind == NB_SLUG && !is_slug(text, any_script))
		nb_error(call, field->name,
			 "Enter a valid \"slug\" consisting of letters, numbers, underscores or "
			 "hyphens.");
	else if (field->kind == NB_COLOR && !is_color(text))
		nb_error(call, field->name, "Enter a valid hexadecimal RGB color code.");
	else
		return json_incref(value);
	return NULL;
}

/* Print a bound as Python does. */
static const char *bound_text(const struct nb_field *field, double bound, char out[80])
{
	if (field->flags & NB_EXACT_BOUNDS)
		snprintf(out, 80, "%.60g", bound);
	else if (field->flags & NB_FLOAT_BOUNDS && floor(bound) == bound)
		snprintf(out, 80, "%.1f", bound);
	else
		snprintf(out, 80, "%.15g", bound);
	return out;
}

static bool range_ok(struct nb_call *call, const struct nb_field *field, double value)
{
	char text[80];

	if (field->has_min && value < field->min) {
		nb_error(call, field->name, "Ensure this value is greater than or equal to %s.",
			 bound_text(field, field->min, text));
		return false;
	}
	if (field->has_max && value > field->max) {
		nb_error(call, field->name, "Ensure this value is less than or equal to %s.",
			 bound_text(field, field->max, text));
		return false;
	}
	return true;
}

static json_t *int_value(struct nb_call *call, const struct nb_field *field, const json_t *in)
{
	json_int_t value = json_integer_value(in);
	bool good = json_is_integer(in);

	if (json_is_real(in) && floor(json_real_value(in)) == json_real_value(in)) {
		value = (json_int_t)json_real_value(in);
		good = true;
	}
	if (json_is_string(in)) {
		char *end;

		value = strtoll(json_string_value(in), &end, 10);
		good = end != json_string_value(in) && !*end;
	}
	if (!good) {
		nb_error(call, field->name, "A valid %s is required.",
			 field->flags & NB_BIG ? "biginteger" : "integer");
		return NULL;
	}
	return range_ok(call, field, (double)value) ? json_integer(value) : NULL;
}

static json_t *decimal_value(struct nb_call *call, const struct nb_field *field, const json_t *in)
{
	double value = json_number_value(in), scaled;
	bool good = json_is_number(in);
	int i;

	if (json_is_string(in)) {
		char *end;

		value = strtod(json_string_value(in), &end);
		good = end != json_string_value(in) && !*end;
	}
	if (!good || !isfinite(value)) {
		nb_error(call, field->name, "A valid number is required.");
		return NULL;
	}
	scaled = value;
	for (i = 0; i < field->places; i++)
		scaled *= 10;
	if (fabs(scaled - round(scaled)) > 1e-6) {
		nb_error(call, field->name, "Ensure that there are no more than %d decimal places.",
			 field->places);
		return NULL;
	}
	if (fabs(value) >= pow(10, field->digits - field->places)) {
		nb_error(call, field->name,
			 "Ensure that there are no more than %d digits before the decimal point.",
			 field->digits - field->places);
		return NULL;
	}
	return range_ok(call, field, value) ? json_real(value) : NULL;
}

static bool word_in(const char *word, const char *const *list)
{
	for (; *list; list++)
		if (sb_streq(*list, word))
			return true;
	return false;
}

static json_t *bool_value(struct nb_call *call, const struct nb_field *field, const json_t *in)
{
	static const char *const yes[] = {"t",   "y",   "yes",  "true", "on", "1",  "T", "Y",
					  "YES", "Yes", "TRUE", "True", "On", "ON", NULL};
	static const char *const no[] = {"f",  "n",  "no",    "false", "off", "0",   "F", "N",
					 "NO", "No", "FALSE", "False", "Off", "OFF", NULL};
	const char *text = json_string_value(in);

	if (json_is_boolean(in))
		return json_boolean(json_is_true(in));
	if (json_is_number(in) && (json_number_value(in) == 0 || json_number_value(in) == 1))
		return json_boolean(json_number_value(in) == 1);
	if (text && word_in(text, yes))
		return json_true();
	if (text && word_in(text, no))
		return json_false();
	nb_error(call, field->name, "Must be a valid boolean.");
	return NULL;
}

static json_t *choice_value(struct nb_call *call, const struct nb_field *field, const json_t *in)
{
	sb_autobuf text = SB_BUF_INIT(1 << 20);
	const struct nb_choice *choice;

	if (json_is_null(in) || (json_is_string(in) && json_string_length(in) == 0)) {
		if (field->flags & (NB_BLANK | NB_NULL))
			return json_null();
		nb_error(call, field->name, "This field may not be blank.");
		return NULL;
	}
	if (!(field->flags & NB_BARE) && (json_is_object(in) || json_is_array(in))) {
		nb_error(call, field->name,
			 "Value must be passed directly (e.g. \"foo\": 123); do not use a "
			 "dictionary or list.");
		return NULL;
	}
	if (json_is_string(in))
		sb_buf_add(&text, json_string_value(in));
	else
		nb_python_repr(&text, in);
	for (choice = field->choices; choice->value; choice++)
		if (sb_streq(choice->value, sb_buf_str(&text)) &&
		    nb_choice_offered(call, field->name, choice))
			return json_string(choice->value);
	nb_error(call, field->name,
		 field->flags & NB_BARE ? "\"%s\" is not a valid choice."
					: "%s is not a valid choice.",
		 sb_buf_str(&text));
	return NULL;
}

static json_t *pks_value(struct nb_call *call, const struct nb_field *field, const json_t *in)
{
	struct nb_table *table = nb_table(call->nb, field->target);
	sb_autojson *list = json_array();
	json_t *item;
	size_t i, k;

	if (!json_is_array(in)) {
		nb_error(call, field->name, "Expected a list of items but got type \"%s\".",
			 nb_python_type(in));
		return NULL;
	}
	json_array_foreach (in, i, item) {
		json_int_t id = json_is_string(item) ? strtoll(json_string_value(item), NULL, 10)
						     : json_integer_value(item);

		if (!json_is_integer(item) && !json_is_string(item)) {
			nb_error(call, field->name,
				 "Incorrect type. Expected pk value, received %s.",
				 nb_python_type(item));
			return NULL;
		}
		if (!table || !nb_find(table, id)) {
			nb_error(call, field->name,
				 "Invalid pk \"%" JSON_INTEGER_FORMAT "\" - object does not exist.",
				 id);
			return NULL;
		}
		for (k = 0; k < json_array_size(list); k++)
			if (json_integer_value(json_array_get(list, k)) == id)
				break;
		if (k == json_array_size(list))
			json_array_append_new(list, json_integer(id));
	}
	return json_incref(list);
}

static json_t *type_value(struct nb_call *call, const struct nb_field *field, const json_t *in)
{
	const char *type = json_string_value(in);

	if (type && nb_type_known(call->nb, type) && nb_type_allowed(field->target, type))
		return json_string(type);
	nb_error(call, field->name, "Invalid content type: %s", type ? type : "None");
	return NULL;
}

static json_t *types_value(struct nb_call *call, const struct nb_field *field, const json_t *in)
{
	sb_autojson *list = json_array();
	json_t *item;
	size_t i;

	if (!json_is_array(in)) {
		nb_error(call, field->name, "Expected a list of items but got type \"%s\".",
			 nb_python_type(in));
		return NULL;
	}
	json_array_foreach (in, i, item) {
		json_t *type = type_value(call, field, item);

		if (!type)
			return NULL;
		json_array_append_new(list, type);
	}
	return json_incref(list);
}

static json_t *net_value(struct nb_call *call, const struct nb_field *field, const json_t *in)
{
	const char *text = json_string_value(in);
	struct nb_net net, masked;
	char out[72];

	if (!text || !nb_net_parse(text, &net, NULL)) {
		nb_error(call, field->name, "Invalid %s format: %s",
			 field->kind == NB_PREFIX ? "IP network" : "IP address", text ? text : "");
		return NULL;
	}
	masked = net;
	nb_net_mask(&masked);
	if (field->kind == NB_PREFIX && memcmp(masked.bytes, net.bytes, sizeof(net.bytes)) != 0) {
		nb_net_text(&masked, out);
		nb_error(call, field->name, "%s is not a valid prefix. Did you mean %s?", text,
			 out);
		return NULL;
	}
	nb_net_text(&net, out);
	return json_string(out);
}

static json_t *mac_value(struct nb_call *call, const struct nb_field *field, const json_t *in)
{
	const char *text = json_string_value(in);
	char out[18];

	if (text && nb_mac_parse(text, out))
		return json_string(out);
	if (field->kind == NB_MAC_INPUT && !text && !json_is_number(in))
		nb_error(call, field->name, "Not a valid string.");
	else if (field->kind == NB_MAC)
		nb_error(call, field->name, "Invalid MAC address format: %s", text ? text : "");
	else
		nb_error(call, field->name, "Enter a valid MAC address (e.g. 00:11:22:33:44:55).");
	return NULL;
}

static bool is_date(const char *text)
{
	static const char form[] = "dddd-dd-dd";
	size_t i;

	for (i = 0; form[i] && text[i]; i++)
		if (form[i] == 'd' ? !isdigit((unsigned char)text[i]) : text[i] != form[i])
			return false;
	return !form[i] && !text[i] && strtol(text + 5, NULL, 10) >= 1 &&
	       strtol(text + 5, NULL, 10) <= 12 && strtol(text + 8, NULL, 10) >= 1 &&
	       strtol(text + 8, NULL, 10) <= 31;
}

static json_t *date_value(struct nb_call *call, const struct nb_field *field, const json_t *in)
{
	if (json_is_string(in) && is_date(json_string_value(in)))
		return json_string(json_string_value(in));
	nb_error(call, field->name,
		 "Date has wrong format. Use one of these formats instead: YYYY-MM-DD.");
	return NULL;
}

static json_t *time_value(struct nb_call *call, const struct nb_field *field, const json_t *in)
{
	char text[40];
	int64_t us;

	if (json_is_string(in) && nb_lookup_time(json_string_value(in), &us)) {
		nb_time_text(us, "Z", text);
		return json_string(text);
	}
	nb_error(call, field->name,
		 "Datetime has wrong format. Use one of these formats instead: "
		 "YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z].");
	return NULL;
}

static json_t *null_value(struct nb_call *call, const struct nb_field *field)
{
	if (field->flags & NB_NULL)
		return json_null();
	nb_error(call, field->name, "This field may not be null.");
	return NULL;
}

json_t *nb_value(struct nb_call *call, const struct nb_field *field, const json_t *in)
{
	if (field->kind == NB_CHOICE)
		return choice_value(call, field, in);
	if (json_is_null(in))
		return null_value(call, field);
	switch (field->kind) {
	case NB_STR:
	case NB_SLUG:
	case NB_COLOR: return string_value(call, field, in);
	case NB_INT:
	case NB_GID: return int_value(call, field, in);
	case NB_DEC: return decimal_value(call, field, in);
	case NB_BOOL: return bool_value(call, field, in);
	case NB_FK: return nb_refer(call, field->name, field->target, in);
	case NB_PKS: return pks_value(call, field, in);
	case NB_GTYPE: return type_value(call, field, in);
	case NB_TYPES: return types_value(call, field, in);
	case NB_DATE: return date_value(call, field, in);
	case NB_TIME: return time_value(call, field, in);
	case NB_PREFIX:
	case NB_ADDRESS: return net_value(call, field, in);
	case NB_MAC:
	case NB_MAC_INPUT: return mac_value(call, field, in);
	default: return json_deep_copy(in);
	}
}
