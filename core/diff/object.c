/* SPDX-License-Identifier: Apache-2.0 */
/* Compares one wanted object with NetBox's, field by field, and plans the update. */
#include "diff/object.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diff/adopt.h"
#include "diff/adopt_rules.h"
#include "diff/choice.h"
#include "diff/former.h"
#include "diff/inherited.h"
#include "diff/journal.h"
#include "diff/keep.h"
#include "diff/policy.h"
#include "diff/refused.h"
#include "diff/token.h"
#include "diff/union.h"
#include "diff/volatile.h"
#include "diff/want.h"
#include "run/policies.h"
#include "run/question.h"
#include "stagebox/json.h"

/* Note why an object will not exist, for the objects that refer to it. */
static int note_absence(struct sb_pass *pass, const char *key, const struct sb_error *why)
{
	return pass->fields_only ? 0 : sb_reason_put(pass->run->diff->absent_why, key, why);
}

int sb_object_unknown(struct sb_pass *pass, struct sb_want *want, bool has_row)
{
	sb_run_partial_object(pass->run, pass->at,
			      pass->fields_only ? SB_EFFECT_PARTIAL : SB_EFFECT_UNKNOWN, want->key,
			      &want->why);
	if (pass->fields_only)
		return 0;
	sb_pass_counters(pass)->unknown++;
	if (has_row)
		sb_pass_counters(pass)->kept++;
	/* Parts of an unknown object are unknown too, even when the cause was an HTTP 404. */
	want->why.code = SB_E_STATE;
	return has_row ? 0 : note_absence(pass, want->key, &want->why);
}

int sb_object_skip(struct sb_pass *pass, struct sb_want *want, bool has_row)
{
	struct sb_error why = want->why;

	/* sb_want_skip() is not an error; conflicts are reported separately. */
	if (want->state == SB_WANT_ABSENT && why.code != SB_E_CONFLICT)
		sb_run_partial_object(pass->run, pass->at,
				      pass->fields_only ? SB_EFFECT_PARTIAL : SB_EFFECT_SKIPPED,
				      want->key, &why);
	else if (!pass->fields_only)
		sb_run_note(pass->run, pass->at, SB_EFFECT_SKIPPED, want->key, &why);
	if (pass->fields_only)
		return 0;
	sb_pass_counters(pass)->skipped++;
	pass->run->diff->n_blocked += want->why.code == SB_E_CONFLICT;
	if (has_row)
		sb_pass_counters(pass)->kept++;
	if (!has_row && why.code != SB_E_UNSUPPORTED && why.code != SB_E_CONFLICT)
		why.code = SB_E_NOTFOUND;
	return has_row ? 0 : note_absence(pass, want->key, &why);
}

int sb_object_conflict(struct sb_pass *pass, const char *key, const char *field, const json_t *ours,
		       const json_t *theirs, const char *why)
{
	json_t *entry = json_pack("{s:s, s:s, s:s*, s:o, s:O*, s:O*}", "key", key, "kind",
				  pass->kind->name, "field", field, "why", sb_json_text(why, 512),
				  "ours", ours, "theirs", theirs);

	return json_array_append_new(pass->run->diff->conflicts, entry) < 0 ? SB_E_NOMEM : 0;
}

/* The differences of one object. Each member is NULL while it is empty, because most objects have
 * no difference. */
struct changes {
	json_t *set, *was;           /* members of the update */
	json_t *late_set, *late_was; /* volatile ones, not written alone */
	json_t *unread;              /* written with any other one */
	json_t *settled;             /* to store as last applied without a write */
	json_t *members;             /* to remember of its sets once it is written */
};

static void finish_changes(struct changes *changes)
{
	json_decref(changes->set);
	json_decref(changes->was);
	json_decref(changes->late_set);
	json_decref(changes->late_was);
	json_decref(changes->unread);
	json_decref(changes->settled);
	json_decref(changes->members);
}

static void put_changes(json_t **object, json_t *members)
{
	if (!*object)
		*object = json_object();
	json_object_update(*object, members);
}

static void put_change(json_t **object, const char *name, const json_t *value)
{
	if (!*object)
		*object = json_object();
	json_object_set_new(*object, name, value ? sb_value_share(value) : json_null());
}

/* Record an equal value as last applied where a later run needs it to distinguish a person's change
 * from ours. */
static void settle_field(struct sb_pass *pass, const char *key, const struct sb_kind_field *field,
			 const json_t *value, struct changes *changes, struct sb_last *last)
{
	if (sb_policy_of(pass->run, pass->kind, field) != SB_POLICY_IF_UNCHANGED)
		return;
	sb_last_read(pass->run, key, last);
	if (!json_equal(json_object_get(last->applied, field->name), value))
		put_change(&changes->settled, field->name, value);
}

/* Decide a set. What the store remembers of it waits for the write, if there is one. A stage that
 * is not selected does not forget a member, because another one may have left it there for this
 * one. */
static enum sb_choice diff_set(struct sb_pass *pass, struct sb_want *want,
			       const struct sb_kind_field *field, const json_t *current,
			       bool is_adopted, struct sb_last *last, struct changes *changes,
			       json_t **ret_set)
{
	struct sb_set_change change = {0};
	enum sb_choice choice =
		sb_union_choose(pass, want, field, current, is_adopted, last, &change);
	const char *name;
	json_t *members;

	json_object_foreach (change.remember, name, members) {
		if (change.set)
			put_change(&changes->members, name, members);
		else if (pass->run->stages[pass->at].selected &&
			 !json_equal(json_object_get(last->applied, name), members))
			put_change(&changes->settled, name, members);
	}
	*ret_set = sb_steal(change.set);
	sb_set_change_finish(&change);
	return choice;
}

/* Store values from the change log, so that the next run need not ask for them. Members of a set
 * have names of their own there (union.c). */
static void remember_base(const struct sb_kind_field *field, const struct sb_last *last,
			  struct changes *changes)
{
	json_t *value = json_object_get(last->base, field->name);

	if (value && field->type != SB_FIELD_TAGS && !json_object_get(last->applied, field->name))
		put_change(&changes->settled, field->name, value);
}

/* A temporary name is left over from a run that was interrupted while it swapped two names. */
static bool is_temporary_name(const struct sb_kind_field *field, const json_t *row)
{
	const char *now = field->type == SB_FIELD_NAME ? sb_json_str(row, field->name) : NULL;

	return now && sb_plan_is_temporary(now, json_integer_value(json_object_get(row, "id")));
}

/* True for a name that a tool copied from the source, with or without the number that it adds to
 * duplicates: "web", "web (2)". */
static bool is_name_of_tool(const struct sb_kind_field *field, const json_t *row)
{
	const char *now = sb_json_str(row, field->name), *given = sb_json_str(row, "named_by_tool");
	size_t len = given ? strlen(given) : 0;

	if (!len || !now || strncmp(now, given, len) != 0)
		return false;
	now += len;
	if (!*now)
		return true;
	return sb_starts_with(now, " (") && strspn(now + 2, "0123456789") > 0 &&
	       sb_streq(now + 2 + strspn(now + 2, "0123456789"), ")");
}

/* True when a tool, and not a person, wrote this value of an adopted object. */
static bool is_value_of_tool(const struct sb_pass *pass, const struct sb_kind_field *field,
			     const json_t *row)
{
	if (sb_policy_of(pass->run, pass->kind, field) != SB_POLICY_IF_UNCHANGED)
		return false;
	return field->type == SB_FIELD_NAME
		       ? is_name_of_tool(field, row)
		       : sb_adopt_is_generated(field, json_object_get(row, field->name));
}

/* Does this plan adopt the part with a guest or node that another tool made? */
static bool is_below_object_of_tool(const struct sb_pass *pass, const char *key)
{
	sb_autojson *top = NULL;
	char top_key[512];

	sb_key_top(key, top_key);
	top = sb_table_get_json(pass->run->diff->adopted, top_key);
	return json_is_true(json_object_get(top, "by_tool"));
}

/* The role of an address that a person made is theirs: others that claim it do not change it. */
static bool is_role_of_people(const struct sb_pass *pass, const char *key,
			      const struct sb_kind_field *field, const json_t *row, bool is_adopted)
{
	if (!field->shared)
		return false;
	return is_adopted ? !is_below_object_of_tool(pass, key)
			  : json_is_true(json_object_get(row, "stagebox_adopted"));
}

/* Decide one field of an existing object. */
static int diff_field(struct sb_pass *pass, struct sb_want *want, const struct sb_kind_field *field,
		      const json_t *row, bool is_adopted, struct sb_last *last,
		      struct changes *changes)
{
	const json_t *wanted = json_object_get(want->fields, field->name);
	const json_t *current = json_object_get(row, field->name);
	enum sb_choice choice, chosen = SB_CHOICE_SET;
	sb_autojson *tags = NULL;
	int kept = sb_object_keeps(pass, want, field, row, changes->set);
	bool late;

	if (kept)
		return kept < 0 ? kept : 0;
	if (field->traits & SB_TRAIT_UNREAD)
		return sb_volatile_take_unread(pass, want, field, current, &changes->unread);
	if (json_object_get(want->choices, field->name)) {
		chosen = sb_choose_reference(pass, want, field, current, last);
		wanted = json_object_get(want->fields, field->name);
	}
	if (is_role_of_people(pass, want->key, field, row, is_adopted))
		return 0;
	if (chosen != SB_CHOICE_SET)
		choice = chosen;
	else if (field->type == SB_FIELD_TAGS)
		choice = diff_set(pass, want, field, current, is_adopted, last, changes, &tags);
	else if (is_temporary_name(field, row))
		choice = SB_CHOICE_SET;
	else
		choice = sb_policy_choose(pass->run, pass->kind, sb_want_stored_key(want), field,
					  wanted, current, is_adopted, last);
	if (choice == SB_CHOICE_KEEP && is_adopted && is_value_of_tool(pass, field, row))
		choice = SB_CHOICE_SET;
	if (choice != SB_CHOICE_SAME && sb_place_is_of_netbox(pass, field, row)) {
		/* NetBox fills an empty site again, so only a site that we wrote is cleared. */
		if (sb_value_empty(wanted) &&
		    !json_equal(json_object_get(last->applied, field->name), current))
			return 0;
		if (sb_policy_of(pass->run, pass->kind, field) == SB_POLICY_IF_UNCHANGED)
			choice = SB_CHOICE_SET;
	}
	switch (choice) {
	case SB_CHOICE_ASK: {
		char id[32];

		snprintf(id, sizeof(id), "%" JSON_INTEGER_FORMAT,
			 json_integer_value(json_object_get(row, "id")));
		return sb_question_add(pass->run, SB_ASK_CHANGES, pass->kind, id,
				       sb_want_stored_key(want));
	}
	case SB_CHOICE_SET:
		kept = sb_refused_value(pass, want->key, field, tags ? tags : wanted);
		if (kept)
			return kept < 0 ? kept : 0;
		if (sb_volatile_judge(pass, field, current, &late) < 0)
			return SB_E_NOMEM;
		put_change(late ? &changes->late_set : &changes->set, field->name,
			   tags ? tags : wanted);
		put_change(late ? &changes->late_was : &changes->was, field->name, current);
		if (sb_policy_asks_switch(pass->run, pass->kind, field))
			put_change(late ? &changes->late_was : &changes->was, SB_MANAGE_FIELD,
				   json_object_get(row, SB_MANAGE_FIELD));
		return 0;
	case SB_CHOICE_CONFLICT:
		remember_base(field, last, changes);
		return sb_object_conflict(pass, want->key, field->name, wanted, current,
					  "changed in NetBox and at the source since the last "
					  "write: set both to one value");
	case SB_CHOICE_SAME:
		if (field->type != SB_FIELD_TAGS)
			settle_field(pass, sb_want_stored_key(want), field, wanted, changes, last);
		return 0;
	case SB_CHOICE_KEEP:
	default: remember_base(field, last, changes); return 0;
	}
}

static struct sb_op *find_first_update(struct sb_pass *pass, const char *key)
{
	return sb_diff_op(pass->run->diff, pass->run->diff->updates, key);
}

/* Delete the row of a MAC address. While the interface uses it, the delete waits for the update
 * that replaces it. */
static int drop_mac(struct sb_pass *pass, const struct sb_kind *kind, const char *key,
		    const char *mac, const char *id, struct sb_op *update)
{
	struct sb_plan *plan = &pass->run->diff->plan;
	size_t seq = update ? update->seq : 0;
	char mac_key[512];
	struct sb_op *op;

	snprintf(mac_key, sizeof(mac_key), "%s/%s/%s", key, kind->name, mac);
	op = sb_plan_add(plan, kind, SB_DELETE, mac_key, pass->stage,
			 "replaced by another MAC address", NULL,
			 json_pack("{s:s}", kind->natural[0], mac));
	if (!op)
		return SB_E_NOMEM;
	op->target = strtoll(id, NULL, 10);
	if (update &&
	    (sb_op_add_claimed(op, kind, id) < 0 || sb_op_add_freed(&plan->ops[seq], kind, id) < 0))
		return SB_E_NOMEM;
	return 0;
}

/* Delete a spare row of a MAC address only when NetBox's change log proves that we created it. */
static int judge_mac(struct sb_pass *pass, const struct sb_kind *kind, const char *key,
		     const char *mac, json_int_t number, struct sb_op *update)
{
	char asked[512], id[32];
	sb_autojson *made = NULL;
	const char *base;

	snprintf(id, sizeof(id), "%" JSON_INTEGER_FORMAT, number);
	/* Two rows may have the same address, so the id is part of the question. */
	snprintf(asked, sizeof(asked), "%s/%s/%s#%s", key, kind->name, mac, id);
	base = sb_table_get(pass->run->snap->base, asked);
	if (!base)
		return sb_question_add(pass->run, SB_ASK_CHANGES, kind, id, asked);
	made = json_loads(base, 0, NULL);
	if (!json_object_get(made, kind->natural[0]))
		return 0;
	return drop_mac(pass, kind, key, mac, id, update);
}

/* NetBox keeps the rows of addresses that an interface no longer uses, by this plan or by an
 * interrupted run: ours are deleted. */
static int drop_macs(struct sb_pass *pass, const struct sb_kind_field *field, const char *key,
		     const json_t *row, const json_t *set)
{
	const struct sb_kind *kind =
		sb_kinds_find(sb_registry_kinds(pass->run->registry), field->makes);
	const json_t *entry, *wanted = json_object_get(set, field->name);
	const char *now = sb_json_str(row, field->name);
	const char *next = wanted ? json_string_value(wanted) : now;
	size_t i;
	int rc = 0;

	json_array_foreach (json_object_get(row, "mac_rows"), i, entry) {
		const char *mac = json_string_value(json_array_get(entry, 1));
		bool is_lost = wanted && mac && now && sb_streq(mac, now);

		if (rc < 0 || !mac || (next && sb_streq(mac, next)))
			continue;
		rc = judge_mac(pass, kind, key, mac, json_integer_value(json_array_get(entry, 0)),
			       is_lost ? find_first_update(pass, key) : NULL);
	}
	return rc;
}

/* Claims and frees of an update that changes the natural key. */
static int move_tokens(struct sb_op *op, const json_t *row)
{
	sb_autojson *after = json_copy((json_t *)(uintptr_t)row);
	sb_autofree char *old_text = NULL, *new_text = NULL;
	const struct sb_kind_field *sharing = sb_kind_sharing(op->kind);
	const json_t *role; /* borrowed */

	json_object_update(after, op->set);
	old_text = sb_natural_text(op->kind, row);
	new_text = sb_natural_text(op->kind, after);
	role = sharing ? json_object_get(op->set, sharing->name) : NULL;
	if (role && !json_is_null(role) && old_text)
		return sb_op_add_freed(op, op->kind, old_text); /* an address becomes shared */
	if (role && new_text && sb_op_add_claimed(op, op->kind, new_text) < 0)
		return SB_E_NOMEM; /* only this object keeps the address */
	if (!old_text || !new_text || sb_streq(old_text, new_text))
		return 0;
	if (sb_op_add_freed(op, op->kind, old_text) < 0)
		return SB_E_NOMEM;
	return role ? 0 : sb_op_add_claimed(op, op->kind, new_text);
}

/* The old parent may be deleted after this update. */
static int free_old_parent(struct sb_op *op, const json_t *row)
{
	const struct sb_kind_field *tree = sb_kind_trait(op->kind, SB_TRAIT_TREE);
	char natural[32];

	if (!tree || !json_object_get(op->set, tree->name) ||
	    sb_value_empty(json_object_get(row, tree->name)))
		return 0;
	sb_token_child(json_object_get(row, "id"), natural, sizeof(natural));
	return sb_op_add_freed(op, op->kind, natural);
}

/* The stage's own update of an object, which gets all fields that the stage sets: a stage never
 * joins the op of another one. */
static struct sb_op *find_own_update(struct sb_pass *pass, const char *key)
{
	struct sb_op *first = find_first_update(pass, key);
	char name[700];

	if (!first || sb_streq(first->stage, pass->stage))
		return first;
	snprintf(name, sizeof(name), "%s\x1f%s", key, pass->stage);
	return find_first_update(pass, name);
}

/* Index the first update of a key, and the first one of each further stage. */
static int index_update(struct sb_pass *pass, const struct sb_op *op)
{
	const struct sb_op *first = find_first_update(pass, op->key);
	char name[700];

	if (!first)
		return sb_map_put(pass->run->diff->updates, op->key, (int64_t)op->seq);
	if (find_own_update(pass, op->key))
		return 0;
	snprintf(name, sizeof(name), "%s\x1f%s", op->key, op->stage);
	return sb_map_put(pass->run->diff->updates, name, (int64_t)op->seq);
}

/* This plan releases the row as another object before it is adopted. */
static int wait_for_release(struct sb_op *op, const json_t *row)
{
	char token[48];

	if (!json_is_true(json_object_get(row, "given_back")))
		return 0;
	sb_token_released(json_object_get(row, "id"), token, sizeof(token));
	return sb_op_add_claimed(op, op->kind, token);
}

/* *ret_op: the op that has the values, valid until the next one is added. */
static int emit_update(struct sb_pass *pass, struct sb_want *want, const json_t *row, int64_t id,
		       json_t *set, json_t *was, const char *why, struct sb_op **ret_op)
{
	struct sb_op *op = pass->fields_only ? find_own_update(pass, want->key) : NULL;

	*ret_op = op;
	if (op && !sb_value_has_ref(set) && !sb_adopt_refers(pass->run, pass->kind, set)) {
		if (sb_op_edit(op) < 0)
			return SB_E_NOMEM;
		json_object_update(op->set, set);
		json_object_update(op->was, was);
		return 0;
	}
	op = sb_plan_add(&pass->run->diff->plan, pass->kind, SB_UPDATE, want->key, pass->stage, why,
			 json_incref(set), json_incref(was));
	*ret_op = op;
	if (!op)
		return SB_E_NOMEM;
	op->target = id;
	if (!pass->fields_only) /* else sb_account_finish() finds the account that counts it */
		op->account = pass->account;
	if (!id)
		op->target_ref = strdup(want->key);
	if (sb_adopt_order(pass->run, op, set) < 0 || index_update(pass, op) < 0)
		return SB_E_NOMEM;
	if (!row)
		return 0;
	if (wait_for_release(op, row) < 0 || move_tokens(op, row) < 0 ||
	    free_old_parent(op, row) < 0)
		return SB_E_NOMEM;
	return 0;
}

static void diff_birth(struct sb_want *want, const json_t *row, struct changes *changes)
{
	const json_t *old = json_object_get(row, "stagebox_birth");

	if (!want->birth || json_equal(old, want->birth))
		return;
	put_change(&changes->set, "stagebox_birth", want->birth);
	put_change(&changes->was, "stagebox_birth", old);
}

/* A guest that another tool made is deleted like ours when it vanishes, with its parts; what people
 * made is released. */
static void mark_adopted(struct sb_pass *pass, const struct sb_want *want, const json_t *row,
			 struct changes *changes)
{
	sb_autojson *mark = NULL;
	bool of_tool = json_is_true(json_object_get(row, "by_tool"));

	if (pass->kind->flags & SB_KIND_CHILD && !(pass->kind->flags & SB_KIND_DETACHABLE))
		of_tool = is_below_object_of_tool(pass, want->key);
	mark = json_boolean(!of_tool);
	put_change(&changes->set, "stagebox_adopted", mark);
	put_change(&changes->was, "stagebox_adopted", json_object_get(row, "stagebox_adopted"));
}

int sb_object_compare(struct sb_pass *pass, struct sb_want *want, const json_t *row,
		      bool is_adopted)
{
	SB_CLEANUP(finish_changes) struct changes changes = {0};
	int64_t id = json_integer_value(json_object_get(row, "id"));
	const struct sb_kind_field *field, *maker = sb_kind_maker(pass->kind);
	char moved[512] = "changed";
	struct sb_last last = {0};
	/* the stage of the object gives it back, not those of fields */
	bool lost_key = !pass->fields_only && json_is_true(json_object_get(row, "lost_key"));
	int rc = sb_refused_members(pass, want, row);

	rc = rc ? rc : sb_former_leave(pass, want, row);
	for (field = pass->kind->fields; !rc && field->name; field++) {
		if (json_object_get(want->fields, field->name) && sb_object_takes(pass, field))
			rc = diff_field(pass, want, field, row, is_adopted, &last, &changes);
	}
	if (!pass->fields_only)
		diff_birth(want, row, &changes);
	if (is_adopted && !pass->fields_only) {
		sb_autojson *key = json_string(want->key);

		put_change(&changes.set, "stagebox_key", key);
		put_change(&changes.was, "stagebox_key", NULL);
		mark_adopted(pass, want, row, &changes);
	}
	if (lost_key) {
		sb_autojson *key = json_string(want->key);

		put_change(&changes.set, "stagebox_key", key);
		put_change(&changes.was, "stagebox_key", NULL);
		snprintf(moved, sizeof(moved), "taken back: we created it, and it lost its key");
	}
	if (want->stood && !pass->fields_only) {
		sb_autojson *key = json_string(want->key), *old = json_string(want->stood);

		put_change(&changes.set, "stagebox_key", key);
		put_change(&changes.was, "stagebox_key", old);
		snprintf(moved, sizeof(moved), "moved: it was %.450s", want->stood);
	}
	if (changes.late_set && (changes.set || sb_volatile_is_due(pass, row))) {
		put_changes(&changes.set, changes.late_set);
		put_changes(&changes.was, changes.late_was);
	}
	if (changes.unread && changes.set)
		put_changes(&changes.set, changes.unread);
	if (!rc && changes.set && !is_adopted && !want->stood && !lost_key)
		rc = sb_refused_update(pass, want->key, changes.set);
	if (rc < 0 || rc == SB_REFUSED_BEFORE) {
		sb_last_finish(&last);
		return rc < 0 ? rc : 0;
	}
	if (changes.settled) {
		json_t *known = json_object_get(pass->run->diff->settled, want->key);

		if (known)
			json_object_update(known, changes.settled);
		else
			json_object_set(pass->run->diff->settled, want->key, changes.settled);
	}
	if (changes.set) {
		struct sb_op *op;

		rc = emit_update(pass, want, row, id, changes.set, changes.was,
				 is_adopted && !pass->fields_only ? sb_json_str(row, "by") : moved,
				 &op);
		if (!rc && !is_adopted)
			rc = sb_journal_plan(pass, op, row, changes.set, changes.was);
		rc = rc ? rc : sb_union_note_members(pass, want->key, changes.members);
	} else if (!pass->fields_only) {
		sb_pass_counters(pass)->same++;
	}
	if (!rc && maker && !pass->fields_only && !is_adopted &&
	    sb_run_takes_field(pass->run, pass->kind->name, maker->name) &&
	    json_object_get(want->fields, maker->name))
		rc = drop_macs(pass, maker, want->key, row, changes.set);
	sb_last_finish(&last);
	return rc;
}

int sb_object_later(struct sb_pass *pass, struct sb_want *want)
{
	struct sb_op *op;

	sb_union_drop_empty(want);
	if (!json_object_size(want->fields))
		return 0;
	if (sb_refused_members(pass, want, NULL) < 0 || sb_union_note_later(pass, want) < 0)
		return SB_E_NOMEM;
	return emit_update(pass, want, NULL, 0, want->fields, NULL, "after the object is created",
			   &op);
}
