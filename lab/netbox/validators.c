/* SPDX-License-Identifier: Apache-2.0 */
/* Settings of the administrator of a NetBox: FIELD_CHOICES and CUSTOM_VALIDATORS. */
#include "call.h"

#include <stdio.h>
#include <string.h>

/* "app.model.field=REST": the type and the field; *ret_rest points into arg. */
static bool parse_field(const struct lab_netbox *nb, const char *arg, char *ret_type,
			char *ret_field, size_t room, const char **ret_rest)
{
	const char *equals = strchr(arg, '='), *dot = equals;

	while (dot && dot > arg && *dot != '.')
		dot--;
	if (!dot || dot == arg || (size_t)(dot - arg) >= room || (size_t)(equals - dot - 1) >= room)
		return false;
	snprintf(ret_type, room, "%.*s", (int)(dot - arg), arg);
	snprintf(ret_field, room, "%.*s", (int)(equals - dot - 1), dot + 1);
	*ret_rest = equals + 1;
	return nb_table(nb, ret_type) && nb_field(nb_table(nb, ret_type), ret_field) >= 0;
}

static const char *entry_text(const json_t *entry, const char *name)
{
	return json_string_value(json_object_get(entry, name));
}

static json_t *split_words(const char *text)
{
	json_t *list = json_array();
	size_t len;

	for (; *text; text += len + (text[len] == ',')) {
		len = strcspn(text, ",");
		json_array_append_new(list, json_stringn(text, len));
	}
	return list;
}

int nb_choices_replace(struct lab_netbox *nb, const char *arg, bool on)
{
	char type[64], field[64], name[140];
	const char *rest;

	if (!arg || !parse_field(nb, arg, type, field, sizeof(type), &rest))
		return -1;
	snprintf(name, sizeof(name), "%s.%s", type, field);
	if (!nb->choices)
		nb->choices = json_object();
	if (on)
		return json_object_set_new(nb->choices, name, split_words(rest));
	json_object_del(nb->choices, name);
	return 0;
}

bool nb_choice_offered(const struct nb_call *call, const char *field,
		       const struct nb_choice *choice)
{
	char name[140];
	const json_t *list, *word;
	size_t i;

	if (!nb_has(call->nb, choice->features))
		return false;
	snprintf(name, sizeof(name), "%s.%s", call->table->model->type, field);
	list = json_object_get(call->nb->choices, name);
	json_array_foreach (list, i, word)
		if (sb_streq(json_string_value(word), choice->value))
			return true;
	return !list;
}

int nb_validators_set(struct lab_netbox *nb, const char *arg, bool on)
{
	char type[64], field[64];
	const char *rest, *how = arg ? strrchr(arg, ':') : NULL;
	json_t *entry;
	size_t i;

	if (!how || !parse_field(nb, arg, type, field, sizeof(type), &rest) || how < rest)
		return -1;
	if (!nb->validators)
		nb->validators = json_array();
	for (i = json_array_size(nb->validators); !on && i--;) {
		entry = json_array_get(nb->validators, i);
		if (sb_streq(entry_text(entry, "arg"), arg))
			json_array_remove(nb->validators, i);
	}
	if (!on)
		return 0;
	return json_array_append_new(
		nb->validators,
		json_pack("{s:s, s:s, s:s, s:s%, s:s}", "arg", arg, "type", type, "field", field,
			  "value", rest, (size_t)(how - rest), "how", how + 1));
}

static bool is_value(const struct lab_netbox *nb, const struct nb_object *object, const char *field,
		     const char *wanted)
{
	const json_t *value = nb_get(object, field), *member;
	const struct nb_object *target;
	char number[32] = "";
	size_t i;

	if (json_is_array(value)) {
		json_array_foreach (value, i, member) {
			target = nb_find(nb_table(nb, "extras.tag"), json_integer_value(member));
			if (target && sb_streq(nb_text(target, "name"), wanted))
				return true;
		}
		return false;
	}
	if (json_is_string(value))
		return sb_streq(json_string_value(value), wanted);
	target = json_is_integer(value) ? nb_ref(nb, object, field) : NULL;
	if (target)
		return sb_streq(nb_text(target, "name"), wanted);
	if (json_is_real(value))
		snprintf(number, sizeof(number), "%g", json_real_value(value));
	if (json_is_integer(value))
		snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(value));
	return *number && sb_streq(number, wanted);
}

void nb_validators_check(struct nb_call *call, const struct nb_object *object)
{
	const json_t *entry;
	size_t i;

	json_array_foreach (call->nb->validators, i, entry) {
		const char *field = entry_text(entry, "field"), *how = entry_text(entry, "how");
		const char *value = entry_text(entry, "value");

		if (!sb_streq(entry_text(entry, "type"), object->table->model->type) ||
		    !is_value(call->nb, object, field, value))
			continue;
		if (sb_streq(how, "500"))
			nb_exception(call, "ValueError");
		else if (sb_streq(how, "quote"))
			nb_error(call, "__all__", "The value %s is not allowed here.", value);
		else if (sb_streq(how, "field"))
			nb_error(call, field, "This value is not allowed.");
		else
			nb_error(call, "__all__", "Custom validation failed.");
		return;
	}
}
