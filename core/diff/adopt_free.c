/* SPDX-License-Identifier: Apache-2.0 */
/* Which candidates belong to nobody else, so that they may be adopted. */
#include <stdio.h>
#include <string.h>

#include "diff/adopt.h"
#include "diff/want.h"
#include "stagebox/json.h"

static bool is_listed(const char *const *list, const char *text)
{
	for (; *list; list++)
		if (sb_streq(*list, text))
			return true;
	return false;
}

/* An agent reports any address. Only one that people keep for nothing else is taken for it. */
static bool is_plain(const struct sb_kind *kind, const json_t *row, char *ret_why, size_t room)
{
	const struct sb_kind_field *field;

	for (field = kind->fields; field->name; field++) {
		const json_t *value = json_object_get(row, field->name);
		const char *text = json_string_value(value);

		if (field->apart && !sb_value_empty(value)) {
			snprintf(ret_why, room, "%s%s%.40s", field->apart, text ? " " : "",
				 text ? text : "");
			return false;
		}
		if (field->plain && text && !is_listed(field->plain, text)) {
			snprintf(ret_why, room, "its %s is %.40s", field->name, text);
			return false;
		}
	}
	return true;
}

bool sb_adopt_is_free(const struct sb_pass *pass, const struct sb_want *want, const json_t *row,
		      char *ret_why, size_t room)
{
	const char *parent = pass->kind->parent_field, *key = sb_json_str(row, "stagebox_key");
	const json_t *now = parent ? json_object_get(row, parent) : NULL;
	const char *holder = sb_json_str(row, "holder");

	if (key) {
		snprintf(ret_why, room, "it belongs to %.200s", key);
		return false;
	}
	if (!parent)
		return true;
	if (!sb_value_empty(now)) {
		if (json_equal(now, json_object_get(want->fields, parent)))
			return true;
		snprintf(ret_why, room, "it is assigned to %.200s",
			 holder ? holder : "another object");
		return false;
	}
	return is_plain(pass->kind, row, ret_why, room);
}
