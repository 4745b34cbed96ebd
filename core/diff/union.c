/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of references to which people and several stages add members. */
#include "diff/union.h"

#include <stdio.h>
#include <string.h>

#include "base/list.h"
#include "diff/adopt_rules.h"
#include "diff/want.h"
#include "load/writes.h"
#include "model/set_memory.h"
#include "run/policies.h"
#include "stagebox/json.h"

void sb_set_change_finish(struct sb_set_change *change)
{
	json_decref(change->set);
	json_decref(change->remember);
}

const json_t *sb_union_memory(const struct sb_last *last, const char *field)
{
	if (sb_set_memory_has(last->applied, field))
		return last->applied;
	return sb_set_memory_has(last->base, field) ? last->base : NULL;
}

/* Stages */

/* One set while a stage decides about it. */
struct view {
	struct sb_pass *pass;
	const struct sb_kind_field *field;
	const char *key;
	json_t *memory;           /* what stages added to it before; NULL = nothing, or not known */
	const json_t *stored;     /* the same by the store, borrowed; may be NULL */
	bool is_known;            /* memory is complete */
	char index[SB_SET_INDEX]; /* of the object and field in tables of the diff */
	char own[SB_SET_MEMORY_NAME];
};

static void finish_view(struct view *view)
{
	json_decref(view->memory);
}

static const struct sb_stage *stage_at(const struct view *view, size_t at)
{
	return &sb_registry_stage(view->pass->run->registry, at)->stage;
}

static void look_at(struct view *view, struct sb_pass *pass, const struct sb_want *want,
		    const struct sb_kind_field *field)
{
	*view = (struct view){.pass = pass, .field = field, .key = want->key};
	sb_diff_set_index(want->key, field->name, view->index);
	sb_writes_memory_name(pass->run->registry, pass->kind, want->key, field->name, pass->stage,
			      view->own);
}

/* The position of the stage that a name of the store means; SIZE_MAX = it is not loaded. */
static size_t find_remembered_stage(const struct view *view, const char *stage)
{
	const struct sb_pass *pass = view->pass;

	return stage ? sb_run_find_stage(pass->run, stage)
		     : sb_writes_find_owner(pass->run->registry, pass->kind, view->key);
}

/* Is it a name of this set for the stage of the pass? A stage that became the owner of the object
 * has an old one, too. */
static bool is_own_name(const struct view *view, const char *name)
{
	const char *stage;

	return sb_streq(name, view->own) || (sb_set_memory_is_of(view->field->name, name, &stage) &&
					     stage && sb_streq(stage, view->pass->stage));
}

/* Is it the name of another stage? */
static bool is_name_of_other(const struct view *view, const char *name, const char **ret_stage)
{
	return sb_set_memory_is_of(view->field->name, name, ret_stage) &&
	       !is_own_name(view, name) && !(*ret_stage && !**ret_stage);
}

/* Has the stage said in this pass what it wants of the set, and will the plan hold it to that? */
static bool stage_knows(const struct view *view, size_t at)
{
	const struct sb_run *run = view->pass->run;
	const json_t *wants = json_object_get(run->diff->set_wants, view->index);

	return at != SIZE_MAX && run->stages[at].selected &&
	       json_object_get(wants, stage_at(view, at)->name);
}

/* Members that other stages have in the set: what they want now, and what those that do not know
 * now added before. */
static json_t *list_held(const struct view *view)
{
	const struct sb_run *run = view->pass->run;
	json_t *held = json_array(), *members;
	const char *name, *stage;

	json_object_foreach (view->memory, name, members)
		if (is_name_of_other(view, name, &stage) &&
		    !stage_knows(view, find_remembered_stage(view, stage)))
			sb_list_add(held, members);
	json_object_foreach (json_object_get(run->diff->set_wants, view->index), name, members)
		if (!sb_streq(name, view->pass->stage))
			sb_list_add(held, members);
	sb_list_add(held, json_object_get(run->snap->held_members, view->index));
	return held;
}

/* Note the wanted members for the stages that come later in this pass. */
static int note_wants(const struct view *view, const json_t *wanted)
{
	json_t *all = view->pass->run->diff->set_wants;
	json_t *wants = json_object_get(all, view->index);

	if (!sb_writes_are_shared(view->pass->run->registry, view->pass->kind, view->field,
				  view->key))
		return 0;
	if (!wants) {
		wants = json_object();
		if (json_object_set_new(all, view->index, wants) < 0)
			return SB_E_NOMEM;
	}
	return json_object_set(wants, view->pass->stage, (json_t *)(uintptr_t)wanted) < 0
		       ? SB_E_NOMEM
		       : 0;
}

/* An earlier stage of this pass removes members that this one wants: the pass is repeated once, and
 * then it leaves them. */
static int hold_wanted(const struct view *view, const json_t *wanted)
{
	struct sb_run *run = view->pass->run;
	const json_t *removed = json_object_get(run->diff->set_removals, view->index);
	json_t *held = json_object_get(run->snap->held_members, view->index);
	sb_autojson *lost = removed ? sb_list_common(wanted, removed) : NULL;
	sb_autojson *more = sb_list_without(lost, held);

	if (!json_array_size(more))
		return 0;
	if (!held) {
		held = json_array();
		if (json_object_set_new(run->snap->held_members, view->index, held) < 0)
			return SB_E_NOMEM;
	}
	sb_list_add(held, more);
	run->diff->once_more = true;
	return 0;
}

static int note_removals(const struct view *view, const json_t *obsolete)
{
	json_t *all = view->pass->run->diff->set_removals;
	json_t *list = json_object_get(all, view->index);

	if (!json_array_size(obsolete))
		return 0;
	if (list)
		sb_list_add(list, obsolete);
	else if (json_object_set(all, view->index, (json_t *)(uintptr_t)obsolete) < 0)
		return SB_E_NOMEM;
	return 0;
}

/* Memory */

/* An earlier run did not get the answer to an update of the set, so the store may lack what it
 * added: the change log has both. */
static json_t *join_memories(const struct view *view, const struct sb_last *last)
{
	json_t *all = json_deep_copy(last->applied ? last->applied : last->base), *members;
	const char *name, *stage;

	json_object_foreach (last->applied ? last->base : NULL, name, members) {
		json_t *known = json_object_get(all, name);

		if (!sb_set_memory_is_of(view->field->name, name, &stage))
			continue;
		if (json_is_array(known))
			sb_list_add(known, members);
		else
			json_object_set_new(all, name, json_deep_copy(members));
	}
	return all;
}

/* Read what stages added. False = the change log must be asked first. It is asked for a set that
 * stays as it is, too: NetBox deletes old entries, so a later run could ask in vain. */
static bool read_memory(struct view *view, const struct sb_want *want, const json_t *current,
			struct sb_last *last)
{
	const char *key = sb_want_stored_key(want);
	const json_t *memory;
	bool is_sent = sb_run_has_sent(view->pass->run, key, view->field, current);

	sb_last_read(view->pass->run, key, last);
	memory = sb_union_memory(last, view->field->name);
	view->stored = last->applied;
	view->is_known = memory || !json_array_size(current);
	if (view->is_known && !is_sent) {
		view->memory = sb_value_share(memory);
		return true;
	}
	if (last->asked && is_sent)
		view->memory = join_memories(view, last);
	return last->asked;
}

/* Members of ours that a name of the stage has. */
static json_t *list_own(const struct view *view)
{
	json_t *own = json_array(), *members;
	const char *name;

	json_object_foreach (view->memory, name, members)
		if (is_own_name(view, name))
			sb_list_add(own, members);
	return own;
}

/* Decisions */

/* Members of which the stage is not known stay while they are there, until a stage wants them: a
 * stage that is not loaded may have added them. */
static void remember_unclaimed(const struct view *view, const json_t *wanted, const json_t *held,
			       const json_t *set, json_t *remember)
{
	char name[SB_SET_MEMORY_NAME];
	sb_autojson *there = NULL, *others = NULL, *left = NULL;
	const json_t *unclaimed;

	sb_set_memory_name(view->field->name, "", name);
	unclaimed = json_object_get(view->memory, name);
	if (!json_array_size(unclaimed))
		return;
	there = sb_list_common(unclaimed, set);
	others = sb_list_without(there, held);
	left = sb_list_without(others, wanted);
	json_object_set(remember, name, left);
}

/* A member that people gave before the stage wanted it is theirs: ours was missing, or one of the
 * stages added it. */
static void remember_own(const struct view *view, const json_t *wanted, const json_t *missing,
			 json_t *remember)
{
	sb_autojson *ours = sb_union_remembered(view->memory, view->field->name);
	sb_autojson *all = json_array(), *own = NULL;
	json_t *members;
	const char *name;

	sb_list_add(all, ours);
	sb_list_add(all, missing);
	own = sb_list_common(wanted, all);
	json_object_foreach (view->memory, name, members)
		if (is_own_name(view, name) && json_array_size(members))
			json_object_set_new(remember, name, json_array());
	json_object_set(remember, view->own, own);
}

/* Stages that say nothing in this pass keep of what they added the members that are still there. */
static int note_others(const struct view *view, const json_t *current)
{
	const struct sb_run *run = view->pass->run;
	json_t *others = json_object_get(run->diff->set_others, view->index), *members;
	const char *name, *stage;

	if (run->stages[view->pass->at].selected)
		json_object_del(others, view->own);
	json_object_foreach (view->memory, name, members) {
		sb_autojson *there = NULL;

		if (!is_name_of_other(view, name, &stage) ||
		    stage_knows(view, find_remembered_stage(view, stage)))
			continue;
		there = sb_list_common(members, current);
		if (json_equal(json_object_get(view->stored, name), there))
			continue;
		if (!others) {
			others = json_object();
			if (json_object_set_new(run->diff->set_others, view->index, others) < 0)
				return SB_E_NOMEM;
		}
		json_object_set(others, name, there);
	}
	return 0;
}

static void decide_set(struct view *view, const json_t *wanted, const json_t *current,
		       json_t *obsolete, struct sb_set_change *ret)
{
	sb_autojson *missing = sb_list_without(wanted, current);
	sb_autojson *held = list_held(view), *set = NULL;

	ret->remember = json_object();
	if (!obsolete) {
		sb_autojson *extra = sb_list_without(current, wanted), *own = list_own(view);
		sb_autojson *ours = sb_list_common(extra, own);

		obsolete = sb_list_without(ours, held);
	}
	set = sb_list_without(current, obsolete);
	json_array_extend(set, missing);
	if (json_array_size(missing) || json_array_size(obsolete))
		ret->set = sb_value_sorted(set);
	if (view->is_known) {
		remember_unclaimed(view, wanted, held, set, ret->remember);
		remember_own(view, wanted, missing, ret->remember);
	}
	if (note_others(view, current) < 0 || note_removals(view, obsolete) < 0 ||
	    note_wants(view, wanted) < 0 || hold_wanted(view, wanted) < 0)
		view->pass->run->failed_rc = SB_E_NOMEM;
	json_decref(obsolete);
}

enum sb_choice sb_union_choose(struct sb_pass *pass, const struct sb_want *want,
			       const struct sb_kind_field *field, const json_t *current,
			       bool is_adopted, struct sb_last *last, struct sb_set_change *ret)
{
	const json_t *wanted = json_object_get(want->fields, field->name);
	enum sb_policy policy = sb_policy_of(pass->run, pass->kind, field);
	struct view view SB_CLEANUP(finish_view) = {0};
	json_t *obsolete = NULL;

	if (policy == SB_POLICY_NEVER || policy == SB_POLICY_CREATE_ONLY)
		return SB_CHOICE_KEEP;
	look_at(&view, pass, want, field);
	if (is_adopted) {
		sb_autojson *extra = sb_list_without(current, wanted);
		sb_autojson *gone = sb_adopt_gone_tags(pass->run);

		view.is_known = true;
		obsolete = sb_list_common(extra, gone);
	} else if (!read_memory(&view, want, current, last)) {
		return SB_CHOICE_ASK;
	}
	decide_set(&view, wanted, current, obsolete, ret);
	return ret->set ? SB_CHOICE_SET : SB_CHOICE_SAME;
}

/* For the store */

int sb_union_note_members(struct sb_pass *pass, const char *key, const json_t *members)
{
	json_t *all = pass->run->diff->set_members, *known;
	char index[SB_SET_INDEX];

	if (!json_object_size(members))
		return 0;
	sb_diff_set_index(key, pass->stage, index);
	known = json_object_get(all, index);
	if (known)
		return json_object_update(known, (json_t *)(uintptr_t)members) < 0 ? SB_E_NOMEM : 0;
	return json_object_set(all, index, (json_t *)(uintptr_t)members) < 0 ? SB_E_NOMEM : 0;
}

int sb_union_finish(struct sb_run *run)
{
	const char *index, *name;
	json_t *others, *members;

	json_object_foreach (run->diff->set_others, index, others) {
		char key[SB_SET_INDEX];
		json_t *settled;

		snprintf(key, sizeof(key), "%.*s", (int)strcspn(index, "\x1f"), index);
		settled = json_object_get(run->diff->settled, key);
		if (!settled) {
			settled = json_object();
			if (json_object_set_new(run->diff->settled, key, settled) < 0)
				return SB_E_NOMEM;
		}
		json_object_foreach (others, name, members)
			if (json_object_set(settled, name, members) < 0)
				return SB_E_NOMEM;
	}
	return 0;
}

void sb_union_drop_empty(struct sb_want *want)
{
	const struct sb_kind_field *field;

	for (field = want->kind->fields; field->name; field++) {
		const json_t *set = json_object_get(want->fields, field->name);

		if (json_is_array(set) && !json_array_size(set) &&
		    (field->type == SB_FIELD_TAGS || field->type == SB_FIELD_REFS))
			json_object_del(want->fields, field->name);
	}
}

int sb_union_note_later(struct sb_pass *pass, const struct sb_want *want)
{
	sb_autojson *members = json_object();
	const struct sb_kind_field *field;
	struct view view;

	for (field = pass->kind->fields; field->name; field++) {
		json_t *wanted = json_object_get(want->fields, field->name);

		if (field->type != SB_FIELD_TAGS || !wanted)
			continue;
		look_at(&view, pass, want, field);
		json_object_set(members, view.own, wanted);
	}
	return sb_union_note_members(pass, want->key, members);
}

json_t *sb_union_remembered(const json_t *applied, const char *field)
{
	const char *name, *stage;
	json_t *all = NULL, *members;

	json_object_foreach ((json_t *)(uintptr_t)applied, name, members) {
		if (!sb_set_memory_is_of(field, name, &stage))
			continue;
		if (!all)
			all = json_array();
		sb_list_add(all, members);
	}
	return all;
}
