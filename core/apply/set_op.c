/* SPDX-License-Identifier: Apache-2.0 */
/* Ops of several stages that add members to one set of one object and remove some. */
#include "apply/set_op.h"

#include "apply/body.h"
#include "apply/trouble.h"
#include "base/list.h"
#include "load/writes.h"
#include "model/set_memory.h"
#include "stagebox/json.h"

static bool is_shared_set(const struct sb_apply *apply, const struct sb_op *op,
			  const struct sb_kind_field *field)
{
	return field->type == SB_FIELD_TAGS &&
	       sb_writes_are_shared(apply->run->registry, op->kind, field, op->key);
}

/* Members with ids; a new one that was not created is not among them. New reference. */
static json_t *with_ids(const struct sb_apply *apply, const struct sb_kind *kind, const char *field,
			const json_t *members)
{
	json_t *list = json_array(), *member;
	size_t i;

	json_array_foreach (members, i, member) {
		sb_autojson *one = json_pack("{s:[O]}", field, member);
		sb_autojson *flat = sb_body_flat(apply, kind, one);

		sb_list_add(list, json_object_get(flat, field));
	}
	return list;
}

/* The part of a set that an op adds, and the one that it removes. */
struct part {
	json_t *added, *removed;
};

static void finish_part(struct part *part)
{
	json_decref(part->added);
	json_decref(part->removed);
}

static void read_part(const struct sb_apply *apply, const struct sb_op *op, const char *field,
		      struct part *ret)
{
	sb_autojson *set = with_ids(apply, op->kind, field, json_object_get(op->set, field));
	const json_t *was = json_object_get(op->was, field);

	*ret = (struct part){sb_list_without(set, was), sb_list_without(was, set)};
}

/* The part on another value. New reference. */
static json_t *put_on(const json_t *now, const struct part *part)
{
	sb_autojson *list = sb_list_without(now, part->removed);

	sb_list_add(list, part->added);
	return sb_value_sorted(list);
}

static void put_values(struct sb_apply *apply, struct sb_op *op, const char *field,
		       json_t *was_take, json_t *set)
{
	if (sb_op_edit(op) < 0) {
		apply->failed_rc = SB_E_NOMEM;
		json_decref(was_take);
		return;
	}
	if (!op->was)
		op->was = json_object();
	json_object_set_new(op->was, field, was_take);
	json_object_set(op->set, field, set);
}

/* Any other value is a change of others, which the check of the target refuses. */
static void rebase_set(struct sb_apply *apply, struct sb_op *op, const struct sb_kind_field *field,
		       const json_t *row)
{
	struct part part SB_CLEANUP(finish_part) = {0};
	sb_autojson *after = NULL;
	char index[SB_SET_INDEX];
	const json_t *written, *now;

	sb_diff_set_index(op->key, field->name, index);
	written = json_object_get(apply->sets, index);
	now = row ? json_object_get(row, field->name) : written;
	if (!now || sb_value_same(field, now, json_object_get(op->was, field->name)))
		return;
	read_part(apply, op, field->name, &part);
	after = put_on(now, &part);
	if (written && sb_value_same(field, now, written)) {
		put_values(apply, op, field->name, json_incref((json_t *)(uintptr_t)now), after);
	} else if (sb_value_same(field, now, after)) { /* the part is there already */
		const struct part back = {part.removed, part.added};

		put_values(apply, op, field->name, put_on(now, &back), after);
	}
}

void sb_set_op_rebase(struct sb_apply *apply, size_t position, const json_t *row)
{
	struct sb_op *op = &apply->plan->ops[position];
	const struct sb_kind_field *field;

	/* NetBox refused some of its values: what it sends now is a part of it, on the same value.
	 */
	if (op->verb != SB_UPDATE || sb_trouble_find(apply, position))
		return;
	for (field = op->kind->fields; field->name; field++)
		if (json_object_get(op->set, field->name) && is_shared_set(apply, op, field))
			rebase_set(apply, op, field, row);
}

void sb_set_op_note(struct sb_apply *apply, const struct sb_op *op, const json_t *row)
{
	const struct sb_kind_field *field;
	char index[SB_SET_INDEX];

	for (field = op->kind->fields; op->verb != SB_DELETE && field->name; field++) {
		const json_t *set = json_object_get(op->set, field->name);
		sb_autojson *ids = NULL;

		if (!set || !is_shared_set(apply, op, field))
			continue;
		ids = with_ids(apply, op->kind, field->name,
			       row ? json_object_get(row, field->name) : set);
		sb_diff_set_index(op->key, field->name, index);
		json_object_set_new(apply->sets, index, sb_value_sorted(ids));
	}
}

/* Members to remember */

/* Only members that are there: NetBox may have refused some of them. */
static json_t *keep_written(const struct sb_apply *apply, const struct sb_op *op,
			    const struct sb_kind_field *field, const json_t *members)
{
	const char *name = field->name;
	sb_autojson *set = with_ids(apply, op->kind, name, json_object_get(op->set, name));
	sb_autojson *ids = with_ids(apply, op->kind, name, members);
	sb_autojson *list = sb_list_common(ids, set);

	return sb_value_sorted(list);
}

/* Of a saved plan it is not known what the stage wants, but the part of its op. */
static void remember_part(const struct sb_apply *apply, const struct sb_op *op,
			  const struct sb_kind_field *field, json_t *all)
{
	struct part part SB_CLEANUP(finish_part) = {0};
	const char *before = sb_op_key_before(op);
	sb_autojson *applied =
		sb_table_get_json(apply->run->snap->applied, before ? before : op->key);
	sb_autojson *members = NULL;
	char name[SB_SET_MEMORY_NAME];
	const json_t *unclaimed;

	/* Without the store the next run asks the change log, which has this part, too. */
	if (!op->target_ref && json_array_size(json_object_get(op->was, field->name)) &&
	    !sb_set_memory_has(applied, field->name))
		return;

	sb_writes_memory_name(apply->run->registry, op->kind, op->key, field->name, op->stage,
			      name);
	read_part(apply, op, field->name, &part);
	members = put_on(json_object_get(applied, name), &part);
	json_object_set_new(all, name, keep_written(apply, op, field, members));
	sb_set_memory_name(field->name, "", name);
	unclaimed = json_object_get(applied, name);
	if (json_array_size(unclaimed))
		json_object_set_new(all, name, keep_written(apply, op, field, unclaimed));
}

json_t *sb_set_op_members(const struct sb_apply *apply, const struct sb_op *op)
{
	const json_t *known;
	const struct sb_kind_field *field;
	char index[SB_SET_INDEX];
	json_t *all = json_object(), *members;
	const char *name, *stage;

	sb_diff_set_index(op->key, op->stage, index);
	known = json_object_get(apply->run->diff->set_members, index);
	for (field = op->kind->fields; op->verb == SB_UPDATE && field->name; field++) {
		if (field->type != SB_FIELD_TAGS || !json_object_get(op->set, field->name))
			continue;
		if (!known)
			remember_part(apply, op, field, all);
		json_object_foreach ((json_t *)(uintptr_t)known, name, members)
			if (sb_set_memory_is_of(field->name, name, &stage))
				json_object_set_new(all, name,
						    keep_written(apply, op, field, members));
	}
	return all;
}
