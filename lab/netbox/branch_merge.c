/* SPDX-License-Identifier: Apache-2.0 */
/* Replay changes: of a branch in main (merge), backwards (revert), and of main in a branch (sync).
 */
#include "branching.h"
#include "custom.h"

#include <stdio.h>
#include <string.h>

/* The images of a change from the side that is replayed: backwards, before and after are swapped.
 */
struct images {
	const struct nb_table *of;
	json_t *const *from, *const *to; /* NULL = the object does not exist */
};

static struct images images_of(const struct nb_object *row, bool backwards)
{
	const struct nb_change *change = row->change;

	return (struct images){.of = change->table,
			       .from = backwards ? change->after : change->before,
			       .to = backwards ? change->before : change->after};
}

/* The errors of the call as Python prints the exception. */
static void note_errors(struct nb_replay *replay, struct nb_call *call,
			const struct nb_object *object)
{
	sb_autobuf text = SB_BUF_INIT(1 << 16);
	const char *message;

	if (call->exception) {
		sb_buf_addf(&text, "%s('duplicate key value violates unique constraint')",
			    call->exception);
	} else {
		sb_buf_add(&text, call->is_detail ? "ProtectedError(" : "ValidationError(");
		nb_python_repr(&text, call->errors);
		sb_buf_add(&text, ")");
	}
	snprintf(replay->error, sizeof(replay->error), "%s", sb_buf_str(&text));
	message = json_string_value(
		json_array_get(json_object_iter_value(json_object_iter(call->errors)), 0));
	if (!call->is_detail)
		json_array_append_new(
			replay->report,
			json_pack("{s:s, s:s, s:s*, s:n, s:I, s:s*}", "type",
				  call->exception ? "unique_constraint" : "validation_error",
				  "model", object->table->model->verbose, "field",
				  json_object_iter_key(json_object_iter(call->errors)), "value",
				  "object_id", (json_int_t)object->id, "detail", message));
}

/* References must exist where the object is written. */
static void check_references(struct nb_call *call, const struct nb_object *object)
{
	const struct nb_table *table = object->table;
	size_t i;

	for (i = 0; i < table->n_fields; i++) {
		const struct nb_table *to = table->fields[i].kind == NB_FK
						    ? nb_table(call->nb, table->fields[i].target)
						    : NULL;

		if (to && json_is_integer(object->values[i]) &&
		    !nb_ref_at(call->nb, object, (int)i))
			nb_error(call, table->fields[i].name,
				 "%s instance with id %lld is not a valid choice.",
				 to->model->verbose,
				 (long long)json_integer_value(object->values[i]));
	}
}

/* Only the members that the change has altered are set in an object of members. */
static json_t *merge_members(const json_t *have, const json_t *from, const json_t *to)
{
	json_t *out = json_copy((json_t *)(uintptr_t)have), *value;
	const char *key;

	json_object_foreach ((json_t *)(uintptr_t)to, key, value) {
		const json_t *old = json_object_get(from, key);

		if (!old || !json_equal(old, value))
			json_object_set(out, key, value);
	}
	json_object_foreach ((json_t *)(uintptr_t)from, key, value) {
		if (!json_object_get(to, key))
			json_object_del(out, key);
	}
	return out;
}

static void set_values(struct nb_call *call, struct nb_object *object, const struct images *images)
{
	size_t i;

	for (i = 0; i < images->of->n_fields; i++) {
		const struct nb_field *field = &images->of->fields[i];
		int at = images->of->of_type ? nb_field(object->table, field->name) : (int)i;
		json_t *from = images->from ? images->from[i] : NULL, *to = images->to[i];

		if (at < 0 || field->kind >= NB_MAC_INPUT || (from && json_equal(from, to)))
			continue;
		if (from && field->kind == NB_CUSTOM)
			nb_set_take(call->nb, object, at,
				    merge_members(object->values[at], from, to));
		else
			nb_set_take(call->nb, object, at, json_incref(to));
	}
}

/* Check and log an object that has its new values, as a write does. */
static void save_object(struct nb_replay *replay, struct nb_call *call, struct nb_object *object,
			json_t **before_take)
{
	struct nb_write write = {
		.call = call, .nb = call->nb, .object = object, .old = before_take};
	const struct nb_rules *rules = object->table->model->rules;

	check_references(call, object);
	if (!call->status)
		nb_check_unique(&write);
	if (call->status) {
		note_errors(replay, call, object);
		nb_image_drop(before_take, object->table->n_fields);
		return;
	}
	if (rules && rules->saved)
		rules->saved(&write);
	nb_saved(call, object, before_take);
}

static void insert_object(struct nb_replay *replay, struct nb_call *call, struct nb_table *table,
			  uint32_t id, const struct images *images)
{
	struct nb_object *object = nb_insert_at(call->nb, table, id);

	if (!object)
		abort(); /* half a merge must not be committed */
	set_values(call, object, images);
	save_object(replay, call, object, NULL);
}

static void delete_object(struct nb_replay *replay, struct nb_call *call, struct nb_object *object)
{
	if (nb_delete_object(call, object, false) < 0)
		note_errors(replay, call, object);
}

/* Replay one change with the user and the request of the original write. */
static void replay_change(struct nb_replay *replay, struct lab_netbox *nb,
			  const struct nb_object *row, bool backwards)
{
	const char *type = nb_text(row, "changed_object_type");
	struct nb_call call = {.nb = nb, .now_us = replay->now_us};
	struct images images = images_of(row, backwards);
	uint32_t id = (uint32_t)nb_int(row, "changed_object_id");
	const struct nb_table *users = nb_table(nb, "users.user");
	struct nb_table *table = nb_table(nb, type);
	struct nb_object *object = table ? nb_find(table, id) : NULL;

	call.user = nb_find(users, nb_int(row, "user"));
	if (!call.user)
		call.user = nb_find(users, 1);
	snprintf(call.request_id, sizeof(call.request_id), "%s", nb_text(row, "request_id"));
	snprintf(call.message, sizeof(call.message), "%s", nb_text(row, "message"));
	if (!table || !images.of || (images.from && images.to && !object)) {
		snprintf(replay->error, sizeof(replay->error),
			 "DoesNotExist('%s matching query does not exist.')",
			 table ? table->model->class : type);
		return;
	}
	call.table = table;
	if (!images.to && object) {
		delete_object(replay, &call, object);
	} else if (images.to && !object) {
		insert_object(replay, &call, table, id, &images);
	} else if (images.to) {
		json_t **before = nb_image(object);

		set_values(&call, object, &images);
		save_object(replay, &call, object, before);
	}
	nb_clear(&call);
}

size_t nb_branch_count(const struct nb_branch *branch)
{
	return nb_table(branch->copy, "core.objectchange")->n_objects;
}

/* Is this a change of main that the branch does not have? */
static bool is_unsynced(const struct nb_branch *branch, const struct nb_object *row)
{
	const struct nb_table *table =
		row ? nb_table(branch->main, nb_text(row, "changed_object_type")) : NULL;
	char id[16];

	if (!table || !nb_is_apart(branch->main, table))
		return false;
	snprintf(id, sizeof(id), "%u", row->id);
	return !json_object_get(branch->applied, id);
}

size_t nb_branch_count_unsynced(const struct nb_branch *branch)
{
	const struct nb_table *log = nb_table(branch->main, "core.objectchange");
	uint32_t id;
	size_t n = 0;

	for (id = branch->n_synced; id < log->next_id; id++)
		n += is_unsynced(branch, log->rows[id]);
	return n;
}

/* Keep what was replayed, or undo all of it. */
static void end_replay(const struct nb_replay *replay, struct lab_netbox *nb)
{
	if (replay->commit && !*replay->error) {
		nb_commit(nb);
	} else {
		nb_rollback(nb, 0);
		nb->types_changed = false;
	}
	nb_custom_follow(nb);
}

/* Changes of main that a merge or a revert has made are not new to the branch. */
static void note_applied(struct nb_branch *branch, uint32_t first)
{
	const struct nb_table *log = nb_table(branch->main, "core.objectchange");
	uint32_t id;
	char text[16];

	for (id = first; id < log->next_id; id++) {
		snprintf(text, sizeof(text), "%u", id);
		if (log->rows[id])
			json_object_set_new(branch->applied, text, json_true());
	}
}

static void replay_branch(struct nb_replay *replay, bool backwards)
{
	struct nb_branch *branch = replay->branch;
	const struct nb_table *log = nb_table(branch->copy, "core.objectchange");
	struct lab_netbox *nb = branch->main;
	uint32_t first = nb_table(nb, "core.objectchange")->next_id, i;

	nb_branch_follow(branch);
	for (i = 1; i < log->next_id && !*replay->error; i++) {
		const struct nb_object *row = log->rows[backwards ? log->next_id - i : i];

		if (row)
			replay_change(replay, nb, row, backwards);
	}
	end_replay(replay, nb);
	nb_branch_share_ids(branch);
	if (replay->commit && !*replay->error)
		note_applied(branch, first);
}

void nb_branch_merge(struct nb_replay *replay)
{
	replay_branch(replay, false);
}

void nb_branch_revert(struct nb_replay *replay)
{
	replay_branch(replay, true);
}

/* Only objects that the branch has changed get a change record of the sync, which a later merge
 * replays after the changes of the branch: that is how values of main win. */
static void drop_foreign_records(struct nb_branch *branch, uint32_t first)
{
	const struct nb_table *log = nb_table(branch->copy, "core.objectchange");
	uint32_t id;

	for (id = first; id < log->next_id; id++)
		if (log->rows[id] &&
		    !nb_diff_find(branch, nb_text(log->rows[id], "changed_object_type"),
				  nb_int(log->rows[id], "changed_object_id")))
			nb_remove(branch->copy, log->rows[id]);
}

void nb_branch_sync(struct nb_replay *replay)
{
	struct nb_branch *branch = replay->branch;
	struct nb_table *log = nb_table(branch->main, "core.objectchange");
	uint32_t end = log->next_id, first, id;

	nb_branch_follow(branch);
	first = nb_table(branch->copy, "core.objectchange")->next_id;
	for (id = branch->n_synced; id < end && !*replay->error; id++) {
		const struct nb_object *row = log->rows[id];
		bool is_update = row && sb_streq(nb_text(row, "action"), "update");
		const struct nb_table *table =
			is_update ? nb_table(branch->copy, nb_text(row, "changed_object_type"))
				  : NULL;

		if (!is_unsynced(branch, row) ||
		    (table && !nb_find(table, nb_int(row, "changed_object_id"))))
			continue; /* an object that the branch has deleted stays so */
		replay_change(replay, branch->copy, row, false);
	}
	if (!*replay->error)
		drop_foreign_records(branch, first);
	end_replay(replay, branch->copy);
	nb_branch_share_ids(branch);
	if (*replay->error || !replay->commit)
		return;
	branch->n_synced = end;
	nb_diffs_follow(branch, replay->now_us);
}
