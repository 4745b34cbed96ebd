/* SPDX-License-Identifier: Apache-2.0 */
/* Two stages that want different values of one field of one object: the second one fails, as for
 * shared objects, because each run would undo what the run before wrote.
 *
 * What a stage wants of the objects of another stage is noted for each object. The owners want far
 * more: of them the names of the fields are noted, and their values only in the pass that is
 * repeated when a name is found twice. */
#include "diff/dispute.h"

#include <stdio.h>

#include "diff/want.h"
#include "run/account.h"
#include "run/policies.h"
#include "stagebox/json.h"

/* Fields beyond the last bit share it: then more values are noted than are needed. */
static uint64_t bit_of(size_t field)
{
	return UINT64_C(1) << (field < 63 ? field : 63);
}

static void name_field(const struct sb_pass *pass, const struct sb_kind_field *field,
		       char *ret_name, size_t room)
{
	snprintf(ret_name, room, "%s.%s", pass->kind->name, field->name);
}

static bool is_disputed(const struct sb_pass *pass, const struct sb_kind_field *field)
{
	char name[160];

	if (!pass->run->snap->disputed)
		return false;
	name_field(pass, field, name, sizeof(name));
	return json_object_get(pass->run->snap->disputed, name) != NULL;
}

/* The owner of the object wants the field, too: the pass is repeated, and its values are noted. */
static int note_disputed(struct sb_pass *pass, const char *key, const struct sb_kind_field *field,
			 size_t position)
{
	struct sb_run *run = pass->run;
	int i = sb_account_of(run, pass->kind, key);
	const struct sb_account *owner = i < 0 ? NULL : sb_account_at(run, i);
	char name[160];

	if (!owner || owner->stage == pass->at || !(owner->wanted & bit_of(position)) ||
	    is_disputed(pass, field))
		return 0;
	if (!run->snap->disputed)
		run->snap->disputed = json_object();
	name_field(pass, field, name, sizeof(name));
	run->diff->once_more = true;
	return json_object_set_new(run->snap->disputed, name, json_true()) < 0 ? SB_E_NOMEM : 0;
}

static int refuse_value(const struct sb_pass *pass, const char *key,
			const struct sb_kind_field *field, const char *other, struct sb_error *err)
{
	return sb_fail(
		err, SB_E_CONFLICT,
		"stages %s and %s want different values of the field \"%s\" of %s: correct one "
		"of the modules, or do not load both",
		other, pass->stage, field->name, key);
}

/* noted: {"<field>": [stage, value]} of the object. 1 = a value was added. */
static int check_field(struct sb_pass *pass, const struct sb_want *want,
		       const struct sb_kind_field *field, size_t position, json_t *noted,
		       struct sb_error *err)
{
	json_t *value = json_object_get(want->fields, field->name);
	const json_t *entry = json_object_get(noted, field->name);
	const char *other = json_string_value(json_array_get(entry, 0));
	int rc;

	if (sb_policy_of(pass->run, pass->kind, field) == SB_POLICY_NEVER)
		return 0;
	if (!pass->fields_only)
		sb_pass_counters(pass)->wanted |= bit_of(position);
	if (other && !sb_streq(other, pass->stage) &&
	    !sb_value_same(field, json_array_get(entry, 1), value))
		return refuse_value(pass, want->key, field, other, err);
	rc = pass->fields_only ? note_disputed(pass, want->key, field, position) : 0;
	if (rc < 0 || other || !(pass->fields_only || is_disputed(pass, field)))
		return rc;
	return json_object_set_new(noted, field->name, json_pack("[s, O]", pass->stage, value)) < 0
		       ? SB_E_NOMEM
		       : 1;
}

/* An owner's object of which no other stage wants anything, which is the case of nearly all. */
static bool is_undisputed(struct sb_pass *pass, const struct sb_want *want)
{
	const struct sb_kind_field *field;
	uint64_t bits = 0;
	size_t i;

	if (pass->fields_only || pass->run->snap->disputed ||
	    sb_table_get(pass->run->diff->wanted, want->key))
		return false;
	for (field = pass->kind->fields, i = 0; field->name; field++, i++)
		if (json_object_get(want->fields, field->name))
			bits |= bit_of(i);
	sb_pass_counters(pass)->wanted |= bits;
	return true;
}

int sb_dispute_check(struct sb_pass *pass, const struct sb_want *want, struct sb_error *err)
{
	struct sb_table *wanted = pass->run->diff->wanted;
	sb_autojson *noted = NULL;
	const struct sb_kind_field *field;
	bool is_new = false;
	size_t i;
	int rc = 0;

	if (want->state != SB_WANTED || is_undisputed(pass, want))
		return 0;
	noted = sb_table_get_json(wanted, want->key);
	if (!noted)
		noted = json_object();
	for (field = pass->kind->fields, i = 0; rc >= 0 && field->name; field++, i++) {
		if (!json_object_get(want->fields, field->name))
			continue;
		rc = check_field(pass, want, field, i, noted, err);
		is_new = is_new || rc > 0;
	}
	if (rc >= 0 && is_new)
		rc = sb_table_put_json(wanted, want->key, noted);
	if (rc == SB_E_NOMEM)
		return sb_fail(err, rc, "%s: out of memory", want->key);
	return rc < 0 ? rc : 0;
}
