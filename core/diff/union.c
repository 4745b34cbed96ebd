/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of references to which people and several stages add members. */
#include "diff/union.h"

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

/* Stages */

/* One set while a stage decides about it. */
struct view {
	struct sb_pass *pass;
	const struct sb_kind_field *field;
	const char *key;
	const json_t *applied;    /* of the object, by the store; may be NULL */
	char index[SB_SET_INDEX]; /* of the object and field in tables of the diff */
	char own[SB_SET_MEMORY_NAME];
};

static const struct sb_stage *stage_at(const struct view *view, size_t at)
{
	return &sb_registry_stage(view->pass->run->registry, at)->stage;
}

static size_t find_owner(const struct view *view)
{
	return sb_writes_find_owner(view->pass->run->registry, view->pass->kind, view->key);
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
	return stage ? sb_run_find_stage(view->pass->run, stage) : find_owner(view);
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

	json_object_foreach ((json_t *)(uintptr_t)view->applied, name, members) {
		if (!sb_set_memory_is_of(view->field->name, name, &stage) ||
		    sb_streq(name, view->own) || (stage && !*stage) ||
		    stage_knows(view, find_remembered_stage(view, stage)))
			continue;
		sb_list_add(held, members);
	}
	json_object_foreach (json_object_get(run->diff->set_wants, view->index), name, members) {
		if (!sb_streq(name, view->pass->stage))
			sb_list_add(held, members);
	}
	sb_list_add(held, json_object_get(run->snap->held_members, view->index));
	return held;
}

/* Does every other stage know, of those that write the field, or that once added members? */
static bool all_others_know(const struct view *view)
{
	const struct sb_registry *registry = view->pass->run->registry;
	const char *name, *stage;
	json_t *members;
	size_t at;

	for (at = 0; at < sb_registry_n_stages(registry); at++)
		if (at != view->pass->at &&
		    sb_stage_writes_field(stage_at(view, at), view->pass->kind, view->field,
					  view->key) &&
		    !stage_knows(view, at))
			return false;
	json_object_foreach ((json_t *)(uintptr_t)view->applied, name, members)
		if (sb_set_memory_is_of(view->field->name, name, &stage) &&
		    !sb_streq(name, view->own) && json_array_size(members) && !(stage && !*stage) &&
		    find_remembered_stage(view, stage) == SIZE_MAX)
			return false;
	return true;
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

/* Decisions */

/* Members that we added, of which the stage is not known: by the store, else by the change log. */
static json_t *find_unclaimed(const struct view *view, const struct sb_last *last)
{
	char name[SB_SET_MEMORY_NAME];
	const json_t *stored;

	sb_set_memory_name(view->field->name, "", name);
	stored = json_object_get(view->applied, name);
	if (json_array_size(stored) || !last->asked || json_object_get(view->applied, view->own))
		return sb_value_share(stored);
	return sb_value_share(json_object_get(last->base, view->field->name));
}

/* The store keeps those of them that are still there and that no stage has claimed. */
static void remember_unclaimed(const struct view *view, const json_t *unclaimed,
			       const json_t *wanted, const json_t *held, const json_t *set,
			       json_t *remember)
{
	sb_autojson *there = sb_list_common(unclaimed, set), *others = sb_list_without(there, held);
	char name[SB_SET_MEMORY_NAME];
	json_t *left = sb_list_without(others, wanted);

	sb_set_memory_name(view->field->name, "", name);
	if (json_array_size(left) || json_array_size(json_object_get(view->applied, name)))
		json_object_set_new(remember, name, left);
	else
		json_decref(left);
}

/* Find the members that are removed, of those that NetBox has and this stage does not want. */
static json_t *find_obsolete(const struct view *view, const json_t *extra, const json_t *unclaimed,
			     const json_t *held)
{
	sb_autojson *ours = sb_list_common(extra, json_object_get(view->applied, view->own));

	if (json_array_size(unclaimed) && all_others_know(view)) {
		sb_autojson *more = sb_list_common(extra, unclaimed);

		sb_list_add(ours, more);
	}
	return sb_list_without(ours, held);
}

static void decide_set(struct view *view, const json_t *wanted, const json_t *current,
		       json_t *obsolete, const struct sb_last *last, struct sb_set_change *ret)
{
	sb_autojson *missing = sb_list_without(wanted, current);
	sb_autojson *held = NULL, *unclaimed = NULL, *set = NULL;

	ret->remember = json_object();
	if (!obsolete) {
		sb_autojson *extra = sb_list_without(current, wanted);

		held = list_held(view);
		unclaimed = find_unclaimed(view, last);
		obsolete = find_obsolete(view, extra, unclaimed, held);
	}
	set = sb_list_without(current, obsolete);
	json_array_extend(set, missing);
	if (json_array_size(missing) || json_array_size(obsolete))
		ret->set = sb_value_sorted(set);
	remember_unclaimed(view, unclaimed, wanted, held, set, ret->remember);
	json_object_set(ret->remember, view->own, (json_t *)(uintptr_t)wanted);
	if (note_removals(view, obsolete) < 0 || note_wants(view, wanted) < 0 ||
	    hold_wanted(view, wanted) < 0)
		view->pass->run->failed_rc = SB_E_NOMEM;
	json_decref(obsolete);
}

enum sb_choice sb_union_choose(struct sb_pass *pass, const struct sb_want *want,
			       const struct sb_kind_field *field, const json_t *current,
			       bool is_adopted, struct sb_last *last, struct sb_set_change *ret)
{
	const json_t *wanted = json_object_get(want->fields, field->name);
	sb_autojson *extra = sb_list_without(current, wanted);
	enum sb_policy policy = sb_policy_of(pass->run, pass->kind, field);
	json_t *obsolete = NULL;
	struct view view;

	if (policy == SB_POLICY_NEVER || policy == SB_POLICY_CREATE_ONLY)
		return SB_CHOICE_KEEP;
	look_at(&view, pass, want, field);
	if (is_adopted) {
		sb_autojson *gone = sb_adopt_gone_tags(pass->run);

		obsolete = sb_list_common(extra, gone);
	} else {
		sb_last_read(pass->run, sb_want_stored_key(want), last);
		view.applied = last->applied;
		if (json_array_size(extra) && !last->applied && !last->asked)
			return SB_CHOICE_ASK;
	}
	decide_set(&view, wanted, current, obsolete, last, ret);
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
