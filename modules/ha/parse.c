/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of answers as JSON, with what Proxmox VE leaves out because it has its default. */
#include "ha.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

json_t *ha_parse_list(const char *text)
{
	json_t *list = json_array();

	for (; text && *text; text += strspn(text, ",; ")) {
		size_t len = strcspn(text, ",; ");

		if (len && json_array_append_new(list, json_stringn(text, len)) < 0)
			break;
		text += len;
	}
	return list;
}

json_t *ha_parse_nodes(const char *text)
{
	sb_autojson *words = ha_parse_list(text);
	json_t *nodes = json_array();
	const json_t *word;
	size_t i;

	json_array_foreach (words, i, word) {
		const char *name = json_string_value(word);
		size_t len = strcspn(name, ":");
		long long priority = name[len] ? strtoll(name + len + 1, NULL, 10) : 0;

		json_array_append_new(nodes, json_pack("{s:s%, s:I}", "node", name, len, "priority",
						       (json_int_t)(priority > 0 ? priority : 0)));
	}
	return nodes;
}

char *ha_join(const json_t *names)
{
	size_t i, room = 1, len = 0;
	const json_t *name;
	char *text;

	json_array_foreach (names, i, name)
		room += json_string_length(name) + 2;
	text = calloc(1, room);
	json_array_foreach (names, i, name)
		if (text && json_is_string(name))
			len += (size_t)snprintf(text + len, room - len, "%s%s", len ? ", " : "",
						json_string_value(name));
	return text;
}

/* {"resources": ["text"]} or {"group": "text"} as ["resources: text"]. */
static json_t *list_errors(const json_t *errors)
{
	json_t *list = json_array(), *value, *text;
	const char *option;
	size_t i;

	json_object_foreach ((json_t *)(uintptr_t)errors, option, value) {
		if (json_is_string(value))
			json_array_append_new(
				list, json_sprintf("%s: %s", option, json_string_value(value)));
		json_array_foreach (value, i, text)
			if (json_is_string(text))
				json_array_append_new(list, json_sprintf("%s: %s", option,
									 json_string_value(text)));
	}
	return list;
}

bool ha_rule_is_applied(const json_t *rule)
{
	return !sb_json_bool(rule, "disable", false) &&
	       !json_object_size(json_object_get(rule, "errors"));
}

json_t *ha_parse_rule(const json_t *item)
{
	const char *nodes = sb_json_str(item, "nodes");

	return json_pack("{s:s?, s:s?, s:o, s:o, s:b, s:b, s:o, s:s?}", "type",
			 sb_json_str(item, "type"), "affinity", sb_json_str(item, "affinity"),
			 "resources", ha_parse_list(sb_json_str(item, "resources")), "nodes",
			 ha_parse_nodes(nodes), "strict", sb_json_bool(item, "strict", false),
			 "disabled", sb_json_bool(item, "disable", false), "errors",
			 list_errors(json_object_get(item, "errors")), "comment",
			 sb_json_str(item, "comment"));
}

json_t *ha_parse_group(const json_t *item)
{
	return json_pack(
		"{s:o, s:b, s:b, s:s?}", "nodes", ha_parse_nodes(sb_json_str(item, "nodes")),
		"restricted", sb_json_bool(item, "restricted", false), "nofailback",
		sb_json_bool(item, "nofailback", false), "comment", sb_json_str(item, "comment"));
}

static json_int_t count_or_one(const json_t *item, const char *name)
{
	int64_t count = 1;

	sb_json_int(item, name, &count);
	return (json_int_t)count;
}

json_t *ha_parse_resource(const json_t *item, int major)
{
	const char *state = sb_json_str(item, "state");
	json_t *row = json_pack("{s:s, s:I, s:I, s:s?, s:s?, s:o}", "requested",
				state ? state : "started", "max_restart",
				count_or_one(item, "max_restart"), "max_relocate",
				count_or_one(item, "max_relocate"), "group",
				sb_json_str(item, "group"), "comment", sb_json_str(item, "comment"),
				"errors", list_errors(json_object_get(item, "errors")));

	json_object_set_new(row, "failback",
			    major >= 9 ? json_boolean(sb_json_bool(item, "failback", true))
				       : json_null()); /* a matter of the group */
	return row;
}

/* Proxmox VE has sent numbers and texts for one option: all are texts. */
static void put_option(json_t *options, const char *name, const json_t *value)
{
	json_t *text = NULL;

	if (json_is_string(value))
		text = json_incref((json_t *)(uintptr_t)value);
	else if (json_is_boolean(value))
		text = json_string(json_is_true(value) ? "1" : "0");
	else if (json_is_integer(value))
		text = json_sprintf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (json_is_real(value))
		text = json_sprintf("%g", json_real_value(value));
	if (text)
		json_object_set_new(options, name, text);
}

json_t *ha_parse_property(const json_t *value, const char *first)
{
	const char *text = json_string_value(value), *equals, *name;
	json_t *object = json_object(), *member;
	size_t len;

	json_object_foreach ((json_t *)(uintptr_t)value, name, member)
		put_option(object, name, member);
	for (; text && *text; text += len + (text[len] == ',')) {
		len = strcspn(text, ",");
		equals = memchr(text, '=', len);
		if (equals)
			json_object_setn_new(
				object, text, (size_t)(equals - text),
				json_stringn(equals + 1, len - (size_t)(equals + 1 - text)));
		else if (len)
			json_object_set_new(object, first, json_stringn(text, len));
	}
	return object;
}

bool ha_is_managed(const json_t *resource)
{
	const char *requested = sb_json_str(resource, "requested");

	return resource && !(requested && sb_streq(requested, "ignored"));
}
