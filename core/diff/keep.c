/* SPDX-License-Identifier: Apache-2.0 */
/* Fields that must stay as they are for what else the object has, whoever owns them. */
#include "diff/keep.h"

#include <string.h>

#include "stagebox/json.h"

/* One reason to keep a field: another member of the object has, or lacks, a value. */
static const struct {
	const char *kind, *field;
	const char *member; /* of the object as it will be */
	const char *value;  /* NULL = it is true */
	bool is_not;
	const char *why;
} rules[] = {
	/* NetBox refuses virtual types there, and any other would take what a person says of the
	 * plug. */
	{"interface", "type", "_occupied", NULL, false, "it has a cable or is marked as connected"},
	/* NetBox: "Only virtual interfaces ... may be assigned to a parent interface." */
	{"interface", "parent", "type", "virtual", true,
	 "only a virtual interface may have a parent, and NetBox has it as another type"},
	/* NetBox: "Virtual interfaces cannot have a parent LAG interface." */
	{"interface", "lag", "type", "virtual", false,
	 "NetBox has it as a virtual interface, which cannot be part of a LAG"},
};

static bool holds(size_t rule, const json_t *row, const json_t *set)
{
	const json_t *value = json_object_get(set, rules[rule].member);
	const char *text;
	bool is_so;

	if (!value)
		value = json_object_get(row, rules[rule].member);
	text = json_string_value(value);
	if (!value) /* not read: nothing is said of it */
		return false;
	is_so = rules[rule].value ? text && sb_streq(text, rules[rule].value) : json_is_true(value);
	return is_so != rules[rule].is_not;
}

int sb_object_keeps(struct sb_pass *pass, const struct sb_want *want,
		    const struct sb_kind_field *field, const json_t *row, const json_t *set)
{
	const json_t *wanted = json_object_get(want->fields, field->name);
	const json_t *current = json_object_get(row, field->name);
	json_t *entry;
	size_t i;

	if (sb_value_same(field, wanted, current))
		return 0;
	for (i = 0; i < SB_ARRAY_LEN(rules); i++) {
		if (!sb_streq(rules[i].kind, pass->kind->name) ||
		    !sb_streq(rules[i].field, field->name) || !holds(i, row, set))
			continue;
		if (sb_value_empty(wanted)) /* what cannot be had may always go */
			return 0;
		entry = json_pack("{s:s, s:s, s:s, s:s, s:O*, s:O*}", "key", want->key, "kind",
				  pass->kind->name, "field", field->name, "why", rules[i].why,
				  "ours", wanted, "theirs", current);
		return json_array_append_new(pass->run->diff->kept, entry) < 0 ? SB_E_NOMEM : 1;
	}
	return 0;
}
