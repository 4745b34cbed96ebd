/* SPDX-License-Identifier: Apache-2.0 */
/* An address that another guest takes over keeps what people attached to it, but not what we wrote
 * there for the former guest: a new object would not have it either. */
#include "diff/former.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "diff/policy.h"
#include "load/writes.h"
#include "run/policies.h"
#include "run/question.h"
#include "stagebox/json.h"

/* Does the part come from another guest or node? One that moved itself brings its own parts. */
static bool has_other_owner(const struct sb_run *run, const struct sb_want *want)
{
	char now[512], before[512];
	const char *moved;

	if (!want->stood)
		return false;
	sb_key_top(want->key, now);
	sb_key_top(want->stood, before);
	moved = sb_table_get(run->diff->moved, now);
	return !sb_streq(now, before) && (!moved || !sb_streq(moved, before));
}

/* Does the stage, which may write the field, say nothing of it? */
static bool is_unsaid(const struct sb_pass *pass, const struct sb_want *want,
		      const struct sb_kind_field *field)
{
	return field->type == SB_FIELD_TEXT && sb_object_takes(pass, field) &&
	       pass->written & sb_field_bit(pass->kind, field) &&
	       !json_object_get(want->fields, field->name) &&
	       !json_object_get(want->unknown, field->name);
}

static bool may_clear(const struct sb_pass *pass, const struct sb_kind_field *field)
{
	enum sb_policy policy = sb_policy_of(pass->run, pass->kind, field);

	return policy == SB_POLICY_IF_UNCHANGED || policy == SB_POLICY_ALWAYS;
}

/* Did we write what NetBox has now? *ret_known: false = the change log is being asked. */
static bool is_ours(const struct sb_pass *pass, const char *key, const struct sb_kind_field *field,
		    const json_t *current, struct sb_last *last, bool *ret_known)
{
	const json_t *value;
	bool has_value;

	*ret_known = sb_last_value(pass->run, key, field->name, last, &value, &has_value);
	if (!*ret_known)
		return false;
	return sb_run_has_sent(pass->run, key, field, current) ||
	       (has_value && sb_value_same(field, current, value));
}

int sb_former_leave(struct sb_pass *pass, struct sb_want *want, const json_t *row)
{
	const char *stored = sb_want_stored_key(want);
	const struct sb_kind_field *field;
	struct sb_last last = {0};
	char id[32];
	bool known;
	int rc = 0;

	if (!has_other_owner(pass->run, want))
		return 0;
	snprintf(id, sizeof(id), "%" JSON_INTEGER_FORMAT,
		 json_integer_value(json_object_get(row, "id")));
	for (field = pass->kind->fields; rc >= 0 && field->name; field++) {
		const json_t *current = json_object_get(row, field->name);

		if (sb_value_empty(current) || !is_unsaid(pass, want, field) ||
		    !may_clear(pass, field))
			continue;
		if (is_ours(pass, stored, field, current, &last, &known))
			rc = json_object_set_new(want->fields, field->name, json_null());
		else if (!known)
			rc = sb_question_add(pass->run, SB_ASK_CHANGES, pass->kind, id, stored);
	}
	sb_last_finish(&last);
	return rc < 0 ? SB_E_NOMEM : 0;
}
