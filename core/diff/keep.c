/* SPDX-License-Identifier: Apache-2.0 */
/* Fields that another member of the object forbids to change, whatever their policy is; and those
 * of a guest that people took into their hands. */
#include "diff/keep.h"

#include <string.h>

#include "diff/want.h"
#include "run/policies.h"
#include "stagebox/json.h"

static bool keep_applies(const struct sb_kind_keep *keep, const json_t *row, const json_t *set)
{
	const json_t *value = json_object_get(set, keep->member);
	const char *text;
	bool is_so;

	if (!value)
		value = json_object_get(row, keep->member);
	text = json_string_value(value);
	if (!value) /* not read, so unknown */
		return false;
	is_so = keep->value ? text && sb_streq(text, keep->value) : json_is_true(value);
	return is_so != keep->is_not;
}

/* Note that a field stays as it is; people see both values. Returns 1, or SB_E_NOMEM. */
static int note_kept(struct sb_pass *pass, const char *key, const char *field, const char *why,
		     const json_t *ours, const json_t *theirs)
{
	json_t *entry =
		json_pack("{s:s, s:s, s:s, s:s, s:O*, s:O*}", "key", key, "kind", pass->kind->name,
			  "field", field, "why", why, "ours", ours, "theirs", theirs);

	return json_array_append_new(pass->run->diff->kept, entry) < 0 ? SB_E_NOMEM : 1;
}

int sb_object_keeps(struct sb_pass *pass, const struct sb_want *want,
		    const struct sb_kind_field *field, const json_t *row, const json_t *set)
{
	const json_t *wanted = json_object_get(want->fields, field->name);
	const json_t *current = json_object_get(row, field->name);
	const struct sb_kind_keep *keep;

	if (sb_value_same(field, wanted, current))
		return 0;
	if (sb_policy_yields(pass->run, pass->kind, field, want->key, row))
		return note_kept(pass, want->key, field->name,
				 "its guest has " SB_MANAGE_FIELD " set, so NetBox decides it",
				 wanted, current);
	for (keep = pass->kind->keeps; keep && keep->field; keep++) {
		if (!sb_streq(keep->field, field->name) || !keep_applies(keep, row, set))
			continue;
		if (sb_value_empty(wanted)) /* clearing the field is always allowed */
			return 0;
		return note_kept(pass, want->key, field->name, keep->why, wanted, current);
	}
	return 0;
}
