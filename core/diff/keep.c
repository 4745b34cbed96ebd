/* SPDX-License-Identifier: Apache-2.0 */
/* Fields that another member of the object forbids to change, whatever their policy is. */
#include "diff/keep.h"

#include <string.h>

#include "diff/want.h"
#include "stagebox/json.h"

/* One reason to keep a field: another member of the object has, or does not have, a value. */
static const struct {
	const char *kind, *field;
	const char *member; /* of the object after the update */
	const char *value;  /* NULL = true */
	bool is_not;
	const char *why;
} rules[] = {
	/* NetBox refuses a virtual type there; any other would overwrite a person's choice. */
	{"interface", "type", "_occupied", NULL, false, "it has a cable or is marked as connected"},
	/* NetBox: "Only virtual interfaces ... may be assigned to a parent interface." */
	{"interface", "parent", "type", "virtual", true,
	 "only a virtual interface may have a parent; its type in NetBox is not virtual"},
	/* NetBox: "Virtual interfaces cannot have a parent LAG interface." */
	{"interface", "lag", "type", "virtual", false,
	 "a virtual interface cannot be part of a LAG; its type in NetBox is virtual"},
};

static bool rule_applies(size_t rule, const json_t *row, const json_t *set)
{
	const json_t *value = json_object_get(set, rules[rule].member);
	const char *text;
	bool is_so;

	if (!value)
		value = json_object_get(row, rules[rule].member);
	text = json_string_value(value);
	if (!value) /* not read, so unknown */
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
		    !sb_streq(rules[i].field, field->name) || !rule_applies(i, row, set))
			continue;
		if (sb_value_empty(wanted)) /* clearing the field is always allowed */
			return 0;
		entry = json_pack("{s:s, s:s, s:s, s:s, s:O*, s:O*}", "key", want->key, "kind",
				  pass->kind->name, "field", field->name, "why", rules[i].why,
				  "ours", wanted, "theirs", current);
		return json_array_append_new(pass->run->diff->kept, entry) < 0 ? SB_E_NOMEM : 1;
	}
	return 0;
}
